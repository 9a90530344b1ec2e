// What every story begins with: a house, browsers to visit it, and an ear for complaints.

import { type BrowserContext, type BrowserContextOptions, test as base, expect } from "@playwright/test";

import { Calm } from "./calm.ts";
import { House } from "./house.ts";
import { Person } from "./person.ts";

export { expect, House, Person };

interface Story {
  /** Options of the server, like `["--messages-per-second", "0"]`. */
  options: string[];
  calm: Calm;
  house: House;
  /** Opens another browser, with cookies of its own. */
  open: (settings?: BrowserContextOptions) => Promise<BrowserContext>;
  /** Somebody comes into a room, in a browser of their own or in a new tab of this one. */
  enter: (name: string, room: string, browser?: BrowserContext) => Promise<Person>;
}

export const test = base.extend<Story>({
  options: [[], { option: true }],

  calm: async ({}, use) => {
    await use(new Calm());
  },

  house: async ({ options }, use) => {
    const house = await House.open(options);
    await use(house);
    await house.tearDown();
  },

  // Closed before the house is, so that nobody complains about that.
  open: async ({ browser, house, calm }, use) => {
    void house;
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

  enter: async ({ house, open }, use) => {
    await use(async (name, room, browser) => {
      const page = await (browser ?? (await open())).newPage();
      const person = new Person(page, name);
      await page.goto(house.url());
      await person.signsIn(room);
      await person.isIn(room);
      return person;
    });
  },
});
