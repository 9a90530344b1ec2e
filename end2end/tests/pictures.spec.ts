// Every state of the page, in both themes and at three widths: without a violation of any rule that
// axe knows (WCAG and best practices), and as it was when somebody last looked at it.
//
// `npx playwright test pictures --update-snapshots` takes the pictures anew: look at them.

import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";

import { SCENES } from "../support/scenes.ts";
import { expect, test } from "../support/test.ts";

const WIDTHS = { 360: 740, 768: 900, 1440: 900 };
const THEMES = ["light", "dark"] as const;

test.use({ reducedMotion: "reduce" } as object);

for (const [name, scene] of Object.entries(SCENES)) {
  test(`${name}: axe has nothing to say, and it looks as it did`, async ({ server, consoleGuard, openBrowser, signIn }) => {
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
        const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html)}`);
        expect(told, `${width} ${colorScheme}`).toEqual([]);
        await expect(page).toHaveScreenshot(`${name}-${width}-${colorScheme}.png`);
        if (scene.at) await page.keyboard.press("Escape");
        if (scene.at) await page.keyboard.press("Escape");
      }
    }
  });
}

/** How wide a line is in the fonts of `fonts.conf`, in pixels. */
const WIDTH_OF = { "system-ui": 1010, "sans-serif": 1010, serif: 1038, monospace: 1144 };

/** With other fonts everything would be somewhere else, and no picture could be compared. */
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

/** What differs each time is made the same: times of day. And nobody hovers. */
async function settle(page: Page): Promise<void> {
  await page.mouse.move(0, 0);
  await page.evaluate(() => {
    for (const time of document.querySelectorAll(".time time")) time.textContent = "10:42";
  });
}
