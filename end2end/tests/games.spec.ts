// Users play tic-tac-toe in a room while others watch.

import { AxeBuilder } from "@axe-core/playwright";

import { User, expect, test } from "../support/test.ts";
import { DRAW, GameView, WIN, invite, inviteWithShortTimeLimit, playMoves, startGame } from "../support/game.ts";

test.use({ options: ["--messages-per-second", "0"] });

test("two users play a win and a draw while two others watch", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  const watching = [await signIn("Carl", "tea"), await signIn("Dora", "tea")];
  const annas = await invite(anna);
  await expect(annas.status).toHaveText("Waiting for someone to accept");
  await expect(GameView.of(watching[0]).status).toHaveText("Anna is looking for an opponent");
  const players = await startGame(annas, GameView.of(ben));
  for (const player of players) await expect(player.container).toContainText("2 watching");
  await playMoves(players, WIN);
  const winner = players[0].user.name;
  await expect(players[0].status).toHaveText("You win");
  for (const watcher of [players[1], ...watching.map((it) => GameView.of(it))]) {
    await expect(watcher.status).toHaveText(`${winner} wins`);
    await expect(watcher.board.locator(".line path")).toHaveAttribute("d", "M0.5 0.5L2.5 0.5");
    for (const at of ["a1", "b1", "c1"]) {
      await expect(watcher.cell(at, "X")).toHaveAttribute("data-kind", "won");
    }
  }
  // The other player begins the rematch.
  await players[0].button("Play again").click();
  const again: [GameView, GameView] = [GameView.of(players[1].user), GameView.of(players[0].user)];
  await expect(again[0].status).toHaveText(`${winner} invited you`);
  await again[0].button("Accept").click();
  await playMoves(again, DRAW);
  for (const table of [...again, ...watching.map((it) => GameView.of(it))]) {
    await expect(table.status).toHaveText("A draw");
  }
  await anna.page.getByRole("button", { name: "Play a game" }).click();
  const scores = anna.page.getByRole("table", { name: "Scores" });
  await expect(scores.getByRole("row").nth(1)).toHaveText(`${winner}110`);
  await expect(scores.getByRole("row").nth(2)).toContainText("011");
  await expect(anna.page.getByRole("table", { name: "Your results" })).toContainText("Ben");
});

test("a game survives a restart, and moves made offline are sent", async ({
  consoleGuard,
  signIn,
  server,
}) => {
  consoleGuard.expectLostConnections();
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  const players = await startGame(await invite(anna), GameView.of(ben));
  await playMoves(players, WIN.slice(0, 3));
  await server.kill();
  await expect(anna.banner).toBeVisible();
  // Without a connection a move is shown as pending.
  await players[1].cell("b2", "empty").click();
  await expect(players[1].cell("b2", "O")).toHaveAttribute("data-kind", "pending");
  await server.restart();
  await expect(players[0].status).toHaveText("Your turn");
  await players[0].user.page.reload();
  await expect(players[0].cell("b2", "O")).toBeVisible();
  await players[0].play("c1");
  await expect(players[1].status).toHaveText(`${players[0].user.name} wins`);
});

test("the list of games shows in which of three games it is the user's turn", async ({
  signIn,
}) => {
  const anna = await signIn("Anna", "tea");
  const others = [await signIn("Ben", "tea"), await signIn("Carl", "tea"), await signIn("Dora", "tea")];
  const games: [GameView, GameView][] = [];
  for (const [nth, other] of others.entries()) {
    await invite(anna, other.name);
    games.push(await startGame(GameView.of(anna, nth), GameView.of(other, nth)));
  }
  const myGames = anna.page.getByRole("list", { name: "Your games" });
  await expect(myGames.getByRole("listitem")).toHaveCount(3);
  // Bring each game to Anna's turn.
  for (const [first] of games) {
    if (first.user !== anna) await first.play("b2");
  }
  await expect(myGames.getByText("Your turn")).toHaveCount(3);
  await expect(anna.page).toHaveTitle("(3) tea · Parlor");
  for (const [nth, [first]] of games.entries()) {
    await GameView.of(anna, nth).play(first.user === anna ? "b2" : "a1");
    await expect(anna.page).toHaveTitle(nth === 2 ? "tea · Parlor" : `(${2 - nth}) tea · Parlor`);
  }
  await myGames.getByRole("link", { name: "Ben" }).click();
  await expect(GameView.of(anna, 0).container).toBeInViewport();
  for (const [nth, other] of others.entries()) {
    other.page.once("dialog", (sure) => sure.accept());
    await GameView.of(other, nth).button("Resign").click();
    await expect(GameView.of(anna, nth).status).toContainText("You win");
  }
  await expect(myGames).toBeHidden();
});

test("games can be played with the keyboard and are announced to screen readers", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  const { keyboard } = anna.page;
  await keyboard.press("Control+k");
  await keyboard.type("play a");
  await keyboard.press("Enter");
  await expect(anna.page.getByRole("dialog", { name: "Play a game" })).toBeVisible();
  await keyboard.press("Enter");
  const players = await startGame(GameView.of(anna), GameView.of(ben));
  const [annas, bens] = players[0].user === anna ? players : [players[1], players[0]];
  if (players[0] === bens) await bens.play("a1");
  await expect(annas.status).toHaveText("Your turn");
  await annas.cell("b2").focus();
  for (const key of ["ArrowRight", "ArrowDown", "ArrowUp", "Enter"]) await keyboard.press(key);
  const piece = players[0] === annas ? "X" : "O";
  await expect(annas.cell("c2", piece)).toBeFocused();
  await expect(annas.cell("c2", piece)).toHaveAccessibleName(`row 2, column 3, ${piece}; Ben's turn`);
  await bens.play("c3");
  const announced = anna.page.locator("main p[aria-live=polite].visually-hidden");
  await expect(announced).toHaveText(`Ben plays row 3, column 3, ${piece === "X" ? "O" : "X"}; Your turn`);
  await annas.button("Offer a draw").press("Enter");
  await expect(bens.status).toContainText("Anna offers a draw");
  await bens.button("Agree to a draw").press("Enter");
  await expect(annas.status).toHaveText("A draw: by agreement");
});

test("on a phone the board can be enlarged and the moves stepped through", async ({
  signIn,
  openBrowser,
}) => {
  const phone = await openBrowser({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  const anna = await signIn("Anna", "tea");
  const page = await phone.newPage();
  const ben = new User(page, "Ben");
  await page.goto(anna.page.url());
  await ben.signIn("tea");
  await expect(page.getByRole("heading", { level: 1, name: "tea" })).toBeVisible();
  const players = await startGame(await invite(anna), GameView.of(ben));
  const bens = GameView.of(ben);
  const size = await bens.cell("a1").boundingBox();
  expect(size?.width, "wide enough for touch").toBeGreaterThanOrEqual(44);
  await bens.button("Enlarge board").click();
  const large = new GameView(ben, page.getByRole("dialog", { name: "Board" }));
  const [first, second] = players[0].user === ben ? [large, players[1]] : [players[0], large];
  await playMoves([first, second], WIN);
  await expect(large.status).toHaveText(first === large ? "You win" : "Anna wins");
  await large.button("Close").click();
  await expect(bens.container.getByText("Move 5 of 5")).toBeVisible();
  await bens.button("Previous move").click();
  await expect(bens.container.getByText("Move 4 of 5")).toBeVisible();
  await expect(bens.cell("c1", "empty")).toBeVisible();
  await bens.button("Go to start").click();
  await expect(bens.board.locator("[data-player]")).toHaveCount(0);
  await bens.button("Go to last move").click();
  await expect(bens.cell("c1", "X")).toBeVisible();
});

test("a player who runs out of time loses", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  await inviteWithShortTimeLimit(ben, "tea", 3);
  const annas = GameView.of(anna);
  await expect(annas.container).toContainText("3 seconds");
  await annas.button("Accept").click();
  await expect(annas.container.locator(".turn .clock")).toHaveText(/^0:0[0-3]$/);
  await expect(annas.status).toHaveText(/^(You win: Ben|Ben wins: Anna) ran out of time$/);
});

test("games have no accessibility violations", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  const clean = async () => {
    const { violations } = await new AxeBuilder({ page: anna.page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes[0].html])).toEqual([]);
  };
  const annas = await invite(anna, "Ben");
  await clean();
  const players = await startGame(annas, GameView.of(ben));
  await players[0].play("b2");
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
