// Every state that the page can be in, each brought about by what really brings it about.

import type { BrowserContext, BrowserContextOptions, Page } from "@playwright/test";

import type { Calm } from "./console_guard.ts";
import type { Server } from "./server.ts";
import { bot } from "./api.ts";
import { User, expect } from "./test.ts";
import { Table, WIN, invites, playOut, sitDown } from "./game.ts";

/** What a scene is played with. */
export interface Stage {
  server: Server;
  calm: Calm;
  open: (settings?: BrowserContextOptions) => Promise<BrowserContext>;
  enter: (name: string, room: string, browser?: BrowserContext) => Promise<User>;
}

interface Scene {
  /** Brings a page into the state and returns it. */
  play: (stage: Stage) => Promise<Page>;
  /** What is done anew for each width, like opening what is always there on a wide screen. */
  at?: (page: Page, width: number) => Promise<void>;
}

const TALK: [speaker: "Mira" | "Jonas" | "Aiko", text: string][] = [
  ["Mira", "Good morning! Who brings the projector on Thursday?"],
  ["Jonas", "Morning! I can. The one from the library, or do we still have ours?"],
  ["Mira", "Ours has a green spot in one corner since the *summer party*."],
  ["Aiko", "Library then. One reserves it here: https://library.example/things/projector"],
  ["Aiko", "And for the bot we have so far:\n1. Mira: maps of the old town\n2. Jonas: what bees do in winter\n3. me, if there is time left"],
  ["Mira", "There will be.\n> what bees do in winter\n\nis one slide."],
  ["Jonas", "**Two!** They shiver. That is the second slide."],
  ["Aiko", "I already like it more than my own, @Mira."],
  ["Mira", "Then it is settled. Put this on the poster:\n```\nThursday 19:30\nTalks, and cake\n```"],
];

/** Three people in the middle of a talk, seen by Mira. */
async function talk({ open, enter }: Stage, settings?: BrowserContextOptions): Promise<Record<"Mira" | "Jonas" | "Aiko", User>> {
  const people = {
    Jonas: await enter("Jonas", "Thursday talks"),
    Aiko: await enter("Aiko", "Thursday talks"),
    Mira: await enter("Mira", "Thursday talks", await open(settings)),
  };
  const { Mira, Jonas, Aiko } = people;
  await Jonas.joins("Bicycle repairs");
  await Mira.joins("Kitchen garden");
  for (const user of [Jonas, Mira]) {
    await user.room("Thursday talks").click();
    await user.isIn("Thursday talks");
  }
  for (const [speaker, text] of TALK) {
    await people[speaker].composer.fill(text);
    await people[speaker].composer.press("Enter");
    await expect(Mira.log.locator(".message[id]")).toHaveCount(TALK.findIndex(([, t]) => t === text) + 1);
  }
  await Aiko.turnsTo("Mira");
  await Aiko.says("Psst, cake for Jonas on Thursday? It's his birthday.");
  await expect(Mira.conversation("Aiko")).toHaveAccessibleName(/1 unread/);
  return people;
}

async function alone({ enter }: Stage, texts: string[] = ["Hello?"]): Promise<User> {
  const anna = await enter("Anna", "tea");
  for (const text of texts) {
    await anna.says(text);
    await anna.reads(text);
  }
  return anna;
}

/** Mira and Jonas play in a room, and Aiko watches. Mira begins: who does is drawn by lot, so all of
 * it is done again, in an empty server, until she does. */
async function game({ server, enter }: Stage, places: string[]): Promise<[Table, Table]> {
  for (;;) {
    const mira = await enter("Mira", "tea");
    const jonas = await enter("Jonas", "tea");
    const aiko = await enter("Aiko", "tea");
    await aiko.says("A game, anybody?");
    const mine = await invites(mira);
    const players = await sitDown(mine, Table.of(jonas));
    if (players[0] === mine) {
      await expect(mine.card).toContainText("1 watching");
      await playOut(players, places);
      return players;
    }
    for (const { page } of [mira, jonas, aiko]) await page.close();
    await server.forget();
  }
}

export const SCENES: Record<string, Scene> = {
  "sign-in": {
    async play({ server, open }) {
      const page = await (await open()).newPage();
      await page.goto(server.url());
      return page;
    },
  },
  "sign-in-refused": {
    async play({ server, calm, open, enter }) {
      calm.expect(/409/);
      await enter("Anna", "tea");
      const page = await (await open()).newPage();
      await page.goto(server.url());
      await new User(page, "Anna").signsIn("tea");
      await expect(page.getByText("already in use")).toBeVisible();
      return page;
    },
  },
  conversation: {
    async play(stage) {
      return (await talk(stage)).Mira.page;
    },
  },
  private: {
    async play(stage) {
      const { Mira, Aiko } = await talk(stage);
      await Mira.conversation("Aiko").click();
      await Mira.reads("Psst, cake for Jonas on Thursday? It's his birthday.");
      await Aiko.page.close();
      return Mira.page;
    },
  },
  conversations: {
    async play(stage) {
      return (await talk(stage)).Mira.page;
    },
    async at(page, width) {
      if (width < 720) await page.getByRole("button", { name: /^Conversations/ }).click();
      await expect(page.getByRole("link", { name: /Kitchen garden/ })).toBeInViewport();
    },
  },
  people: {
    async play(stage) {
      return (await talk(stage)).Mira.page;
    },
    async at(page, width) {
      if (width < 1024) await page.getByRole("button", { name: "People" }).click();
      await expect(page.getByRole("list", { name: "People" }).getByText("Jonas")).toBeInViewport();
    },
  },
  menu: {
    async play(stage) {
      return (await alone(stage)).page;
    },
    async at(page, width) {
      if (width < 720) await page.getByRole("button", { name: /^Conversations/ }).click();
      await page.getByRole("button", { name: "User menu" }).click();
      await expect(page.getByRole("radio", { name: "Dark" })).toBeInViewport();
    },
  },
  palette: {
    async play(stage) {
      const { Mira } = await talk(stage);
      await Mira.page.keyboard.press("Control+k");
      await expect(Mira.page.getByRole("option").first()).toBeVisible();
      return Mira.page;
    },
  },
  keys: {
    async play(stage) {
      const anna = await alone(stage);
      await anna.log.focus();
      await anna.page.keyboard.press("?");
      await expect(anna.page.getByRole("heading", { name: "Keyboard shortcuts" })).toBeVisible();
      return anna.page;
    },
  },
  "empty-room": {
    async play({ enter }) {
      const anna = await enter("Anna", "teahouse");
      // The server has another address each time.
      await anna.log.getByText("Anyone with this link").evaluate((it) => {
        it.textContent = (it.textContent ?? "").replace(/:\d+\//, ":3000/");
      });
      return anna.page;
    },
  },
  start: {
    async play(stage) {
      const anna = await alone(stage);
      await anna.leaves();
      return anna.page;
    },
  },
  "no-rooms": {
    async play({ enter }) {
      const anna = await enter("Anna", "tea");
      await anna.leaves();
      // It was never spoken in, so it is gone.
      await anna.page.reload();
      await expect(anna.page.getByText("There are no rooms yet.")).toBeVisible();
      return anna.page;
    },
  },
  loading: {
    async play({ server, enter }) {
      const anna = await enter("Anna", "coffee");
      await anna.says("Hello");
      const ben = await enter("Ben", "tea");
      await expect(ben.room("coffee")).toBeVisible();
      server.pause();
      await ben.room("coffee").click();
      await expect(ben.log.getByText("Loading messages…")).toBeVisible();
      return ben.page;
    },
  },
  reconnecting: {
    async play(stage) {
      stage.calm.expectLostConnections();
      const anna = await alone(stage);
      await stage.server.kill();
      await expect(anna.page.getByText("Connection lost.")).toBeVisible();
      await anna.says("Is anybody there?");
      return anna.page;
    },
  },
  restarting: {
    async play(stage) {
      stage.calm.expectLostConnections();
      const anna = await alone(stage);
      await stage.server.stop();
      await expect(anna.page.getByText("The server is restarting.")).toBeVisible();
      return anna.page;
    },
  },
  offline: {
    async play(stage) {
      stage.calm.expectLostConnections();
      const anna = await alone(stage);
      await anna.page.context().setOffline(true);
      await stage.server.kill();
      await expect(anna.page.getByText("You are offline.")).toBeVisible();
      return anna.page;
    },
  },
  "signed-out": {
    async play({ server, open, enter }) {
      const browser = await open();
      const anna = await enter("Anna", "tea", browser);
      await anna.says("Hello?");
      await anna.reads("Hello?");
      const other = new User(await browser.newPage(), "Anna");
      await other.page.goto(server.url("/rooms/tea"));
      await other.isIn("tea");
      await anna.signsOut();
      await expect(other.page.getByText("You were signed out.")).toBeVisible();
      return other.page;
    },
  },
  gone: {
    async play(stage) {
      const anna = await alone(stage);
      await anna.page.evaluate(() => {
        history.pushState(null, "", "/rooms/@0123456789abcdef");
        dispatchEvent(new PopStateEvent("popstate"));
      });
      await expect(anna.page.getByText("no longer available")).toBeVisible();
      return anna.page;
    },
  },
  refused: {
    async play(stage) {
      const anna = await alone(stage);
      const ben = await stage.enter("Ben", "tea");
      await anna.turnsTo("Ben");
      await ben.signsOut();
      await anna.says("Are you still there?");
      await expect(anna.line("Are you still there?").getByRole("alert")).toBeVisible();
      await anna.composer.fill("a".repeat(8_012));
      await expect(anna.page.getByText(/Too long by/)).toBeVisible();
      return anna.page;
    },
  },
  "reading-up": {
    async play(stage) {
      const long = (nth: number) => `Line ${nth}: ${"and so on, ".repeat(12)}`;
      const anna = await alone(stage, Array.from({ length: 12 }, (_, nth) => long(nth + 1)));
      await anna.joins("coffee");
      const ben = await stage.enter("Ben", "tea");
      for (let nth = 13; nth < 16; nth += 1) await ben.says(long(nth));
      await expect(anna.room("tea")).toHaveAccessibleName(/3 unread/);
      await anna.room("tea").click();
      await expect(anna.log.getByText("New", { exact: true })).toBeVisible();
      await anna.log.hover();
      await anna.page.mouse.wheel(0, -500);
      await expect(anna.page.getByRole("button", { name: "Jump to latest" })).toBeVisible();
      await ben.says("And another one");
      await expect(anna.page.getByRole("button", { name: "1 new message" })).toBeVisible();
      return anna.page;
    },
  },
  game: {
    async play(stage) {
      const [first] = await game(stage, ["b2", "a1", "c3", "b1"]);
      await expect(first.status).toHaveText("Your turn");
      return first.user.page;
    },
  },
  "game-over": {
    async play(stage) {
      const [first, second] = await game(stage, WIN);
      await expect(first.status).toHaveText("You win");
      await second.user.says("Well played.");
      await first.user.reads("Well played.");
      return first.user.page;
    },
  },
  play: {
    async play(stage) {
      const [first] = await game(stage, WIN);
      await first.user.page.getByRole("button", { name: "Play a game" }).click();
      await expect(first.user.page.getByRole("table", { name: "Scores" })).toBeVisible();
      return first.user.page;
    },
  },
  "not-found": {
    async play({ server, calm, open }) {
      calm.expect(/404/);
      const page = await (await open()).newPage();
      await page.goto(server.url("/nowhere"));
      return page;
    },
  },
  trouble: {
    async play({ server, calm, enter }) {
      calm.expect(/503|500/);
      calm.expectLostConnections();
      const anna = await enter("Anna", "tea");
      await server.breakDisk();
      await anna.page.goto(server.url("/rooms/tea"));
      await expect(anna.page.getByRole("heading", { name: "Something went wrong" })).toBeVisible();
      return anna.page;
    },
  },

  programs: {
    play: async (stage) => {
      const anna = await alone(stage, ["Is it built?"]);
      const post = await bot(stage.server, "build-bot", "post");
      await post("/rooms/tea/messages", "It is: **3 warnings**, no errors.");
      await anna.reads("It is: 3 warnings, no errors.", "build-bot");
      const announce = await bot(stage.server, "crier", "announce");
      await announce("/announce", "The server closes at ten tonight, for an hour.");
      await expect(anna.page.getByRole("alert").getByText(/closes at ten/)).toBeVisible();
      return anna.page;
    },
  },
};
