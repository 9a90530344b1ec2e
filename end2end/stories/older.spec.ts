import { numbered, say } from "../support/program.ts";
import { expect, test } from "../support/story.ts";

test.use({ options: ["--messages-per-second", "0"] });

test("older messages come by a button, until the beginning of the room", async ({ house, open, enter }) => {
  await say(house, await open(), "Ben", "tea", numbered(120));
  const anna = await enter("Anna", "tea");
  const texts = anna.log.locator(".text");
  const older = anna.page.getByRole("button", { name: "Older messages" });

  await expect(texts).toHaveText(numbered(120).slice(70));
  await older.click();
  await expect(texts).toHaveText(numbered(120).slice(20));
  await expect(anna.line("Line 71"), "one reads on where one was").toBeInViewport();
  await older.click();
  await expect(texts).toHaveText(numbered(120));
  await expect(older).toBeHidden();
  await expect(anna.log.getByText("This is the beginning of tea.")).toBeVisible();

  // Saying something brings one back to the end.
  await anna.says("I have read it all");
  await anna.reads("I have read it all");
});

test("who reads the past is not moved by what is said meanwhile", async ({ house, open, enter }) => {
  await say(house, await open(), "Ben", "tea", numbered(60));
  const anna = await enter("Anna", "tea");
  await anna.line("Line 30").scrollIntoViewIfNeeded();
  const carl = await enter("Carl", "tea");
  const place = () => anna.line("Line 30").evaluate((line) => line.getBoundingClientRect().top);
  await expect(anna.line(/Carl joined/)).toHaveCount(1);
  const before = await place();

  for (const text of ["A new one", "Another", "And a third"]) await carl.says(text);
  await expect(anna.line("And a third")).toHaveCount(1);
  await expect(anna.line("And a third")).not.toBeInViewport();
  expect(Math.abs((await place()) - before), "pixels moved").toBeLessThan(2);
});
