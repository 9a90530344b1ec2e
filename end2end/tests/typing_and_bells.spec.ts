import type { Locator } from "@playwright/test";

import { type User, expect, test } from "../support/test.ts";

test.use({ options: ["--presence-grace-seconds", "1"] });

// Longer than typing is shown for, shorter than anybody's patience.
const SOON = { timeout: 3_000 };

test("that somebody types is shown where they type, until they have said it", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  const carl = await signIn("Carl", "coffee");
  await ben.page.keyboard.type("Good morn");
  await expect(anna.page.getByText("Ben is typing…")).toBeVisible();
  await expect(typing(ben), "one knows that oneself").toBeEmpty();
  await ben.page.keyboard.type("ing");
  await ben.page.keyboard.press("Enter");
  await anna.expectMessage("Good morning", "Ben");
  await expect(typing(anna)).toBeEmpty(SOON);

  // What Carl says comes back to him behind everything that he could have heard before.
  await carl.send("Nobody types here");
  await carl.expectMessage("Nobody types here");
  await expect(typing(carl)).toBeEmpty();
});

test("that somebody types ends by itself", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  const carl = await signIn("Carl", "tea");
  await ben.page.keyboard.type("Well");
  await carl.page.keyboard.type("Hm");
  await expect(anna.page.getByText(/^(Ben and Carl|Carl and Ben) are typing…$/)).toBeVisible();
  await expect(typing(anna)).toBeEmpty();
  await expect(ben.composer, "and nobody has lost a word").toHaveValue("Well");
});

test("typing in private is shown to the other one alone", async ({ signIn }) => {
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

test("a bell tells when somebody comes in, also after loading the page again", async ({ signIn }) => {
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
    await expect(notices, "who is here has not come in").toHaveCount(0);
  }

  await bell.click();
  await ben.leaveRoom();
  await expect(anna.userInList("Ben")).toHaveCount(0);
  await ben.joinRoom("tea");
  await expect(anna.userInList("Ben")).toBeVisible();
  await expect(notices, "a bell can be turned off").toHaveCount(0);
});

test("who came and went between two messages is one line", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const dora = await signIn("Dora", "tea");
  await expect(passing(anna)).toHaveText(["Dora joined"]);
  await anna.send("Welcome");
  await anna.expectMessage("Welcome");
  const ben = await signIn("Ben", "tea");
  await expect(passing(anna)).toHaveText(["Dora joined", "Ben joined"]);
  await signIn("Carl", "tea");
  await expect(passing(anna)).toHaveText(["Dora joined", "Ben and Carl joined"]);
  await dora.leaveRoom();
  await expect(passing(anna)).toHaveText(["Dora joined", "Ben and Carl joined · Dora left"]);
  await ben.leaveRoom();
  await expect(passing(anna), "who came and went has done neither").toHaveText([
    "Dora joined",
    "Carl joined · Dora left",
  ]);
  await anna.send("There she goes");
  // Only then does somebody come after it.
  await anna.expectMessage("There she goes");
  await dora.joinRoom("tea");
  await expect(passing(anna)).toHaveText(["Dora joined", "Carl joined · Dora left", "Dora joined"]);
});

function typing(user: User): Locator {
  return user.page.locator(".composer .typing");
}

function passing(user: User): Locator {
  return user.log.locator(".passing");
}
