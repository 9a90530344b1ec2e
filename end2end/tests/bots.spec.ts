// Bots, webhooks, announcements, and the example of a page with a bare WebSocket.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { type AddressInfo } from "node:net";

import { createBot } from "../support/api.ts";
import { Server, User, expect, test } from "../support/test.ts";

test("a bot's messages are marked, after a reload too", async ({ server, signIn }) => {
  const anna = await signIn("Anna", "ops");
  const post = await createBot(server, "build-bot", "post");
  await post("/rooms/ops/messages", "It is **built**.");
  await anna.expectMessage("It is built.", "build-bot");
  const mark = anna.logItem("It is built.").locator(".author small");
  await expect(mark).toHaveText("bot");
  await anna.page.reload();
  await expect(mark).toHaveText("bot");
  await anna.send("Thank you");
  await anna.expectMessage("Thank you");
  await expect(anna.logItem("Thank you").locator(".author small")).toHaveCount(0);
});

test("a webhook's usernames are shown as different authors", async ({ server, signIn }) => {
  const anna = await signIn("Anna", "ops");
  const base = ["--url", server.url("").replace(/\/$/, "")];
  const hook = await server.command("incoming", "create", "--name", "alerts", "--room", "ops", ...base);
  for (const [username, text] of [["Jenkins", "one"], ["Grafana", "two"], ["Grafana", "three"]]) {
    await fetch(hook, { method: "POST", body: new URLSearchParams({ username, text }) });
    await anna.expectMessage(text, username);
  }
  await expect(anna.logItem("two"), "another author").toHaveClass(/leads/);
  await expect(anna.logItem("three"), "the same author").not.toHaveClass(/leads/);
});

test("an announcement is shown to every user until it is read, on every device", async ({
  server,
  openBrowser,
  signIn,
}) => {
  const annas = await openBrowser();
  const anna = await signIn("Anna", "tea", annas);
  const announce = await createBot(server, "crier", "announce");
  await announce("/announce", "The server closes at ten.");
  const notice = (user: User) => user.page.getByRole("alert").getByText("crier: The server closes at ten.");
  await expect(notice(anna)).toBeVisible();

  const ben = await signIn("Ben", "tea");
  await expect(notice(ben), "a user who connects later sees it too").toBeVisible();

  const second = new User(await annas.newPage(), "Anna");
  await second.page.goto(server.url("/rooms/tea"));
  await expect(notice(second)).toBeVisible();
  await second.page.getByRole("button", { name: "Dismiss" }).click();
  await expect(notice(second)).toHaveCount(0);
  await expect(notice(anna), "in the other tab as well").toHaveCount(0);
  await anna.page.reload();
  await anna.expectRoom("tea");
  await expect(notice(anna)).toHaveCount(0);

  // It is in the announcements room, where other users cannot post.
  await ben.roomLink("announcements").click();
  await ben.expectMessage("The server closes at ten.", "crier");
  await expect(notice(ben)).toHaveCount(0);
  await ben.send("Oh no");
  await expect(ben.logItem("Oh no")).toContainText("That room is for announcements only.");
});

test("the example of a page with a bare WebSocket exchanges messages with users", async ({ consoleGuard, openBrowser }) => {
  // This server stops before the browsers are closed.
  consoleGuard.expectLostConnections();
  const page = await readFile(new URL("../../examples/page.html", import.meta.url));
  const pageServer = createServer((_, answer) => answer.setHeader("content-type", "text/html").end(page));
  await new Promise<void>((done) => pageServer.listen(0, "127.0.0.1", done));
  const origin = `http://127.0.0.1:${(pageServer.address() as AddressInfo).port}`;
  const server = await Server.start(["--allow-origin", origin]);
  try {
    const anna = new User(await (await openBrowser()).newPage(), "Anna");
    await anna.page.goto(server.url());
    await anna.signIn("swift-dev");
    await anna.expectRoom("swift-dev");
    // This needs another browser: cookies ignore ports, so Anna's browser would sign in as Anna.
    const tab = await (await openBrowser()).newPage();
    await tab.goto(`${origin}/?${server.url("/ws").replace("http", "ws")}`);
    await expect(anna.userInList("Page")).toBeVisible();
    await anna.send("Hello, page");
    await expect(tab.getByText("Anna: Hello, page")).toBeVisible();
    await tab.getByRole("textbox").fill("Hello, Anna");
    await tab.keyboard.press("Enter");
    await anna.expectMessage("Hello, Anna", "Page");
    await tab.close();
  } finally {
    pageServer.close();
    await server.tearDown();
  }
});
