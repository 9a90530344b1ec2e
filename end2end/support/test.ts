// The fixtures of every test: a server, browsers, and a guard against browser errors.

import { type BrowserContext, type BrowserContextOptions, test as base, expect } from "@playwright/test";

import { ConsoleGuard } from "./console_guard.ts";
import { Server } from "./server.ts";
import { User } from "./user.ts";

export { expect, Server, User };

interface Fixtures {
  /** Options of the server, such as `["--messages-per-second", "0"]`. */
  options: string[];
  consoleGuard: ConsoleGuard;
  server: Server;
  /** Opens another browser with its own cookies. */
  openBrowser: (settings?: BrowserContextOptions) => Promise<BrowserContext>;
  /** Signs a new user in and joins a room, in a new browser or in a new tab of this one. */
  signIn: (name: string, room: string, browser?: BrowserContext) => Promise<User>;
}

export const test = base.extend<Fixtures>({
  options: [[], { option: true }],

  consoleGuard: async ({}, use) => {
    await use(new ConsoleGuard());
  },

  server: async ({ options }, use) => {
    const server = await Server.start(options);
    await use(server);
    await server.tearDown();
  },

  // Browsers are closed before the server, so that they do not report lost connections.
  openBrowser: async ({ browser, server, consoleGuard }, use) => {
    void server;
    const opened: BrowserContext[] = [];
    await use(async (settings) => {
      const context = await browser.newContext(settings);
      consoleGuard.watch(context);
      opened.push(context);
      return context;
    });
    const unexpected = consoleGuard.unexpected();
    await Promise.all(opened.map((context) => context.close()));
    expect(unexpected, "errors and warnings of the browser").toEqual([]);
  },

  signIn: async ({ server, openBrowser }, use) => {
    await use(async (name, room, browser) => {
      const page = await (browser ?? (await openBrowser())).newPage();
      const user = new User(page, name);
      await page.goto(server.url());
      await user.signIn(room);
      await user.expectRoom(room);
      return user;
    });
  },
});
