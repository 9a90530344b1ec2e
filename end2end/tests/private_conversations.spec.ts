import { User, expect, test } from "../support/test.ts";

test("Anna writes to Ben in private while he is away; he comes back, reads it and answers", async ({
  server,
  open,
  enter,
}) => {
  const bensBrowser = await open();
  const anna = await enter("Anna", "tea");
  const carl = await enter("Carl", "tea");
  const bensTab = await enter("Ben", "tea", bensBrowser);

  await anna.turnsTo("Ben");
  await bensTab.page.close();
  await expect(anna.log).toContainText("Only you and Ben see this conversation; the server's operator can read stored messages.");
  await anna.says("Psst, Ben: a surprise for Carl?");
  await anna.reads("Psst, Ben: a surprise for Carl?", "Anna");
  await expect(anna.page, "the conversation has an address of its own").toHaveURL(/\/rooms\/@/);

  const ben = new User(await bensBrowser.newPage(), "Ben");
  await ben.page.goto(server.url());
  await expect(ben.conversation("Anna")).toHaveAccessibleName(/^Anna\W+1 unread for you$/);
  await expect(ben.page).toHaveTitle("(1) Parlor");
  await ben.conversation("Anna").click();
  await ben.reads("Psst, Ben: a surprise for Carl?", "Anna");
  await expect(ben.conversation("Anna")).toHaveAccessibleName("Anna");
  await expect(ben.page).toHaveTitle("Anna · Parlor");

  await anna.room("tea").click();
  await ben.says("A cake!");
  await ben.reads("A cake!", "Ben");
  await expect(anna.conversation("Ben")).toHaveAccessibleName(/^Ben\W+1 unread for you$/);
  await expect(anna.line("A cake!"), "not in the room").toHaveCount(0);
  await anna.conversation("Ben").click();
  await anna.reads("A cake!", "Ben");

  // What Carl says comes back to him behind everything that he could have heard before.
  await carl.says("What are you whispering?");
  await carl.reads("What are you whispering?");
  await expect(carl.line(/surprise|cake/)).toHaveCount(0);
  await expect(carl.conversations.getByRole("listitem")).toHaveCount(0);
  await expect(carl.page).toHaveTitle("tea · Parlor");

  // Nor does the address help him: it looks like one where nothing is.
  const answer = await carl.page.request.get(ben.page.url());
  expect(answer.status()).toBe(404);
  expect(await answer.text()).not.toContain("cake");
});

test("what is read stays read when the page is loaded again", async ({ server, enter }) => {
  const anna = await enter("Anna", "tea");
  const ben = await enter("Ben", "tea");
  await anna.turnsTo("Ben");
  await anna.says("Just for you");
  await expect(ben.conversation("Anna")).toHaveAccessibleName(/^Anna\W+1 unread for you$/);
  await ben.conversation("Anna").click();
  await ben.reads("Just for you", "Anna");

  await ben.page.goto(server.url());
  await expect(ben.conversation("Anna")).toHaveAccessibleName("Anna");
  // Another message shows that counting has begun anew.
  await anna.says("And this");
  await expect(ben.conversation("Anna")).toHaveAccessibleName(/^Anna\W+1 unread for you$/);
});

test("messages in a room that Anna is in and does not look at are counted", async ({ enter }) => {
  const anna = await enter("Anna", "tea");
  await anna.joins("coffee");
  const ben = await enter("Ben", "tea");
  await ben.says("Where is Anna?");
  await ben.says("Anna?");
  await expect(anna.room("tea")).toHaveAccessibleName(/^tea\W+2 unread/);
  await expect(anna.page).toHaveTitle("(2) coffee · Parlor");
  await anna.room("tea").click();
  await anna.reads("Anna?", "Ben");
  await expect(anna.room("tea")).toHaveAccessibleName(/^tea\W+2 people online$/);
});

test("the echo of a first private message leaves Anna where she is, and what she typed where it was", async ({
  server,
  enter,
}) => {
  const anna = await enter("Anna", "tea");
  const ben = await enter("Ben", "tea");
  await anna.turnsTo("Ben");
  server.pause();
  await anna.says("Are you there?");
  await anna.composer.fill("I wanted to ask you");
  await anna.room("tea").click();
  await anna.composer.fill("Good morning");
  server.resume();

  await expect(ben.conversation("Anna")).toHaveAccessibleName(/^Anna\W+1 unread for you$/);
  await expect(anna.conversation("Ben")).toBeVisible();
  await expect(anna.composer).toHaveValue("Good morning");
  await anna.composer.press("Enter");
  await ben.reads("Good morning", "Anna");
  await anna.conversation("Ben").click();
  await anna.reads("Are you there?", "Anna");
  await expect(anna.composer).toHaveValue("I wanted to ask you");
});

test("if the other one is faster, the conversation is the one that both are in", async ({ enter }) => {
  const anna = await enter("Anna", "tea");
  const ben = await enter("Ben", "tea");
  await anna.turnsTo("Ben");
  await anna.composer.fill("Hello Be");
  await ben.turnsTo("Anna");
  await ben.says("Hey Anna!");
  await anna.reads("Hey Anna!", "Ben");
  await expect(anna.composer).toHaveValue("Hello Be");
  await expect(anna.among("Anna")).toBeVisible();
  await expect(anna.among("Ben")).toBeVisible();
  await anna.composer.focus();
  await anna.page.keyboard.type("n");
  await anna.page.keyboard.press("Enter");
  await ben.reads("Hello Ben", "Anna");
});

test("who takes a nickname that became free gets nothing that was for the first one", async ({ enter }) => {
  const anna = await enter("Anna", "tea");
  const first = await enter("Titi", "tea");
  await anna.turnsTo("Titi");
  await anna.says("For you alone");
  await expect(first.conversation("Anna")).toHaveAccessibleName(/1 unread for you$/);
  await first.signsOut();
  await expect(anna.conversation("Titi")).toHaveAccessibleName("Titi has left");

  const second = await enter("Titi", "tea");
  await anna.room("tea").click();
  await anna.turnsTo("Titi");
  await anna.says("Are you new here?");
  await second.conversation("Anna").click();
  await second.reads("Are you new here?", "Anna");
  await expect(second.line("For you alone")).toHaveCount(0);
  await expect(anna.conversations.locator(".name")).toHaveText([/^Titi$/, /^Titi has left$/]);
});

test("a conversation that moves up takes the focus from none of the others", async ({ enter }) => {
  const anna = await enter("Anna", "tea");
  const ben = await enter("Ben", "tea");
  const carl = await enter("Carl", "tea");
  for (const user of [carl, ben]) {
    await user.turnsTo("Anna");
    await user.says(`It is ${user.name}`);
    await expect(anna.conversations.getByRole("listitem").first()).toContainText(user.name);
  }
  await anna.conversation("Ben").focus();
  await carl.says("And once more");
  await expect(anna.conversations.getByRole("listitem").first()).toContainText("Carl");
  await expect(anna.conversation("Ben")).toBeFocused();
  await anna.page.keyboard.press("Enter");
  await anna.reads("It is Ben", "Ben");
});
