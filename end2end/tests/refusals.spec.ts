// Messages that the server or the page refuses.

import { expect, test } from "../support/test.ts";

test("a message that is too long stays in the composer with the reason", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  const long = "a".repeat(8_000);
  await anna.composer.fill(`${long}bc`);
  await expect(anna.page.getByText("Too long by 2.")).toBeVisible();
  await expect(anna.composer).toHaveAccessibleDescription(/8000 characters or fewer/);
  await anna.composer.press("Enter");
  await expect(anna.composer, "nothing is lost").toHaveValue(`${long}bc`);

  await anna.composer.press("End");
  await anna.composer.press("Backspace");
  await anna.composer.press("Backspace");
  await expect(anna.page.getByText(/Too long by/)).toBeHidden();
  await anna.composer.press("Enter");
  await expect(ben.logItem(long)).toHaveCount(1);
});

test("a refused message stays in its conversation and can be retried or discarded", async ({
  signIn,
}) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  await anna.openConversationWith("Ben");
  await ben.signOut();

  await anna.send("First");
  await anna.send("Second");
  for (const text of ["First", "Second"]) {
    await expect(anna.logItem(text).getByRole("alert")).toHaveText("Nobody is using that nickname. Check its spelling.");
  }
  await anna.logItem("First").getByRole("button", { name: "Discard" }).click();
  await expect(anna.logItem("First")).toHaveCount(0);

  await ben.signIn("tea");
  await ben.expectRoom("tea");
  await anna.logItem("Second").getByRole("button", { name: "Try again" }).click();
  await ben.conversationLink("Anna").click();
  await ben.expectMessage("Second", "Anna");
  await anna.expectMessage("Second", "Anna");
  await expect(ben.logItem("First")).toHaveCount(0);
});

test.describe("with a low rate limit", () => {
  test.use({ options: ["--messages-per-second", "1"] });

  test("messages that were too fast are sent later, once and in order", async ({ signIn }) => {
    const anna = await signIn("Anna", "tea");
    const ben = await signIn("Ben", "tea");
    const texts = ["one", "two", "three", "four", "five", "six"];
    for (const text of texts) await anna.send(text);
    await expect(anna.log.getByText("Sending…").first()).toBeVisible();

    await expect(ben.log.locator(".text")).toHaveText(texts);
    await expect(anna.log.locator(".text")).toHaveText(texts);
    await expect(anna.log.getByText("Sending…")).toHaveCount(0);
  });
});
