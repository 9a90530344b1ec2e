// Private conversations, and unread messages in other rooms.

import { User, expect, test } from "../support/test.ts";

test("a private message to an offline user is unread later and can be answered", async ({
  server,
  openBrowser,
  signIn,
}) => {
  const bensBrowser = await openBrowser();
  const anna = await signIn("Anna", "tea");
  const carl = await signIn("Carl", "tea");
  const bensTab = await signIn("Ben", "tea", bensBrowser);

  await anna.openConversationWith("Ben");
  await bensTab.page.close();
  await expect(anna.log).toContainText("Only you and Ben see this conversation; the server's operator can read stored messages.");
  await anna.send("Psst, Ben: a surprise for Carl?");
  await anna.expectMessage("Psst, Ben: a surprise for Carl?", "Anna");
  await expect(anna.page, "the conversation has an address of its own").toHaveURL(/\/rooms\/@/);

  const ben = new User(await bensBrowser.newPage(), "Ben");
  await ben.page.goto(server.url());
  await expect(ben.conversationLink("Anna")).toHaveAccessibleName(/^Anna\W+1 unread for you$/);
  await expect(ben.page).toHaveTitle("(1) Parlor");
  await ben.conversationLink("Anna").click();
  await ben.expectMessage("Psst, Ben: a surprise for Carl?", "Anna");
  await expect(ben.conversationLink("Anna")).toHaveAccessibleName("Anna");
  await expect(ben.page).toHaveTitle("Anna · Parlor");

  await anna.roomLink("tea").click();
  await ben.send("A cake!");
  await ben.expectMessage("A cake!", "Ben");
  await expect(anna.conversationLink("Ben")).toHaveAccessibleName(/^Ben\W+1 unread for you$/);
  await expect(anna.logItem("A cake!"), "not in the room").toHaveCount(0);
  await anna.conversationLink("Ben").click();
  await anna.expectMessage("A cake!", "Ben");

  // Carl's own message arrives after everything that was sent to him before.
  await carl.send("What are you whispering?");
  await carl.expectMessage("What are you whispering?");
  await expect(carl.logItem(/surprise|cake/)).toHaveCount(0);
  await expect(carl.conversations.getByRole("listitem")).toHaveCount(0);
  await expect(carl.page).toHaveTitle("tea · Parlor");

  // The conversation's URL is not found for him, like one that does not exist.
  const answer = await carl.page.request.get(ben.page.url());
  expect(answer.status()).toBe(404);
  expect(await answer.text()).not.toContain("cake");
});

test("read messages stay read after a reload", async ({ server, signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  await anna.openConversationWith("Ben");
  await anna.send("Just for you");
  await expect(ben.conversationLink("Anna")).toHaveAccessibleName(/^Anna\W+1 unread for you$/);
  await ben.conversationLink("Anna").click();
  await ben.expectMessage("Just for you", "Anna");

  await ben.page.goto(server.url());
  await expect(ben.conversationLink("Anna")).toHaveAccessibleName("Anna");
  // Another message shows that the count has started again.
  await anna.send("And this");
  await expect(ben.conversationLink("Anna")).toHaveAccessibleName(/^Anna\W+1 unread for you$/);
});

test("unread messages in a joined room are counted", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  await anna.joinRoom("coffee");
  const ben = await signIn("Ben", "tea");
  await ben.send("Where is Anna?");
  await ben.send("Anna?");
  await expect(anna.roomLink("tea")).toHaveAccessibleName(/^tea\W+2 unread/);
  await expect(anna.page).toHaveTitle("(2) coffee · Parlor");
  await anna.roomLink("tea").click();
  await anna.expectMessage("Anna?", "Ben");
  await expect(anna.roomLink("tea")).toHaveAccessibleName(/^tea\W+2 people online$/);
});

test("the echo of a first private message changes neither the view nor the drafts", async ({
  server,
  signIn,
}) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  await anna.openConversationWith("Ben");
  server.pause();
  await anna.send("Are you there?");
  await anna.composer.fill("I wanted to ask you");
  await anna.roomLink("tea").click();
  await anna.composer.fill("Good morning");
  server.resume();

  await expect(ben.conversationLink("Anna")).toHaveAccessibleName(/^Anna\W+1 unread for you$/);
  await expect(anna.conversationLink("Ben")).toBeVisible();
  await expect(anna.composer).toHaveValue("Good morning");
  await anna.composer.press("Enter");
  await ben.expectMessage("Good morning", "Anna");
  await anna.conversationLink("Ben").click();
  await anna.expectMessage("Are you there?", "Anna");
  await expect(anna.composer).toHaveValue("I wanted to ask you");
});

test("two users who start a private conversation at once share one", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  await anna.openConversationWith("Ben");
  await anna.composer.fill("Hello Be");
  await ben.openConversationWith("Anna");
  await ben.send("Hey Anna!");
  await anna.expectMessage("Hey Anna!", "Ben");
  await expect(anna.composer).toHaveValue("Hello Be");
  await expect(anna.userInList("Anna")).toBeVisible();
  await expect(anna.userInList("Ben")).toBeVisible();
  await anna.composer.focus();
  await anna.page.keyboard.type("n");
  await anna.page.keyboard.press("Enter");
  await ben.expectMessage("Hello Ben", "Anna");
});

test("a user who takes a free nickname gets nothing that was sent to the earlier user", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const first = await signIn("Titi", "tea");
  await anna.openConversationWith("Titi");
  await anna.send("For you alone");
  await expect(first.conversationLink("Anna")).toHaveAccessibleName(/1 unread for you$/);
  await first.signOut();
  await expect(anna.conversationLink("Titi")).toHaveAccessibleName("Titi has left");

  const second = await signIn("Titi", "tea");
  await anna.roomLink("tea").click();
  await anna.openConversationWith("Titi");
  await anna.send("Are you new here?");
  await second.conversationLink("Anna").click();
  await second.expectMessage("Are you new here?", "Anna");
  await expect(second.logItem("For you alone")).toHaveCount(0);
  await expect(anna.conversations.locator(".name")).toHaveText([/^Titi$/, /^Titi has left$/]);
});

test("a conversation that moves up in the list does not take the focus", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  const carl = await signIn("Carl", "tea");
  for (const user of [carl, ben]) {
    await user.openConversationWith("Anna");
    await user.send(`It is ${user.name}`);
    await expect(anna.conversations.getByRole("listitem").first()).toContainText(user.name);
  }
  await anna.conversationLink("Ben").focus();
  await carl.send("And once more");
  await expect(anna.conversations.getByRole("listitem").first()).toContainText("Carl");
  await expect(anna.conversationLink("Ben")).toBeFocused();
  await anna.page.keyboard.press("Enter");
  await anna.expectMessage("It is Ben", "Ben");
});
