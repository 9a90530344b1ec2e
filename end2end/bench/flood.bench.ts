// Five hundred messages within one second, and all at once: how long frames take, and how quickly
// the page reacts to typing meanwhile.

import type { Page } from "@playwright/test";

import { numberedLines, sendMessages } from "../support/bot.ts";
import { expect, test } from "../support/test.ts";
import { median, note, quantile } from "./figures.ts";
import { type Watch, installMeters, longestTask, watch } from "./meters.ts";

const MESSAGES = 500;
const ROUNDS = 5;
/** A response within so many milliseconds feels instant (Nielsen, "Response Times", 1993). */
const INSTANT = 100;
/** The milliseconds of a frame on a screen with 60 Hz. */
const FRAME = 1000 / 60;

test.use({ options: ["--messages-per-second", "0"] });

test("five hundred messages in a second", async ({ server, openBrowser, signIn }) => {
  const browser = await openBrowser();
  await installMeters(browser);
  const anna = await signIn("Anna", "tea", browser);
  const senders = await openBrowser();
  let floods = 0;
  // Words, links, code and emoji, as in real messages.
  const texts = numberedLines(MESSAGES).map((line, nth) =>
    nth % 5 ? `${line} of many, and so on` : `${line} **bold** \`code\` https://a.example/${nth} 🎉`,
  );
  const flood = async (page: Page, every: number): Promise<Watch> => {
    floods += 1;
    const stop = await watch(page);
    const sending = sendMessages(server, senders, `Sender ${floods}`, "tea", texts, every);
    await type(page);
    await sending;
    return stop();
  };
  const rounds = async (page: Page, every: number): Promise<Watch[]> => {
    // The first round lets the browser compile the code.
    await flood(page, every);
    const watched: Watch[] = [];
    for (let round = 0; round < ROUNDS; round += 1) watched.push(await flood(page, every));
    return watched;
  };

  const last = anna.log.locator(".message[id]").last();
  for (const [name, every] of [["second", 1000 / MESSAGES], ["once", 0]] as const) {
    const watched = await rounds(anna.page, every);
    expect(watched.map((it) => it.messages), "messages that arrived").toEqual(watched.map(() => MESSAGES));
    await expect(last).toContainText(`Line ${MESSAGES} `);
    await expect(last).toBeInViewport();
    note(`flood.${name}.arrival`, median(watched.map((it) => it.last - it.first)), "ms");
    report(`flood.${name}`, watched, { frame: 50, key: INSTANT });
    // A frame also waits for the processor, which it shares with the server, the senders and the
    // rest of the browser. So the page's own processor time is measured in separate rounds.
    const task = await longestTask(anna.page, async () => void (await rounds(anna.page, every)));
    note(`flood.${name}.task.longest.cpu`, task, "ms", 50);
  }

  // For comparison: the same load on the same machine, and a page that does nothing.
  const bare = await browser.newPage();
  await bare.goto(server.url("/healthz"));
  await bare.evaluate(() => {
    document.body.innerHTML = "<textarea id=message></textarea>";
    document.getElementById("message")!.focus();
  });
  const blank = await rounds(bare, 1000 / MESSAGES);
  report("flood.blank_page", blank, { frame: null, key: null });
});

/** Types for about a second, as fast as people can. */
async function type(page: Page): Promise<void> {
  const typed = "The quick brown fox jumps over the lazy dog.";
  await page.keyboard.type(typed, { delay: 25 });
  await expect(page.locator("#message")).toHaveValue(typed);
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Backspace");
}

function report(name: string, watched: Watch[], bar: { frame: number | null; key: number | null }): void {
  const keys = watched.flatMap((it) => {
    expect(it.pressed).toBeGreaterThan(40);
    // The browser does not report key presses that take less than 16 ms.
    const quick = Math.max(0, it.pressed - it.keys.length);
    return [...it.keys, ...Array<number>(quick).fill(16)];
  });
  const longest = watched.map((it) => Math.max(...it.frames));
  const dropped = watched.map((it) => it.frames.reduce((sum, ms) => sum + Math.round(ms / FRAME) - 1, 0));
  note(`${name}.frame.longest`, median(longest), "ms", bar.frame);
  note(`${name}.frame.longest.worst`, Math.max(...longest), "ms");
  note(`${name}.frame.p95`, quantile(watched.flatMap((it) => it.frames), 0.95), "ms");
  note(`${name}.frames.over_50ms`, watched.flatMap((it) => it.longFrames).length, "frames", bar.frame && 0);
  note(`${name}.frames.dropped`, median(dropped), "frames");
  note(`${name}.key_to_paint.p50`, median(keys), "ms", bar.key);
  note(`${name}.key_to_paint.max`, Math.max(...keys), "ms", bar.key);
}
