// Typing notices, bells for users who come online, and the lines about joins and leaves.

import type { Locator } from "@playwright/test";

import { type User, expect, test } from "../support/test.ts";

test.use({ options: ["--presence-grace-seconds", "1"] });

// Shorter than typing is shown without an update.
const SOON = { timeout: 3_000 };

test("typing is shown in its room until the message is sent", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  const carl = await signIn("Carl", "coffee");
  await ben.page.keyboard.type("Good morn");
  await expect(anna.page.getByText("Ben is typing…")).toBeVisible();
  await expect(typing(ben), "a user's own typing is not shown").toBeEmpty();
  await ben.page.keyboard.type("ing");
  await ben.page.keyboard.press("Enter");
  await anna.expectMessage("Good morning", "Ben");
  await expect(typing(anna)).toBeEmpty(SOON);

  // Carl's own message arrives after everything that was sent to him before.
  await carl.send("Nobody types here");
  await carl.expectMessage("Nobody types here");
  await expect(typing(carl)).toBeEmpty();
});

test("typing is no longer shown after a while", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  const carl = await signIn("Carl", "tea");
  await ben.page.keyboard.type("Well");
  await carl.page.keyboard.type("Hm");
  await expect(anna.page.getByText(/^(Ben and Carl|Carl and Ben) are typing…$/)).toBeVisible();
  await expect(typing(anna)).toBeEmpty();
  await expect(ben.composer, "the draft is kept").toHaveValue("Well");
});

test("private typing is shown to the other user only", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  const carl = await signIn("Carl", "tea");
  await anna.openConversationWith("Ben");
  await anna.send("Psst");
  await ben.conversationLink("Anna").click();
  await ben.expectMessage("Psst", "Anna");
  await ben.page.keyboard.type("Yes");
  await expect(anna.page.getByText("Ben is typing…")).toBeVisible();
  await anna.roomLink("tea").click();
  await expect(typing(anna), "not in the room").toBeEmpty();
  await anna.conversationLink("Ben").click();
  await ben.page.keyboard.type("?");
  await ben.page.keyboard.press("Enter");
  await anna.expectMessage("Yes?", "Ben");
  await expect(typing(anna)).toBeEmpty(SOON);
  await carl.send("What are you whispering?");
  await carl.expectMessage("What are you whispering?");
  await expect(typing(carl)).toBeEmpty();
});

test("a bell notifies when a user comes online, after a reload too", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  const carl = await signIn("Carl", "tea");
  const bell = anna.page.getByRole("button", { name: "Notify me when Ben is online" });
  const notices = anna.page.getByRole("alert").locator("p");
  await expect(bell).toHaveAttribute("aria-pressed", "false");
  await bell.click();
  await expect(bell).toHaveAttribute("aria-pressed", "true");

  for (const when of ["at once", "after loading the page again"]) {
    await carl.leaveRoom();
    await ben.leaveRoom();
    await expect(anna.userInList("Ben")).toHaveCount(0);
    await carl.joinRoom("tea");
    await expect(anna.userInList("Carl")).toBeVisible();
    await expect(notices, `${when}, not for Carl`).toHaveCount(0);
    await ben.joinRoom("tea");
    await expect(notices, when).toHaveText(["Ben is online in tea."]);
    await notices.getByRole("button", { name: "Dismiss" }).click();
    await expect(notices).toHaveCount(0);
    await anna.page.reload();
    await anna.expectRoom("tea");
    await expect(bell).toHaveAttribute("aria-pressed", "true");
    await expect(notices, "a user who is already online is not reported").toHaveCount(0);
  }

  await bell.click();
  await ben.leaveRoom();
  await expect(anna.userInList("Ben")).toHaveCount(0);
  await ben.joinRoom("tea");
  await expect(anna.userInList("Ben")).toBeVisible();
  await expect(notices, "a bell can be turned off").toHaveCount(0);
});

test("joins and leaves between two messages are one line", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const dora = await signIn("Dora", "tea");
  await expect(membershipLines(anna)).toHaveText(["Dora joined"]);
  await anna.send("Welcome");
  await anna.expectMessage("Welcome");
  const ben = await signIn("Ben", "tea");
  await expect(membershipLines(anna)).toHaveText(["Dora joined", "Ben joined"]);
  await signIn("Carl", "tea");
  await expect(membershipLines(anna)).toHaveText(["Dora joined", "Ben and Carl joined"]);
  await dora.leaveRoom();
  await expect(membershipLines(anna)).toHaveText(["Dora joined", "Ben and Carl joined · Dora left"]);
  await ben.leaveRoom();
  await expect(membershipLines(anna), "a join and a leave cancel out").toHaveText([
    "Dora joined",
    "Carl joined · Dora left",
  ]);
  await anna.send("There she goes");
  // Wait, so that Dora joins after this message.
  await anna.expectMessage("There she goes");
  await dora.joinRoom("tea");
  await expect(membershipLines(anna)).toHaveText(["Dora joined", "Carl joined · Dora left", "Dora joined"]);
});

function typing(user: User): Locator {
  return user.page.locator(".composer .typing");
}

function membershipLines(user: User): Locator {
  return user.log.locator(".membership-line");
}
