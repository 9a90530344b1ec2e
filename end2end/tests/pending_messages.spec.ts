// Pending messages are kept until their echo arrives, whatever happens to the page, the connection
// or the server.

import type { BrowserContext, Page } from "@playwright/test";

import { numberedLines } from "../support/bot.ts";
import { User, expect, test } from "../support/test.ts";

// The page waits longer after each failed attempt to connect.
const RECONNECT_TIMEOUT = { timeout: 40_000 };

test("messages typed offline survive a reload and are sent once and in order", async ({
  server,
  consoleGuard,
  openBrowser,
  signIn,
}) => {
  consoleGuard.expectNoNetwork();
  const browser = await openBrowser();
  const anna = await signIn("Anna", "tea", browser);
  const ben = await signIn("Ben", "tea");
  await browser.setOffline(true);
  await server.kill();
  for (const text of ["One", "Two", "Three"]) {
    await anna.send(text);
    await expect(anna.logItem(text)).toContainText("Sending…");
  }
  // The reload fails because the server is down, so there is no page.
  await expect(anna.page.reload()).rejects.toThrow();

  await server.restart();
  await browser.setOffline(false);
  await anna.page.goto(server.url("/rooms/tea"));
  for (const { page } of [anna, ben]) {
    await expect(page.getByRole("log").locator(".text")).toHaveText(["One", "Two", "Three"], RECONNECT_TIMEOUT);
  }
  await expect(anna.log).not.toContainText("Sending…");
  expect(await pendingKeys(anna.page), "no pending message is left").toEqual([]);
  await anna.page.reload();
  await anna.expectRoom("tea");
  await expect(anna.log.locator(".text")).toHaveText(["One", "Two", "Three"]);
});

test("a message sent while the connection is cut is stored once", async ({ server, consoleGuard, signIn }) => {
  consoleGuard.expectLostConnections();
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  const texts: string[] = [];
  for (const later of [0, 1, 2, 5, 10]) {
    const text = `Cut after ${later} ms`;
    texts.push(text);
    await anna.send("Before");
    await anna.composer.fill(text);
    const cut = new Promise((done) => setTimeout(done, later)).then(() => server.kill());
    await Promise.all([anna.composer.press("Enter"), cut]);
    await server.restart();
    for (const user of [anna, ben]) {
      await expect(user.logItem(text)).toHaveCount(1, RECONNECT_TIMEOUT);
      await expect(user.logItem(text)).not.toContainText("Sending…", RECONNECT_TIMEOUT);
    }
  }
  for (const { page } of [anna, ben]) {
    await page.reload();
    const said = page.getByRole("log").locator(".text").filter({ hasText: "Cut" });
    await expect(said).toHaveText(texts);
  }
});

test("a hundred messages typed offline arrive in order despite the rate limit", async ({
  consoleGuard,
  openBrowser,
  signIn,
}) => {
  consoleGuard.expectNoNetwork();
  const browser = await openBrowser();
  const anna = await signIn("Anna", "tea", browser);
  const ben = await signIn("Ben", "tea");
  await browser.setOffline(true);
  await expect(anna.page.getByText("You are offline.")).toBeVisible();
  for (const text of numberedLines(100)) await anna.send(text);
  await browser.setOffline(false);
  await expect(anna.log.locator(".message.pending")).toHaveCount(0, { timeout: 60_000 });
  for (const { log } of [anna, ben]) {
    await expect(log.locator(".text")).toHaveText(numberedLines(100));
  }
});

test("two tabs show the same pending messages, and one of them sends", async ({ server, consoleGuard, openBrowser, signIn }) => {
  consoleGuard.expectNoNetwork();
  const browser = await openBrowser();
  const sent = countSentFrames(browser);
  const anna = await signIn("Anna", "tea", browser);
  const other = new User(await browser.newPage(), "Anna");
  await other.page.goto(server.url("/rooms/tea"));
  await other.expectRoom("tea");
  const ben = await signIn("Ben", "tea");
  await browser.setOffline(true);
  await expect(anna.page.getByText("You are offline.")).toBeVisible();
  await anna.send("From the first");
  await expect(other.logItem("From the first")).toContainText("Sending…");
  await other.send("From the second");
  await expect(anna.logItem("From the second")).toContainText("Sending…");
  await browser.setOffline(false);
  const all = ["From the first", "From the second"];
  for (const { page } of [anna, other, ben]) {
    await expect(page.getByRole("log").locator(".text")).toHaveText(all, RECONNECT_TIMEOUT);
    await expect(page.getByRole("log")).not.toContainText("Sending…");
  }
  for (const text of all) expect(sent(text), `${text}: sent by one of the two tabs`).toBe(1);

  // The other tab sends what a closed tab leaves behind.
  await browser.setOffline(true);
  await expect(anna.page.getByText("You are offline.")).toBeVisible();
  await anna.send("Left behind");
  await expect(other.logItem("Left behind")).toContainText("Sending…");
  await anna.page.goto("about:blank");
  await browser.setOffline(false);
  await other.expectMessage("Left behind");
  await ben.expectMessage("Left behind", "Anna");
  await expect(ben.log.locator(".text")).toHaveText([...all, "Left behind"]);
  expect(await pendingKeys(other.page)).toEqual([]);
});

test("while the server's disk is full a message stays pending, and is sent later", async ({
  server,
  consoleGuard,
  signIn,
}) => {
  consoleGuard.expectLostConnections();
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  await anna.send("Before");
  await ben.expectMessage("Before");
  await server.fillDisk();
  await anna.send("First");
  await anna.send("Second");
  await expect(anna.logItem("First")).toContainText("Sending…");
  await expect(anna.log.getByRole("button", { name: "Discard" }), "it is not refused").toHaveCount(0);
  await server.freeDisk();
  for (const { log } of [anna, ben]) {
    await expect(log.locator(".text")).toHaveText(["Before", "First", "Second"], RECONNECT_TIMEOUT);
    await expect(log).not.toContainText("Sending…", RECONNECT_TIMEOUT);
  }

  // A page only reads, so a reload meanwhile shows the room, and keeps the pending message.
  await server.fillDisk();
  await anna.send("Third");
  await expect(anna.logItem("Third")).toContainText("Sending…");
  await anna.page.reload();
  await anna.expectMessage("Second");
  await expect(anna.logItem("Third")).toContainText("Sending…");
  await server.freeDisk();
  await expect(anna.logItem("Third")).not.toContainText("Sending…", RECONNECT_TIMEOUT);
  await expect(ben.log.locator(".text")).toHaveText(["Before", "First", "Second", "Third"]);
});

test("a browser without room for pending messages is reported", async ({
  server,
  consoleGuard,
  signIn,
}) => {
  consoleGuard.expectLostConnections();
  const anna = await signIn("Anna", "tea");
  await anna.page.evaluate(() => {
    for (let size = 2 ** 22; size >= 1; size /= 2)
      for (let nth = 0; ; nth++)
        try {
          localStorage.setItem(`full ${size} ${nth}`, "x".repeat(size));
        } catch {
          break;
        }
  });
  await server.kill();
  await expect(anna.banner).toBeVisible();
  await anna.send("Nowhere to keep it");
  await expect(anna.logItem("Nowhere to keep it")).toContainText("Sending…");
  await expect(anna.page.getByRole("alert")).toContainText("Keep this page open until your messages are sent.");
  await server.restart();
  await anna.expectMessage("Nowhere to keep it");
});

test("signing out erases pending messages after a confirmation", async ({ server, consoleGuard, openBrowser, signIn }) => {
  consoleGuard.expectNoNetwork();
  const browser = await openBrowser();
  const anna = await signIn("Anna", "tea", browser);
  await server.kill();
  await expect(anna.banner).toBeVisible();
  await anna.send("Not for everybody");
  await anna.composer.fill("Half a thought");
  const questions: string[] = [];
  const answers = [false, true];
  anna.page.on("dialog", (dialog) => {
    questions.push(dialog.message());
    return answers.shift() ? dialog.accept() : dialog.dismiss();
  });
  const signOut = anna.page.getByRole("button", { name: "Sign out" });
  await anna.openUserMenu();
  await signOut.click();
  await expect.poll(() => questions.length).toBe(1);
  await expect(anna.logItem("Not for everybody"), "signing out was canceled").toContainText("Sending…");

  // The server is down, so it cannot end the session. The pending messages are erased all the same.
  await signOut.click();
  await expect.poll(() => questions.length).toBe(2);
  expect(questions[1]).toBe("Some of your messages haven't been sent. Sign out and lose them?");
  await expect(anna.page.getByRole("log")).toHaveCount(0);
  await server.restart();
  await anna.page.goto(server.url("/rooms/tea"));
  await anna.expectRoom("tea");
  expect(await pendingKeys(anna.page)).toEqual([]);
  await expect(anna.composer).toHaveValue("");
  await anna.send("Nothing of that");
  await anna.expectMessage("Nothing of that");
  await expect(anna.log.locator(".text")).toHaveText(["Nothing of that"]);
});

/** Counts the frames with a text that the pages of a browser have sent. */
function countSentFrames(browser: BrowserContext): (text: string) => number {
  const frames: string[] = [];
  browser.on("page", (page) =>
    page.on("websocket", (socket) =>
      socket.on("framesent", ({ payload }) => frames.push(String(payload))),
    ),
  );
  return (text) => frames.filter((frame) => frame.includes(`"text":"${text}"`)).length;
}

/** The names of the pending messages in the browser's local storage. */
function pendingKeys(page: Page): Promise<string[]> {
  return page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes(".draft.")));
}
