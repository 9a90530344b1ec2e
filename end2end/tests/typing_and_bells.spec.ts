import type { Locator } from "@playwright/test";

import { type User, expect, test } from "../support/test.ts";

test.use({ options: ["--presence-grace-seconds", "1"] });

// Longer than typing is shown for, shorter than anybody's patience.
const SOON = { timeout: 3_000 };

test("that somebody types is shown where they type, until they have said it", async ({ enter }) => {
  const anna = await enter("Anna", "tea");
  const ben = await enter("Ben", "tea");
  const carl = await enter("Carl", "coffee");
  await ben.page.keyboard.type("Good morn");
  await expect(anna.page.getByText("Ben is typing…")).toBeVisible();
  await expect(typing(ben), "one knows that oneself").toBeEmpty();
  await ben.page.keyboard.type("ing");
  await ben.page.keyboard.press("Enter");
  await anna.reads("Good morning", "Ben");
  await expect(typing(anna)).toBeEmpty(SOON);

  // What Carl says comes back to him behind everything that he could have heard before.
  await carl.says("Nobody types here");
  await carl.reads("Nobody types here");
  await expect(typing(carl)).toBeEmpty();
});

test("that somebody types ends by itself", async ({ enter }) => {
  const anna = await enter("Anna", "tea");
  const ben = await enter("Ben", "tea");
  const carl = await enter("Carl", "tea");
  await ben.page.keyboard.type("Well");
  await carl.page.keyboard.type("Hm");
  await expect(anna.page.getByText(/^(Ben and Carl|Carl and Ben) are typing…$/)).toBeVisible();
  await expect(typing(anna)).toBeEmpty();
  await expect(ben.composer, "and nobody has lost a word").toHaveValue("Well");
});

test("typing in private is shown to the other one alone", async ({ enter }) => {
  const anna = await enter("Anna", "tea");
  const ben = await enter("Ben", "tea");
  const carl = await enter("Carl", "tea");
  await anna.turnsTo("Ben");
  await anna.says("Psst");
  await ben.conversation("Anna").click();
  await ben.reads("Psst", "Anna");
  await ben.page.keyboard.type("Yes");
  await expect(anna.page.getByText("Ben is typing…")).toBeVisible();
  await anna.room("tea").click();
  await expect(typing(anna), "not in the room").toBeEmpty();
  await anna.conversation("Ben").click();
  await ben.page.keyboard.type("?");
  await ben.page.keyboard.press("Enter");
  await anna.reads("Yes?", "Ben");
  await expect(typing(anna)).toBeEmpty(SOON);
  await carl.says("What are you whispering?");
  await carl.reads("What are you whispering?");
  await expect(typing(carl)).toBeEmpty();
});

test("a bell tells when somebody comes in, also after loading the page again", async ({ enter }) => {
  const anna = await enter("Anna", "tea");
  const ben = await enter("Ben", "tea");
  const carl = await enter("Carl", "tea");
  const bell = anna.page.getByRole("button", { name: "Notify me when Ben is online" });
  const notices = anna.page.getByRole("alert").locator("p");
  await expect(bell).toHaveAttribute("aria-pressed", "false");
  await bell.click();
  await expect(bell).toHaveAttribute("aria-pressed", "true");

  for (const when of ["at once", "after loading the page again"]) {
    await carl.leaves();
    await ben.leaves();
    await expect(anna.among("Ben")).toHaveCount(0);
    await carl.joins("tea");
    await expect(anna.among("Carl")).toBeVisible();
    await expect(notices, `${when}, not for Carl`).toHaveCount(0);
    await ben.joins("tea");
    await expect(notices, when).toHaveText(["Ben is online in tea."]);
    await notices.getByRole("button", { name: "Dismiss" }).click();
    await expect(notices).toHaveCount(0);
    await anna.page.reload();
    await anna.isIn("tea");
    await expect(bell).toHaveAttribute("aria-pressed", "true");
    await expect(notices, "who is here has not come in").toHaveCount(0);
  }

  await bell.click();
  await ben.leaves();
  await expect(anna.among("Ben")).toHaveCount(0);
  await ben.joins("tea");
  await expect(anna.among("Ben")).toBeVisible();
  await expect(notices, "a bell can be turned off").toHaveCount(0);
});

test("who came and went between two messages is one line", async ({ enter }) => {
  const anna = await enter("Anna", "tea");
  const dora = await enter("Dora", "tea");
  await expect(passing(anna)).toHaveText(["Dora joined"]);
  await anna.says("Welcome");
  await anna.reads("Welcome");
  const ben = await enter("Ben", "tea");
  await expect(passing(anna)).toHaveText(["Dora joined", "Ben joined"]);
  await enter("Carl", "tea");
  await expect(passing(anna)).toHaveText(["Dora joined", "Ben and Carl joined"]);
  await dora.leaves();
  await expect(passing(anna)).toHaveText(["Dora joined", "Ben and Carl joined · Dora left"]);
  await ben.leaves();
  await expect(passing(anna), "who came and went has done neither").toHaveText([
    "Dora joined",
    "Carl joined · Dora left",
  ]);
  await anna.says("There she goes");
  // Only then does somebody come after it.
  await anna.reads("There she goes");
  await dora.joins("tea");
  await expect(passing(anna)).toHaveText(["Dora joined", "Carl joined · Dora left", "Dora joined"]);
});

function typing(user: User): Locator {
  return user.page.locator(".composer .typing");
}

function passing(user: User): Locator {
  return user.log.locator(".passing");
}
