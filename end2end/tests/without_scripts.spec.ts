import { numbered, say } from "../support/bot.ts";
import { User, expect, test } from "../support/test.ts";

test.use({ options: ["--messages-per-second", "0"] });

test("Anna signs in and reads the last 50 messages without a script", async ({ server, calm, open }) => {
  await say(server, await open(), "Ben", "tea", numbered(60));
  calm.expect(/409/);
  // A browser that may not run scripts says that it did not fetch or use them.
  calm.expect(/^failed: \S+\.js csp$/);
  calm.expect(/was preloaded using link preload but not used/);

  const page = await (await open({ javaScriptEnabled: false })).newPage();
  const anna = new User(page, "Ben");
  await page.goto(server.url());
  await anna.signsIn("tea");
  await expect(page.getByText("is already in use")).toBeVisible();
  await expect(page.getByRole("combobox", { name: "Room" })).toHaveValue("tea");
  await page.getByLabel("Nickname").fill("Anna");
  await page.getByRole("button", { name: "Join" }).click();

  await expect(page).toHaveURL(server.url("/rooms/tea"));
  await expect(page.getByRole("heading", { level: 1, name: "tea" })).toBeVisible();
  await expect(anna.log.locator(".text")).toHaveText(numbered(60).slice(10));
  // The newest in view at once, the others by scrolling.
  await expect(anna.line("Line 60")).toBeInViewport();
  await anna.line("Line 11").scrollIntoViewIfNeeded();
  await expect(anna.line("Line 11")).toBeInViewport();

  await anna.signsOut();
  await page.goto(server.url("/rooms/tea"));
  await expect(page.getByLabel("Nickname"), "who is signed out is asked who they are").toBeVisible();
  await expect(page.getByRole("combobox", { name: "Room" })).toHaveValue("tea");
});
