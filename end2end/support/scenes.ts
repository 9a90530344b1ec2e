// Every state that the page can be in, each reached in the way in which users reach it.

import type { BrowserContext, BrowserContextOptions, Page } from "@playwright/test";

import type { ConsoleGuard } from "./console_guard.ts";
import type { Server } from "./server.ts";
import { createBot } from "./api.ts";
import { User, expect } from "./test.ts";
import { GameView, WIN, invite, playMoves, startGame } from "./game.ts";

/** What a scene needs to reach its state. */
export interface SceneContext {
  server: Server;
  consoleGuard: ConsoleGuard;
  openBrowser: (settings?: BrowserContextOptions) => Promise<BrowserContext>;
  signIn: (name: string, room: string, browser?: BrowserContext) => Promise<User>;
}

interface Scene {
  /** Brings a page into the state, and returns it. */
  play: (context: SceneContext) => Promise<Page>;
  /** What has to be done for each width, such as opening a list that a wide screen always shows. */
  at?: (page: Page, width: number) => Promise<void>;
}

const DISCUSSION: [author: "Mira" | "Jonas" | "Aiko", text: string][] = [
  ["Mira", "Good morning! Who brings the projector on Thursday?"],
  ["Jonas", "Morning! I can. The one from the library, or do we still have ours?"],
  ["Mira", "Ours has a green spot in one corner since the *summer party*."],
  ["Aiko", "Library then. One reserves it here: https://library.example/things/projector"],
  ["Aiko", "And for the program we have so far:\n1. Mira: maps of the old town\n2. Jonas: what bees do in winter\n3. me, if there is time left"],
  ["Mira", "There will be.\n> what bees do in winter\n\nis one slide."],
  ["Jonas", "**Two!** They shiver. That is the second slide."],
  ["Aiko", "I already like it more than my own, @Mira."],
  ["Mira", "Then it is settled. Put this on the poster:\n```\nThursday 19:30\nTalks, and cake\n```"],
];

/** A conversation of three users, seen by Mira. */
async function discussion({ openBrowser, signIn }: SceneContext, settings?: BrowserContextOptions): Promise<Record<"Mira" | "Jonas" | "Aiko", User>> {
  const people = {
    Jonas: await signIn("Jonas", "Thursday talks"),
    Aiko: await signIn("Aiko", "Thursday talks"),
    Mira: await signIn("Mira", "Thursday talks", await openBrowser(settings)),
  };
  const { Mira, Jonas, Aiko } = people;
  await Jonas.joinRoom("Bicycle repairs");
  await Mira.joinRoom("Kitchen garden");
  for (const user of [Jonas, Mira]) {
    await user.roomLink("Thursday talks").click();
    await user.expectRoom("Thursday talks");
  }
  for (const [author, text] of DISCUSSION) {
    await people[author].composer.fill(text);
    await people[author].composer.press("Enter");
    await expect(Mira.log.locator(".message[id]")).toHaveCount(DISCUSSION.findIndex(([, t]) => t === text) + 1);
  }
  await Aiko.openConversationWith("Mira");
  await Aiko.send("Psst, cake for Jonas on Thursday? It's his birthday.");
  await expect(Mira.conversationLink("Aiko")).toHaveAccessibleName(/1 unread/);
  return people;
}

/** Anna, who has sent these texts and is alone in her room. */
async function alone({ signIn }: SceneContext, texts: string[] = ["Hello?"]): Promise<User> {
  const anna = await signIn("Anna", "tea");
  for (const text of texts) {
    await anna.send(text);
    await anna.expectMessage(text);
  }
  return anna;
}

/** Mira and Jonas play in a room, and Aiko watches. The first player is chosen at random, so this
 * is repeated on an empty server until it is Mira. */
async function game({ server, signIn }: SceneContext, places: string[]): Promise<[GameView, GameView]> {
  for (;;) {
    const mira = await signIn("Mira", "tea");
    const jonas = await signIn("Jonas", "tea");
    const aiko = await signIn("Aiko", "tea");
    await aiko.send("A game, anybody?");
    const mine = await invite(mira);
    const players = await startGame(mine, GameView.of(jonas));
    if (players[0] === mine) {
      await expect(mine.container).toContainText("1 watching");
      await playMoves(players, places);
      return players;
    }
    for (const { page } of [mira, jonas, aiko]) await page.close();
    await server.reset();
  }
}

export const SCENES: Record<string, Scene> = {
  "sign-in": {
    async play({ server, openBrowser }) {
      const page = await (await openBrowser()).newPage();
      await page.goto(server.url());
      return page;
    },
  },
  "sign-in-refused": {
    async play({ server, consoleGuard, openBrowser, signIn }) {
      consoleGuard.expect(/409/);
      await signIn("Anna", "tea");
      const page = await (await openBrowser()).newPage();
      await page.goto(server.url());
      await new User(page, "Anna").signIn("tea");
      await expect(page.getByText("already in use")).toBeVisible();
      return page;
    },
  },
  conversation: {
    async play(context) {
      return (await discussion(context)).Mira.page;
    },
  },
  private: {
    async play(context) {
      const { Mira, Aiko } = await discussion(context);
      await Mira.conversationLink("Aiko").click();
      await Mira.expectMessage("Psst, cake for Jonas on Thursday? It's his birthday.");
      await Aiko.page.close();
      return Mira.page;
    },
  },
  conversations: {
    async play(context) {
      return (await discussion(context)).Mira.page;
    },
    async at(page, width) {
      if (width < 720) await page.getByRole("button", { name: /^Conversations/ }).click();
      await expect(page.getByRole("link", { name: /Kitchen garden/ })).toBeInViewport();
    },
  },
  people: {
    async play(context) {
      return (await discussion(context)).Mira.page;
    },
    async at(page, width) {
      if (width < 1024) await page.getByRole("button", { name: "People" }).click();
      await expect(page.getByRole("list", { name: "People" }).getByText("Jonas")).toBeInViewport();
    },
  },
  menu: {
    async play(context) {
      return (await alone(context)).page;
    },
    async at(page, width) {
      if (width < 720) await page.getByRole("button", { name: /^Conversations/ }).click();
      await page.getByRole("button", { name: "User menu" }).click();
      await expect(page.getByRole("radio", { name: "Dark" })).toBeInViewport();
    },
  },
  "quick-switcher": {
    async play(context) {
      const { Mira } = await discussion(context);
      await Mira.page.keyboard.press("Control+k");
      await expect(Mira.page.getByRole("option").first()).toBeVisible();
      return Mira.page;
    },
  },
  keys: {
    async play(context) {
      const anna = await alone(context);
      await anna.log.focus();
      await anna.page.keyboard.press("?");
      await expect(anna.page.getByRole("heading", { name: "Keyboard shortcuts" })).toBeVisible();
      return anna.page;
    },
  },
  "empty-room": {
    async play({ signIn }) {
      const anna = await signIn("Anna", "teahouse");
      // The server has another address each time.
      await anna.log.getByText("Anyone with this link").evaluate((it) => {
        it.textContent = (it.textContent ?? "").replace(/:\d+\//, ":3000/");
      });
      return anna.page;
    },
  },
  start: {
    async play(context) {
      const anna = await alone(context);
      await anna.leaveRoom();
      return anna.page;
    },
  },
  "no-rooms": {
    async play({ signIn }) {
      const anna = await signIn("Anna", "tea");
      await anna.leaveRoom();
      // The room does not exist any more, because it never had a message.
      await anna.page.reload();
      await expect(anna.page.getByText("There are no rooms yet.")).toBeVisible();
      return anna.page;
    },
  },
  loading: {
    async play({ server, signIn }) {
      const anna = await signIn("Anna", "coffee");
      await anna.send("Hello");
      const ben = await signIn("Ben", "tea");
      await expect(ben.roomLink("coffee")).toBeVisible();
      server.pause();
      await ben.roomLink("coffee").click();
      await expect(ben.log.getByText("Loading messages…")).toBeVisible();
      return ben.page;
    },
  },
  reconnecting: {
    async play(context) {
      context.consoleGuard.expectLostConnections();
      const anna = await alone(context);
      await context.server.kill();
      await expect(anna.page.getByText("Connection lost.")).toBeVisible();
      await anna.send("Is anybody there?");
      return anna.page;
    },
  },
  restarting: {
    async play(context) {
      context.consoleGuard.expectLostConnections();
      const anna = await alone(context);
      await context.server.stop();
      await expect(anna.page.getByText("The server is restarting.")).toBeVisible();
      return anna.page;
    },
  },
  offline: {
    async play(context) {
      context.consoleGuard.expectLostConnections();
      const anna = await alone(context);
      await anna.page.context().setOffline(true);
      await context.server.kill();
      await expect(anna.page.getByText("You are offline.")).toBeVisible();
      return anna.page;
    },
  },
  "signed-out": {
    async play({ server, openBrowser, signIn }) {
      const browser = await openBrowser();
      const anna = await signIn("Anna", "tea", browser);
      await anna.send("Hello?");
      await anna.expectMessage("Hello?");
      const other = new User(await browser.newPage(), "Anna");
      await other.page.goto(server.url("/rooms/tea"));
      await other.expectRoom("tea");
      await anna.signOut();
      await expect(other.page.getByText("You were signed out.")).toBeVisible();
      return other.page;
    },
  },
  gone: {
    async play(context) {
      const anna = await alone(context);
      await anna.page.evaluate(() => {
        history.pushState(null, "", "/rooms/@0123456789abcdef");
        dispatchEvent(new PopStateEvent("popstate"));
      });
      await expect(anna.page.getByText("no longer available")).toBeVisible();
      return anna.page;
    },
  },
  refused: {
    async play(context) {
      const anna = await alone(context);
      const ben = await context.signIn("Ben", "tea");
      await anna.openConversationWith("Ben");
      await ben.signOut();
      await anna.send("Are you still there?");
      await expect(anna.logItem("Are you still there?").getByRole("alert")).toBeVisible();
      await anna.composer.fill("a".repeat(8_012));
      await expect(anna.page.getByText(/Too long by/)).toBeVisible();
      return anna.page;
    },
  },
  "reading-up": {
    async play(context) {
      const long = (nth: number) => `Line ${nth}: ${"and so on, ".repeat(12)}`;
      const anna = await alone(context, Array.from({ length: 12 }, (_, nth) => long(nth + 1)));
      await anna.joinRoom("coffee");
      const ben = await context.signIn("Ben", "tea");
      for (let nth = 13; nth < 16; nth += 1) await ben.send(long(nth));
      await expect(anna.roomLink("tea")).toHaveAccessibleName(/3 unread/);
      await anna.roomLink("tea").click();
      await expect(anna.log.getByText("New", { exact: true })).toBeVisible();
      await anna.log.hover();
      await anna.page.mouse.wheel(0, -500);
      await expect(anna.page.getByRole("button", { name: "Jump to latest" })).toBeVisible();
      await ben.send("And another one");
      await expect(anna.page.getByRole("button", { name: "1 new message" })).toBeVisible();
      return anna.page;
    },
  },
  game: {
    async play(context) {
      const [first] = await game(context, ["b2", "a1", "c3", "b1"]);
      await expect(first.status).toHaveText("Your turn");
      return first.user.page;
    },
  },
  "game-over": {
    async play(context) {
      const [first, second] = await game(context, WIN);
      await expect(first.status).toHaveText("You win");
      await second.user.send("Well played.");
      await first.user.expectMessage("Well played.");
      return first.user.page;
    },
  },
  play: {
    async play(context) {
      const [first] = await game(context, WIN);
      await first.user.page.getByRole("button", { name: "Play a game" }).click();
      await expect(first.user.page.getByRole("table", { name: "Scores" })).toBeVisible();
      return first.user.page;
    },
  },
  "not-found": {
    async play({ server, consoleGuard, openBrowser }) {
      consoleGuard.expect(/404/);
      const page = await (await openBrowser()).newPage();
      await page.goto(server.url("/nowhere"));
      return page;
    },
  },
  "server-error": {
    async play({ server, consoleGuard, signIn }) {
      consoleGuard.expect(/503|500/);
      consoleGuard.expectLostConnections();
      const anna = await signIn("Anna", "tea");
      await server.corruptDatabase();
      await anna.page.goto(server.url("/rooms/tea"));
      await expect(anna.page.getByRole("heading", { name: "Something went wrong" })).toBeVisible();
      return anna.page;
    },
  },

  bots: {
    play: async (context) => {
      const anna = await alone(context, ["Is it built?"]);
      const post = await createBot(context.server, "build-bot", "post");
      await post("/rooms/tea/messages", "It is: **3 warnings**, no errors.");
      await anna.expectMessage("It is: 3 warnings, no errors.", "build-bot");
      const announce = await createBot(context.server, "crier", "announce");
      await announce("/announce", "The server closes at ten tonight, for an hour.");
      await expect(anna.page.getByRole("alert").getByText(/closes at ten/)).toBeVisible();
      // The room that is new with it comes into the list with the next change of the list.
      await expect(anna.roomLink("announcements")).toBeVisible();
      return anna.page;
    },
  },
};
