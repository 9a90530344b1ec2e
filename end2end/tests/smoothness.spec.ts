// Scrolling and typing stay smooth with many messages.

import type { Page } from "@playwright/test";

import { numberedLines, sendMessages } from "../support/bot.ts";
import { expect, test } from "../support/test.ts";

test.use({ options: ["--messages-per-second", "0"] });

/** An element that moved (Layout Instability API, LayoutShiftAttribution). */
interface Source {
  node?: Node;
  previousRect: DOMRectReadOnly;
  currentRect: DOMRectReadOnly;
}

/** Counts the drawn messages in every frame, and records the browser's layout shifts (Layout
 * Instability API) in the message list. */
async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    const seen = { most: 0, shifts: [] as string[] };
    Object.assign(window, { seen });
    const count = () => {
      seen.most = Math.max(seen.most, document.querySelectorAll(".message").length);
      requestAnimationFrame(count);
    };
    count();
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number; sources: Source[] })[]) {
        const moved = entry.sources.flatMap(({ node, previousRect, currentRect }) => {
          const element = node instanceof Element ? node : node?.parentElement;
          const name = element?.closest(".message-list") && `${element.nodeName}.${element.className}#${element.id}`;
          return name ? [`${name} ${previousRect.y} to ${currentRect.y}`] : [];
        });
        if (moved.length) seen.shifts.push(`${entry.value.toFixed(5)}: ${moved}`);
      }
    }).observe({ type: "layout-shift" });
  });
}

const seen = (page: Page) =>
  page.evaluate(() => (window as unknown as { seen: { most: number; shifts: string[] } }).seen);

/** Scrolls in one direction until a message is in view. */
async function scrollTo(page: Page, way: -1 | 1, seq: number): Promise<void> {
  await page.getByRole("log").hover();
  const target = page.locator(`[id="${seq}"]`);
  await expect(async () => {
    // Scroll to the end of what is drawn. More is drawn by then.
    for (let turn = 0; turn < 20; turn += 1) await page.mouse.wheel(0, way * 4_000);
    await expect(target).toBeInViewport({ timeout: 100 });
  }).toPass({ intervals: [0], timeout: 80_000 });
}

test("scrolling through ten thousand messages draws only a few at a time", async ({
  server,
  openBrowser,
  signIn,
}) => {
  test.slow();
  await sendMessages(server, await openBrowser(), "Ben", "tea", numberedLines(10_000));
  const anna = await signIn("Anna", "tea");
  await watch(anna.page);
  await scrollTo(anna.page, -1, 1);
  await expect(anna.log.getByText("This is the beginning of tea.")).toBeInViewport();
  await scrollTo(anna.page, 1, 10_000);
  await anna.send("I have read it all");
  await anna.expectMessage("I have read it all");
  expect((await seen(anna.page)).most).toBeLessThanOrEqual(300);
});

test("nothing shifts and no key is lost while a hundred messages per second arrive", async ({
  server,
  openBrowser,
  signIn,
}) => {
  await sendMessages(server, await openBrowser(), "Ben", "tea", numberedLines(100));
  const anna = await signIn("Anna", "tea");
  await expect(anna.logItem("Line 100")).toBeInViewport();
  await watch(anna.page);

  const texts = numberedLines(600).map((line) => `${line} of many`);
  const sending = sendMessages(server, await openBrowser(), "Carl", "tea", texts, 10);
  // One line at a time, because a composer that grows moves what is above it.
  const typed = "The quick brown fox jumps over the lazy dog.";
  for (let line = 0; line < 10; line += 1) {
    await anna.page.keyboard.type(typed, { delay: 12 });
    await expect(anna.composer).toHaveValue(typed);
    await anna.page.keyboard.press("Control+a");
    await anna.page.keyboard.press("Backspace");
  }
  await sending;
  await expect(anna.logItem("Line 600 of many")).toBeInViewport();

  const { most, shifts } = await seen(anna.page);
  expect(shifts, "layout shifts in the log").toEqual([]);
  expect(most).toBeLessThanOrEqual(300);
});
