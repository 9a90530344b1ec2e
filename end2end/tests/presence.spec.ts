import { User, expect, test } from "../support/test.ts";

test.use({ options: ["--presence-grace-seconds", "1"] });

test("who comes and goes is told in quiet lines, and the list follows", async ({ enter }) => {
  const anna = await enter("Anna", "tea");
  await expect(anna.people.getByRole("listitem")).toHaveText([/Anna.*you/]);
  const ben = await enter("Ben", "tea");
  const carl = await enter("Carl", "tea");

  await expect(anna.line(/^Ben and Carl joined$/)).toBeVisible();
  await expect(anna.people.getByRole("listitem")).toHaveText([/Anna.*you/, /Ben$/, /Carl$/]);
  await expect(anna.heading.getByText("3 people online")).toBeVisible();
  await expect(ben.line(/Ben joined/), "one's own coming is no news").toHaveCount(0);

  // Between two messages, who came and went has done neither.
  await anna.says("Make yourselves at home");
  await ben.leaves();
  await expect(anna.line(/^Ben left$/)).toBeVisible();
  await expect(anna.among("Ben")).toHaveCount(0);

  await carl.page.close();
  await expect(anna.line(/^Ben and Carl left$/)).toBeVisible();
  await expect(anna.people.getByRole("listitem")).toHaveText([/Anna.*you/]);
  await expect(anna.heading.getByText("1 person online")).toBeVisible();
});

test("who has left a room stays out of it until they come back", async ({ enter }) => {
  const anna = await enter("Anna", "tea");
  const ben = await enter("Ben", "tea");
  await ben.leaves();
  await ben.page.reload();
  await expect(ben.page.getByRole("heading", { level: 1, name: "Welcome" })).toBeVisible();
  await anna.says("Now we can talk about Ben");
  await anna.reads("Now we can talk about Ben");
  await expect(anna.among("Ben")).toHaveCount(0);
  await expect(ben.room("tea")).not.toHaveAccessibleName(/unread/);

  await ben.room("tea").click();
  await ben.isIn("tea");
  await ben.reads("Now we can talk about Ben", "Anna");
  await expect(anna.among("Ben")).toBeVisible();
});

test("a new room greets, until somebody has said something", async ({ enter }) => {
  const anna = await enter("Anna", "tea");
  await anna.joins("teahouse");
  await expect(anna.page).toHaveURL(/\/rooms\/teahouse$/);
  await expect(anna.log.getByText("This is the beginning of teahouse. Say hello!")).toBeVisible();
  await anna.says("Hello!");
  await expect(anna.log.getByText("Say hello!")).toBeHidden();
  await expect(anna.log.getByText("This is the beginning of teahouse.")).toBeVisible();
});

test("a room is entered under the name that it has, and its list shows it to others", async ({ enter }) => {
  const anna = await enter("Anna", "tea");
  await anna.joins("Rust");
  const ben = await enter("Ben", "coffee");
  await expect(ben.room("Rust")).toHaveAccessibleName(/1 person online/);
  await ben.finder.fill("rust");
  await ben.finder.press("Enter");
  await ben.isIn("Rust");
  await anna.says("Welcome");
  await ben.reads("Welcome", "Anna");

  await ben.finder.fill("a/b");
  await ben.page.getByRole("button", { name: "Create room “a/b”" }).click();
  await expect(ben.finder).toHaveAccessibleDescription(/room/i);
  await expect(ben.finder).toHaveValue("a/b");
});

test("signing out in one tab ends the other, with a sentence", async ({ server, open, enter }) => {
  const browser = await open();
  const anna = await enter("Anna", "tea", browser);
  const other = new User(await browser.newPage(), "Anna");
  await other.page.goto(server.url("/rooms/tea"));
  await other.isIn("tea");

  await anna.signsOut();
  await expect(other.page.getByRole("status").filter({ hasText: "You were signed out." })).toBeVisible();
  // What is typed there now is not sent away into nothing.
  await other.composer.fill("Too late");
  await other.composer.press("Enter");
  await expect(other.composer).toHaveValue("Too late");
  await expect(other.log).not.toContainText("Sending…");
  // The nickname is free at once.
  await enter("Anna", "tea");
  await other.page.getByRole("link", { name: "Sign in" }).click();
  await expect(other.page.getByLabel("Nickname")).toBeVisible();
});

test("the tabs of a user enter and leave a room together", async ({ server, open, enter }) => {
  const browser = await open();
  const anna = await enter("Anna", "tea", browser);
  const ben = await enter("Ben", "tea");
  const other = new User(await browser.newPage(), "Anna");
  await other.page.goto(server.url("/rooms/tea"));
  await other.isIn("tea");

  await other.joins("coffee");
  await expect(anna.rooms.getByRole("link", { name: "coffee" })).toBeVisible();
  await anna.leaves();
  await expect(ben.among("Anna")).toHaveCount(0);
  await expect(other.otherRooms.getByRole("link", { name: "tea" })).toBeVisible();
  await expect(other.rooms.getByRole("link")).toHaveAccessibleName(/^coffee/);
  await expect(other.page.getByRole("heading", { level: 1, name: "coffee" })).toBeVisible();
});

test("Back does not lead into a room that was left, and a click on where one is leads nowhere", async ({
  enter,
}) => {
  const anna = await enter("Anna", "tea");
  const ben = await enter("Ben", "tea");
  await anna.joins("coffee");
  const steps = () => anna.page.evaluate(() => history.length);
  const before = await steps();
  await anna.room("coffee").click();
  expect(await steps()).toBe(before);

  await anna.room("tea").click();
  await anna.isIn("tea");
  await anna.leaves();
  await expect(anna.finder, "one goes on from here").toBeFocused();
  await expect(ben.among("Anna")).toHaveCount(0);
  await anna.page.goBack();
  await anna.isIn("coffee");
  await anna.page.goForward();
  await expect(anna.page.getByRole("heading", { level: 1, name: "Welcome" })).toBeVisible();
  await expect(ben.among("Anna")).toHaveCount(0);
});
