//! Stores games: the state of each game, the players of the games that are not over, when timers
//! run out, and the scores. All of it but the timers can be rebuilt from the log.

use protocol::{
    Message, Seq, UserId,
    frame::Score,
    games::{Game, GameName, Played, Stage},
    limits,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Error, json};

/// The opponent in the rows of `scores` that count a user's games against everybody.
const ANY_OPPONENT: UserId = UserId::SERVER;

/// A game whose timer has run out.
pub struct OverdueGame {
    pub room: String,
    /// The room's row.
    room_id: i64,
    pub of: Seq,
    pub game: Game,
}

fn game_from_row(row: &Row<'_>) -> Result<Game, Error> {
    json::read(row, 0)?.ok_or(Error::QueryReturnedNoRows)
}

/// Returns the game whose game message has this number in the room with this row.
pub fn find(db: &Connection, room_id: i64, of: Seq) -> Result<Option<Game>, Error> {
    db.prepare_cached("SELECT state FROM games WHERE room = ? AND seq = ?")?
        .query_row(params![room_id, of], game_from_row)
        .optional()
}

/// Reads a game message's columns `state` and `due_at`: the present state of the game, with the time
/// that its timer has left. `None` if they are NULL.
pub fn present_state(row: &Row<'_>, column: usize, now: i64) -> Result<Option<Game>, Error> {
    let game: Option<Game> = json::read(row, column)?;
    let due: Option<i64> = row.get(column + 1)?;
    Ok(game.map(|game| Game {
        left: due.map(|due| u64::try_from(due - now).unwrap_or(0)),
        ..game
    }))
}

/// Returns how many open and running games the user plays in or has offered; with `invited`, how
/// many invitations wait for the user's answer.
pub fn count_of_user(db: &Connection, user: UserId, invited: bool) -> Result<usize, Error> {
    db.prepare_cached("SELECT COUNT(*) FROM players WHERE user_id = ? AND invited = ?")?
        .query_row(params![user.0, invited], |row| row.get(0))
}

/// Applies an event of the room with this row, and returns the new state of its game. Nothing else
/// changes what is stored of games, except the timers.
///
/// # Errors
/// Besides the database's errors, [`Error::QueryReturnedNoRows`] if the event belongs to no game.
pub fn apply_event(db: &Connection, room_id: i64, event: &Message) -> Result<Game, Error> {
    let played = event.played().ok_or(Error::QueryReturnedNoRows)?;
    let (of, game) = match played.of() {
        Some(of) => {
            let mut game = find(db, room_id, of)?.ok_or(Error::QueryReturnedNoRows)?;
            game.apply(event);
            (of, game)
        }
        None => {
            if let Played::Invited {
                again: Some(again), ..
            } = played
                && let Some(mut before) = find(db, room_id, *again)?
            {
                before.apply(event);
                save(db, room_id, *again, &before)?;
            }
            (
                event.seq,
                Game::of(event).ok_or(Error::QueryReturnedNoRows)?,
            )
        }
    };
    save(db, room_id, of, &game)?;
    let players = [&game.by].into_iter().chain(&game.with).chain(&game.seats);
    for player in players {
        let invited = game.stage == Stage::Open && player.user != game.by.user;
        let invited = game.is_alive().then_some(invited);
        set_player(db, room_id, of, player.user, invited)?;
    }
    if let Some(end) = game.end {
        for (seat, player) in game.seats.iter().enumerate() {
            let against = &game.seats[protocol::games::opponent(seat)];
            let result = end.winner.map(|winner| winner == seat);
            for against in [against.user, ANY_OPPONENT] {
                add_result(db, room_id, game.game, (player.user, against), result)?;
            }
        }
    }
    if game.resets_clock(event) {
        let due = game.time().map(|time| event.at + time);
        set_due(db, room_id, of, due)?;
        set_alive_at(db, event.at)?;
    }
    Ok(game)
}

fn save(db: &Connection, room_id: i64, of: Seq, game: &Game) -> Result<(), Error> {
    let state = json::write(game)?;
    db.prepare_cached(
        "INSERT INTO games (room, seq, state) VALUES (?, ?, ?)
         ON CONFLICT (room, seq) DO UPDATE SET state = excluded.state",
    )?
    .execute(params![room_id, of, state])?;
    Ok(())
}

/// Stores whether the game still waits for the user's answer (`invited`). `None` removes the user's
/// row: the game is over.
fn set_player(
    db: &Connection,
    room_id: i64,
    of: Seq,
    user: UserId,
    invited: Option<bool>,
) -> Result<(), Error> {
    match invited {
        Some(invited) => db
            .prepare_cached(
                "INSERT INTO players (user_id, room, seq, invited) VALUES (?, ?, ?, ?)
                 ON CONFLICT (user_id, room, seq) DO UPDATE SET invited = excluded.invited",
            )?
            .execute(params![user.0, room_id, of, invited])?,
        None => db
            .prepare_cached("DELETE FROM players WHERE user_id = ? AND room = ? AND seq = ?")?
            .execute(params![user.0, room_id, of])?,
    };
    Ok(())
}

/// Adds a finished game to a user's score. `won` is `None` for a draw.
fn add_result(
    db: &Connection,
    room_id: i64,
    game: GameName,
    (user, against): (UserId, UserId),
    won: Option<bool>,
) -> Result<(), Error> {
    let is = |result: Option<bool>| i64::from(won == result);
    db.prepare_cached(
        "INSERT INTO scores (room, user_id, opponent, game, won, drawn, lost)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (room, user_id, opponent, game) DO UPDATE SET
         won = won + excluded.won, drawn = drawn + excluded.drawn, lost = lost + excluded.lost",
    )?
    .execute(params![
        room_id,
        user.0,
        against.0,
        game.as_str(),
        is(Some(true)),
        is(None),
        is(Some(false)),
    ])?;
    Ok(())
}

fn set_due(db: &Connection, room_id: i64, of: Seq, due: Option<i64>) -> Result<(), Error> {
    db.prepare_cached("UPDATE games SET due_at = ? WHERE room = ? AND seq = ?")?
        .execute(params![due, room_id, of])?;
    Ok(())
}

/// Returns when the next timer runs out, in milliseconds since 1970, if any timer runs.
pub fn next_due(db: &Connection) -> Result<Option<i64>, Error> {
    db.prepare_cached("SELECT MIN(due_at) FROM games WHERE due_at IS NOT NULL")?
        .query_row([], |row| row.get(0))
}

/// Returns at most `most` games whose timers have run out, the earliest first.
///
/// A state that cannot be read (a newer version may have written it) loses its timer, so that it
/// does not block the other games.
pub fn overdue(db: &Connection, now: i64, most: usize) -> Result<Vec<OverdueGame>, Error> {
    let found = db
        .prepare_cached(
            "SELECT g.state, r.name, g.seq, g.room FROM games g JOIN rooms r ON r.id = g.room
             WHERE g.due_at <= ? ORDER BY g.due_at LIMIT ?",
        )?
        .query_map(params![now, most as i64], |row| {
            let (room, of, room_id) = (row.get(1)?, row.get(2)?, row.get::<_, i64>(3)?);
            Ok((game_from_row(row), room, of, room_id))
        })?
        .collect::<Result<Vec<(_, String, Seq, _)>, _>>()?;
    let mut overdue = Vec::new();
    for (game, room, of, room_id) in found {
        match game {
            Ok(game) => overdue.push(OverdueGame {
                room,
                room_id,
                of,
                game,
            }),
            Err(error) => {
                tracing::error!(%error, room, of, "failed to read a game; its timer was stopped");
                set_due(db, room_id, of, None)?;
            }
        }
    }
    Ok(overdue)
}

/// Stops the timer of a game that cannot be ended, so that it does not block the other games.
pub fn stop_timer(db: &Connection, game: &OverdueGame) -> Result<(), Error> {
    set_due(db, game.room_id, game.of, None)
}

/// Records that the server is running, if any timer runs.
pub fn record_alive(db: &Connection, now: i64) -> Result<(), Error> {
    match next_due(db)? {
        Some(_) => set_alive_at(db, now),
        None => Ok(()),
    }
}

fn set_alive_at(db: &Connection, now: i64) -> Result<(), Error> {
    db.prepare_cached("UPDATE server_state SET alive_at = ? WHERE id = 1")?
        .execute([now])?;
    Ok(())
}

/// Postpones all timers by the time since the server was last recorded as running. Called when the
/// server starts, and when it can write again: nobody could play in the meantime.
pub fn resume_timers(db: &mut Connection, now: i64) -> Result<(), Error> {
    let db = db.transaction()?;
    let alive_at: i64 = db.query_row("SELECT alive_at FROM server_state", [], |row| row.get(0))?;
    let stopped_for = now - alive_at;
    if alive_at > 0 && stopped_for > 0 {
        db.prepare("UPDATE games SET due_at = due_at + ? WHERE due_at IS NOT NULL")?
            .execute([stopped_for])?;
    }
    record_alive(&db, now)?;
    db.commit()
}

/// Returns the scores of a room: the best totals, and then this user's score against each opponent;
/// at most [`limits::SCORES`] of either.
pub fn scores(db: &Connection, room: &str, user: UserId) -> Result<Vec<Score>, Error> {
    let columns = "SELECT s.game, s.user_id, u.nickname, s.opponent, COALESCE(o.nickname, ''),
        s.won, s.drawn, s.lost FROM scores s JOIN rooms r ON r.id = s.room
        JOIN users u ON u.id = s.user_id LEFT JOIN users o ON o.id = s.opponent";
    let score = |row: &Row<'_>| {
        let game: String = row.get(0)?;
        let game = GameName::ALL.into_iter().find(|it| it.as_str() == game);
        let against = UserId(row.get(3)?);
        Ok(Score {
            game: game.ok_or(Error::QueryReturnedNoRows)?,
            user: UserId(row.get(1)?),
            name: row.get(2)?,
            against: (against != ANY_OPPONENT).then_some(against),
            against_name: row.get(4)?,
            won: row.get(5)?,
            drawn: row.get(6)?,
            lost: row.get(7)?,
        })
    };
    let most = limits::SCORES as i64;
    let mut scores = db
        .prepare_cached(&format!(
            "{columns} WHERE r.name = ? AND s.opponent = 0 ORDER BY s.won DESC LIMIT ?"
        ))?
        .query_map(params![room, most], score)?
        .collect::<Result<Vec<_>, _>>()?;
    let pairs = db
        .prepare_cached(&format!(
            "{columns} WHERE r.name = ? AND s.user_id = ? AND s.opponent > 0 LIMIT ?"
        ))?
        .query_map(params![room, user.0, most], score)?
        .collect::<Result<Vec<_>, _>>()?;
    scores.extend(pairs);
    Ok(scores)
}

/// All rows about games except the timers, as text.
#[cfg(test)]
pub fn dump(db: &Connection) -> Vec<String> {
    let tables = [
        "SELECT 'game', room, seq, state, NULL FROM games ORDER BY room, seq",
        "SELECT 'player', user_id, room, seq, invited FROM players ORDER BY 2, 3, 4",
        "SELECT 'score', room, user_id || ' ' || opponent, game || won || ' ' || drawn || ' ' || lost,
         NULL FROM scores ORDER BY 2, 3",
    ];
    let mut rows = Vec::new();
    for table in tables {
        let mut statement = db.prepare(table).expect("prepares the query");
        let found = statement.query_map([], |row| {
            let cell = |nth| row.get::<_, rusqlite::types::Value>(nth);
            Ok(format!(
                "{:?} {:?} {:?} {:?}",
                cell(1)?,
                cell(2)?,
                cell(3)?,
                cell(4)?
            ))
        });
        rows.extend(
            found
                .expect("runs the query")
                .map(|row| row.expect("reads the row")),
        );
    }
    rows
}
