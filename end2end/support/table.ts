// A game on somebody's page: its board, and what they do there.

import { type Locator, expect } from "@playwright/test";

import type { User } from "./user.ts";

/** A place by its name, `a1` at the top left: as it is read aloud. */
function spoken(at: string): string {
  return `row ${at[1]}, column ${"abc".indexOf(at[0]) + 1}`;
}

/** A game as one user sees it. */
export class Table {
  readonly board: Locator;
  readonly status: Locator;

  constructor(
    readonly user: User,
    /** The card, or the large board. */
    readonly card: Locator,
  ) {
    this.board = card.getByRole("grid", { name: "Board" });
    this.status = card.locator(".game-status");
  }

  /** The game whose card is the nth on the page; -1 is the last. */
  static of(user: User, nth = -1): Table {
    return new Table(user, user.log.locator(".game-message").nth(nth));
  }

  /** A place of the board, by what stands there: X, O or empty. */
  cell(at: string, what = ""): Locator {
    return this.board.getByRole("gridcell", { name: `${spoken(at)}, ${what}` });
  }

  button(name: string): Locator {
    return this.card.getByRole("button", { name });
  }

  /** Plays there, and sees that the server has it. */
  async plays(at: string): Promise<void> {
    await expect(this.status).toContainText("Your turn");
    await this.cell(at, "empty").click();
    await expect(this.status).not.toContainText("Your turn");
    await expect(this.cell(at)).not.toHaveAttribute("data-kind", "pending");
  }
}

/** Somebody offers a game in the room that is open. */
export async function invites(user: User, to?: string, clock = "No time limit"): Promise<Table> {
  const cards = await user.log.locator(".game-message").count();
  await user.page.getByRole("button", { name: "Play a game" }).click();
  const dialog = user.page.getByRole("dialog");
  if (to) await dialog.getByLabel("Opponent").selectOption(to);
  await dialog.getByLabel("Time per move").selectOption(clock);
  await dialog.getByRole("button", { name: "Invite" }).click();
  await expect(user.log.locator(".game-message")).toHaveCount(cards + 1);
  return Table.of(user);
}

/** Somebody offers a game with so short a clock that only a bot would, over a socket of its own. */
export async function offersQuickly(user: User, room: string, clock: number): Promise<void> {
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

/** Two sit down at the last card: who begins first. */
export async function sitDown(ones: Table, others: Table): Promise<[Table, Table]> {
  await others.button("Accept").click();
  await expect(ones.status).toContainText("turn");
  const begins = (await ones.status.textContent())?.includes("Your turn");
  return begins ? [ones, others] : [others, ones];
}

/** Both play these places in turn. */
export async function playOut(players: [Table, Table], places: string[]): Promise<void> {
  for (const [nth, at] of places.entries()) await players[nth % 2].plays(at);
}

/** Who begins has the upper row. */
export const WIN = ["a1", "a2", "b1", "b2", "c1"];
/** A full board without a line. */
export const DRAW = ["b2", "a1", "c3", "a3", "a2", "c2", "b1", "b3", "c1"];
