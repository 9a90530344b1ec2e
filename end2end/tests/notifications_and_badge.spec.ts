// What the browser shows beside the page: notifications and the number on the program's icon.

import type { BrowserContext, Page } from "@playwright/test";

import { expect, test } from "../support/test.ts";

test("a bell rings beside the page while the reader looks at another tab", async ({ openBrowser, signIn }) => {
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
  expect(await heard(anna.page, "notification"), "the page is in view").toEqual([]);
  await notices.getByRole("button", { name: "Dismiss" }).click();

  await ben.leaveRoom();
  await expect(anna.userInList("Ben")).toHaveCount(0);
  await hide(anna.page);
  await ben.joinRoom("tea");
  await expect(notices).toHaveText(["Ben is online in tea."]);
  await expect.poll(() => heard(anna.page, "notification")).toEqual(["Ben is here"]);
});

test("the number on the bot's icon is what is unread", async ({ openBrowser, signIn }) => {
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
  const badges = await heard(anna.page, "badge");
  expect(badges).toContain("2");
  expect(badges.at(-1)).toBe("none");
});

type Kind = "notification" | "badge";

/** Notes what the page has the browser show, once the browser says that it does. */
async function listenBeside(browser: BrowserContext): Promise<void> {
  await browser.addInitScript(() => {
    const heard: [Kind, string][] = ((window as any).heard = []);
    window.Notification = class extends Notification {
      constructor(...told: ConstructorParameters<typeof Notification>) {
        super(...told);
        this.onshow = () => heard.push(["notification", this.title]);
      }
    };
    const { setAppBadge, clearAppBadge } = Navigator.prototype as any;
    Object.assign(Navigator.prototype, {
      async setAppBadge(this: Navigator, count: number) {
        await setAppBadge.call(this, count);
        heard.push(["badge", String(count)]);
      },
      async clearAppBadge(this: Navigator) {
        await clearAppBadge.call(this);
        heard.push(["badge", "none"]);
      },
    });
  });
}

async function heard(page: Page, kind: Kind): Promise<string[]> {
  const all: [Kind, string][] = await page.evaluate(() => (window as any).heard);
  return all.filter(([of]) => of === kind).map(([, what]) => what);
}

/** The reader turns to another tab, as far as the page can tell: Playwright keeps each page in view. */
async function hide(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const [name, value] of Object.entries({ hidden: true, visibilityState: "hidden" }))
      Object.defineProperty(document, name, { configurable: true, value });
    document.dispatchEvent(new Event("visibilitychange"));
  });
}
