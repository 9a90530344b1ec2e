// A game on a user's page: its board, and the user's actions.

import { type Locator, expect } from "@playwright/test";

import type { User } from "./user.ts";

/** The accessible name of a cell such as `a1`, which is at the top left. */
function cellName(at: string): string {
  return `row ${at[1]}, column ${"abc".indexOf(at[0]) + 1}`;
}

/** One user's view of a game. */
export class GameView {
  readonly board: Locator;
  readonly status: Locator;

  constructor(
    readonly user: User,
    /** The game message, or the dialog with the large board. */
    readonly container: Locator,
  ) {
    this.board = container.getByRole("grid", { name: "Board" });
    this.status = container.locator(".game-status");
  }

  /** The nth game on the page, where -1 is the last. */
  static of(user: User, nth = -1): GameView {
    return new GameView(user, user.log.locator(".game-message").nth(nth));
  }

  /** A cell of the board, by what is in it: X, O or empty. */
  cell(at: string, what = ""): Locator {
    return this.board.getByRole("gridcell", { name: `${cellName(at)}, ${what}` });
  }

  button(name: string): Locator {
    return this.container.getByRole("button", { name });
  }

  /** Plays there, and waits until the server has confirmed the move. */
  async play(at: string): Promise<void> {
    await expect(this.status).toContainText("Your turn");
    await this.cell(at, "empty").click();
    await expect(this.status).not.toContainText("Your turn");
    await expect(this.cell(at)).not.toHaveAttribute("data-kind", "pending");
  }
}

/** Invites to a game in the room that is open. */
export async function invite(user: User, to?: string, clock = "No time limit"): Promise<GameView> {
  const before = await user.log.locator(".game-message").count();
  await user.page.getByRole("button", { name: "Play a game" }).click();
  const dialog = user.page.getByRole("dialog");
  if (to) await dialog.getByLabel("Opponent").selectOption(to);
  await dialog.getByLabel("Time per move").selectOption(clock);
  await dialog.getByRole("button", { name: "Invite" }).click();
  await expect(user.log.locator(".game-message")).toHaveCount(before + 1);
  return GameView.of(user);
}

/** Invites to a game over a separate socket, with a shorter time limit than the page offers. */
export async function inviteWithShortTimeLimit(user: User, room: string, clock: number): Promise<void> {
  await user.page.evaluate(
    ({ room, clock }) =>
      new Promise<void>((done) => {
        const socket = new WebSocket(location.origin.replace("http", "ws") + "/ws");
        const invite = { game: "tic_tac_toe", clock };
        socket.onopen = () => {
          socket.send(JSON.stringify({ type: "join", room }));
          socket.send(JSON.stringify({ type: "game", to: room, id: "quick", act: { invite } }));
        };
        socket.onmessage = ({ data }) => {
          if (data.includes('"id":"quick"')) socket.close();
        };
        socket.onclose = () => done();
      }),
    { room, clock },
  );
}

/** Accepts the invitation. Returns the two views, that of the first player first. */
export async function startGame(ones: GameView, others: GameView): Promise<[GameView, GameView]> {
  await others.button("Accept").click();
  await expect(ones.status).toContainText("turn");
  const begins = (await ones.status.textContent())?.includes("Your turn");
  return begins ? [ones, others] : [others, ones];
}

/** Plays these moves in turn. */
export async function playMoves(players: [GameView, GameView], places: string[]): Promise<void> {
  for (const [nth, at] of places.entries()) await players[nth % 2].play(at);
}

/** The first player gets the upper row. */
export const WIN = ["a1", "a2", "b1", "b2", "c1"];
/** A full board without a line. */
export const DRAW = ["b2", "a1", "c3", "a3", "a2", "c2", "b1", "b3", "c1"];
