// How messages are shown: groups, days, times, Markdown, mentions, emoji and long texts.

import type { Locator } from "@playwright/test";

import { expect, test } from "../support/test.ts";

const BERLIN = "Europe/Berlin";

test("successive messages of a user show the author once", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  for (const text of ["One", "Two"]) await anna.send(text);
  await ben.expectMessage("Two", "Anna");
  await ben.send("Three");
  await anna.expectMessage("Three");
  await anna.send("Four");
  await ben.expectMessage("Four");

  for (const pass of ["as it came", "as the server draws it"]) {
    for (const [text, author, leads] of [
      ["One", "Anna", true],
      ["Two", "Anna", false],
      ["Three", "Ben", true],
      ["Four", "Anna", true],
    ] as const) {
      const line = ben.logItem(text);
      await expect(line.locator(".avatar"), `${text}, ${pass}`).toHaveCount(leads ? 1 : 0);
      await expect(line.locator(".author"), "screen readers get the author each time").toHaveText(author);
      const { width } = (await line.locator(".author").boundingBox())!;
      expect(width > 2, `${text} shows its author, ${pass}`).toBe(leads);
    }
    await ben.page.reload();
    await ben.expectRoom("tea");
  }
});

test("a new group starts after a minute", async ({ server, signIn }) => {
  const anna = await signIn("Anna", "tea");
  await anna.send("One");
  await anna.expectMessage("One");
  // Nothing is confirmed meanwhile, so the browser's clock counts.
  server.pause();
  await anna.send("Two");
  await expect(anna.logItem("Two").locator(".avatar")).toHaveCount(0);
  await anna.page.clock.setFixedTime(Date.now() + 61_000);
  await anna.send("Three");
  await expect(anna.logItem("Three").locator(".avatar")).toHaveCount(1);
  server.resume();
  await anna.expectMessage("Three");
});

test("days are separated and named", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  await anna.send("Good morning");
  await anna.expectMessage("Good morning");
  const days = anna.log.locator(".day");
  await expect(days).toHaveText(["Today"]);
  const said = await anna.logItem("Good morning").locator("time").getAttribute("datetime");

  await anna.page.clock.setFixedTime(Date.now() + 24 * 3_600_000);
  await anna.page.reload();
  await anna.expectMessage("Good morning");
  await expect(days).toHaveText(["Yesterday"]);
  await anna.page.clock.setFixedTime(Date.now() + 48 * 3_600_000);
  await anna.page.reload();
  await anna.expectMessage("Good morning");
  await expect(days).toHaveText([dateOf(said!)]);
});

test("a message's time is shown on hover and focus, with the date", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  for (const text of ["One", "Two", "Three"]) await anna.send(text);
  await anna.expectMessage("Three");
  const time = (text: string) => anna.logItem(text).locator(".time");
  await anna.composer.hover();
  await expect(time("One")).toHaveCSS("opacity", "1");
  await expect(time("Two")).toHaveCSS("opacity", "0");
  await anna.logItem("Two").hover();
  await expect(time("Two")).toHaveCSS("opacity", "1");
  await expect(time("Three")).toHaveCSS("opacity", "0");
  await anna.logItem("Three").focus();
  await expect(time("Three")).toHaveCSS("opacity", "1");

  const said = (await time("Two").locator("time").getAttribute("datetime"))!;
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: BERLIN, timeStyle: "short" });
  const exact = `${dateOf(said)}, ${clock.format(new Date(said))}`;
  await expect(time("Two")).toHaveAttribute("title", exact);
});

test("simple Markdown is rendered", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  const typed = [
    "Really *good*, **very** good, not ~~bad~~, said `cargo *run*`",
    "```rust\nfn main() {\n    *tea* <b>\n}\n```",
    "> Who is there?\n\nI am",
    "To bring:\n- cups\n- a pot\n1. first\n2. second",
    "[The kettle](https://kettle.example/) and [nothing](javascript:alert(1))",
    "Ben: @Ben, tea@Ben.example",
  ];
  for (const text of typed) await anna.send(text);
  const texts = ben.log.locator(".text");
  const inside = (nth: number, what: string) => texts.nth(nth).locator(what);
  for (const pass of ["as it came", "as the server draws it"]) {
    await expect(texts, pass).toHaveCount(typed.length);
    await expect(texts.first()).toHaveText("Really good, very good, not bad, said cargo *run*");
    await expect(inside(0, "em")).toHaveText(["good"]);
    await expect(inside(0, "strong")).toHaveText(["very"]);
    await expect(inside(0, "s")).toHaveText(["bad"]);
    await expect(inside(0, "code")).toHaveText(["cargo *run*"]);
    await expect(inside(1, "pre > code")).toHaveText("fn main() {\n    *tea* <b>\n}", {
      useInnerText: true,
    });
    await expect(inside(1, "pre"), "wide code can be scrolled").toHaveAttribute("tabindex", "0");
    await expect(inside(1, "pre")).toHaveAttribute("data-language", "rust");
    await expect(inside(2, "blockquote")).toHaveText(["Who is there?"]);
    await expect(texts.nth(2).locator(":scope > p")).toHaveText(["I am"]);
    await expect(inside(3, "ul > li")).toHaveText(["cups", "a pot"]);
    await expect(inside(3, "ol > li")).toHaveText(["first", "second"]);
    await expect(inside(4, "a")).toHaveText(["The kettle"]);
    await expect(inside(4, "a")).toHaveAttribute("href", "https://kettle.example/");
    await expect(texts.nth(4)).toContainText("[nothing](javascript:alert(1))");
    await expect(inside(5, "mark")).toHaveText(["@Ben"]);
    await ben.page.reload();
    await ben.expectRoom("tea");
  }
  await expect(anna.log.locator("mark"), "only the user's own mentions are marked").toHaveCount(0);
});

test("a mention is counted as unread for you", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  await ben.joinRoom("coffee");
  await anna.send("Where is he?");
  await expect(ben.roomLink("tea")).toHaveAccessibleName(/^tea\W+1 unread\W+2 people online$/);
  await anna.send("@ben, where are you?");
  await expect(ben.roomLink("tea")).toHaveAccessibleName(/^tea\W+2 unread for you\W+2 people online$/);
});

test("messages of emoji alone are large", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  for (const text of ["👍🏽", "🫖 ☕", "Yes 👍"]) await anna.send(text);
  await anna.expectMessage("Yes 👍");
  const size = (text: string) =>
    anna.logItem(text).locator("p").evaluate((text) => parseFloat(getComputedStyle(text).fontSize));
  const plain = await size("Yes 👍");
  expect(await size("👍🏽")).toBeGreaterThanOrEqual(2 * plain);
  expect(await size("🫖 ☕")).toBeGreaterThanOrEqual(2 * plain);
});

test("a very long message is folded and can be unfolded", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  const lines = (count: number) => Array.from({ length: count }, (_, nth) => `row ${nth + 1}`).join("\n");
  await anna.send(lines(5));
  await anna.send(lines(60));
  const [short, long] = [ben.log.locator(".message").first(), ben.log.locator(".message").last()];
  await expect(ben.log.locator(".message")).toHaveCount(2);
  await expect(short.getByRole("button")).toHaveCount(0);
  const all = long.getByRole("button", { name: "Show more" });
  await expect(all).toHaveAttribute("aria-expanded", "false");
  const folded = await height(long);
  await all.click();
  await expect.poll(() => height(long)).toBeGreaterThan(2 * folded);
  const less = long.getByRole("button", { name: "Show less" });
  await expect(less).toHaveAttribute("aria-expanded", "true");
  await expect(less, "the position is kept").toBeVisible();
  await less.click();
  await expect.poll(() => height(long)).toBe(folded);
});

test("unfolding a message keeps the scroll position", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const rows = Array.from({ length: 200 }, (_, nth) => `row ${nth + 1}`);
  for (let nth = 0; nth < 5; nth++) await anna.send("Now listen\nto this\nlong\nstory");
  await anna.send(rows.join("\n"));
  for (const text of ["Well", "That", "Was", "Long"]) await anna.send(text);
  await anna.expectMessage("Long");
  const text = anna.log.locator(".text.folded");
  await text.evaluate((text) => text.scrollIntoView({ block: "center" }));
  const top = () => anna.log.locator(".text", { hasText: "row 200" }).evaluate((it) => it.getBoundingClientRect().top);
  const before = await top();
  await anna.log.getByRole("button", { name: "Show more" }).click();
  await expect(text).toHaveCount(0);
  await expect.poll(async () => Math.abs((await top()) - before), "pixels moved").toBeLessThan(2);
});

test("focusing a folded link with the keyboard unfolds the message", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const rows = Array.from({ length: 60 }, (_, nth) => `row ${nth + 1}`);
  await anna.send([...rows, "https://example.org/at-the-end"].join("\n"));
  const link = anna.log.getByRole("link", { name: "https://example.org/at-the-end" });
  await expect(link).not.toBeInViewport();
  await anna.log.focus();
  for (let tab = 0; tab < 3 && !(await link.evaluate((at) => at === document.activeElement)); tab++)
    await anna.page.keyboard.press("Tab");
  await expect(link).toBeFocused();
  await expect(link).toBeInViewport();
  await expect(anna.log.getByRole("button", { name: "Show less" })).toBeVisible();
});

async function height(line: Locator): Promise<number> {
  return (await line.boundingBox())!.height;
}

/** A date such as "Saturday, 21 November 2026", in the time zone of the tests. */
function dateOf(utc: string): string {
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat("en-US", { timeZone: BERLIN, ...options }).format(new Date(utc));
  return `${part({ weekday: "long" })}, ${part({ day: "numeric", month: "long", year: "numeric" })}`;
}
