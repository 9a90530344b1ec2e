// Sending and receiving messages in a room.

import { expect, test } from "../support/test.ts";

test("a message reaches its room and no other room", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  const carl = await signIn("Carl", "coffee");

  await anna.send("Good morning!");
  await ben.expectMessage("Good morning!", "Anna");
  await ben.send("Good morning, Anna.");
  await anna.expectMessage("Good morning, Anna.", "Ben");

  // Carl's own message arrives after everything that was sent to him before.
  await carl.send("Anybody here?");
  await carl.expectMessage("Anybody here?", "Carl");
  await expect(carl.logItem(/Good morning/)).toHaveCount(0);
  await expect(carl.page).toHaveTitle("coffee · Parlor");
  await expect(anna.logItem("Anybody here?")).toHaveCount(0);
});

test("a user's own messages look different from others", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  await anna.send("Mine");
  await ben.send("Ben's");
  await anna.expectMessage("Mine");
  await anna.expectMessage("Ben's");

  const look = (text: string) =>
    anna.logItem(text).evaluate((line) => getComputedStyle(line).backgroundColor);
  expect(await look("Mine")).not.toBe(await look("Ben's"));
});

test("Enter and the button send, and Shift+Enter adds a line", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  const send = anna.page.getByRole("button", { name: "Send" });

  await anna.composer.fill("with the button");
  await send.click();
  await ben.expectMessage("with the button");
  await expect(anna.composer, "typing can continue").toBeFocused();

  await anna.page.keyboard.type("first");
  await anna.page.keyboard.press("Shift+Enter");
  await anna.page.keyboard.type("second");
  await expect(anna.composer).toHaveValue("first\nsecond");
  await expect(anna.logItem(/first/), "not sent yet").toHaveCount(0);
  await anna.page.keyboard.press("Enter");
  await expect(ben.logItem(/first/).locator("p")).toHaveText("first\nsecond", { useInnerText: true });
});

test("a blank message is not sent", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  const send = anna.page.getByRole("button", { name: "Send" });

  await expect(send).toBeDisabled();
  await anna.composer.fill("  \n ");
  await expect(send).toBeDisabled();
  await anna.composer.press("Enter");
  await expect(anna.composer, "the text stays").toHaveValue("  \n ");
  await anna.send("Now I know what to say");
  await ben.expectMessage("Now I know what to say");
  await expect(ben.logItem(/Anna/).filter({ hasNotText: "joined" })).toHaveCount(1);
});
