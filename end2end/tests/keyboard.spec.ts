// The page can be used with the keyboard alone.

import type { Page } from "@playwright/test";

import { User, expect, test } from "../support/test.ts";

test("a user signs in, sends and switches conversations without a mouse", async ({ server, openBrowser, signIn }) => {
  const ben = await signIn("Ben", "tea");
  await ben.joinRoom("coffee");

  const page = await (await openBrowser()).newPage();
  const anna = new User(page, "Anna");
  await page.goto(server.url());
  await expect(page.getByLabel("Nickname"), "typing can start at once").toBeFocused();
  await page.keyboard.type("Anna");
  await page.keyboard.press("Tab");
  await page.keyboard.type("coffee");
  await page.keyboard.press("Enter");
  await anna.expectRoom("coffee");
  await page.keyboard.type("Hello, Ben");
  await page.keyboard.press("Enter");
  await ben.expectMessage("Hello, Ben", "Anna");

  expect(await tabAround(page)).toEqual([
    "Message",
    "Send",
    "Ben",
    "Notify me when Ben is online",
    "Leave room",
    "Find or create a room",
    "coffee",
    "tea",
    "Anna", // with the menu
    "Play a game",
    "coffee", // the log, so that the arrow keys scroll it
  ]);

  await anna.userInList("Ben").getByRole("link").focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Ben" })).toBeVisible();
  await expect(anna.composer, "writing can start at once").toBeFocused();
  await page.keyboard.type("Between us");
  await page.keyboard.press("Enter");
  await expect(ben.conversationLink("Anna")).toBeVisible();
});

/** The names of all elements that Tab reaches, from the focused one until Tab returns to it. */
async function tabAround(page: Page): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const focused = await page.evaluate(() => {
      const at = document.activeElement;
      // Between the end of the page and its beginning, the focus is in the browser's own controls.
      if (!at || at === document.body) return null;
      // A field may have its outline around its frame.
      const outlined = [at, at.parentElement!].some((at) => {
        const { outlineStyle, outlineWidth } = getComputedStyle(at);
        return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
      });
      const labels = at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement ? at.labels : null;
      const text = labels?.[0] ?? at.querySelector(".name") ?? at;
      const name = at.getAttribute("aria-label") ?? text.textContent ?? "";
      return { name: name.trim(), seen: outlined };
    });
    if (focused) {
      if (names.includes("Ben") && focused.name === names[0]) return names;
      expect(focused, "the focus is visible").toEqual({ name: focused.name, seen: true });
      names.push(focused.name);
      expect(names.length, "Tab returns to the start").toBeLessThan(30);
    }
    await page.keyboard.press("Tab");
  }
}
