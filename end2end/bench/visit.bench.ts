// The time from navigation to an interactive page, with a cold cache and with a warm one.
//
// A page is interactive when it is hydrated (its Send button is enabled) and its socket has joined
// the room (the first `joined` was processed). A cold visit is the first in a new profile, which
// was signed in by a form that loads nothing of the bundle. A warm visit is the second in the same
// profile, in another tab.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type BrowserContext, chromium } from "@playwright/test";

import { numberedLines, sendMessages } from "../support/bot.ts";
import { expect, test } from "../support/test.ts";
import { median, note } from "./figures.ts";
import { type PageLoad, pageLoad, installMeters } from "./meters.ts";

const RUNS = 11;

test.use({ options: ["--messages-per-second", "0"] });

test("a visit, from navigation to interactive", async ({ server, openBrowser, launchOptions }) => {
  await sendMessages(server, await openBrowser(), "Ben", "tea", numberedLines(200));
  const colds: PageLoad[] = [];
  const warms: PageLoad[] = [];
  const blanks: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const profile = await mkdtemp(join(tmpdir(), "parlor-bench-"));
    const browser = await chromium.launchPersistentContext(profile, launchOptions);
    await installMeters(browser);
    const signedIn = await browser.request.post(server.url(), {
      form: { nickname: `Anna ${run}`, room: "tea" },
      headers: { origin: new URL(server.url()).origin },
      maxRedirects: 0,
    });
    expect(signedIn.status()).toBe(303);
    // Wait, so that the browser's own start is not measured.
    await browser.pages()[0]!.waitForTimeout(1_500);
    await blank(browser, server.url("/healthz"));
    blanks.push(await blank(browser, server.url("/healthz")));
    colds.push(await visit(browser, server.url("/rooms/tea")));
    warms.push(await visit(browser, server.url("/rooms/tea")));
    await browser.close();
    await rm(profile, { recursive: true, force: true });
  }

  // A warm visit that loads the bundle again would be a wrong measurement.
  expect(median(colds.map((it) => it.loaded))).toBeGreaterThan(100_000);
  expect(median(warms.map((it) => it.loaded))).toBeLessThan(50_000);
  const empty = median(blanks);
  note("visit.blank.load", empty, "ms");
  for (const [name, visits] of [["cold", colds], ["warm", warms]] as const) {
    const middle = (of: (it: PageLoad) => number) => median(visits.map(of));
    const interactive = visits.map((it) => Math.max(it.hydrated, it.joined));
    note(`visit.${name}.first_paint`, middle((it) => it.painted), "ms");
    note(`visit.${name}.hydrated`, middle((it) => it.hydrated), "ms");
    note(`visit.${name}.interactive`, median(interactive), "ms", 300);
    note(`visit.${name}.interactive.worst`, Math.max(...interactive), "ms");
    note(`visit.${name}.interactive.to_blank`, median(interactive) / empty, "times");
    note(`visit.${name}.loaded`, middle((it) => it.loaded) / 1000, "kB");
  }
});

/** Visits a room, and asserts that a message can be sent at once. */
async function visit(browser: BrowserContext, url: string): Promise<PageLoad> {
  const page = await browser.newPage();
  await page.goto(url, { waitUntil: "commit" });
  const begun = await pageLoad(page);
  const text = `Here since ${Math.random()}`;
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
  await expect(page.locator(".message[id] .text").last()).toHaveText(text);
  await page.close();
  return begun;
}

/** Visits an empty page of the same server. */
async function blank(browser: BrowserContext, url: string): Promise<number> {
  const page = await browser.newPage();
  await page.goto(url);
  const [load] = await page.evaluate(() =>
    performance.getEntriesByType("navigation").map((it) => (it as PerformanceNavigationTiming).loadEventEnd),
  );
  await page.close();
  return load!;
}
