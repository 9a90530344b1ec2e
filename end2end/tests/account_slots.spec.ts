import { User, expect, test } from "../support/test.ts";

test("four tabs of one browser are four people in two rooms", async ({ server, open, enter }) => {
  const browser = await open();
  const people: User[] = [await enter("Anna", "tea", browser)];
  for (const [name, room] of [["Ben", "tea"], ["Cleo", "coffee"], ["Dora", "coffee"]]) {
    const page = await browser.newPage();
    await page.goto(server.url());
    const user = new User(page, name);
    await user.opensMenu();
    await page.getByRole("link", { name: "Use another name" }).click();
    await user.signsIn(room);
    await user.isIn(room);
    people.push(user);
  }
  const [anna, ben, cleo, dora] = people;
  await expect(anna.page).toHaveURL(server.url("/rooms/tea"));
  await expect(dora.page).toHaveURL(server.url("/u/3/rooms/coffee"));

  await anna.says("Tea is ready");
  await ben.reads("Tea is ready", "Anna");
  await cleo.says("Coffee is ready");
  await dora.reads("Coffee is ready", "Cleo");
  await dora.says("One for me, please");
  await cleo.reads("One for me, please", "Dora");
  await ben.says("I'll have a cup");
  await anna.reads("I'll have a cup", "Ben");

  for (const user of [anna, ben]) {
    await expect(user.people.getByRole("listitem")).toHaveText([/./, /./]);
    await expect(user.line(/Coffee|One for me/)).toHaveCount(0);
  }
  for (const user of [cleo, dora]) {
    await expect(user.people.getByRole("listitem")).toHaveText([/./, /./]);
    await expect(user.line(/Tea|cup/)).toHaveCount(0);
  }

  // Each tab stays who it is when it is loaded again.
  await cleo.page.reload();
  await cleo.isIn("coffee");
  await cleo.reads("One for me, please", "Dora");
});
