// Pictures to look at: one for the README, the others for whoever changes the page's looks.

import { resolve } from "node:path";

import type { Page } from "@playwright/test";

import { Person, expect, test } from "../support/story.ts";

const TALK: [speaker: "Mira" | "Jonas" | "Aiko", text: string][] = [
  ["Mira", "Good morning! Who brings the projector on Thursday?"],
  ["Jonas", "Morning! I can. The one from the library, or do we still have ours?"],
  ["Mira", "Ours has a green spot in one corner since the summer party."],
  ["Aiko", "Library then. I looked it up, one reserves it here: https://library.example/things/projector"],
  ["Aiko", "And for the programme we have so far:\n1. Mira: maps of the old town\n2. Jonas: what bees do in winter\n3. me, if there is time left"],
  ["Mira", "There will be. What bees do in winter is one slide."],
  ["Jonas", "Two! They shiver. That is the second slide."],
  ["Aiko", "I already like it more than my own."],
  ["Mira", "Then it is settled: Thursday, half past seven."],
];
const SECRET = "Psst, cake for Jonas on Thursday? It's his birthday.";

const path = (name: string) => resolve("test-results/pictures", name);

const SCREENS = { desktop: { width: 1440, height: 900 }, phone: { width: 360, height: 740 } };

test("pictures of a conversation among three", async ({ house, open, enter }) => {
  const miras = await open({ viewport: { width: 1280, height: 800 }, colorScheme: "light" });
  const people = {
    Jonas: await enter("Jonas", "Thursday talks"),
    Aiko: await enter("Aiko", "Thursday talks"),
    Mira: await enter("Mira", "Thursday talks", miras),
  };
  await people.Jonas.joins("Bicycle repairs");
  await people.Jonas.room("Thursday talks").click();
  await people.Jonas.isIn("Thursday talks");
  const { Mira: mira, Aiko: aiko } = people;
  await mira.joins("Bicycle repairs");
  await mira.joins("Kitchen garden");
  await mira.room("Thursday talks").click();
  for (const [speaker, text] of TALK) {
    await people[speaker].says(text);
    await mira.reads(text, speaker);
  }
  await aiko.turnsTo("Mira");
  await aiko.says(SECRET);
  await expect(mira.conversation("Aiko")).toHaveAccessibleName(/1 unread/);

  const forReadme = process.env.UPDATE_SCREENSHOT === "1";
  const picture = forReadme ? resolve("../docs/screenshot.png") : path("screenshot.png");
  await mira.page.screenshot({ path: picture });

  const conversation = (await mira.conversation("Aiko").getAttribute("href"))!;
  for (const [screen, viewport] of Object.entries(SCREENS)) {
    for (const colorScheme of ["light", "dark"] as const) {
      const isMobile = screen === "phone";
      const { page } = mira;
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      const take = (what: string, page: Page) =>
        page.screenshot({ path: path(`${what}-${screen}-${colorScheme}.png`) });

      await page.goto(house.url("/rooms/Thursday%20talks"));
      await expect(mira.line(TALK.at(-1)![1])).toBeInViewport();
      await take("room", page);
      if (isMobile) {
        await page.getByRole("button", { name: "Rooms" }).click();
        await expect(mira.room("Kitchen garden")).toBeInViewport();
        await take("rooms", page);
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: "People" }).click();
        await expect(mira.among("Jonas")).toBeInViewport();
        await take("people", page);
      }
      await page.goto(house.url(conversation));
      await mira.reads(SECRET, "Aiko");
      await take("private", page);
      await page.goto(house.url("/"));
      await expect(page.getByRole("heading", { level: 1, name: "Where to?" })).toBeVisible();
      await take("start", page);

      const visitor = await (await open({ viewport, colorScheme, isMobile })).newPage();
      await visitor.goto(house.url());
      await expect(visitor.getByRole("button", { name: "Enter" })).toBeVisible();
      await take("sign-in", visitor);
    }
  }
});

test("pictures of what goes wrong", async ({ house, calm, open, enter }) => {
  calm.expect(/409/);
  calm.expectLostConnections();
  const anna = await enter("Anna", "tea");
  const page = await (await open({ viewport: SCREENS.phone })).newPage();
  await page.goto(house.url());
  await new Person(page, "Anna").signsIn("tea");
  await expect(page.getByText("already in use")).toBeVisible();
  await page.screenshot({ path: path("taken-phone-light.png") });

  await anna.says("Hello?");
  await anna.reads("Hello?");
  await house.kill();
  await expect(anna.banner).toBeVisible();
  await anna.says("Is anybody there?");
  await anna.composer.fill("a".repeat(8_012));
  await expect(anna.page.getByText(/Too long by/)).toBeVisible();
  for (const [screen, viewport] of Object.entries(SCREENS)) {
    for (const colorScheme of ["light", "dark"] as const) {
      await anna.page.setViewportSize(viewport);
      await anna.page.emulateMedia({ colorScheme });
      await anna.page.screenshot({ path: path(`lost-${screen}-${colorScheme}.png`) });
    }
  }
});
