// A page's memory after ten, thirty and fifty thousand messages in the open room. It is flat if
// fifty thousand need at most a tenth more than ten thousand.

import type { CDPSession, Page } from "@playwright/test";

import { numberedLines, sendMessages } from "../support/bot.ts";
import { expect, test } from "../support/test.ts";
import { note } from "./figures.ts";
import { installMeters, wasmMemory } from "./meters.ts";

const STEP = 10_000;
const MB = 1_000_000;
const FLAT = 1.1;

test.use({ options: ["--messages-per-second", "0"] });

test("memory, while fifty thousand messages arrive", async ({ server, openBrowser, signIn }) => {
  const browser = await openBrowser();
  await installMeters(browser);
  const anna = await signIn("Anna", "tea", browser);
  const session = await browser.newCDPSession(anna.page);
  await session.send("Performance.enable");
  const last = anna.log.locator(".message[id]").last();
  const senders = await openBrowser();
  const steps: Record<string, number>[] = [];
  for (let step = 1; step <= 5; step += 1) {
    await sendMessages(server, senders, `Sender ${step}`, "tea", numberedLines(STEP));
    await expect(last).toHaveId(`${step * STEP}`);
    await expect(last).toBeInViewport();
    const held = await heldBy(anna.page, session);
    steps.push(held);
    if (step % 2 === 0) continue;
    for (const [what, value] of Object.entries(held)) {
      note(`memory.after_${step * STEP}.${what}`, value, what.endsWith("_mb") ? "MB" : "count");
    }
  }
  for (const what of Object.keys(steps[0]!)) {
    note(`memory.growth.${what}`, steps[4]![what]! / steps[0]![what]!, "times", FLAT);
  }
});

/** The memory that is in use after garbage collection. */
async function heldBy(page: Page, session: CDPSession): Promise<Record<string, number>> {
  // Longer than the message list waits before it corrects its scroll bar.
  await page.waitForTimeout(4_000);
  for (let nth = 0; nth < 3; nth += 1) await session.send("HeapProfiler.collectGarbage");
  const { metrics } = await session.send("Performance.getMetrics");
  const metric = (name: string) => metrics.find((it) => it.name === name)?.value ?? NaN;
  const { nodes, jsEventListeners } = await session.send("Memory.getDOMCounters");
  return {
    js_heap_mb: metric("JSHeapUsedSize") / MB,
    wasm_mb: (await wasmMemory(page)) / MB,
    dom_nodes: nodes,
    listeners: jsEventListeners,
  };
}
