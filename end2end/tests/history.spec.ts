// Older messages: scrolling, catching up, and reading with the keyboard.

import { numberedLines, sendMessages } from "../support/bot.ts";
import { type User, expect, test } from "../support/test.ts";

test.use({ options: ["--messages-per-second", "0"] });

test("scrolling up loads older messages until the beginning of the room", async ({
  server,
  openBrowser,
  signIn,
}) => {
  await sendMessages(server, await openBrowser(), "Ben", "tea", numberedLines(400));
  const anna = await signIn("Anna", "tea");
  await expect(anna.logItem("Line 1")).toHaveCount(0);

  const read = await readUpTo(anna, "Line 1");
  expect(numberedLines(400).filter((line) => !read.has(line)), "lines that were skipped").toEqual([]);
  await expect(anna.log.getByText("This is the beginning of tea.")).toBeVisible();

  // Sending a message scrolls back to the end.
  await anna.send("I have read it all");
  await anna.expectMessage("I have read it all");
  await expect(anna.logItem("Line 400")).toBeInViewport();
});

test("drawing older messages keeps the scroll position", async ({ server, openBrowser, signIn }) => {
  await sendMessages(server, await openBrowser(), "Ben", "tea", numberedLines(200));
  const anna = await signIn("Anna", "tea");
  // Each of these lines is so near to the edge that older ones are drawn.
  for (const [line, drawn, next] of [
    ["Line 155", "Line 110", "Line 70"],
    ["Line 105", "Line 60", "Line 20"],
  ]) {
    await expect(anna.logItem(next)).toHaveCount(0);
    const place = () => anna.logItem(line).evaluate((line) => line.getBoundingClientRect().top);
    await anna.logItem(line).evaluate((line) => line.scrollIntoView({ block: "start" }));
    const before = await place();
    await expect(anna.logItem(drawn)).toHaveCount(1);
    await expect.poll(async () => Math.abs((await place()) - before), "pixels moved").toBeLessThan(2);
  }
});

test("new messages do not move a user who reads older ones", async ({ server, openBrowser, signIn }) => {
  await sendMessages(server, await openBrowser(), "Ben", "tea", numberedLines(60));
  const anna = await signIn("Anna", "tea");
  await anna.logItem("Line 30").evaluate((line) => line.scrollIntoView({ block: "center" }));
  await expect(anna.page.getByRole("button", { name: "Jump to latest" })).toBeVisible();
  const carl = await signIn("Carl", "tea");
  await expect(anna.userInList("Carl")).toBeVisible();
  const place = () => anna.logItem("Line 30").evaluate((line) => line.getBoundingClientRect().top);
  const before = await place();

  for (const text of ["A new one", "Another", "And a third"]) await carl.send(text);
  const down = anna.page.getByRole("button", { name: "3 new messages" });
  await expect(down).toBeVisible();
  await expect(anna.logItem("And a third"), "it is not drawn yet").toHaveCount(0);
  expect(Math.abs((await place()) - before), "pixels moved").toBeLessThan(2);

  await down.click();
  await anna.expectMessage("And a third", "Carl");
  await expect(down).toBeHidden();
});

/** Scrolls up, a little at a time, until a line is at the top. Returns all lines that were seen. */
async function readUpTo(anna: User, first: string): Promise<Set<string>> {
  const read = new Set<string>();
  await anna.log.hover();
  for (;;) {
    const lines = await seen(anna);
    lines.forEach((line) => read.add(line));
    const drawn = await anna.log.locator(".text").count();
    expect(drawn, "messages drawn").toBeLessThanOrEqual(240);
    if (lines[0] === first) return read;
    await anna.page.mouse.wheel(0, -300);
    await expect.poll(() => seen(anna), "scrolling moves on").not.toEqual(lines);
  }
}

/** The texts that are on the screen, at least in part. */
function seen(anna: User): Promise<string[]> {
  return anna.log.evaluate((log) => {
    const { top, bottom } = log.getBoundingClientRect();
    const texts = [...log.querySelectorAll(".text")].filter((text) => {
      const place = text.getBoundingClientRect();
      return place.bottom > top && place.top < bottom;
    });
    return texts.map((text) => text.textContent ?? "");
  });
}

test("a client far behind can read everything that it missed", async ({
  server,
  consoleGuard,
  openBrowser,
  signIn,
}) => {
  consoleGuard.expectNoNetwork();
  const browser = await openBrowser();
  const anna = await signIn("Anna", "tea", browser);
  await anna.send("Before the tunnel");
  await anna.expectMessage("Before the tunnel");
  await browser.setOffline(true);
  await expect(anna.page.getByText("You are offline.")).toBeVisible();
  await sendMessages(server, await openBrowser(), "Ben", "tea", numberedLines(700));
  await browser.setOffline(false);
  await expect(anna.logItem("Line 700")).toBeVisible({ timeout: 40_000 });
  const read = await readUpTo(anna, "Before the tunnel");
  expect(numberedLines(700).filter((line) => !read.has(line)), "passed over").toEqual([]);
});

test("the keyboard scrolls from the composer and moves from message to message", async ({
  server,
  openBrowser,
  signIn,
}) => {
  await sendMessages(server, await openBrowser(), "Ben", "tea", numberedLines(200));
  const anna = await signIn("Anna", "tea");
  const { keyboard } = anna.page;
  const focused = () => anna.page.evaluate(() => document.activeElement?.textContent ?? "");
  await anna.composer.fill("half a");
  await keyboard.press("PageUp");
  await expect(anna.logItem("Line 200")).not.toBeInViewport();
  await keyboard.type(" sentence");
  await expect(anna.composer, "typing continues").toHaveValue("half a sentence");

  const lines = await seen(anna);
  await anna.log.focus();
  await keyboard.press("ArrowUp");
  const first = await focused();
  expect(lines.some((line) => first.endsWith(line)), "a line that was on the screen").toBe(true);
  await expect(anna.logItem("Line 200"), "the log does not jump").not.toBeInViewport();

  // Home draws older messages. The focus stays on its message.
  await keyboard.press("Home");
  await expect(anna.logItem("Line 60")).toHaveCount(1);
  await expect.poll(focused).toBe(first);
});
