// Account slots: several users in one browser.

import { User, expect, test } from "../support/test.ts";

test("four tabs of one browser are four users in two rooms", async ({ server, openBrowser, signIn }) => {
  const browser = await openBrowser();
  const people: User[] = [await signIn("Anna", "tea", browser)];
  for (const [name, room] of [["Ben", "tea"], ["Cleo", "coffee"], ["Dora", "coffee"]]) {
    const page = await browser.newPage();
    await page.goto(server.url());
    const user = new User(page, name);
    await user.openUserMenu();
    await page.getByRole("link", { name: "Use another name" }).click();
    await user.signIn(room);
    await user.expectRoom(room);
    people.push(user);
  }
  const [anna, ben, cleo, dora] = people;
  await expect(anna.page).toHaveURL(server.url("/rooms/tea"));
  await expect(dora.page).toHaveURL(server.url("/u/3/rooms/coffee"));

  await anna.send("Tea is ready");
  await ben.expectMessage("Tea is ready", "Anna");
  await cleo.send("Coffee is ready");
  await dora.expectMessage("Coffee is ready", "Cleo");
  await dora.send("One for me, please");
  await cleo.expectMessage("One for me, please", "Dora");
  await ben.send("I'll have a cup");
  await anna.expectMessage("I'll have a cup", "Ben");

  for (const user of [anna, ben]) {
    await expect(user.people.getByRole("listitem")).toHaveText([/./, /./]);
    await expect(user.logItem(/Coffee|One for me/)).toHaveCount(0);
  }
  for (const user of [cleo, dora]) {
    await expect(user.people.getByRole("listitem")).toHaveText([/./, /./]);
    await expect(user.logItem(/Tea|cup/)).toHaveCount(0);
  }

  // Each tab keeps its user after a reload.
  await cleo.page.reload();
  await cleo.expectRoom("coffee");
  await cleo.expectMessage("One for me, please", "Dora");
});
