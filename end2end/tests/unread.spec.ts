// Unread messages, the reading position, and links to messages.

import type { Locator } from "@playwright/test";

import { numberedLines, sendMessages } from "../support/bot.ts";
import { User, expect, test } from "../support/test.ts";

test.use({ options: ["--messages-per-second", "0"] });

test("a line marks the first unread message, and Escape removes it", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  await anna.send("Known already");
  await ben.expectMessage("Known already");
  await anna.joinRoom("coffee");
  await ben.send("First news");
  await ben.send("Second news");
  await expect(anna.roomLink("tea")).toHaveAccessibleName(/2 unread/);

  await anna.roomLink("tea").click();
  await anna.expectMessage("Second news", "Ben");
  await expect(unreadLine(anna)).toHaveText(["New"]);
  await expect(firstUnread(anna)).toContainText("First news");
  await expect(anna.roomLink("tea")).not.toHaveAccessibleName(/unread/);
  await ben.send("Third news");
  await anna.expectMessage("Third news", "Ben");
  await expect(firstUnread(anna), "the line stays while new messages arrive").toContainText("First news");

  await anna.page.keyboard.press("Escape");
  await expect(unreadLine(anna)).toHaveCount(0);
  await expect(anna.composer).toBeFocused();
  await anna.expectMessage("First news", "Ben");
});

test("the server renders the unread line, and answering removes it", async ({
  server,
  openBrowser,
  signIn,
}) => {
  const browser = await openBrowser();
  const before = await signIn("Anna", "tea", browser);
  const ben = await signIn("Ben", "tea");
  await ben.send("Good night");
  await before.expectMessage("Good night");
  // Another page gets the read marker from the server, so the server has stored it.
  const other = new User(await browser.newPage(), "Anna");
  await other.page.goto(server.url());
  await expect(other.roomLink("tea")).not.toHaveAccessibleName(/unread/);
  await other.page.close();
  await before.page.close();
  await ben.send("Good morning");
  await ben.send("Slept well?");
  await ben.expectMessage("Slept well?");

  const page = await browser.newPage();
  const document = await page.goto(server.url("/rooms/tea"));
  const html = (await document!.text()).replace(/<!--.*?-->/g, "");
  expect(html).toMatch(/Good night(?:(?!Good morning).)*unread-line(?:(?!Slept well).)*Good morning/s);
  const anna = new User(page, "Anna");
  await anna.expectRoom("tea");
  await expect(unreadLine(anna)).toHaveText(["New"]);
  await expect(firstUnread(anna)).toContainText("Good morning");
  await anna.send("Like a stone");
  await anna.expectMessage("Like a stone");
  await expect(unreadLine(anna)).toHaveCount(0);
});

test("a button leads to the first of many unread messages", async ({ server, openBrowser, signIn }) => {
  const browser = await openBrowser();
  const anna = await signIn("Anna", "tea", browser);
  await anna.send("Be right back");
  await anna.expectMessage("Be right back");
  await anna.joinRoom("coffee");
  await sendMessages(server, await openBrowser(), "Ben", "tea", numberedLines(300));
  await expect(anna.roomLink("tea")).toHaveAccessibleName(/300 unread/);

  await anna.roomLink("tea").click();
  await anna.expectMessage("Line 300");
  const up = anna.page.getByRole("button", { name: "Jump to first unread" });
  await up.click();
  await expect(anna.logItem("Line 1")).toBeInViewport({ ratio: 1 });
  await expect(firstUnread(anna)).toContainText("Line 1");
  await expect(up).toBeHidden();
  await anna.page.getByRole("button", { name: "Jump to latest" }).or(newMessagesButton(anna)).click();
  await expect(anna.logItem("Line 300")).toBeInViewport();
  await expect(anna.composer).toBeFocused();
});

test("messages that arrive while the user reads older ones are counted", async ({ server, openBrowser, signIn }) => {
  await sendMessages(server, await openBrowser(), "Ben", "tea", numberedLines(60));
  const anna = await signIn("Anna", "tea");
  const carl = await signIn("Carl", "tea");
  await anna.logItem("Line 30").evaluate((line) => line.scrollIntoView({ block: "center" }));
  await expect(anna.page.getByRole("button", { name: "Jump to latest" })).toBeVisible();

  await carl.send("Are you there?");
  await expect(newMessagesButton(anna)).toHaveText("1 new message");
  await expect(anna.page, "not read yet").toHaveTitle("(1) tea · Parlor");
  await carl.send("Hello?");
  await expect(newMessagesButton(anna)).toHaveText("2 new messages");
  await newMessagesButton(anna).click();
  await anna.expectMessage("Hello?", "Carl");
  await expect(newMessagesButton(anna)).toBeHidden();
  await expect(firstUnread(anna)).toContainText("Are you there?");
  await expect(anna.page).toHaveTitle("tea · Parlor");
  // The log follows new messages again.
  await carl.send("There you are");
  await anna.expectMessage("There you are", "Carl");
});

test("returning to a room restores the scroll position", async ({ server, openBrowser, signIn }) => {
  await sendMessages(server, await openBrowser(), "Ben", "tea", numberedLines(300));
  const anna = await signIn("Anna", "tea");
  const line = anna.logItem("Line 260");
  await line.evaluate((line) => line.scrollIntoView({ block: "center" }));
  await expect(anna.logItem("Line 201"), "older messages are drawn above").toHaveCount(1);
  const before = await positionOf(line);

  await anna.joinRoom("coffee");
  await anna.send("A quick one");
  await anna.expectMessage("A quick one");
  await anna.roomLink("tea").click();
  await expect(line).toBeInViewport();
  await expect.poll(async () => Math.abs((await positionOf(line)) - before), "pixels moved").toBeLessThan(2);
  await anna.page.goBack();
  await anna.expectMessage("A quick one");
  await anna.page.goForward();
  await expect(line).toBeInViewport();
  await expect.poll(async () => Math.abs((await positionOf(line)) - before), "pixels moved").toBeLessThan(2);
});

test("every message has a link, however old it is", async ({ server, openBrowser, signIn }) => {
  const browser = await openBrowser();
  await sendMessages(server, browser, "Ben", "tea", numberedLines(300));
  await signIn("Anna", "tea", browser);
  const anna = new User(await browser.newPage(), "Anna");
  const highlighted = anna.log.locator(".highlighted .text");
  await anna.page.goto(server.url("/rooms/tea#7"));
  await expect(highlighted).toHaveText(["Line 7"]);
  await expect(anna.logItem("Line 7")).toBeInViewport({ ratio: 1 });
  await expect(anna.logItem("Line 7"), "it has the focus").toBeFocused();

  // A message's time is a link to the message.
  await anna.logItem("Line 9").locator(".time").click();
  await expect(anna.page).toHaveURL(server.url("/rooms/tea#9"));
  await expect(highlighted).toHaveText(["Line 9"]);
  await expect(anna.logItem("Line 9")).toBeInViewport({ ratio: 1 });
  await anna.page.goBack();
  await expect(anna.page).toHaveURL(server.url("/rooms/tea#7"));
  await expect(highlighted).toHaveText(["Line 7"]);

  await anna.page.getByRole("button", { name: /Jump to latest|new message/ }).click();
  await expect(anna.logItem("Line 300")).toBeInViewport();
});

test("the tabs of a user agree on unread messages", async ({ server, openBrowser, signIn }) => {
  const browser = await openBrowser();
  const anna = await signIn("Anna", "tea", browser);
  const ben = await signIn("Ben", "tea");
  await anna.joinRoom("coffee");
  const other = new User(await browser.newPage(), "Anna");
  await other.page.goto(server.url("/rooms/coffee"));
  await other.expectRoom("coffee");

  await ben.send("Is anybody there?");
  await ben.openConversationWith("Anna");
  await ben.send("Anna, are you?");
  for (const tab of [anna, other]) {
    await expect(tab.roomLink("tea")).toHaveAccessibleName(/1 unread/);
    await expect(tab.conversationLink("Ben")).toHaveAccessibleName(/1 unread for you/);
    await expect(tab.page).toHaveTitle("(2) coffee · Parlor");
  }
  await anna.roomLink("tea").click();
  await anna.expectMessage("Is anybody there?", "Ben");
  await expect(other.roomLink("tea")).not.toHaveAccessibleName(/unread/);
  await expect(other.page).toHaveTitle("(1) coffee · Parlor");
  await other.conversationLink("Ben").click();
  await other.expectMessage("Anna, are you?", "Ben");
  await expect(anna.conversationLink("Ben")).not.toHaveAccessibleName(/unread/);
  await expect(anna.page).toHaveTitle("tea · Parlor");
});

function unreadLine(user: User): Locator {
  return user.log.locator(".unread-line");
}

/** The message below the unread line. */
function firstUnread(user: User): Locator {
  return user.log.locator(".unread-line + .message");
}

function newMessagesButton(user: User): Locator {
  return user.page.getByRole("button", { name: /new messages?$/ });
}

/** The position of a log item on the screen, after it was drawn. */
function positionOf(line: Locator): Promise<number> {
  return line.evaluate(async (line) => {
    const frame = () => new Promise(requestAnimationFrame);
    await frame();
    await frame();
    return line.getBoundingClientRect().top;
  });
}

test("a link to a message that does not exist highlights no other", async ({ server, signIn }) => {
  const anna = await signIn("Anna", "tea");
  await anna.send("The only one");
  await anna.expectMessage("The only one");
  await anna.page.goto(server.url("/rooms/tea#99"));
  await anna.expectMessage("The only one");
  await expect(anna.composer).toBeFocused();
  await expect(anna.log.locator(".highlighted")).toHaveCount(0);
});
