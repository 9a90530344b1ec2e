import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { type AddressInfo } from "node:net";

import { bot } from "../support/api.ts";
import { Server, User, expect, test } from "../support/test.ts";

test("a bot is known as one, now and when the page is loaded again", async ({ server, enter }) => {
  const anna = await enter("Anna", "ops");
  const post = await bot(server, "build-bot", "post");
  await post("/rooms/ops/messages", "It is **built**.");
  await anna.reads("It is built.", "build-bot");
  const mark = anna.line("It is built.").locator(".author small");
  await expect(mark).toHaveText("bot");
  await anna.page.reload();
  await expect(mark).toHaveText("bot");
  await anna.says("Thank you");
  await anna.reads("Thank you");
  await expect(anna.line("Thank you").locator(".author small")).toHaveCount(0);
});

test("a webhook speaks under many names, and each is told apart", async ({ server, enter }) => {
  const anna = await enter("Anna", "ops");
  const base = ["--url", server.url("").replace(/\/$/, "")];
  const hook = await server.told("incoming", "create", "--name", "alerts", "--room", "ops", ...base);
  for (const [username, text] of [["Jenkins", "one"], ["Grafana", "two"], ["Grafana", "three"]]) {
    await fetch(hook, { method: "POST", body: new URLSearchParams({ username, text }) });
    await anna.reads(text, username);
  }
  await expect(anna.line("two"), "somebody else speaks").toHaveClass(/leads/);
  await expect(anna.line("three"), "goes on").not.toHaveClass(/leads/);
});

test("an announcement is before everybody's eyes until they have read it, on every device", async ({
  server,
  open,
  enter,
}) => {
  const annas = await open();
  const anna = await enter("Anna", "tea", annas);
  const announce = await bot(server, "crier", "announce");
  await announce("/announce", "The server closes at ten.");
  const notice = (user: User) => user.page.getByRole("alert").getByText("crier: The server closes at ten.");
  await expect(notice(anna)).toBeVisible();

  const ben = await enter("Ben", "tea");
  await expect(notice(ben), "who comes later is told, too").toBeVisible();

  const second = new User(await annas.newPage(), "Anna");
  await second.page.goto(server.url("/rooms/tea"));
  await expect(notice(second)).toBeVisible();
  await second.page.getByRole("button", { name: "Dismiss" }).click();
  await expect(notice(second)).toHaveCount(0);
  await expect(notice(anna), "in the other tab as well").toHaveCount(0);
  await anna.page.reload();
  await anna.isIn("tea");
  await expect(notice(anna)).toHaveCount(0);

  // It stands in a room of its own, in which nobody else speaks.
  await ben.room("announcements").click();
  await ben.reads("The server closes at ten.", "crier");
  await expect(notice(ben)).toHaveCount(0);
  await ben.says("Oh no");
  await expect(ben.line("Oh no")).toContainText("That room is for announcements only.");
});

test("the example of a page with a bare WebSocket talks with people", async ({ calm, open }) => {
  // This server is gone before the browsers are.
  calm.expectLostConnections();
  const page = await readFile(new URL("../../examples/page.html", import.meta.url));
  const elsewhere = createServer((_, answer) => answer.setHeader("content-type", "text/html").end(page));
  await new Promise<void>((done) => elsewhere.listen(0, "127.0.0.1", done));
  const origin = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  const server = await Server.open(["--allow-origin", origin]);
  try {
    const anna = new User(await (await open()).newPage(), "Anna");
    await anna.page.goto(server.url());
    await anna.signsIn("swift-dev");
    await anna.isIn("swift-dev");
    // In another browser: cookies know no ports, so in Anna's own it would be her.
    const tab = await (await open()).newPage();
    await tab.goto(`${origin}/?${server.url("/ws").replace("http", "ws")}`);
    await expect(anna.among("Page")).toBeVisible();
    await anna.says("Hello, page");
    await expect(tab.getByText("Anna: Hello, page")).toBeVisible();
    await tab.getByRole("textbox").fill("Hello, Anna");
    await tab.keyboard.press("Enter");
    await anna.reads("Hello, Anna", "Page");
    await tab.close();
  } finally {
    elsewhere.close();
    await server.tearDown();
  }
});
