// Presence: the list of people, joining and leaving rooms, and several tabs.

import { User, expect, test } from "../support/test.ts";

test.use({ options: ["--presence-grace-seconds", "1"] });

test("joins and leaves are shown as lines in the log and in the list of people", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  await expect(anna.people.getByRole("listitem")).toHaveText([/Anna.*you/]);
  const ben = await signIn("Ben", "tea");
  const carl = await signIn("Carl", "tea");

  await expect(anna.logItem(/^Ben and Carl joined$/)).toBeVisible();
  await expect(anna.people.getByRole("listitem")).toHaveText([/Anna.*you/, /Ben$/, /Carl$/]);
  await expect(anna.header.getByText("3 people online")).toBeVisible();
  await expect(ben.logItem(/Ben joined/), "a user's own join is not shown").toHaveCount(0);

  // A join and a leave between two messages cancel out.
  await anna.send("Make yourselves at home");
  await ben.leaveRoom();
  await expect(anna.logItem(/^Ben left$/)).toBeVisible();
  await expect(anna.userInList("Ben")).toHaveCount(0);

  await carl.page.close();
  await expect(anna.logItem(/^Ben and Carl left$/)).toBeVisible();
  await expect(anna.people.getByRole("listitem")).toHaveText([/Anna.*you/]);
  await expect(anna.header.getByText("1 person online")).toBeVisible();
});

test("a user who has left a room stays out until joining again", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  await ben.leaveRoom();
  await ben.page.reload();
  await expect(ben.page.getByRole("heading", { level: 1, name: "Welcome" })).toBeVisible();
  await anna.send("Now we can talk about Ben");
  await anna.expectMessage("Now we can talk about Ben");
  await expect(anna.userInList("Ben")).toHaveCount(0);
  await expect(ben.roomLink("tea")).not.toHaveAccessibleName(/unread/);

  await ben.roomLink("tea").click();
  await ben.expectRoom("tea");
  await ben.expectMessage("Now we can talk about Ben", "Anna");
  await expect(anna.userInList("Ben")).toBeVisible();
});

test("a new room shows a greeting until the first message", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  await anna.joinRoom("teahouse");
  await expect(anna.page).toHaveURL(/\/rooms\/teahouse$/);
  await expect(anna.log.getByText("This is the beginning of teahouse. Say hello!")).toBeVisible();
  await anna.send("Hello!");
  await expect(anna.log.getByText("Say hello!")).toBeHidden();
  await expect(anna.log.getByText("This is the beginning of teahouse.")).toBeVisible();
});

test("a room is joined in any spelling of its name and is listed for others", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  await anna.joinRoom("Rust");
  const ben = await signIn("Ben", "coffee");
  await expect(ben.roomLink("Rust")).toHaveAccessibleName(/1 person online/);
  await ben.roomInput.fill("rust");
  await ben.roomInput.press("Enter");
  await ben.expectRoom("Rust");
  await anna.send("Welcome");
  await ben.expectMessage("Welcome", "Anna");

  await ben.roomInput.fill("a/b");
  await ben.page.getByRole("button", { name: "Create room “a/b”" }).click();
  await expect(ben.roomInput).toHaveAccessibleDescription(/room/i);
  await expect(ben.roomInput).toHaveValue("a/b");
});

test("signing out in one tab signs out the other and says so", async ({ server, openBrowser, signIn }) => {
  const browser = await openBrowser();
  const anna = await signIn("Anna", "tea", browser);
  const other = new User(await browser.newPage(), "Anna");
  await other.page.goto(server.url("/rooms/tea"));
  await other.expectRoom("tea");

  await anna.signOut();
  await expect(other.page.getByRole("status").filter({ hasText: "You were signed out." })).toBeVisible();
  // Text that is typed there now is kept instead of being sent.
  await other.composer.fill("Too late");
  await other.composer.press("Enter");
  await expect(other.composer).toHaveValue("Too late");
  await expect(other.log).not.toContainText("Sending…");
  // The nickname is free at once.
  await signIn("Anna", "tea");
  await other.page.getByRole("link", { name: "Sign in" }).click();
  await expect(other.page.getByLabel("Nickname")).toBeVisible();
});

test("the tabs of a user join and leave rooms together", async ({ server, openBrowser, signIn }) => {
  const browser = await openBrowser();
  const anna = await signIn("Anna", "tea", browser);
  const ben = await signIn("Ben", "tea");
  const other = new User(await browser.newPage(), "Anna");
  await other.page.goto(server.url("/rooms/tea"));
  await other.expectRoom("tea");

  await other.joinRoom("coffee");
  await expect(anna.rooms.getByRole("link", { name: "coffee" })).toBeVisible();
  await anna.leaveRoom();
  await expect(ben.userInList("Anna")).toHaveCount(0);
  await expect(other.otherRooms.getByRole("link", { name: "tea" })).toBeVisible();
  await expect(other.rooms.getByRole("link")).toHaveAccessibleName(/^coffee/);
  await expect(other.page.getByRole("heading", { level: 1, name: "coffee" })).toBeVisible();
});

test("Back does not lead into a room that was left, and the current room's link adds no history", async ({
  signIn,
}) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  await anna.joinRoom("coffee");
  const steps = () => anna.page.evaluate(() => history.length);
  const before = await steps();
  await anna.roomLink("coffee").click();
  expect(await steps()).toBe(before);

  await anna.roomLink("tea").click();
  await anna.expectRoom("tea");
  await anna.leaveRoom();
  await expect(anna.roomInput, "the room field has the focus").toBeFocused();
  await expect(ben.userInList("Anna")).toHaveCount(0);
  await anna.page.goBack();
  await anna.expectRoom("coffee");
  await anna.page.goForward();
  await expect(anna.page.getByRole("heading", { level: 1, name: "Welcome" })).toBeVisible();
  await expect(ben.userInList("Anna")).toHaveCount(0);
});
