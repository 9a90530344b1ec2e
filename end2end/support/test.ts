// What every story begins with: a server, browsers to visit it, and an ear for complaints.

import { type BrowserContext, type BrowserContextOptions, test as base, expect } from "@playwright/test";

import { Calm } from "./console_guard.ts";
import { Server } from "./server.ts";
import { User } from "./user.ts";

export { expect, Server, User };

interface Story {
  /** Options of the server, like `["--messages-per-second", "0"]`. */
  options: string[];
  calm: Calm;
  server: Server;
  /** Opens another browser, with cookies of its own. */
  open: (settings?: BrowserContextOptions) => Promise<BrowserContext>;
  /** Somebody comes into a room, in a browser of their own or in a new tab of this one. */
  enter: (name: string, room: string, browser?: BrowserContext) => Promise<User>;
}

export const test = base.extend<Story>({
  options: [[], { option: true }],

  calm: async ({}, use) => {
    await use(new Calm());
  },

  server: async ({ options }, use) => {
    const server = await Server.open(options);
    await use(server);
    await server.tearDown();
  },

  // Closed before the server is, so that nobody complains about that.
  open: async ({ browser, server, calm }, use) => {
    void server;
    const opened: BrowserContext[] = [];
    await use(async (settings) => {
      const context = await browser.newContext(settings);
      calm.over(context);
      opened.push(context);
      return context;
    });
    const unexpected = calm.unexpected();
    await Promise.all(opened.map((context) => context.close()));
    expect(unexpected, "complaints of the browser").toEqual([]);
  },

  enter: async ({ server, open }, use) => {
    await use(async (name, room, browser) => {
      const page = await (browser ?? (await open())).newPage();
      const user = new User(page, name);
      await page.goto(server.url());
      await user.signsIn(room);
      await user.isIn(room);
      return user;
    });
  },
});
