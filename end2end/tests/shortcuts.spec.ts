// Keyboard shortcuts and the quick switcher.

import type { Locator } from "@playwright/test";

import { type User, expect, test } from "../support/test.ts";

test("Ctrl+K opens the quick switcher, which finds rooms, users and actions", async ({ signIn }) => {
  const ben = await signIn("Ben", "Kitchen garden");
  await ben.joinRoom("tea");
  const anna = await signIn("Anna", "tea");
  const { page } = anna;
  const { field, choices, dialog } = quickSwitcher(anna);

  await page.keyboard.press("Control+k");
  await expect(field).toBeFocused();
  await page.keyboard.type("garden");
  await expect(choices.first()).toHaveAccessibleName(/^Kitchen garden\b/);
  await page.keyboard.press("Enter");
  await expect(dialog).toHaveCount(0);
  await anna.expectRoom("Kitchen garden");

  await page.keyboard.press("Control+k");
  await page.keyboard.type("ben");
  await expect(choices.first()).toHaveAccessibleName(/^Ben Private conversation$/);
  await page.keyboard.press("Enter");
  await anna.expectRoom("Ben");
  await page.keyboard.type("Hello, Ben");
  await page.keyboard.press("Enter");
  await ben.conversationLink("Anna").click();
  await ben.expectMessage("Hello, Ben", "Anna");

  await page.keyboard.press("Control+k");
  await page.keyboard.type("dark");
  await page.keyboard.press("Enter");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(anna.composer, "the focus returns to the composer").toBeFocused();

  await page.keyboard.press("Control+k");
  await page.keyboard.type("A new room");
  await expect(choices).toHaveText(["Create room “A new room”"]);
  await page.keyboard.press("Enter");
  await anna.expectRoom("A new room");

  await page.keyboard.press("Control+k");
  await page.keyboard.type("leave");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Welcome" })).toBeVisible();
});

test("in the quick switcher the arrows select, and Escape only closes it", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  for (const room of ["tea 2", "tea 3"]) await anna.joinRoom(room);
  const { page } = anna;
  const { field, choices, dialog } = quickSwitcher(anna);
  const chosen = () => choices.and(page.locator("[aria-selected=true]"));

  await page.keyboard.press("Control+k");
  await page.keyboard.type("tea");
  await expect(choices.locator(".name")).toHaveText(["tea", "tea 2", "tea 3"]);
  await expect(chosen()).toHaveAccessibleName(/^tea Room$/);
  await page.keyboard.press("ArrowDown");
  await expect(chosen()).toHaveAccessibleName(/^tea 2\b/);
  const id = (await chosen().getAttribute("id"))!;
  await expect(field, "screen readers get the selected option").toHaveAttribute("aria-activedescendant", id);
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  await expect(chosen(), "the selection wraps around").toHaveAccessibleName(/^tea 3\b/);
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await anna.expectRoom("tea 2");

  await page.keyboard.press("Control+k");
  await page.keyboard.type("tea 3");
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole("heading", { level: 1, name: "tea 2" })).toBeVisible();
  await page.keyboard.press("Control+k");
  await expect(field, "it opens empty").toHaveValue("");
  await page.keyboard.press("Control+k");
  await expect(dialog).toHaveCount(0);
  await expect(anna.composer).toBeFocused();
});

test("Alt and the arrow keys switch between conversations", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  await anna.joinRoom("coffee");
  await ben.openConversationWith("Anna");
  await ben.send("Psst");
  await expect(anna.conversationLink("Ben")).toBeVisible();
  // In the order of the lists, and wrapping around: coffee, tea, Ben.
  for (const [key, place] of [
    ["ArrowDown", "tea"],
    ["ArrowDown", "Ben"],
    ["ArrowDown", "coffee"],
    ["ArrowUp", "Ben"],
    ["ArrowUp", "tea"],
  ]) {
    await anna.page.keyboard.press(`Alt+${key}`);
    await anna.expectRoom(place);
  }
});

test("a question mark lists the shortcuts, and Escape marks messages as read", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  await anna.joinRoom("coffee");
  await ben.send("News");
  await expect(anna.roomLink("tea")).toHaveAccessibleName(/1 unread/);
  await anna.roomLink("tea").click();
  const unread = anna.log.locator(".unread-line");
  await expect(unread).toHaveCount(1);

  await anna.expectRoom("tea");
  await anna.page.keyboard.type("?");
  await expect(anna.composer, "in the composer it is text").toHaveValue("?");
  await anna.composer.press("Backspace");
  await anna.log.focus();
  await anna.page.keyboard.press("?");
  const keys = anna.page.locator("dialog[aria-label='Keyboard shortcuts']");
  await expect(keys).toContainText("Open the quick switcher");
  await anna.page.keyboard.press("Escape");
  await expect(keys).toHaveCount(0);
  await expect(unread, "Escape closed only the list").toHaveCount(1);

  await anna.page.keyboard.press("Escape");
  await expect(unread).toHaveCount(0);
  await expect(anna.composer).toBeFocused();
  // The list can be opened from the menu too.
  await anna.openUserMenu();
  await anna.page.getByRole("button", { name: "Keyboard shortcuts" }).click();
  await expect(keys).toBeVisible();
  await keys.getByRole("button", { name: "Close" }).click();
  await expect(keys).toHaveCount(0);
});

function quickSwitcher({ page }: User): { dialog: Locator; field: Locator; choices: Locator } {
  // A closed one that is still in the document would take keys.
  const dialog = page.locator("dialog[aria-label='Quick switcher']");
  return { dialog, field: dialog.getByRole("combobox"), choices: dialog.getByRole("option") };
}

test("long names fit into the quick switcher", async ({ signIn }) => {
  const long = "W".repeat(32);
  const anna = await signIn("Anna", "W".repeat(60));
  await signIn(long, "W".repeat(60));
  for (const width of [360, 1280]) {
    await anna.page.setViewportSize({ width, height: 740 });
    await anna.page.keyboard.press("Control+k");
    const switcher = anna.page.getByRole("dialog");
    await expect(switcher.getByRole("option", { name: long }).last()).toBeVisible();
    const overflow = await switcher.evaluate((it) => it.scrollWidth - it.clientWidth);
    expect(overflow, `overflow at ${width} pixels`).toBe(0);
    await anna.page.keyboard.press("Escape");
  }
});
