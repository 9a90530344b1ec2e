// Phones, zoom and forced colors.

import { numberedLines } from "../support/bot.ts";
import { User, expect, test } from "../support/test.ts";

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

test("on a phone a button each opens the rooms and the people", async ({ server, openBrowser, signIn }) => {
  const ben = await signIn("Ben", "tea");
  const page = await (await openBrowser(PHONE)).newPage();
  const anna = new User(page, "Anna");
  await page.goto(server.url());
  await anna.signIn("tea");
  await expect(ben.logItem(/Anna joined/)).toBeVisible();

  await expect(anna.rooms).toBeHidden();
  await page.getByRole("button", { name: "Conversations" }).click();
  await expect(anna.roomLink("tea")).toBeInViewport();
  await anna.roomInput.fill("coffee");
  await page.getByRole("button", { name: "Create room “coffee”" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "coffee" })).toBeVisible();
  await expect(anna.rooms, "the list closes").toBeHidden();

  await ben.send("Where did you go?");
  await expect(page.getByRole("button", { name: "Conversations, 1 unread" })).toBeVisible();
  await page.getByRole("button", { name: "Conversations" }).click();
  await anna.roomLink("tea").click();
  await anna.expectMessage("Where did you go?", "Ben");

  await page.getByRole("button", { name: "People" }).click();
  await anna.openConversationWith("Ben");
  await anna.send("For coffee");
  await expect(ben.conversationLink("Anna")).toBeVisible();

  const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
  expect(await page.evaluate(overflow), "horizontal overflow").toBe(0);
});

test("on a phone typing continues after the first private message", async ({ server, openBrowser, signIn }) => {
  const ben = await signIn("Ben", "tea");
  const page = await (await openBrowser(PHONE)).newPage();
  const anna = new User(page, "Anna");
  await page.goto(server.url());
  await anna.signIn("tea");
  await page.getByRole("button", { name: "People" }).click();
  await anna.openConversationWith("Ben");
  await anna.composer.focus();
  await page.keyboard.type("First");
  await page.keyboard.press("Enter");
  await expect(page, "the conversation has an address now").toHaveURL(/\/rooms\/@/);
  await expect(anna.composer).toBeFocused();
  await page.keyboard.type("Second");
  await page.keyboard.press("Enter");
  await ben.conversationLink("Anna").click();
  await ben.expectMessage("First", "Anna");
  await ben.expectMessage("Second");
});

test("the composer and the newest message stay above an on-screen keyboard", async ({
  signIn,
}) => {
  const anna = await signIn("Anna", "tea");
  await anna.page.setViewportSize({ width: 360, height: 740 });
  for (const text of numberedLines(20)) await anna.send(text);
  // With `interactive-widget=resizes-content`, a keyboard that opens shrinks the viewport like
  // this.
  await anna.page.setViewportSize({ width: 360, height: 380 });
  await expect(anna.composer).toBeInViewport({ ratio: 1 });
  await expect(anna.logItem("Line 20")).toBeInViewport({ ratio: 1 });
  await anna.send("With a thumb");
  await anna.expectMessage("With a thumb");
});

test("the page can be used at a zoom of 200%", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  // The viewport of a window of 1280 by 800 pixels at 200%.
  await anna.page.setViewportSize({ width: 640, height: 400 });
  await anna.send("Large, please");
  await anna.expectMessage("Large, please");
  await expect(anna.composer).toBeInViewport({ ratio: 1 });
  await anna.page.getByRole("button", { name: /^Conversations/ }).click();
  await expect(anna.roomLink("tea")).toBeInViewport({ ratio: 1 });
  await anna.openUserMenu();
  await expect(anna.page.getByRole("button", { name: "Sign out" })).toBeInViewport({ ratio: 1 });
  const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
  expect(await anna.page.evaluate(overflow), "horizontal overflow").toBe(0);
});

test("with forced colors, the selection is shown by an outline", async ({ openBrowser, signIn }) => {
  const anna = await signIn("Anna", "tea", await openBrowser({ forcedColors: "active" }));
  const outline = (it: Element) => getComputedStyle(it).outlineStyle;
  expect(await anna.roomLink("tea").evaluate(outline)).toBe("solid");
  await anna.page.keyboard.press("Control+k");
  const chosen = anna.page.getByRole("option", { selected: true });
  expect(await chosen.evaluate(outline)).toBe("solid");
});
