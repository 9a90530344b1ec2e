// What the browser shows outside the page: notifications, and the badge on the app's icon.

import type { BrowserContext, Page } from "@playwright/test";

import { expect, test } from "../support/test.ts";

test("a bell shows a notification while the page is hidden", async ({ openBrowser, signIn }) => {
  const browser = await openBrowser({ permissions: ["notifications"] });
  await listenBeside(browser);
  const anna = await signIn("Anna", "tea", browser);
  await anna.joinRoom("coffee");
  await anna.roomLink("tea").click();
  await anna.expectRoom("tea");
  const ben = await signIn("Ben", "tea");
  await anna.page.getByRole("button", { name: "Notify me when Ben is online" }).click();
  const notices = anna.page.getByRole("alert").locator("p");

  await ben.leaveRoom();
  await expect(anna.userInList("Ben")).toHaveCount(0);
  await ben.joinRoom("tea");
  await expect(notices).toHaveText(["Ben is online in tea."]);
  expect(await shown(anna.page, "notification"), "the page is visible").toEqual([]);
  await notices.getByRole("button", { name: "Dismiss" }).click();

  await ben.leaveRoom();
  await expect(anna.userInList("Ben")).toHaveCount(0);
  await hide(anna.page);
  await ben.joinRoom("tea");
  await expect(notices).toHaveText(["Ben is online in tea."]);
  await expect.poll(() => shown(anna.page, "notification")).toEqual(["Ben is online"]);
});

test("the badge on the app's icon is the number of unread messages", async ({ openBrowser, signIn }) => {
  const browser = await openBrowser();
  await listenBeside(browser);
  const anna = await signIn("Anna", "tea", browser);
  const ben = await signIn("Ben", "tea");
  await anna.joinRoom("coffee");
  await ben.send("One");
  await ben.send("Two");
  await expect(anna.page).toHaveTitle(/^\(2\)/);
  await anna.roomLink("tea").click();
  await anna.expectMessage("Two");
  await expect(anna.page).toHaveTitle(/^tea/);
  const badges = await shown(anna.page, "badge");
  expect(badges).toContain("2");
  expect(badges.at(-1)).toBe("none");
});

type Kind = "notification" | "badge";

/** Records each notification and badge once the browser has shown it. */
async function listenBeside(browser: BrowserContext): Promise<void> {
  await browser.addInitScript(() => {
    const shown: [Kind, string][] = ((window as any).shown = []);
    window.Notification = class extends Notification {
      constructor(...args: ConstructorParameters<typeof Notification>) {
        super(...args);
        this.onshow = () => shown.push(["notification", this.title]);
      }
    };
    const { setAppBadge, clearAppBadge } = Navigator.prototype as any;
    Object.assign(Navigator.prototype, {
      async setAppBadge(this: Navigator, count: number) {
        await setAppBadge.call(this, count);
        shown.push(["badge", String(count)]);
      },
      async clearAppBadge(this: Navigator) {
        await clearAppBadge.call(this);
        shown.push(["badge", "none"]);
      },
    });
  });
}

async function shown(page: Page, kind: Kind): Promise<string[]> {
  const all: [Kind, string][] = await page.evaluate(() => (window as any).shown);
  return all.filter(([of]) => of === kind).map(([, what]) => what);
}

/** Tells the page that it is hidden, as behind another tab. Playwright keeps every page visible. */
async function hide(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const [name, value] of Object.entries({ hidden: true, visibilityState: "hidden" }))
      Object.defineProperty(document, name, { configurable: true, value });
    document.dispatchEvent(new Event("visibilitychange"));
  });
}
