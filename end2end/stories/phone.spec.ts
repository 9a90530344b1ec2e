import { Person, expect, test } from "../support/story.ts";

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

test("on a phone the rooms and the people wait behind a button each", async ({ house, open, enter }) => {
  const ben = await enter("Ben", "tea");
  const page = await (await open(PHONE)).newPage();
  const anna = new Person(page, "Anna");
  await page.goto(house.url());
  await anna.signsIn("tea");
  await expect(ben.line(/Anna joined/)).toBeVisible();

  await expect(anna.rooms).toBeHidden();
  await page.getByRole("button", { name: "Conversations" }).click();
  await expect(anna.room("tea")).toBeInViewport();
  await anna.finder.fill("coffee");
  await page.getByRole("button", { name: "Make the room “coffee”" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "coffee" })).toBeVisible();
  await expect(anna.rooms, "out of the way of the room").toBeHidden();

  await ben.says("Where did you go?");
  await expect(page.getByRole("button", { name: "Conversations, 1 unread" })).toBeVisible();
  await page.getByRole("button", { name: "Conversations" }).click();
  await anna.room("tea").click();
  await anna.reads("Where did you go?", "Ben");

  await page.getByRole("button", { name: "People" }).click();
  await anna.turnsTo("Ben");
  await anna.says("For coffee");
  await expect(ben.conversation("Anna")).toBeVisible();

  const sideways = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
  expect(await page.evaluate(sideways), "nothing sticks out").toBe(0);
});
