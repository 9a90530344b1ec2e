// The sign-in form: refused nicknames and rooms, and suggestions.

import { User, expect, test } from "../support/test.ts";

test("a nickname in use is refused with an error at its field", async ({
  server,
  consoleGuard,
  openBrowser,
  signIn,
}) => {
  await signIn("Toto", "swift-dev");
  consoleGuard.expect(/409/);

  const browser = await openBrowser();
  // With a zero, which looks the same.
  const late = new User(await browser.newPage(), "T0to");
  await late.page.goto(server.url());
  await late.signIn("rust and wasm's");
  const nickname = late.page.getByLabel("Nickname");
  await expect(late.page.getByText("is already in use. Choose another")).toBeVisible();
  await expect(nickname).toHaveAccessibleDescription(/is already in use/);
  await expect(nickname).toBeFocused();
  await expect(nickname).toHaveValue("T0to");
  await expect(late.page.getByRole("combobox", { name: "Room" })).toHaveValue("rust and wasm's");
});

test("a refused form keeps its input, so that only the nickname has to change", async ({
  server,
  consoleGuard,
  openBrowser,
  signIn,
}) => {
  const toto = await signIn("Toto", "swift-dev");
  consoleGuard.expect(/409/);

  const page = await (await openBrowser()).newPage();
  await page.goto(server.url());
  await new User(page, "TOTO").signIn("swift-dev");
  await expect(page.getByText("already in use")).toBeVisible();
  await page.getByLabel("Nickname").fill("Titi");
  await page.getByRole("button", { name: "Join" }).click();
  const titi = new User(page, "Titi");
  await titi.expectRoom("swift-dev");
  await titi.send("Hello, Toto");
  await toto.expectMessage("Hello, Toto", "Titi");
});

test("an invalid room name is refused with an error at its field", async ({ server, consoleGuard, openBrowser }) => {
  consoleGuard.expect(/422/);
  const page = await (await openBrowser()).newPage();
  await page.goto(server.url());
  await new User(page, "Anna").signIn("tea/time");
  const room = page.getByRole("combobox", { name: "Room" });
  await expect(room).toHaveAccessibleDescription(/room name/i);
  await expect(room).toHaveValue("tea/time");
  await expect(page.getByLabel("Nickname")).toHaveValue("Anna");
});

test("the form suggests existing rooms", async ({ server, openBrowser, signIn }) => {
  await signIn("Anna", "tea");
  const page = await (await openBrowser()).newPage();
  await page.goto(server.url());
  await expect(page.locator("datalist option")).toHaveAttribute("value", "tea");
});

test("whoever takes a nickname later is drawn as somebody else", async ({ browser, signIn }) => {
  const ben = await signIn("Ben", "tea");
  const first = await signIn("Anna", "tea");
  await first.send("I was here before");
  await ben.expectMessage("I was here before", "Anna");
  const color = (text: string) => ben.logItem(text).locator(".avatar");
  const before = (await color("I was here before").getAttribute("data-hue"))!;
  await expect(ben.userInList("Anna").locator(".avatar")).toHaveAttribute("data-hue", before);
  await first.signOut();
  await expect(ben.userInList("Anna")).toHaveCount(0);

  const second = new User(await (await browser.newContext()).newPage(), "Anna");
  await second.page.goto(first.page.url());
  await second.signIn("tea");
  await second.expectRoom("tea");
  await second.send("I am another Anna");
  for (const pass of ["as it came", "as the server draws it"]) {
    await ben.expectMessage("I am another Anna", "Anna");
    const after = (await color("I am another Anna").getAttribute("data-hue"))!;
    expect(after, pass).not.toBe(before);
    await expect(color("I was here before"), pass).toHaveAttribute("data-hue", before);
    await expect(ben.userInList("Anna").locator(".avatar"), pass).toHaveAttribute("data-hue", after);
    const number = (text: string) => ben.logItem(text).locator(".author small");
    await expect(number("I am another Anna"), pass).toHaveText("2");
    await expect(number("I was here before"), pass).toHaveCount(0);
    await ben.page.reload();
    await ben.expectRoom("tea");
  }
});
