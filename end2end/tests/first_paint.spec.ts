// The first paint and hydration: the page is readable at once, and hydration changes nothing.

import type { Page } from "@playwright/test";

import { numberedLines, sendMessages } from "../support/bot.ts";
import { expect, test } from "../support/test.ts";

test.use({ options: ["--messages-per-second", "0"] });

// Long texts, so that the top of the log is far from its edge, where older messages are fetched.
const said = numberedLines(60).map((line) => `${line} ${"and so on ".repeat(30).trim()}`);
const shown = said.slice(10);

test("a page contains its messages, is hydrated, and requests nothing more", async ({
  server,
  openBrowser,
  signIn,
}) => {
  const browser = await openBrowser();
  await sendMessages(server, browser, "Ben", "tea", said);
  const anna = await signIn("Anna", "tea", browser);

  const page = await browser.newPage();
  const asked: string[] = [];
  const sockets: string[] = [];
  const logged: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  page.on("websocket", (socket) => sockets.push(socket.url()));
  page.on("console", (message) => logged.push(message.text()));
  const document = await page.goto(server.url("/rooms/tea"));

  expect(await textsIn(page, await document!.text()), "in the document").toEqual(shown);
  // A message that arrives shows that the socket has joined the room.
  await expect(page.getByRole("textbox", { name: "Message", exact: true })).toBeFocused();
  await anna.send("Here I am");
  const texts = page.getByRole("log").locator(".text");
  await expect(texts).toHaveText([...shown, "Here I am"]);

  const hashed = (name: string) => new RegExp(`^/pkg/${name}\\.[0-9a-f]+\\.\\w+$`);
  const kinds = asked.map((path) => {
    if (path === "/rooms/tea") return "document";
    if (hashed("parlor(_bg)?").test(path)) return path.split(".").at(-1);
    return path;
  });
  expect(kinds.sort()).toEqual(["css", "document", "js", "wasm"]);
  expect(sockets).toEqual([server.url("/ws").replace("http", "ws")]);
  expect(logged, "on the console").toEqual([]);
});

test("hydration reuses the server's elements instead of drawing them again", async ({
  server,
  openBrowser,
  signIn,
}) => {
  const browser = await openBrowser();
  await sendMessages(server, browser, "Ben", "tea", said);
  const anna = await signIn("Anna", "tea", browser);

  const page = await browser.newPage();
  const release = await delayHydration(page);
  await page.goto(server.url("/rooms/tea"), { waitUntil: "commit" });
  const lines = page.getByRole("log").locator(".message");
  await expect(lines).toHaveCount(50);
  await expect(lines.last()).toBeInViewport();
  await lines.evaluateAll((lines) =>
    lines.forEach((line, nth) => line.setAttribute("data-drawn", `${nth}`)),
  );
  const composer = page.getByRole("textbox", { name: "Message", exact: true });
  await composer.fill("typed early");
  release();

  await anna.send("A new one");
  // The other tab's pending message is removed before the message arrives, so for a moment there
  // may be one item fewer.
  const drawn = () => lines.evaluateAll((lines) => lines.map((line) => line.getAttribute("data-drawn")));
  await expect.poll(drawn).toEqual([...shown.map((_, nth) => `${nth}`), null]);
  await expect(page.getByRole("log").locator(".text")).toHaveText([...shown, "A new one"]);
  await expect(composer, "text typed before hydration is kept").toHaveValue("typed early");
  await composer.press("Enter");
  await anna.expectMessage("typed early", "Anna");
});

test("sending before hydration loses nothing", async ({ server, openBrowser, signIn }) => {
  const browser = await openBrowser();
  const anna = await signIn("Anna", "tea", browser);
  const page = await browser.newPage();
  const release = await delayHydration(page);
  await page.goto(server.url("/rooms/tea"), { waitUntil: "commit" });
  const composer = page.getByRole("textbox", { name: "Message", exact: true });
  await composer.fill("An early bird");
  // The page decides whether the button is already enabled.
  await page.getByRole("button", { name: "Send" }).click({ force: true });
  release();

  await expect(composer).toBeFocused();
  await expect(composer).toHaveValue("An early bird");
  await composer.press("Enter");
  await anna.expectMessage("An early bird", "Anna");
});

test("hidden elements are not visible", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  await signIn("Ben", "tea");
  const hidden = anna.page.locator("[hidden]");
  const seen = anna.page.locator("[hidden]:visible");
  await expect(anna.userInList("Ben")).toBeVisible();
  expect(await hidden.count(), "there are hidden elements").toBeGreaterThan(2);
  await expect(seen, "in a room").toHaveCount(0);
  await anna.openConversationWith("Ben");
  await expect(seen, "in private").toHaveCount(0);
  await anna.roomLink("tea").click();
  await anna.leaveRoom();
  await expect(seen, "on the start page").toHaveCount(0);
});

test("after hydration, times are in the user's time zone", async ({ openBrowser, signIn }) => {
  const anna = await signIn("Anna", "tea", await openBrowser({ timezoneId: "Asia/Kolkata" }));
  await anna.send("What time is it?");
  await anna.expectMessage("What time is it?");
  const time = anna.logItem("What time is it?").locator("time");
  const utc = new Date((await time.getAttribute("datetime"))!);
  const there = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Kolkata", timeStyle: "short" });
  await expect(time).toHaveText(there.format(utc));
});

/** Delays the page's hydration until the returned function is called. */
async function delayHydration(page: Page): Promise<() => void> {
  let release = () => {};
  const held = new Promise<void>((done) => (release = done));
  await page.route("**/*.wasm", async (route) => {
    await held;
    // Fails if the page is already closed.
    await route.continue().catch(() => {});
  });
  return release;
}

/** The messages in a document, before any script has run. */
function textsIn(page: Page, html: string): Promise<string[]> {
  return page.evaluate((html) => {
    const document = new DOMParser().parseFromString(html, "text/html");
    const texts = document.querySelectorAll("[role=log] li .text");
    return [...texts].map((text) => text.textContent ?? "");
  }, html);
}
