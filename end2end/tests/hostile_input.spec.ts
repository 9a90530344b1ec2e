// Hostile texts and nicknames are shown as text and do nothing.

import { HOSTILE } from "../support/hostile.ts";
import { sendMessages } from "../support/bot.ts";
import { User, expect, test } from "../support/test.ts";

test.use({ options: ["--messages-per-second", "0"] });

/** The elements that a text may contain, with their allowed attributes. */
const ALLOWED: Record<string, string[]> = {
  A: ["href", "rel", "target", "title"],
  BLOCKQUOTE: [],
  BR: [],
  CODE: [],
  EM: [],
  LI: ["dir"],
  MARK: [],
  OL: ["start"],
  P: ["dir"],
  PRE: ["data-language", "tabindex"],
  S: [],
  STRONG: [],
  UL: [],
};

test("a hundred hostile texts are shown as text", async ({ server, openBrowser }) => {
  expect(HOSTILE.length).toBeGreaterThan(100);
  const browser = await openBrowser();
  await sendMessages(server, browser, "Mallory", "tea", HOSTILE);
  const page = await (await openBrowser()).newPage();
  // A violation of the policy would fail the console guard too. This one has the details.
  await page.addInitScript(() => {
    const seen: string[] = [];
    Object.assign(window, { violations: seen });
    addEventListener("securitypolicyviolation", (event) =>
      seen.push(`${event.violatedDirective}: ${event.sample || event.blockedURI}`),
    );
  });
  const ben = new User(page, "Ben");
  await page.goto(server.url());
  await ben.signIn("tea");
  await ben.expectRoom("tea");

  const shown = new Map<number, string>();
  for (const pass of ["as the server draws it", "as it comes"]) {
    // Scroll up to the beginning, because only a part of the log is drawn at a time.
    for (let before = -1; shown.size > before; ) {
      before = shown.size;
      await ben.log.hover();
      await page.mouse.wheel(0, -20_000);
      await expect(async () => {
        const drawn = await page.evaluate(inspectMessages, ALLOWED);
        for (const { seq, text, forbidden } of drawn) {
          expect(forbidden, `${pass}: ${HOSTILE[seq - 1]}`).toEqual([]);
          shown.set(seq, text);
        }
        expect(shown.size > before || shown.has(1)).toBe(true);
      }).toPass();
    }
    expect([...shown.keys()].sort((a, b) => a - b)).toEqual(HOSTILE.map((_, nth) => nth + 1));
    await page.reload();
    await ben.expectRoom("tea");
    if (pass === "as the server draws it") shown.clear();
  }
  // A text without Markdown is shown exactly as it was typed.
  HOSTILE.forEach((typed, nth) => {
    if (!/[*_~`[\]]|^(>|-|\d+\.) |^>/m.test(typed)) {
      const lines = typed.split(/\r?\n/);
      expect(shown.get(nth + 1), typed).toBe(lines.filter((line) => line.trim()).join("\n"));
    }
  });
  await expect(page).toHaveTitle("tea · Parlor");
  expect(await page.evaluate(() => (window as unknown as { violations: string[] }).violations)).toEqual([]);
});

/** Every drawn message: its number, its text, and everything in it that is not allowed. */
function inspectMessages(allowed: Record<string, string[]>) {
  return [...document.querySelectorAll<HTMLElement>(".message[id]")].map((message) => {
    const text = message.querySelector(".text")!;
    const forbidden: string[] = [];
    for (const element of text.querySelectorAll("*")) {
      const names = element.getAttributeNames();
      const known = allowed[element.nodeName];
      if (!known || names.some((name) => !known.includes(name))) forbidden.push(element.outerHTML);
      const href = element.getAttribute("href");
      if (href !== null && !/^(https?:|mailto:)/i.test(href)) forbidden.push(href);
    }
    const copy = text.cloneNode(true) as Element;
    copy.querySelectorAll("br").forEach((end) => end.replaceWith("\n"));
    const blocks = [...copy.children].map((block) => block.textContent);
    return { seq: Number(message.id), text: blocks.join("\n"), forbidden };
  });
}

test("a hostile nickname is refused and shown as it was typed", async ({
  server,
  consoleGuard,
  openBrowser,
}) => {
  consoleGuard.expect(/422|404|409/);
  const page = await (await openBrowser()).newPage();
  const names = HOSTILE.filter((text) => !/[\r\n\0]/.test(text) && text.length < 120 && text.trim() === text);
  expect(names.length).toBeGreaterThan(60);
  for (const name of names.filter((_, nth) => nth % 4 === 0)) {
    await page.goto(server.url());
    await page.getByLabel("Nickname").fill(name);
    await page.getByRole("combobox", { name: "Room" }).fill("tea");
    await page.getByRole("button", { name: "Join" }).click();
    await expect(page.getByLabel("Nickname")).toHaveAccessibleDescription(/^(A nickname can|Use 32 characters)/);
    await expect(page.getByLabel("Nickname")).toHaveValue(name);
    await expect(page).toHaveTitle("Parlor");
  }
});

test("unusual nicknames are accepted and isolated from the surrounding text", async ({
  signIn,
}) => {
  const anna = await signIn("Anna", "tea");
  for (const name of ["אבג", "O'Brien-Šárka", "مريم", "Ñandú"]) {
    const guest = await signIn(name, "tea");
    await guest.send(`I am ${name}`);
    await anna.expectMessage(`I am ${name}`);
    const author = anna.logItem(`I am ${name}`).locator(".author");
    await expect(author).toHaveText(name.normalize("NFKC"));
    expect(await author.evaluate((it) => it.nodeName), "isolated (HTML, bdi)").toBe("BDI");
    await guest.page.close();
  }
});
