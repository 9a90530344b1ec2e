// From the navigation to a page that can be used, with a cold cache and with a warm one.
//
// Interactive is the later of two moments: the page is hydrated (its Send button is enabled), and its
// socket is in the room (the first `joined` was taken in). A cold visit is the first of a profile
// that was made for it, signed in by a form that loads nothing of the bundle; a warm one the second
// in the same profile, in a tab of its own.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type BrowserContext, chromium } from "@playwright/test";

import { numberedLines, sendMessages } from "../support/bot.ts";
import { expect, test } from "../support/test.ts";
import { median, note } from "./figures.ts";
import { type Beginning, beginning, equip } from "./meters.ts";

const RUNS = 11;

test.use({ options: ["--messages-per-second", "0"] });

test("a visit, from navigation to interactive", async ({ server, openBrowser, launchOptions }) => {
  await sendMessages(server, await openBrowser(), "Ben", "tea", numberedLines(200));
  const colds: Beginning[] = [];
  const warms: Beginning[] = [];
  const blanks: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const profile = await mkdtemp(join(tmpdir(), "parlor-bench-"));
    const browser = await chromium.launchPersistentContext(profile, launchOptions);
    await equip(browser);
    const signedIn = await browser.request.post(server.url(), {
      form: { nickname: `Anna ${run}`, room: "tea" },
      headers: { origin: new URL(server.url()).origin },
      maxRedirects: 0,
    });
    expect(signedIn.status()).toBe(303);
    // What is measured is the page, not how a browser starts.
    await browser.pages()[0]!.waitForTimeout(1_500);
    await blank(browser, server.url("/healthz"));
    blanks.push(await blank(browser, server.url("/healthz")));
    colds.push(await visit(browser, server.url("/rooms/tea")));
    warms.push(await visit(browser, server.url("/rooms/tea")));
    await browser.close();
    await rm(profile, { recursive: true, force: true });
  }

  // A second visit that loads the bundle again has measured nothing.
  expect(median(colds.map((it) => it.loaded))).toBeGreaterThan(100_000);
  expect(median(warms.map((it) => it.loaded))).toBeLessThan(50_000);
  const empty = median(blanks);
  note("visit.blank.load", empty, "ms");
  for (const [name, visits] of [["cold", colds], ["warm", warms]] as const) {
    const middle = (of: (it: Beginning) => number) => median(visits.map(of));
    const interactive = visits.map((it) => Math.max(it.hydrated, it.joined));
    note(`visit.${name}.first_paint`, middle((it) => it.painted), "ms");
    note(`visit.${name}.hydrated`, middle((it) => it.hydrated), "ms");
    note(`visit.${name}.interactive`, median(interactive), "ms", 300);
    note(`visit.${name}.interactive.worst`, Math.max(...interactive), "ms");
    note(`visit.${name}.interactive.to_blank`, median(interactive) / empty, "times");
    note(`visit.${name}.loaded`, middle((it) => it.loaded) / 1000, "kB");
  }
});

/** Visits a room; what is typed then is sent. */
async function visit(browser: BrowserContext, url: string): Promise<Beginning> {
  const page = await browser.newPage();
  await page.goto(url, { waitUntil: "commit" });
  const begun = await beginning(page);
  const text = `Here since ${Math.random()}`;
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
  await expect(page.locator(".message[id] .text").last()).toHaveText(text);
  await page.close();
  return begun;
}

/** Visits a page with nothing in it, of the same server. */
async function blank(browser: BrowserContext, url: string): Promise<number> {
  const page = await browser.newPage();
  await page.goto(url);
  const [load] = await page.evaluate(() =>
    performance.getEntriesByType("navigation").map((it) => (it as PerformanceNavigationTiming).loadEventEnd),
  );
  await page.close();
  return load!;
}
