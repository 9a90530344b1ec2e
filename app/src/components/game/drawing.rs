//! A game as text: what stands in its frame.

use protocol::games::{Act, By, Game, Stage, other};
use protocol::{Seq, UserId};

use crate::components::board::{self, View};
use crate::html_builder::HtmlBuilder;
use crate::i18n::words;
use crate::state::games::KnownGame;

/// Minutes and seconds until then; hours, where it is so long.
pub fn left(due: i64, now: i64) -> String {
    let left = (due - now).max(0) / 1_000;
    let (hours, minutes, seconds) = (left / 3_600, left / 60 % 60, left % 60);
    let two = |number: i64| [if number < 10 { ":0" } else { ":" }, &number.to_string()].concat();
    match hours {
        0 => [minutes.to_string(), two(seconds)].concat(),
        _ => [hours.to_string(), two(minutes), two(seconds)].concat(),
    }
}

/// How a reader looks at a game.
pub struct GameViewModel {
    pub me: UserId,
    /// The path of the room's page.
    pub path: String,
    /// So many moves are shown, or as many as were played.
    pub step: usize,
    /// What the reader does, and the server has not confirmed.
    pub wish: Option<Act>,
    /// The place of the board that the reader was at last.
    pub at_hand: String,
    pub is_large: bool,
}

impl GameViewModel {
    /// The game as it is drawn.
    pub fn of(self, table: &KnownGame) -> HtmlBuilder {
        let words = &words().games;
        let game = &*table.game;
        let stage = match game.stage {
            Stage::Open => "open",
            Stage::Running => "running",
            Stage::Over => "over",
            Stage::Declined | Stage::Withdrawn | Stage::Lapsed => "off",
        };
        let mut drawn = HtmlBuilder::default()
            .tags("<div class=\"game\" data-stage=\"")
            .text(stage)
            .tags("\"><p class=\"game-head\"><b>")
            .text((words.title)(game.game))
            .tags("</b> <span class=\"terms\">")
            .text(&(words.time)(game.clock))
            .tags("</span> ");
        if table.watchers > 0 {
            let watchers = (words.watchers)(table.watchers);
            drawn = drawn
                .tags("<span class=\"watchers\">")
                .text(&watchers)
                .tags("</span>");
        }
        drawn = drawn.tags("</p>");
        if !game.seats.is_empty() {
            drawn = drawn
                .with(players(table))
                .with(board::board(game.game, &self.view(game)));
        }
        drawn
            .tags("<p class=\"game-status\">")
            .text(&status(game, self.me))
            .tags("</p>")
            .with(self.steps(game))
            .with(self.deeds(game, table.of))
            .tags("</div>")
    }

    fn view(&self, game: &Game) -> View {
        let mut moves = game.moves.clone();
        let is_all = self.step >= moves.len();
        moves.truncate(self.step);
        let is_turn = is_all && game.turn().is_some() && game.waits_for(self.me);
        let wish = match &self.wish {
            Some(Act::Move { at, .. }) if is_turn => Some(at.clone()),
            _ => None,
        };
        View {
            moves,
            wish,
            is_free: is_turn && self.wish.is_none(),
            status: status(game, self.me),
            at_hand: self.at_hand.clone(),
        }
    }

    /// The moves of a game that is over, step by step.
    fn steps(&self, game: &Game) -> HtmlBuilder {
        let words = &words().games;
        let count = game.moves.len();
        if game.stage != Stage::Over || count == 0 {
            return HtmlBuilder::default();
        }
        let shown = self.step.min(count);
        let button = |action: &str, label: &str, sign: &'static str, is_vain: bool| {
            HtmlBuilder::default()
                .tags("<button type=\"button\" class=\"subtle\" data-action=\"")
                .text(action)
                .tags("\" aria-label=\"")
                .text(label)
                .tags("\" title=\"")
                .text(label)
                .tags_if(is_vain, "\" aria-disabled=\"true")
                .tags(
                    "\"><svg class=\"icon\" viewBox=\"0 0 20 20\" aria-hidden=\"true\"><path d=\"",
                )
                .tags(sign)
                .tags("\"/></svg></button>")
        };
        HtmlBuilder::default()
            .tags("<div class=\"steps\">")
            .with(button(
                "first",
                words.first_move,
                "M14 5l-5 5 5 5M6 5v10",
                shown == 0,
            ))
            .with(button(
                "before",
                words.move_before,
                "M12 5l-5 5 5 5",
                shown == 0,
            ))
            .tags("<span role=\"status\">")
            .text(&(words.step)(shown, count))
            .tags("</span>")
            .with(button(
                "after",
                words.move_after,
                "M8 5l5 5-5 5",
                shown == count,
            ))
            .with(button(
                "last",
                words.last_move,
                "M6 5l5 5-5 5M14 5v10",
                shown == count,
            ))
            .tags("</div>")
    }

    /// What the reader can do.
    fn deeds(&self, game: &Game, of: Seq) -> HtmlBuilder {
        let words = &words().games;
        let draw = match game.offer {
            Some(_) => words.agree,
            None => words.offer_draw,
        };
        let mut deeds = HtmlBuilder::default().tags("<div class=\"actions\">");
        for (act, action, label, is_first) in [
            (Act::Accept { of }, "accept", words.accept, true),
            (Act::Decline { of }, "decline", words.decline, false),
            (Act::Withdraw { of }, "withdraw", words.withdraw, false),
            (Act::Draw { of }, "draw", draw, false),
            (Act::Resign { of }, "resign", words.resign, false),
            (Act::Rematch { of }, "rematch", words.rematch, true),
        ] {
            let is_offered = action == "rematch" && game.next.is_some();
            if game.check(self.me, &act).is_err() || is_offered {
                continue;
            }
            let is_sent = self.wish.is_some();
            deeds = deeds
                .tags("<button type=\"button\" data-action=\"")
                .text(action)
                .tags_if(is_first, "\" class=\"primary")
                .tags_if(is_sent, "\" aria-disabled=\"true")
                .tags("\">")
                .text(label)
                .tags("</button>");
        }
        if let Some(next) = game.next {
            deeds = deeds
                .tags("<a href=\"")
                .text(&[&self.path, "#", &next.to_string()].concat())
                .tags("\">")
                .text(words.to_rematch)
                .tags("</a>");
        }
        if game.stage == Stage::Running && !self.is_large {
            deeds = deeds
                .tags("<button type=\"button\" class=\"subtle\" data-action=\"large\">")
                .text(words.large)
                .tags("</button>");
        }
        deeds.tags("</div>")
    }
}

/// Who plays, whose turn it is, and how long they have left.
fn players(table: &KnownGame) -> HtmlBuilder {
    let game = &*table.game;
    let winner = game.end.and_then(|end| end.winner);
    let mut players = HtmlBuilder::default().tags("<div class=\"players\">");
    for (seat, player) in game.seats.iter().enumerate() {
        let is_turn = game.turn() == Some(seat);
        players = players
            .tags("<div class=\"player")
            .tags_if(is_turn, " turn")
            .tags_if(winner == Some(seat), " winner")
            .tags("\">")
            .with(board::piece(game.game, seat))
            .tags("<bdi>")
            .text(&player.name)
            .tags("</bdi>");
        if let Some(due) = table.due.filter(|_| is_turn) {
            players = players
                .tags("<span class=\"clock\" title=\"")
                .text(words().games.left)
                .tags("\" data-due=\"")
                .text(&due.to_string())
                .tags("\"></span>");
        }
        players = players.tags("</div>");
    }
    players.tags("</div>")
}

/// How a game stands, in a few words.
pub fn status(game: &Game, me: UserId) -> String {
    let words = &words().games;
    let is_joined = game.by.user == me;
    let with = game.with.as_ref();
    let name = |seat: usize| game.seats.get(seat).map_or("", |seat| seat.name.as_str());
    match game.stage {
        Stage::Open => match with {
            Some(with) if with.user == me => (words.to_you)(&game.by.name),
            Some(with) if is_joined => (words.own_to_one)(&with.name),
            Some(with) => (words.to_one)(&game.by.name, &with.name),
            None if is_joined => words.own_to_all.to_owned(),
            None => (words.to_all)(&game.by.name),
        },
        Stage::Running => {
            let turn = match game.waits_for(me) {
                true => words.your_turn.to_owned(),
                false => (words.turn_of)(name(game.turn().unwrap_or(0))),
            };
            let offer = game
                .offer
                .map(|offer| match game.seat_of(me) == Some(offer) {
                    true => words.draw_offered.to_owned(),
                    false => (words.offers_draw)(name(offer)),
                });
            match offer {
                Some(offer) => [&turn, ". ", &offer].concat(),
                None => turn,
            }
        }
        Stage::Over => {
            let winner = game.end.and_then(|end| end.winner);
            let result = match winner {
                None => words.draw.to_owned(),
                Some(winner) if game.seat_of(me) == Some(winner) => words.you_win.to_owned(),
                Some(winner) => (words.wins)(name(winner)),
            };
            let loser = winner.map_or("", |winner| name(other(winner)));
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
    fn a_clock_counts_down_in_the_largest_units_that_it_needs() {
        for (ms, told) in [
            (0, "0:00"),
            (9_999, "0:09"),
            (60_000, "1:00"),
            (86_399_999, "23:59:59"),
        ] {
            assert_eq!(left(ms, 0), told);
        }
        assert_eq!(left(5, 9), "0:00", "never below");
    }
}
