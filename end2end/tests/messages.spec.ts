import { expect, test } from "../support/test.ts";

test("Anna says good morning and Ben reads it; Carl in another room sees nothing", async ({ enter }) => {
  const anna = await enter("Anna", "tea");
  const ben = await enter("Ben", "tea");
  const carl = await enter("Carl", "coffee");

  await anna.says("Good morning!");
  await ben.reads("Good morning!", "Anna");
  await ben.says("Good morning, Anna.");
  await anna.reads("Good morning, Anna.", "Ben");

  // What Carl says comes back to him behind everything that he could have heard before.
  await carl.says("Anybody here?");
  await carl.reads("Anybody here?", "Carl");
  await expect(carl.line(/Good morning/)).toHaveCount(0);
  await expect(carl.page).toHaveTitle("coffee · Parlor");
  await expect(anna.line("Anybody here?")).toHaveCount(0);
});

test("one's own messages look different from other people's", async ({ enter }) => {
  const anna = await enter("Anna", "tea");
  const ben = await enter("Ben", "tea");
  await anna.says("Mine");
  await ben.says("Ben's");
  await anna.reads("Mine");
  await anna.reads("Ben's");

  const look = (text: string) =>
    anna.line(text).evaluate((line) => getComputedStyle(line).backgroundColor);
  expect(await look("Mine")).not.toBe(await look("Ben's"));
});

test("Enter sends, the button sends, Shift and Enter begin a line", async ({ enter }) => {
  const anna = await enter("Anna", "tea");
  const ben = await enter("Ben", "tea");
  const send = anna.page.getByRole("button", { name: "Send" });

  await anna.composer.fill("with the button");
  await send.click();
  await ben.reads("with the button");
  await expect(anna.composer, "one goes on typing").toBeFocused();

  await anna.page.keyboard.type("first");
  await anna.page.keyboard.press("Shift+Enter");
  await anna.page.keyboard.type("second");
  await expect(anna.composer).toHaveValue("first\nsecond");
  await expect(anna.line(/first/), "not sent yet").toHaveCount(0);
  await anna.page.keyboard.press("Enter");
  await expect(ben.line(/first/).locator("p")).toHaveText("first\nsecond", { useInnerText: true });
});

test("a message of nothing but blanks is not sent", async ({ enter }) => {
  const anna = await enter("Anna", "tea");
  const ben = await enter("Ben", "tea");
  const send = anna.page.getByRole("button", { name: "Send" });

  await expect(send).toBeDisabled();
  await anna.composer.fill("  \n ");
  await expect(send).toBeDisabled();
  await anna.composer.press("Enter");
  await expect(anna.composer, "it stays").toHaveValue("  \n ");
  await anna.says("Now I know what to say");
  await ben.reads("Now I know what to say");
  await expect(ben.line(/Anna/).filter({ hasNotText: "joined" })).toHaveCount(1);
});
