import { expect, test } from "../support/test.ts";

test("a message that is too long stays with the reason until it is short enough", async ({ enter }) => {
  const anna = await enter("Anna", "tea");
  const ben = await enter("Ben", "tea");
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
  await expect(ben.line(long)).toHaveCount(1);
});

test("a refused message stays where it was written, and can be tried again or discarded", async ({
  enter,
}) => {
  const anna = await enter("Anna", "tea");
  const ben = await enter("Ben", "tea");
  await anna.turnsTo("Ben");
  await ben.signsOut();

  await anna.says("First");
  await anna.says("Second");
  for (const text of ["First", "Second"]) {
    await expect(anna.line(text).getByRole("alert")).toHaveText("Nobody is using that nickname. Check its spelling.");
  }
  await anna.line("First").getByRole("button", { name: "Discard" }).click();
  await expect(anna.line("First")).toHaveCount(0);

  await ben.signsIn("tea");
  await ben.isIn("tea");
  await anna.line("Second").getByRole("button", { name: "Try again" }).click();
  await ben.conversation("Anna").click();
  await ben.reads("Second", "Anna");
  await anna.reads("Second", "Anna");
  await expect(ben.line("First")).toHaveCount(0);
});

test.describe("in a slow server", () => {
  test.use({ options: ["--messages-per-second", "1"] });

  test("what was sent too fast is sent after a while, once and in order", async ({ enter }) => {
    const anna = await enter("Anna", "tea");
    const ben = await enter("Ben", "tea");
    const texts = ["one", "two", "three", "four", "five", "six"];
    for (const text of texts) await anna.says(text);
    await expect(anna.log.getByText("Sending…").first()).toBeVisible();

    await expect(ben.log.locator(".text")).toHaveText(texts);
    await expect(anna.log.locator(".text")).toHaveText(texts);
    await expect(anna.log.getByText("Sending…")).toHaveCount(0);
  });
});
