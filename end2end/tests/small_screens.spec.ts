import { numbered } from "../support/bot.ts";
import { User, expect, test } from "../support/test.ts";

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

test("on a phone the rooms and the people wait behind a button each", async ({ server, open, enter }) => {
  const ben = await enter("Ben", "tea");
  const page = await (await open(PHONE)).newPage();
  const anna = new User(page, "Anna");
  await page.goto(server.url());
  await anna.signsIn("tea");
  await expect(ben.line(/Anna joined/)).toBeVisible();

  await expect(anna.rooms).toBeHidden();
  await page.getByRole("button", { name: "Conversations" }).click();
  await expect(anna.room("tea")).toBeInViewport();
  await anna.finder.fill("coffee");
  await page.getByRole("button", { name: "Create room “coffee”" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "coffee" })).toBeVisible();
  await expect(anna.rooms, "out of the way of the room").toBeHidden();

  await ben.says("Where did you go?");
  await expect(page.getByRole("button", { name: "Conversations, 1 unread" })).toBeVisible();
  await page.getByRole("button", { name: "Conversations" }).click();
  await anna.room("tea").click();
  await anna.reads("Where did you go?", "Ben");

  await page.getByRole("button", { name: "People" }).click();
  await anna.turnsTo("Ben");
  await anna.says("For coffee");
  await expect(ben.conversation("Anna")).toBeVisible();

  const sideways = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
  expect(await page.evaluate(sideways), "nothing sticks out").toBe(0);
});

test("on a phone one types on after the first private message", async ({ server, open, enter }) => {
  const ben = await enter("Ben", "tea");
  const page = await (await open(PHONE)).newPage();
  const anna = new User(page, "Anna");
  await page.goto(server.url());
  await anna.signsIn("tea");
  await page.getByRole("button", { name: "People" }).click();
  await anna.turnsTo("Ben");
  await anna.composer.focus();
  await page.keyboard.type("First");
  await page.keyboard.press("Enter");
  await expect(page, "the conversation has an address now").toHaveURL(/\/rooms\/@/);
  await expect(anna.composer).toBeFocused();
  await page.keyboard.type("Second");
  await page.keyboard.press("Enter");
  await ben.conversation("Anna").click();
  await ben.reads("First", "Anna");
  await ben.reads("Second");
});

test("the composer stays above the keyboard on the screen, and the newest message with it", async ({
  enter,
}) => {
  const anna = await enter("Anna", "tea");
  await anna.page.setViewportSize({ width: 360, height: 740 });
  for (const text of numbered(20)) await anna.says(text);
  // What `interactive-widget=resizes-content` makes of a keyboard that comes up.
  await anna.page.setViewportSize({ width: 360, height: 380 });
  await expect(anna.composer).toBeInViewport({ ratio: 1 });
  await expect(anna.line("Line 20")).toBeInViewport({ ratio: 1 });
  await anna.says("With a thumb");
  await anna.reads("With a thumb");
});

test("at 200 % of its size the page can still be used", async ({ enter }) => {
  const anna = await enter("Anna", "tea");
  // What a browser makes of a window of 1280 by 800 pixels at 200 %.
  await anna.page.setViewportSize({ width: 640, height: 400 });
  await anna.says("Large, please");
  await anna.reads("Large, please");
  await expect(anna.composer).toBeInViewport({ ratio: 1 });
  await anna.page.getByRole("button", { name: /^Conversations/ }).click();
  await expect(anna.room("tea")).toBeInViewport({ ratio: 1 });
  await anna.opensMenu();
  await expect(anna.page.getByRole("button", { name: "Sign out" })).toBeInViewport({ ratio: 1 });
  const sideways = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
  expect(await anna.page.evaluate(sideways), "nothing sticks out").toBe(0);
});

test("with forced colours, what was told by a background is told by a line", async ({ open, enter }) => {
  const anna = await enter("Anna", "tea", await open({ forcedColors: "active" }));
  const outline = (it: Element) => getComputedStyle(it).outlineStyle;
  expect(await anna.room("tea").evaluate(outline)).toBe("solid");
  await anna.page.keyboard.press("Control+k");
  const chosen = anna.page.getByRole("option", { selected: true });
  expect(await chosen.evaluate(outline)).toBe("solid");
});
