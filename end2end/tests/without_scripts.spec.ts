// The page without scripts.

import { numberedLines, sendMessages } from "../support/bot.ts";
import { User, expect, test } from "../support/test.ts";

test.use({ options: ["--messages-per-second", "0"] });

test("signing in and reading the last 50 messages work without scripts", async ({ server, consoleGuard, openBrowser }) => {
  await sendMessages(server, await openBrowser(), "Ben", "tea", numberedLines(60));
  consoleGuard.expect(/409/);
  // A browser without scripts reports that it did not fetch or use them.
  consoleGuard.expect(/^failed: \S+\.js csp$/);
  consoleGuard.expect(/was preloaded using link preload but not used/);

  const page = await (await openBrowser({ javaScriptEnabled: false })).newPage();
  const anna = new User(page, "Ben");
  await page.goto(server.url());
  await anna.signIn("tea");
  await expect(page.getByText("is already in use")).toBeVisible();
  await expect(page.getByRole("combobox", { name: "Room" })).toHaveValue("tea");
  await page.getByLabel("Nickname").fill("Anna");
  await page.getByRole("button", { name: "Join" }).click();

  await expect(page).toHaveURL(server.url("/rooms/tea"));
  await expect(page.getByRole("heading", { level: 1, name: "tea" })).toBeVisible();
  await expect(anna.log.locator(".text")).toHaveText(numberedLines(60).slice(10));
  // The newest message is in view at once, the others after scrolling.
  await expect(anna.logItem("Line 60")).toBeInViewport();
  await anna.logItem("Line 11").scrollIntoViewIfNeeded();
  await expect(anna.logItem("Line 11")).toBeInViewport();

  await anna.signOut();
  await page.goto(server.url("/rooms/tea"));
  await expect(page.getByLabel("Nickname"), "the sign-in form is shown after signing out").toBeVisible();
  await expect(page.getByRole("combobox", { name: "Room" })).toHaveValue("tea");
});
