// Restarts of the server, and times without a network.

import { expect, test } from "../support/test.ts";

// The page waits longer after each failed attempt to connect.
const RECONNECT_TIMEOUT = { timeout: 40_000 };

for (const end of ["stop", "kill"] as const) {
  test(`after a ${end} all messages are there and the conversation continues`, async ({ server, consoleGuard, signIn }) => {
    consoleGuard.expectLostConnections();
    const anna = await signIn("Anna", "tea");
    const ben = await signIn("Ben", "tea");
    await anna.send("Before");
    await ben.expectMessage("Before", "Anna");
    await expect(anna.banner).toBeHidden();

    await server[end]();
    await expect(anna.banner).toBeVisible();
    await expect(ben.banner).toBeVisible();
    if (end === "kill") await expect(anna.banner).toHaveText("Connection lost. Reconnecting…");
    await anna.send("Meanwhile");
    await expect(anna.logItem("Meanwhile")).toContainText("Sending…");
    await anna.composer.fill("Half a thou");

    await server.restart();
    await expect(anna.banner).toBeHidden(RECONNECT_TIMEOUT);
    await expect(ben.banner).toBeHidden(RECONNECT_TIMEOUT);
    await anna.expectMessage("Meanwhile", "Anna");
    await ben.expectMessage("Meanwhile", "Anna");
    await expect(anna.composer).toHaveValue("Half a thou");
    await anna.page.keyboard.type("ght");
    await anna.page.keyboard.press("Enter");
    await ben.expectMessage("Half a thought", "Anna");
    await ben.send("After");
    await anna.expectMessage("After", "Ben");

    const log = ["Before", "Meanwhile", "Half a thought", "After"];
    for (const { page } of [anna, ben]) {
      await expect(page.getByRole("log").locator(".text")).toHaveText(log);
    }
    // Reconnecting within the grace time is not shown.
    await expect(anna.log.getByText(/joined|left/)).toHaveText(["Ben joined"]);
    await expect(ben.log.getByText(/joined|left/)).toHaveCount(0);
    await ben.page.reload();
    await ben.expectRoom("tea");
    await expect(ben.log.locator(".text")).toHaveText(log);
  });
}

test("being offline is shown, and no message is lost", async ({ consoleGuard, openBrowser, signIn }) => {
  consoleGuard.expectNoNetwork();
  const browser = await openBrowser();
  const anna = await signIn("Anna", "tea", browser);
  const ben = await signIn("Ben", "tea");
  const offline = anna.page.getByRole("status").getByText("You are offline.");
  await browser.setOffline(true);
  await expect(offline).toBeVisible();
  await anna.send("Into the tunnel");
  await expect(anna.logItem("Into the tunnel")).toContainText("Sending…");
  await ben.send("Anna?");
  await browser.setOffline(false);
  await expect(offline).toBeHidden(RECONNECT_TIMEOUT);
  await anna.expectMessage("Into the tunnel", "Anna");
  await anna.expectMessage("Anna?", "Ben");
  await ben.expectMessage("Into the tunnel", "Anna");
});

test("messages are there after a restart, for new users too", async ({ server, openBrowser, signIn }) => {
  const browser = await openBrowser();
  const anna = await signIn("Anna", "tea", browser);
  await anna.send("Until tomorrow");
  await anna.expectMessage("Until tomorrow");
  await anna.page.close();
  await server.stop();
  await server.restart();

  const page = await browser.newPage();
  await page.goto(server.url("/rooms/tea"));
  await expect(page.getByRole("log").locator(".text")).toHaveText(["Until tomorrow"]);
  const ben = await signIn("Ben", "tea");
  await ben.expectMessage("Until tomorrow", "Anna");
});
