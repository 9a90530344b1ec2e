// Five hundred messages in one second, and all at once: how long frames are, and what typing feels
// like meanwhile.

import type { Page } from "@playwright/test";

import { numberedLines, sendMessages } from "../support/bot.ts";
import { expect, test } from "../support/test.ts";
import { median, note, quantile } from "./figures.ts";
import { type Watch, equip, longestTask, watch } from "./meters.ts";

const MESSAGES = 500;
const ROUNDS = 5;
/** Within so many milliseconds an answer is felt to be instant (Nielsen, "Response Times", 1993). */
const INSTANT = 100;
/** A frame of a screen that shows sixty a second. */
const FRAME = 1000 / 60;

test.use({ options: ["--messages-per-second", "0"] });

test("five hundred messages in a second", async ({ server, openBrowser, signIn }) => {
  const browser = await openBrowser();
  await equip(browser);
  const anna = await signIn("Anna", "tea", browser);
  const talkers = await openBrowser();
  let talked = 0;
  // Words, links, code and emoji, as people write.
  const texts = numberedLines(MESSAGES).map((line, nth) =>
    nth % 5 ? `${line} of many, and so on` : `${line} **bold** \`code\` https://a.example/${nth} 🎉`,
  );
  const flood = async (page: Page, every: number): Promise<Watch> => {
    talked += 1;
    const stop = await watch(page);
    const talking = sendMessages(server, talkers, `Talker ${talked}`, "tea", texts, every);
    await type(page);
    await talking;
    return stop();
  };
  const rounds = async (page: Page, every: number): Promise<Watch[]> => {
    // The first round is for the browser's compilers.
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
    tell(`flood.${name}`, watched, { frame: 50, key: INSTANT });
    // A frame waits for the processor as well, which the server, the talkers and the rest of the
    // browser want at the same time: so what the page itself needs is asked in rounds of its own.
    const task = await longestTask(anna.page, async () => void (await rounds(anna.page, every)));
    note(`flood.${name}.task.longest.cpu`, task, "ms", 50);
  }

  // The same machine at the same work, and a page that has nothing to do with it.
  const bare = await browser.newPage();
  await bare.goto(server.url("/healthz"));
  await bare.evaluate(() => {
    document.body.innerHTML = "<textarea id=message></textarea>";
    document.getElementById("message")!.focus();
  });
  const blank = await rounds(bare, 1000 / MESSAGES);
  tell("flood.blank_page", blank, { frame: null, key: null });
});

/** Types for about a second, as fast as anybody can. */
async function type(page: Page): Promise<void> {
  const typed = "The quick brown fox jumps over the lazy dog.";
  await page.keyboard.type(typed, { delay: 25 });
  await expect(page.locator("#message")).toHaveValue(typed);
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Backspace");
}

function tell(name: string, watched: Watch[], bar: { frame: number | null; key: number | null }): void {
  const keys = watched.flatMap((it) => {
    expect(it.pressed).toBeGreaterThan(40);
    // What is below 16 ms is not told.
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
