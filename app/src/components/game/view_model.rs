//! How one reader sees a game, and the views made of that.

use leptos::prelude::*;
use protocol::UserId;
use protocol::games::{Act, By, Game, GameEvent, Played, Stage};

use crate::chat_context::use_chat_context;
use crate::components::board::{BoardModel, board, piece};
use crate::i18n::words;
use crate::join::join;
use crate::reactive::text;
use crate::state::games::KnownGame;

/// What a game's view depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct GameViewModel {
    pub me: UserId,
    /// The path of the room's page.
    pub path: String,
    pub known: KnownGame,
    /// How many moves are shown; all, if it is more than were played.
    pub step: usize,
    /// The user's action that the server has not confirmed.
    pub pending: Option<Act>,
    /// The square of the board that had the focus last.
    pub cursor: String,
    pub is_large: bool,
}

impl GameViewModel {
    /// The game as it is drawn.
    pub fn view(&self) -> impl IntoView + use<> {
        let words = &words().games;
        let game = &*self.known.game;
        let stage = match game.stage {
            Stage::Open => "open",
            Stage::Running => "running",
            Stage::Over => "over",
            Stage::Declined | Stage::Withdrawn | Stage::Lapsed => "off",
        };
        let watchers = self.known.watchers;
        let watchers = (watchers > 0).then(|| {
            view! { <span class="watchers">{(words.watchers)(watchers)}</span> }
        });
        let has_players = has_begun(game);
        let players = has_players.then(|| players(&self.known));
        let board = has_players.then(|| board(game.game, &self.board()));
        view! {
            <div class="game" data-stage=stage>
                <p class="game-head">
                    <b>{game.rules().words().title}</b>
                    " "
                    <span class="terms">{(words.time)(game.clock)}</span>
                    " "
                    {watchers}
                </p>
                {players}
                {board}
                <p class="game-status">{status(game, self.me)}</p>
                {self.steps()}
                {self.actions()}
            </div>
        }
    }

    fn board(&self) -> BoardModel {
        let game = &self.known.game;
        let mut shown = Game::clone(game);
        let is_all = self.step >= shown.moves.len();
        shown.moves.truncate(self.step);
        shown.movers.truncate(self.step);
        let last = shown.moves.last().cloned();
        let may_move = |at: &String| is_all && game.check_move(self.me, at).is_ok();
        let pending = match &self.pending {
            Some(Act::Move { at, .. }) => Some(at.clone()).filter(may_move),
            _ => None,
        };
        if let Some(at) = pending.clone() {
            let (of, nth) = (self.known.of, shown.moves.len() + 1);
            shown.apply(GameEvent {
                seq: shown.seq + 1,
                author: self.me,
                from: "",
                played: Some(&Played::Moved { of, nth, at }),
            });
        }
        let mut board = game.rules().board(shown.played_moves());
        for cell in &mut board.cells {
            cell.is_free = self.pending.is_none() && may_move(&cell.at);
        }
        BoardModel {
            board,
            last,
            pending,
            status: status(game, self.me),
            cursor: self.cursor.clone(),
        }
    }

    /// The buttons that step through the moves of a game that is over.
    fn steps(&self) -> impl IntoView + use<> {
        let words = &words().games;
        let count = self.known.game.moves.len();
        let is_over = self.known.game.stage == Stage::Over && count > 0;
        let shown = self.step.min(count);
        let button =
            |action: &'static str, label: &'static str, path: &'static str, is_end: bool| {
                view! {
                    <button
                        type="button"
                        class="subtle"
                        data-action=action
                        aria-label=label
                        title=label
                        aria-disabled=is_end.then_some("true")
                    >
                        <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
                            <path d=path />
                        </svg>
                    </button>
                }
            };
        let (at_start, at_end) = (shown == 0, shown == count);
        is_over.then(|| {
            view! {
                <div class="steps">
                    {button("first", words.first_move, "M14 5l-5 5 5 5M6 5v10", at_start)}
                    {button("previous", words.move_before, "M12 5l-5 5 5 5", at_start)}
                    <span role="status">{(words.step)(shown, count)}</span>
                    {button("next", words.move_after, "M8 5l5 5-5 5", at_end)}
                    {button("last", words.last_move, "M6 5l5 5-5 5M14 5v10", at_end)}
                </div>
            }
        })
    }

    /// The buttons for what the user can do. Each has a place of its own, so that none turns into
    /// another one while it is pressed.
    fn actions(&self) -> impl IntoView + use<> {
        let words = &words().games;
        let (game, of) = (&self.known.game, self.known.of);
        let draw = match game.offer {
            Some(_) => words.agree,
            None => words.offer_draw,
        };
        let is_sent = self.pending.is_some();
        let buttons = [
            (Act::Accept { of }, "accept", words.accept, true),
            (Act::Decline { of }, "decline", words.decline, false),
            (Act::Withdraw { of }, "withdraw", words.withdraw, false),
            (Act::Draw { of }, "draw", draw, false),
            (Act::Resign { of }, "resign", words.resign, false),
            (Act::Rematch { of }, "rematch", words.rematch, true),
        ];
        let buttons = buttons.map(|(act, action, label, is_primary)| {
            let is_offered = action == "rematch" && game.next.is_some();
            let is_allowed = game.check(self.me, &act).is_ok() && !is_offered;
            is_allowed.then(|| {
                view! {
                    <button
                        type="button"
                        class:primary=is_primary
                        data-action=action
                        aria-disabled=is_sent.then_some("true")
                    >
                        {label}
                    </button>
                }
            })
        });
        let next = game.next.map(|next| {
            let path = [&self.path, "#", &next.to_string()].concat();
            view! { <a href=path>{words.to_rematch}</a> }
        });
        let enlarge = (game.stage == Stage::Running && !self.is_large).then(|| {
            view! {
                <button type="button" class="subtle" data-action="enlarge">
                    {words.large}
                </button>
            }
        });
        view! {
            <div class="actions">
                {buttons.into_iter().collect_view()}
                {next}
                {enlarge}
            </div>
        }
    }
}

/// Whether the game has players, or had.
fn has_begun(game: &Game) -> bool {
    matches!(game.stage, Stage::Running | Stage::Over)
}

/// The players, whose turn it is, and how much time each has left.
fn players(known: &KnownGame) -> impl IntoView + use<> {
    let game = &*known.game;
    let winners = game.winners();
    let players = game.seats.iter().enumerate().map(|(nth, player)| {
        let is_turn = game.is_to_move(nth);
        let clock = known.due.filter(|_| is_turn).map(|due| {
            let now = use_chat_context().now_seconds;
            view! {
                <span class="clock" title=words().games.left>
                    {text(move || left(due, now.get()))}
                </span>
            }
        });
        view! {
            <div class="player" class:turn=is_turn class:winner=winners.contains(nth)>
                {piece(game.game, nth)}
                <bdi>{player.name.clone()}</bdi>
                {clock}
            </div>
        }
    });
    view! { <div class="players">{players.collect_view()}</div> }
}

/// The time until `due` in minutes and seconds, with hours if there are any.
fn left(due: i64, now: i64) -> String {
    let left = (due - now).max(0) / 1_000;
    let (hours, minutes, seconds) = (left / 3_600, left / 60 % 60, left % 60);
    let two = |number: i64| [if number < 10 { ":0" } else { ":" }, &number.to_string()].concat();
    match hours {
        0 => [&minutes.to_string(), &two(seconds)[..]].concat(),
        _ => [&hours.to_string(), &two(minutes)[..], &two(seconds)].concat(),
    }
}

/// The state of a game, in a few words.
pub fn status(game: &Game, me: UserId) -> String {
    let words = &words().games;
    let is_joined = game.by.user == me;
    let with = game.with.as_ref();
    let name = |nth: usize| {
        game.seats
            .get(nth)
            .map_or("", |player| player.name.as_str())
    };
    match game.stage {
        Stage::Open => match with {
            Some(with) if with.user == me => (words.to_you)(&game.by.name),
            Some(with) if is_joined => (words.own_to_one)(&with.name),
            Some(with) => (words.to_one)(&game.by.name, &with.name),
            None if is_joined => words.own_to_all.to_owned(),
            None => (words.to_all)(&game.by.name),
        },
        Stage::Running => {
            let turn = match game.turn() {
                _ if game.waits_for(me) => words.your_turn.to_owned(),
                Some(turn) => (words.turn_of)(name(turn)),
                None => words.running.to_owned(),
            };
            let offer = game
                .offer
                .map(|offer| match game.player_index(me) == Some(offer) {
                    true => words.draw_offered.to_owned(),
                    false => (words.offers_draw)(name(offer)),
                });
            match offer {
                Some(offer) => [&turn, ". ", &offer].concat(),
                None => turn,
            }
        }
        Stage::Over => {
            let winners = game.winners();
            let player = game.player_index(me);
            let result = match winners.is_empty() {
                true if game.rules().is_duel() => words.draw.to_owned(),
                true => words.over.to_owned(),
                false if player.is_some_and(|player| winners.contains(player)) => {
                    words.you_win.to_owned()
                }
                false => {
                    let names = winners.iter().map(|winner| name(winner).to_owned());
                    (words.wins)(&join(&names.collect::<Vec<_>>(), ", "))
                }
            };
            let winner = winners.only().and_then(|winner| game.seats.get(winner));
            let loser = winner.and_then(|winner| game.opponent(winner.user));
            let loser = loser.map_or("", |loser| &loser.name);
            let by = game.end.map_or(By::Play, |end| end.by);
            match (words.by)(by, loser) {
                Some(by) => [&result, ": ", &by].concat(),
                None => result,
            }
        }
        Stage::Declined => (words.declined)(with.map_or("", |with| &with.name)),
        Stage::Withdrawn => words.withdrawn.to_owned(),
        Stage::Lapsed => words.lapsed.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_shows_hours_only_if_there_are_any() {
        for (ms, shown) in [
            (0, "0:00"),
            (9_999, "0:09"),
            (60_000, "1:00"),
            (86_399_999, "23:59:59"),
        ] {
            assert_eq!(left(ms, 0), shown);
        }
        assert_eq!(left(5, 9), "0:00", "never below");
    }
}
