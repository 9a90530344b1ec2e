//! English words of games.

use protocol::games::tic_tac_toe::{Cell, SIDE};
use protocol::games::{By, GameName};

use crate::i18n::GameWords;

pub const WORDS: GameWords = GameWords {
    title: |game| match game {
        GameName::TicTacToe => "Tic-tac-toe",
    },
    place: |game, at| match game {
        GameName::TicTacToe => {
            let place = Cell::parse(at).map_or(0, Cell::place);
            let (row, column) = (place / SIDE + 1, place % SIDE + 1);
            format!("row {row}, column {column}")
        }
    },
    piece: |game, player| match (game, player) {
        (GameName::TicTacToe, 0) => "X",
        (GameName::TicTacToe, _) => "O",
    },
    empty: "empty",
    board: "Board",

    play: "Play a game",
    games_in: |room| format!("Games in {room}"),
    games_with: |nickname| format!("Games with {nickname}"),
    which: "Game",
    with: "Opponent",
    everybody: "Anyone",
    clock: "Time per move",
    time: |seconds| match seconds {
        0 => "No time limit".to_owned(),
        60 => "1 minute".to_owned(),
        3_600 => "1 hour".to_owned(),
        86_400 => "1 day".to_owned(),
        _ if seconds.is_multiple_of(3_600) => format!("{} hours", seconds / 3_600),
        _ if seconds.is_multiple_of(60) => format!("{} minutes", seconds / 60),
        _ => format!("{seconds} seconds"),
    },
    invite: "Invite",

    my_games: "Your games",
    waiting: |count| match count {
        1 => "1 game is waiting for you".to_owned(),
        _ => format!("{count} games are waiting for you"),
    },
    your_turn: "Your turn",
    turn_of: |name| format!("{name}'s turn"),
    to_you: |name| format!("{name} invited you"),
    to_one: |name, with| format!("{name} invited {with}"),
    to_all: |name| format!("{name} is looking for an opponent"),
    own_to_all: "Waiting for someone to accept",
    own_to_one: |with| format!("Waiting for {with} to accept"),
    you: "You",
    wins: |name| format!("{name} wins"),
    you_win: "You win",
    draw: "A draw",
    by: |by, name| match by {
        By::Play => None,
        By::Resignation => Some(format!("{name} resigned")),
        By::Time => Some(format!("{name} ran out of time")),
        By::Agreement => Some("by agreement".to_owned()),
    },
    declined: |with| format!("{with} declined"),
    withdrawn: "Invitation canceled",
    lapsed: "Invitation expired",
    offers_draw: |name| format!("{name} offers a draw"),
    draw_offered: "You offered a draw",
    watchers: |count| format!("{count} watching"),
    left: "Time left for this move",

    accept: "Accept",
    decline: "Decline",
    withdraw: "Cancel invitation",
    resign: "Resign",
    resign_sure: "Resign this game?",
    offer_draw: "Offer a draw",
    agree: "Agree to a draw",
    rematch: "Play again",
    to_rematch: "Go to next game",
    large: "Enlarge board",
    first_move: "Go to start",
    move_before: "Previous move",
    move_after: "Next move",
    last_move: "Go to last move",
    step: |nth, of| format!("Move {nth} of {of}"),
    played: |name, place| format!("{name} plays {place}"),

    scores: "Scores",
    scores_yours: "Your results",
    no_scores: "No finished games yet.",
    name: "Name",
    won: "Won",
    drawn: "Drawn",
    lost: "Lost",
};
