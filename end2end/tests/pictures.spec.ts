// Every scene in both themes and at three widths. axe checks each of them against all its rules
// (WCAG and best practices). The scenes listed in `PICTURES` are also compared with pictures in the
// repository.
//
// `npx playwright test pictures --update-snapshots` takes new pictures. Look at them before you
// commit.

import { readdir } from "node:fs/promises";

import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";

import { SCENES } from "../support/scenes.ts";
import { expect, test } from "../support/test.ts";

const WIDTHS = { 360: 740, 768: 900, 1440: 900 };
const THEMES = ["light", "dark"] as const;

/** The scenes whose pictures are compared: together they show every part of the page. Each has the
 * widths and themes that show something the others do not. */
const PICTURES: Record<string, string[]> = {
  "sign-in": ["360-light", "1440-dark"],
  conversation: ["360-light", "360-dark", "768-light", "1440-light", "1440-dark"],
  conversations: ["360-light"],
  people: ["360-dark", "768-light"],
  private: ["1440-light"],
  "quick-switcher": ["768-dark"],
  refused: ["360-light"],
  reconnecting: ["768-light"],
  "reading-up": ["1440-light"],
  game: ["360-light", "1440-dark"],
  bots: ["768-dark"],
};

test.use({ reducedMotion: "reduce" } as object);

test("each picture in the repository is compared, and belongs to a scene", async () => {
  const listed = Object.entries(PICTURES).flatMap(([name, variants]) =>
    variants.map((variant) => `${name}-${variant}.png`),
  );
  expect(listed).toEqual(expect.arrayContaining(await readdir(new URL("../pictures", import.meta.url))));
  expect(Object.keys(SCENES)).toEqual(expect.arrayContaining(Object.keys(PICTURES)));
});

for (const [name, scene] of Object.entries(SCENES)) {
  test(`${name}: axe finds no violation, and the page looks like its pictures`, async ({
    server,
    consoleGuard,
    openBrowser,
    signIn,
  }) => {
    test.slow();
    const page = await scene.play({ server, consoleGuard, openBrowser, signIn });
    const measured = await widths(page);
    expect(measured, "the browser does not use the fonts of end2end/fonts.conf").toEqual(WIDTH_OF);
    for (const [width, height] of Object.entries(WIDTHS)) {
      for (const colorScheme of THEMES) {
        await page.setViewportSize({ width: Number(width), height });
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await scene.at?.(page, Number(width));
        await settle(page);
        // One rule is off by default: targets of at least 24 px (WCAG 2.2, 2.5.8).
        const rules = { "target-size": { enabled: true } };
        const { violations } = await new AxeBuilder({ page }).options({ rules }).analyze();
        const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html)}`);
        expect(found, `${width} ${colorScheme}`).toEqual([]);
        const variant = `${width}-${colorScheme}`;
        if (PICTURES[name]?.includes(variant)) await expect(page).toHaveScreenshot(`${name}-${variant}.png`);
        if (scene.at) await page.keyboard.press("Escape");
        if (scene.at) await page.keyboard.press("Escape");
      }
    }
  });
}

/** The width of a line in the fonts of `fonts.conf`, in pixels. */
const WIDTH_OF = { "system-ui": 1010, "sans-serif": 1010, serif: 1038, monospace: 1144 };

/** Measures the fonts: with other ones everything moves, and no picture can be compared. */
async function widths(page: Page): Promise<Record<string, number>> {
  return page.evaluate((families) => {
    const canvas = document.createElement("canvas").getContext("2d")!;
    const width = (family: string) => {
      canvas.font = `100px ${family}`;
      return Math.round(canvas.measureText("The quick brown fox").width);
    };
    return Object.fromEntries(families.map((family) => [family, width(family)]));
  }, Object.keys(WIDTH_OF));
}

test("every color of a user has enough contrast in both themes", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  await anna.send("Hello");
  await anna.expectMessage("Hello");
  for (const colorScheme of THEMES) {
    await anna.page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (let hue = 0; hue < 10; hue++) {
      await anna.page.evaluate((hue) => {
        for (const user of document.querySelectorAll("[data-hue]")) user.setAttribute("data-hue", hue);
      }, `${hue}`);
      const { violations } = await new AxeBuilder({ page: anna.page }).withRules("color-contrast").analyze();
      expect(violations, `${colorScheme} ${hue}`).toEqual([]);
    }
  }
});

/** Replaces what differs in each run: times of day, and the colors of users, which depend on their
 * ids. Different users keep different colors. Moves the pointer to a corner. */
async function settle(page: Page): Promise<void> {
  await page.mouse.move(0, 0);
  await page.evaluate(() => {
    for (const time of document.querySelectorAll(".time time")) time.textContent = "10:42";
    const users = [...document.querySelectorAll<HTMLElement>("[data-hue]")];
    const hues = users.map((user) => user.dataset.hue);
    // The number of a color is its place among the colors on the page.
    const numbers = [...new Set(hues)];
    for (const [nth, user] of users.entries()) user.dataset.hue = `${numbers.indexOf(hues[nth])}`;
  });
}
