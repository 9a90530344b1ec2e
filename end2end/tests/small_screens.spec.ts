import { numberedLines } from "../support/bot.ts";
import { User, expect, test } from "../support/test.ts";

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

test("on a phone the rooms and the people wait behind a button each", async ({ server, openBrowser, signIn }) => {
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
  await expect(anna.rooms, "out of the way of the room").toBeHidden();

  await ben.send("Where did you go?");
  await expect(page.getByRole("button", { name: "Conversations, 1 unread" })).toBeVisible();
  await page.getByRole("button", { name: "Conversations" }).click();
  await anna.roomLink("tea").click();
  await anna.expectMessage("Where did you go?", "Ben");

  await page.getByRole("button", { name: "People" }).click();
  await anna.openConversationWith("Ben");
  await anna.send("For coffee");
  await expect(ben.conversationLink("Anna")).toBeVisible();

  const sideways = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
  expect(await page.evaluate(sideways), "nothing sticks out").toBe(0);
});

test("on a phone one types on after the first private message", async ({ server, openBrowser, signIn }) => {
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

test("the composer stays above the keyboard on the screen, and the newest message with it", async ({
  signIn,
}) => {
  const anna = await signIn("Anna", "tea");
  await anna.page.setViewportSize({ width: 360, height: 740 });
  for (const text of numberedLines(20)) await anna.send(text);
  // What `interactive-widget=resizes-content` makes of a keyboard that comes up.
  await anna.page.setViewportSize({ width: 360, height: 380 });
  await expect(anna.composer).toBeInViewport({ ratio: 1 });
  await expect(anna.logItem("Line 20")).toBeInViewport({ ratio: 1 });
  await anna.send("With a thumb");
  await anna.expectMessage("With a thumb");
});

test("at 200 % of its size the page can still be used", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  // What a browser makes of a window of 1280 by 800 pixels at 200 %.
  await anna.page.setViewportSize({ width: 640, height: 400 });
  await anna.send("Large, please");
  await anna.expectMessage("Large, please");
  await expect(anna.composer).toBeInViewport({ ratio: 1 });
  await anna.page.getByRole("button", { name: /^Conversations/ }).click();
  await expect(anna.roomLink("tea")).toBeInViewport({ ratio: 1 });
  await anna.openUserMenu();
  await expect(anna.page.getByRole("button", { name: "Sign out" })).toBeInViewport({ ratio: 1 });
  const sideways = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
  expect(await anna.page.evaluate(sideways), "nothing sticks out").toBe(0);
});

test("with forced colours, what was told by a background is told by a line", async ({ openBrowser, signIn }) => {
  const anna = await signIn("Anna", "tea", await openBrowser({ forcedColors: "active" }));
  const outline = (it: Element) => getComputedStyle(it).outlineStyle;
  expect(await anna.roomLink("tea").evaluate(outline)).toBe("solid");
  await anna.page.keyboard.press("Control+k");
  const chosen = anna.page.getByRole("option", { selected: true });
  expect(await chosen.evaluate(outline)).toBe("solid");
});
