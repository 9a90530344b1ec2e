// People play tic-tac-toe in their room, and the others watch.

import { AxeBuilder } from "@axe-core/playwright";

import { User, expect, test } from "../support/story.ts";
import { DRAW, Table, WIN, invites, offersQuickly, playOut, sitDown } from "../support/table.ts";

test.use({ options: ["--messages-per-second", "0"] });

test("two play to a win, before two who watch, and then to a draw", async ({ enter }) => {
  const anna = await enter("Anna", "tea");
  const ben = await enter("Ben", "tea");
  const watching = [await enter("Carl", "tea"), await enter("Dora", "tea")];
  const annas = await invites(anna);
  await expect(annas.status).toHaveText("Waiting for someone to accept");
  await expect(Table.of(watching[0]).status).toHaveText("Anna is looking for an opponent");
  const players = await sitDown(annas, Table.of(ben));
  for (const player of players) await expect(player.card).toContainText("2 watching");
  await playOut(players, WIN);
  const winner = players[0].user.name;
  await expect(players[0].status).toHaveText("You win");
  for (const watcher of [players[1], ...watching.map((it) => Table.of(it))]) {
    await expect(watcher.status).toHaveText(`${winner} wins`);
    await expect(watcher.board.locator(".line path")).toHaveAttribute("d", "M0.5 0.5L2.5 0.5");
    for (const at of ["a1", "b1", "c1"]) {
      await expect(watcher.cell(at, "X")).toHaveAttribute("data-kind", "won");
    }
  }
  // Whoever did not begin begins now.
  await players[0].button("Play again").click();
  const again: [Table, Table] = [Table.of(players[1].user), Table.of(players[0].user)];
  await expect(again[0].status).toHaveText(`${winner} invited you`);
  await again[0].button("Accept").click();
  await playOut(again, DRAW);
  for (const table of [...again, ...watching.map((it) => Table.of(it))]) {
    await expect(table.status).toHaveText("A draw");
  }
  await anna.page.getByRole("button", { name: "Play a game" }).click();
  const scores = anna.page.getByRole("table", { name: "Scores" });
  await expect(scores.getByRole("row").nth(1)).toHaveText(`${winner}110`);
  await expect(scores.getByRole("row").nth(2)).toContainText("011");
  await expect(anna.page.getByRole("table", { name: "Your results" })).toContainText("Ben");
});

test("a game outlives the server, and what was played meanwhile comes with the page", async ({
  calm,
  enter,
  server,
}) => {
  calm.expectLostConnections();
  const anna = await enter("Anna", "tea");
  const ben = await enter("Ben", "tea");
  const players = await sitDown(await invites(anna), Table.of(ben));
  await playOut(players, WIN.slice(0, 3));
  await server.kill();
  await expect(anna.banner).toBeVisible();
  // Without a connection a move waits, and is seen to.
  await players[1].cell("b2", "empty").click();
  await expect(players[1].cell("b2", "O")).toHaveAttribute("data-kind", "pending");
  await server.reopen();
  await expect(players[0].status).toHaveText("Your turn");
  await players[0].user.page.reload();
  await expect(players[0].cell("b2", "O")).toBeVisible();
  await players[0].plays("c1");
  await expect(players[1].status).toHaveText(`${players[0].user.name} wins`);
});

test("one plays three games at once, and the shelf says where it is their turn", async ({
  enter,
}) => {
  const anna = await enter("Anna", "tea");
  const others = [await enter("Ben", "tea"), await enter("Carl", "tea"), await enter("Dora", "tea")];
  const games: [Table, Table][] = [];
  for (const [nth, other] of others.entries()) {
    await invites(anna, other.name);
    games.push(await sitDown(Table.of(anna, nth), Table.of(other, nth)));
  }
  const shelf = anna.page.getByRole("list", { name: "Your games" });
  await expect(shelf.getByRole("listitem")).toHaveCount(3);
  // Each game gets so far that it is Anna's turn.
  for (const [first] of games) {
    if (first.user !== anna) await first.plays("b2");
  }
  await expect(shelf.getByText("Your turn")).toHaveCount(3);
  await expect(anna.page).toHaveTitle("(3) tea · Parlor");
  for (const [nth, [first]] of games.entries()) {
    await Table.of(anna, nth).plays(first.user === anna ? "b2" : "a1");
    await expect(anna.page).toHaveTitle(nth === 2 ? "tea · Parlor" : `(${2 - nth}) tea · Parlor`);
  }
  await shelf.getByRole("link", { name: "Ben" }).click();
  await expect(Table.of(anna, 0).card).toBeInViewport();
  for (const [nth, other] of others.entries()) {
    other.page.once("dialog", (sure) => sure.accept());
    await Table.of(other, nth).button("Resign").click();
    await expect(Table.of(anna, nth).status).toContainText("You win");
  }
  await expect(shelf).toBeHidden();
});

test("all of it can be done with the keyboard, and is read aloud", async ({ enter }) => {
  const anna = await enter("Anna", "tea");
  const ben = await enter("Ben", "tea");
  const { keyboard } = anna.page;
  await keyboard.press("Control+k");
  await keyboard.type("play a");
  await keyboard.press("Enter");
  await expect(anna.page.getByRole("dialog", { name: "Play a game" })).toBeVisible();
  await keyboard.press("Enter");
  const players = await sitDown(Table.of(anna), Table.of(ben));
  const [annas, bens] = players[0].user === anna ? players : [players[1], players[0]];
  if (players[0] === bens) await bens.plays("a1");
  await expect(annas.status).toHaveText("Your turn");
  await annas.cell("b2").focus();
  for (const key of ["ArrowRight", "ArrowDown", "ArrowUp", "Enter"]) await keyboard.press(key);
  const piece = players[0] === annas ? "X" : "O";
  await expect(annas.cell("c2", piece)).toBeFocused();
  await expect(annas.cell("c2", piece)).toHaveAccessibleName(`row 2, column 3, ${piece}; Ben's turn`);
  await bens.plays("c3");
  const aloud = anna.page.locator("main p[aria-live=polite].visually-hidden");
  await expect(aloud).toHaveText(`Ben plays row 3, column 3, ${piece === "X" ? "O" : "X"}; Your turn`);
  await annas.button("Offer a draw").press("Enter");
  await expect(bens.status).toContainText("Anna offers a draw");
  await bens.button("Agree to a draw").press("Enter");
  await expect(annas.status).toHaveText("A draw: by agreement");
});

test("on a phone the board is large, and the moves can be stepped through", async ({
  enter,
  open,
}) => {
  const phone = await open({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  const anna = await enter("Anna", "tea");
  const page = await phone.newPage();
  const ben = new User(page, "Ben");
  await page.goto(anna.page.url());
  await ben.signsIn("tea");
  await expect(page.getByRole("heading", { level: 1, name: "tea" })).toBeVisible();
  const players = await sitDown(await invites(anna), Table.of(ben));
  const bens = Table.of(ben);
  const size = await bens.cell("a1").boundingBox();
  expect(size?.width, "wide enough for a thumb").toBeGreaterThanOrEqual(44);
  await bens.button("Enlarge board").click();
  const large = new Table(ben, page.getByRole("dialog", { name: "Board" }));
  const [first, second] = players[0].user === ben ? [large, players[1]] : [players[0], large];
  await playOut([first, second], WIN);
  await expect(large.status).toHaveText(first === large ? "You win" : "Anna wins");
  await large.button("Close").click();
  await expect(bens.card.getByText("Move 5 of 5")).toBeVisible();
  await bens.button("Previous move").click();
  await expect(bens.card.getByText("Move 4 of 5")).toBeVisible();
  await expect(bens.cell("c1", "empty")).toBeVisible();
  await bens.button("Go to start").click();
  await expect(bens.board.locator("[data-player]")).toHaveCount(0);
  await bens.button("Go to last move").click();
  await expect(bens.cell("c1", "X")).toBeVisible();
});

test("who is late loses", async ({ enter }) => {
  const anna = await enter("Anna", "tea");
  const ben = await enter("Ben", "tea");
  await offersQuickly(ben, "tea", 3);
  const annas = Table.of(anna);
  await expect(annas.card).toContainText("3 seconds");
  await annas.button("Accept").click();
  await expect(annas.card.locator(".turn .clock")).toHaveText(/^0:0[0-3]$/);
  await expect(annas.status).toHaveText(/^(You win: Ben|Ben wins: Anna) ran out of time$/);
});

test("games are well made for everybody", async ({ enter }) => {
  const anna = await enter("Anna", "tea");
  const ben = await enter("Ben", "tea");
  const clean = async () => {
    const { violations } = await new AxeBuilder({ page: anna.page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes[0].html])).toEqual([]);
  };
  const annas = await invites(anna, "Ben");
  await clean();
  const players = await sitDown(annas, Table.of(ben));
  await players[0].plays("b2");
  await clean();
  await annas.button("Enlarge board").click();
  await clean();
  await anna.page.getByRole("button", { name: "Close", exact: true }).click();
  players[0].user.page.once("dialog", (sure) => sure.accept());
  await players[0].button("Resign").click();
  await expect(players[1].status).toContainText("You win");
  await clean();
  await anna.page.getByRole("button", { name: "Play a game" }).click();
  await expect(anna.page.getByRole("table", { name: "Scores" })).toBeVisible();
  await clean();
});
