// Marks that are stacked on letters ("Zalgo") are not drawn over the lines of others.

import type { Locator, Page } from "@playwright/test";

import { expect, test } from "../support/test.ts";

/** A word with thirty marks above and thirty below each letter. */
const STACKED = [..."Zalgo"].map((letter) => letter + "\u0301".repeat(30) + "\u0323".repeat(30)).join("");

test("stacked marks stay inside their message", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  await anna.send("The line above");
  await ben.expectMessage("The line above", "Anna");
  await ben.send(STACKED);
  await anna.expectMessage(STACKED, "Ben");
  await anna.send("The line below");
  await anna.expectMessage("The line below", "Anna");
  await anna.composer.hover();

  const marked = anna.log.getByText(STACKED);
  for (const neighbor of ["The line above", "The line below"]) {
    const area = await textArea(anna.log.getByText(neighbor));
    const withMarks = await anna.page.screenshot({ clip: area });
    await marked.evaluate((text) => (text.textContent = "Zalgo"));
    const without = await anna.page.screenshot({ clip: area });
    expect(withMarks.equals(without), neighbor).toBe(true);
    await marked.or(anna.log.getByText("Zalgo", { exact: true })).evaluate((text, stacked) => {
      text.textContent = stacked;
    }, STACKED);
  }
});

test("stacked marks in a name stay inside its row", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  await signIn("Ben", "tea");
  await signIn("Carl", "tea");
  const name = (nickname: string) => anna.userInList(nickname).locator(".name").getByText(nickname);
  await expect(name("Carl")).toBeVisible();
  // New names have at most two marks, but names from before that rule are shown, too.
  await expectUntouched(anna.page, name("Ben"), [name("Anna"), name("Carl")]);
});

test("letters with the usual marks and the ring of the focus are not cut off", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const text = "Ẫm Ỗ Ở ỹ ặ ที่ผู้ น้ำ شَدَّة Å Ç https://example.org/";
  await anna.send(text);
  const row = anna.log.getByRole("listitem").filter({ hasText: "Ẫm" });
  await expect(row.locator("a.time")).toBeVisible();
  await row.getByRole("link", { name: "example.org" }).focus();
  await anna.page.keyboard.press("Shift");
  const box = (await row.locator(".text").boundingBox())!;
  const area = { ...box, x: box.x - 4, y: box.y - 4, height: box.height + 8 };
  const clipped = await anna.page.screenshot({ clip: area });
  await row.locator(".text").evaluate((text) => ((text as HTMLElement).style.overflow = "visible"));
  const whole = await anna.page.screenshot({ clip: area });
  expect(clipped.equals(whole)).toBe(true);
});

/** Stacks marks on a text, and expects that its neighbors are drawn as before. */
async function expectUntouched(page: Page, marked: Locator, neighbors: Locator[]): Promise<void> {
  const areas = await Promise.all(neighbors.map(textArea));
  const before = await Promise.all(areas.map((clip) => page.screenshot({ clip })));
  await marked.evaluate((text, stacked) => {
    text.firstChild!.textContent = stacked;
  }, STACKED);
  for (const [nth, clip] of areas.entries()) {
    const after = await page.screenshot({ clip });
    expect(after.equals(before[nth]), `neighbor ${nth}`).toBe(true);
  }
}

/** Where the letters of a text are drawn. */
async function textArea(text: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  return await text.evaluate((element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const { x, y, width, height } = range.getBoundingClientRect();
    return { x, y, width, height };
  });
}
