// Meters that are installed in a page before its scripts run, and use the browser's own clocks.

import type { BrowserContext, Page } from "@playwright/test";

/** When a page's load reached its stages, in milliseconds since the start of the navigation. */
export interface PageLoad {
  /** The first pixels of content (Paint Timing). */
  painted: number;
  /** The Send button is enabled: the page is hydrated, its handlers are attached. */
  hydrated: number;
  /** The socket's first `joined` has been processed: from now on typed messages are sent. */
  joined: number;
  /** Bytes loaded over the network: the document, scripts, styles and WebAssembly. */
  loaded: number;
}

/** What is measured while a page is watched. */
export interface Watch {
  /** Milliseconds from one frame to the next (requestAnimationFrame). */
  frames: number[];
  /** Milliseconds of each frame that took more than 50 (Long Animation Frames API). */
  longFrames: number[];
  /** Milliseconds from a key press to the paint that shows it (Event Timing): those above 16. */
  keys: number[];
  /** How many keys were pressed (`performance.eventCounts`). */
  pressed: number;
  /** The number of log events that arrived, and when the first and the last arrived. */
  messages: number;
  first: number;
  last: number;
}

interface Meters {
  joined?: number;
  hydrated?: number;
  module?: WebAssembly.Memory;
  observers: PerformanceObserver[];
  watch: Watch;
}

/** Installs the meters in each page of a browser. */
export async function installMeters(browser: BrowserContext): Promise<void> {
  await browser.addInitScript(() => {
    const none = { frames: [], longFrames: [], keys: [], pressed: 0, messages: 0, first: 0, last: 0 };
    const meters: Meters = { watch: none, observers: [] };
    Object.assign(window, { meters });

    // A separate task runs after the page's own listeners and their promises.
    const soon = (act: () => void) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = act;
      port2.postMessage(null);
    };
    const received = (text: string) => {
      const count = text.split('{"type":"message"').length - 1;
      if (count) {
        meters.watch.first ||= performance.now();
        meters.watch.messages += count;
        meters.watch.last = performance.now();
      }
      // It is drawn in the next frame at the latest.
      if (text.includes('"type":"joined"')) {
        requestAnimationFrame(() => soon(() => (meters.joined ??= performance.now())));
      }
    };
    window.WebSocket = class extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        this.addEventListener("message", ({ data }) => received(data));
      }
    };

    const enabled = () => document.querySelector(".composer button:enabled");
    new MutationObserver((_, observer) => {
      if (enabled()) {
        observer.disconnect();
        meters.hydrated = performance.now();
      }
    }).observe(document, { subtree: true, attributeFilter: ["disabled"] });

    const { instantiateStreaming } = WebAssembly;
    WebAssembly.instantiateStreaming = async (source, imports) => {
      const made = await instantiateStreaming(source, imports);
      meters.module = made.instance.exports.memory as WebAssembly.Memory;
      return made;
    };
  });
}

/** Waits until a page is interactive. Returns when its load reached each stage. */
export async function pageLoad(page: Page): Promise<PageLoad> {
  await page.waitForFunction(() => {
    const { meters } = window as unknown as { meters: Meters };
    return meters.joined && meters.hydrated && performance.getEntriesByName("first-contentful-paint")[0];
  });
  return page.evaluate(() => {
    const { meters } = window as unknown as { meters: Meters };
    const timed = ["navigation", "resource"].flatMap((type) => performance.getEntriesByType(type));
    return {
      painted: performance.getEntriesByName("first-contentful-paint")[0]!.startTime,
      hydrated: meters.hydrated!,
      joined: meters.joined!,
      loaded: (timed as PerformanceResourceTiming[]).reduce((sum, it) => sum + it.transferSize, 0),
    };
  });
}

/** Watches a page until the returned function is called. */
export async function watch(page: Page): Promise<() => Promise<Watch>> {
  await page.evaluate(async () => {
    // Headless Chromium reports the paint of a key press only after something else changes, so this
    // pixel changes in each frame.
    const pixel = document.createElement("i");
    pixel.style.cssText = "position: fixed; inset: 0 auto auto 0; inline-size: 1px; block-size: 1px";
    document.documentElement.append(pixel);
    const { meters } = window as unknown as { meters: Meters };
    const watch: Watch = {
      frames: [],
      longFrames: [],
      keys: [],
      pressed: -(performance.eventCounts.get("keydown") ?? 0),
      messages: 0,
      first: 0,
      last: 0,
    };
    meters.watch = watch;
    let before: number | undefined;
    const frame = (now: number) => {
      if (meters.watch !== watch) return pixel.remove();
      pixel.style.backgroundColor = pixel.style.backgroundColor ? "" : "gray";
      if (before !== undefined) watch.frames.push(now - before);
      before = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    const observe = (options: object, note: (entry: PerformanceEntry) => void) => {
      const observer = new PerformanceObserver((list) => list.getEntries().forEach(note));
      observer.observe(options);
      meters.observers.push(observer);
    };
    observe({ type: "long-animation-frame" }, ({ duration }) => watch.longFrames.push(duration));
    observe({ type: "event", durationThreshold: 16 }, ({ name, duration }) => {
      if (name === "keydown") watch.keys.push(duration);
    });
    // Earlier key presses must not be reported as a part of this watch.
    await new Promise((done) => setTimeout(done, 300));
    Object.assign(watch, { frames: [], longFrames: [], keys: [] });
  });
  return () =>
    page.evaluate(async () => {
      const { meters } = window as unknown as { meters: Meters };
      // Observers report a frame later.
      const { watch } = meters;
      for (let nth = 0; nth < 3; nth += 1) await new Promise(requestAnimationFrame);
      await new Promise((done) => setTimeout(done, 100));
      // Observers that stay connected would add to the next watch.
      meters.observers.splice(0).forEach((observer) => observer.disconnect());
      meters.watch = { ...watch, frames: [] };
      watch.pressed += performance.eventCounts.get("keydown") ?? 0;
      return watch;
    });
}

/** The most processor time of one task of the page's main thread meanwhile, in milliseconds. */
export async function longestTask(page: Page, meanwhile: () => Promise<void>): Promise<number> {
  const browser = page.context().browser()!;
  await browser.startTracing(page, { categories: ["toplevel"] });
  await meanwhile();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as Trace;
  const tasks = new Map<string, { all: number; longest: number }>();
  for (const { name, pid, tid, tdur = 0 } of traceEvents) {
    if (name !== "ThreadControllerImpl::RunTask" && name !== "RunTask") continue;
    const of = tasks.get(`${pid} ${tid}`) ?? { all: 0, longest: 0 };
    tasks.set(`${pid} ${tid}`, { all: of.all + tdur, longest: Math.max(of.longest, tdur) });
  }
  const isMain = ({ name, args }: TraceEvent) => name === "thread_name" && args?.name === "CrRendererMain";
  const pages = traceEvents.filter(isMain).map(({ pid, tid }) => tasks.get(`${pid} ${tid}`));
  // The page is the busiest of all pages of the browser.
  const [busiest] = pages.filter((it) => it !== undefined).sort((one, other) => other.all - one.all);
  return (busiest?.longest ?? NaN) / 1000;
}

/** The part of the Trace Event Format that is read here. Times are in microseconds. */
interface Trace {
  traceEvents: TraceEvent[];
}

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** The thread's processor time. */
  tdur?: number;
  args?: { name?: string };
}

/** The bytes of a page's WebAssembly memory. */
export function wasmMemory(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { meters } = window as unknown as { meters: Meters };
    return meters.module?.buffer.byteLength ?? NaN;
  });
}
