// A device's preferences: theme, density, single keys and time zone; the tab's icon and title.

import type { Page, Response } from "@playwright/test";

import { expect, test } from "../support/test.ts";

test("the theme is kept, and the server renders the next page with it", async ({ openBrowser, signIn }) => {
  const anna = await signIn("Anna", "tea", await openBrowser({ colorScheme: "light" }));
  const { page } = anna;
  const root = page.locator("html");
  const dark = () => brightness(page);
  const light = await dark();
  await anna.openUserMenu();
  await expect(page.getByRole("radio", { name: "System" })).toBeChecked();
  await page.getByRole("radio", { name: "Dark" }).check();
  await expect(root).toHaveAttribute("data-theme", "dark");
  await expect.poll(dark).toBeLessThan(light / 2);

  expect(await htmlTag(await page.reload())).toContain('data-theme="dark"');
  await anna.expectRoom("tea");
  expect(await dark()).toBeLessThan(light / 2);
  await anna.openUserMenu();
  await expect(page.getByRole("radio", { name: "Dark" })).toBeChecked();
  await page.getByRole("radio", { name: "System" }).check();
  await expect(root).not.toHaveAttribute("data-theme");
  await expect.poll(dark).toBe(light);
  expect(await htmlTag(await page.reload())).not.toContain("data-theme");
});

test("the density is kept", async ({ openBrowser, signIn }) => {
  const anna = await signIn("Anna", "tea", await openBrowser());
  for (const text of ["One", "Two"]) await anna.send(text);
  await anna.expectMessage("Two");
  const { page } = anna;
  const height = async () => (await anna.log.locator(".lines").boundingBox())!.height;
  const wide = await height();
  await anna.openUserMenu();
  const compact = page.getByRole("checkbox", { name: "Compact" });
  await expect(compact).not.toBeChecked();
  await compact.check();
  await expect.poll(height).toBeLessThan(wide);
  const narrow = await height();

  expect(await htmlTag(await page.reload())).toContain('data-density="compact"');
  await anna.expectRoom("tea");
  expect(await height()).toBe(narrow);
  await anna.openUserMenu();
  await expect(compact).toBeChecked();
  await compact.uncheck();
  await expect.poll(height).toBe(wide);
  expect(await htmlTag(await page.reload())).not.toContain("data-density");
});

test("single-key shortcuts can be turned off, for speech input", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const { page } = anna;
  const list = page.locator("dialog[aria-label='Keyboard shortcuts']");
  const single = page.getByRole("checkbox", { name: "Press ?" });
  await anna.log.focus();
  await page.keyboard.press("?");
  await expect(single).toBeChecked();
  await single.press("Space");
  await page.keyboard.press("Escape");
  await expect(list).toHaveCount(0);

  for (const when of ["at once", "after loading the page again"]) {
    await anna.log.focus();
    await page.keyboard.press("?");
    // If the list of shortcuts were opening, the quick switcher would not open.
    await page.keyboard.press("Control+k");
    await expect(page.getByRole("dialog"), when).toHaveAccessibleName(/^Quick switcher$/);
    await page.keyboard.press("Escape");
    await page.reload();
    await anna.expectRoom("tea");
  }

  await anna.openUserMenu();
  await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
  await single.check();
  await page.keyboard.press("Escape");
  // Closing moves the focus back, which has to happen before the next line.
  await expect(list).toHaveCount(0);
  await anna.log.focus();
  await page.keyboard.press("?");
  await expect(list, "they can be turned on again").toBeVisible();
});

test("from the second page on, the server renders times in the user's time zone", async ({ server, openBrowser, signIn }) => {
  const anna = await signIn("Anna", "tea", await openBrowser({ timezoneId: "Asia/Kathmandu" }));
  await anna.send("What time is it?");
  await anna.expectMessage("What time is it?");
  const time = anna.logItem("What time is it?").locator("time");
  const utc = new Date((await time.getAttribute("datetime"))!);
  const there = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Kathmandu", timeStyle: "short" });
  await expect(time).toHaveText(there.format(utc));

  const document = await anna.page.goto(server.url("/rooms/tea"));
  const shown = await anna.page.evaluate((html) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    return page.querySelector(".message time")?.textContent;
  }, await document!.text());
  expect(shown, "in the document").toBe(there.format(utc));
  await anna.expectRoom("tea");
  await expect(time).toHaveText(there.format(utc));
});

test("the tab's icon and title show unread messages", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  const icon = () => anna.page.locator("link#icon").getAttribute("href");
  await anna.joinRoom("coffee");
  const normalIcon = await icon();
  await expect(anna.page).toHaveTitle("coffee · Parlor");
  await ben.send("Where is Anna?");
  await expect(anna.page).toHaveTitle("(1) coffee · Parlor");
  await expect.poll(icon).not.toBe(normalIcon);
  await ben.send("Anna?");
  await expect(anna.page).toHaveTitle("(2) coffee · Parlor");
  await anna.roomLink("tea").click();
  await anna.expectMessage("Anna?", "Ben");
  await expect(anna.page).toHaveTitle("tea · Parlor");
  await expect.poll(icon).toBe(normalIcon);
});

/** The `<html>` tag of a document, as the server sent it. */
async function htmlTag(document: Response | null): Promise<string> {
  return /<html[^>]*>/.exec(await document!.text())![0];
}

/** The brightness of the page's background, from 0 to 1. */
function brightness(page: Page): Promise<number> {
  return page.evaluate(() => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true })!;
    const grounds = [document.body, document.documentElement].map((at) => getComputedStyle(at));
    const ground = grounds.find(({ backgroundColor }) => !backgroundColor.endsWith(", 0)"))!;
    canvas.fillStyle = ground.backgroundColor;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
    return (red + green + blue) / (3 * 255);
  });
}
