// The composer: keys, drafts, length, height and input methods.

import type { Page } from "@playwright/test";

import { expect, test } from "../support/test.ts";

test("Enter sends, and Shift+Enter and pasted text add lines", async ({ openBrowser, signIn }) => {
  const browser = await openBrowser({ permissions: ["clipboard-read", "clipboard-write"] });
  const anna = await signIn("Anna", "tea", browser);
  const ben = await signIn("Ben", "tea");
  await anna.page.keyboard.type("milk");
  await anna.page.keyboard.press("Shift+Enter");
  await anna.page.keyboard.type("honey");
  await anna.page.keyboard.press("Shift+Enter");
  await anna.page.evaluate(() => navigator.clipboard.writeText("scones\njam\ncream"));
  await anna.page.keyboard.press("Control+v");
  const list = "milk\nhoney\nscones\njam\ncream";
  await expect(anna.composer).toHaveValue(list);
  await expect(anna.log.locator(".message"), "nothing is sent yet").toHaveCount(0);
  await anna.page.keyboard.press("Enter");
  await expect(anna.composer).toHaveValue("");
  await expect(ben.log.locator(".text")).toHaveText([list], { useInnerText: true });
});

test("drafts are kept for each conversation", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  await ben.openConversationWith("Anna");
  await ben.send("Psst");
  const dora = await signIn("Dora", "tea");
  await anna.composer.fill("For everybody in tea");
  await anna.joinRoom("coffee");
  await anna.composer.fill("For everybody in coffee\nin two lines");
  await anna.conversationLink("Ben").click();
  await anna.expectMessage("Psst", "Ben");
  await anna.composer.fill("For Ben");
  await anna.roomLink("tea").click();
  await anna.openConversationWith("Dora");
  await anna.composer.fill("For Dora");

  for (const when of ["at once", "after loading the page again"]) {
    await expect(anna.composer, when).toHaveValue("For Dora");
    await anna.conversationLink("Ben").click();
    await expect(anna.composer, when).toHaveValue("For Ben");
    await anna.roomLink("coffee").click();
    await expect(anna.composer, when).toHaveValue("For everybody in coffee\nin two lines");
    await anna.roomLink("tea").click();
    await expect(anna.composer, when).toHaveValue("For everybody in tea");
    await anna.openConversationWith("Dora");
    await anna.page.reload();
    await anna.expectRoom("Dora");
  }
  await anna.composer.press("Enter");
  await expect(dora.conversationLink("Anna")).toBeVisible();
  await anna.expectMessage("For Dora", "Anna");
  await anna.page.reload();
  await anna.expectMessage("For Dora", "Anna");
  await expect(anna.composer, "no draft is left of a sent message").toHaveValue("");
});

test("the up arrow in an empty composer brings back the last own message", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  await anna.send("First");
  await anna.send("Secnod\n**twice**");
  await ben.expectMessage("First");
  await ben.send("Not Anna's");
  await anna.expectMessage("Not Anna's");

  await anna.composer.press("ArrowUp");
  await expect(anna.composer).toHaveValue("Secnod\n**twice**");
  await anna.composer.fill("half a line");
  await anna.composer.press("ArrowUp");
  await expect(anna.composer, "a draft is kept").toHaveValue("half a line");
});

test("near the limit the remaining characters are counted", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const left = anna.page.getByText(/^\d+ left$/);
  await anna.composer.fill("é".repeat(7_200));
  await expect(left).toBeHidden();
  await anna.composer.press("End");
  await anna.composer.press("a");
  await expect(left).toHaveText("799 left");
  await anna.composer.fill("é".repeat(8_000));
  await expect(left).toHaveText("0 left");
  await anna.composer.fill("é".repeat(8_001));
  await expect(left).toBeHidden();
  await expect(anna.page.getByText("Too long by 1.")).toBeVisible();
  await anna.composer.fill("é");
  await expect(left).toBeHidden();
});

test("the composer grows with its text, up to a third of the page", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const height = async () => (await anna.composer.boundingBox())!.height;
  const empty = await height();
  await anna.composer.fill("one");
  await expect.poll(height, "one line is as high as an empty composer").toBe(empty);
  await anna.composer.fill("one\ntwo\nthree");
  await expect.poll(height).toBeGreaterThan(empty + 30);
  await anna.composer.fill("line\n".repeat(100));
  await expect.poll(height).toBeGreaterThan(200);
  expect(await height()).toBeLessThanOrEqual(0.35 * 800 + 1);
  await expect(anna.composer).toBeInViewport({ ratio: 1 });
  await anna.send("one");
  await expect.poll(height, "it shrinks again").toBe(empty);
});

test("Enter that ends an input method's composition does not send", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  const keyboard = await anna.page.context().newCDPSession(anna.page);
  const compose = (text: string) =>
    keyboard.send("Input.imeSetComposition", {
      text,
      selectionStart: text.length,
      selectionEnd: text.length,
    });
  const enters = await countEnters(anna.page);
  await compose("に");
  await compose("にほん");
  await expect(anna.composer).toHaveValue("にほん");
  // This is how input methods send the key: it adds no line by itself.
  const key = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 13 };
  await keyboard.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...key });
  await keyboard.send("Input.dispatchKeyEvent", { type: "keyUp", ...key });
  expect(await enters(), "the key arrived as a part of the composition").toEqual([true]);
  await expect(anna.composer).toHaveValue("にほん");
  await keyboard.send("Input.insertText", { text: "日本" });
  await expect(anna.composer).toHaveValue("日本");
  await expect(anna.log.locator(".message"), "nothing is sent yet").toHaveCount(0);
  await anna.page.keyboard.press("Enter");
  await ben.expectMessage("日本", "Anna");
  await expect(ben.log.locator(".text")).toHaveText(["日本"]);
});

/** Records for each Enter from now on whether it belongs to a composition. */
async function countEnters(page: Page): Promise<() => Promise<boolean[]>> {
  await page.evaluate(() => {
    const pressed: boolean[] = [];
    Object.assign(window, { pressed });
    const note = (event: KeyboardEvent) => event.key === "Enter" && pressed.push(event.isComposing);
    window.addEventListener("keydown", note, { capture: true });
  });
  return () => page.evaluate(() => (window as unknown as { pressed: boolean[] }).pressed);
}
