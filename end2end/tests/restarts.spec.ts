import { expect, test } from "../support/test.ts";

// A page waits longer after each attempt that failed.
const PATIENCE = { timeout: 40_000 };

for (const end of ["stop", "kill"] as const) {
  test(`after a ${end} everything is still there and the talk goes on`, async ({ server, calm, enter }) => {
    calm.expectLostConnections();
    const anna = await enter("Anna", "tea");
    const ben = await enter("Ben", "tea");
    await anna.says("Before");
    await ben.reads("Before", "Anna");
    await expect(anna.banner).toBeHidden();

    await server[end]();
    await expect(anna.banner).toBeVisible();
    await expect(ben.banner).toBeVisible();
    if (end === "kill") await expect(anna.banner).toHaveText("Connection lost. Reconnecting…");
    await anna.says("Meanwhile");
    await expect(anna.line("Meanwhile")).toContainText("Sending…");
    await anna.composer.fill("Half a thou");

    await server.reopen();
    await expect(anna.banner).toBeHidden(PATIENCE);
    await expect(ben.banner).toBeHidden(PATIENCE);
    await anna.reads("Meanwhile", "Anna");
    await ben.reads("Meanwhile", "Anna");
    await expect(anna.composer).toHaveValue("Half a thou");
    await anna.page.keyboard.type("ght");
    await anna.page.keyboard.press("Enter");
    await ben.reads("Half a thought", "Anna");
    await ben.says("After");
    await anna.reads("After", "Ben");

    const log = ["Before", "Meanwhile", "Half a thought", "After"];
    for (const { page } of [anna, ben]) {
      await expect(page.getByRole("log").locator(".text")).toHaveText(log);
    }
    // Coming back in time is no news.
    await expect(anna.log.getByText(/joined|left/)).toHaveText(["Ben joined"]);
    await expect(ben.log.getByText(/joined|left/)).toHaveCount(0);
    await ben.page.reload();
    await ben.isIn("tea");
    await expect(ben.log.locator(".text")).toHaveText(log);
  });
}

test("without a network one is told so, and nothing is lost", async ({ calm, open, enter }) => {
  calm.expectNoNetwork();
  const browser = await open();
  const anna = await enter("Anna", "tea", browser);
  const ben = await enter("Ben", "tea");
  const offline = anna.page.getByRole("status").getByText("You are offline.");
  await browser.setOffline(true);
  await expect(offline).toBeVisible();
  await anna.says("Into the tunnel");
  await expect(anna.line("Into the tunnel")).toContainText("Sending…");
  await ben.says("Anna?");
  await browser.setOffline(false);
  await expect(offline).toBeHidden(PATIENCE);
  await anna.reads("Into the tunnel", "Anna");
  await anna.reads("Anna?", "Ben");
  await ben.reads("Into the tunnel", "Anna");
});

test("a conversation is there for who comes tomorrow", async ({ server, open, enter }) => {
  const browser = await open();
  const anna = await enter("Anna", "tea", browser);
  await anna.says("Until tomorrow");
  await anna.reads("Until tomorrow");
  await anna.page.close();
  await server.stop();
  await server.reopen();

  const page = await browser.newPage();
  await page.goto(server.url("/rooms/tea"));
  await expect(page.getByRole("log").locator(".text")).toHaveText(["Until tomorrow"]);
  const ben = await enter("Ben", "tea");
  await ben.reads("Until tomorrow", "Anna");
});
