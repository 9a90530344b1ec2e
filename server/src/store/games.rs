//! Games: what the events of each add up to, whose are going on, when a clock ends one, and who won
//! how often. All but the clocks follows from the log alone.

use protocol::{
    Message, Seq, UserId,
    frame::Score,
    games::{Game, GameName, Played, Stage},
    limits,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Error, json};

/// Whoever one plays against.
const ALL: UserId = UserId::SERVER;

/// A game whose clock has run out.
pub struct Due {
    pub room: String,
    /// The room's row in the database.
    row: i64,
    pub of: Seq,
    pub game: Game,
}

fn state(row: &Row<'_>) -> Result<Game, Error> {
    json::read(row, 0)?.ok_or(Error::QueryReturnedNoRows)
}

/// The game whose card has this number in the room with this row.
pub fn game(db: &Connection, room: i64, of: Seq) -> Result<Option<Game>, Error> {
    db.prepare_cached("SELECT state FROM games WHERE room = ? AND seq = ?")?
        .query_row(params![room, of], state)
        .optional()
}

/// How a card's game stands at this time.
pub fn of_card(db: &Connection, card: &Message, now: i64) -> Result<Option<Box<Game>>, Error> {
    db.prepare_cached(
        "SELECT g.state, g.due_at FROM games g JOIN rooms r ON r.id = g.room
         WHERE r.name = ? AND g.seq = ?",
    )?
    .query_row(params![card.room, card.seq], |row| {
        let mut game = state(row)?;
        let due: Option<i64> = row.get(1)?;
        game.left = due.map(|due| u64::try_from(due - now).unwrap_or(0));
        Ok(Box::new(game))
    })
    .optional()
}

/// How many games are going on that this user plays or has offered; or `asked`, how many wait for
/// their answer.
pub fn count_of(db: &Connection, user: UserId, asked: bool) -> Result<usize, Error> {
    db.prepare_cached("SELECT COUNT(*) FROM players WHERE user_id = ? AND invited = ?")?
        .query_row(params![user.0, asked], |row| row.get(0))
}

/// Takes in an event of the room with this row; how its game stands then. Every change of what is
/// kept of games comes from here.
///
/// # Errors
/// Besides what the database says, [`Error::QueryReturnedNoRows`] for an event of no game.
pub fn note(db: &Connection, room: i64, event: &Message) -> Result<Game, Error> {
    let played = event.played.as_deref().ok_or(Error::QueryReturnedNoRows)?;
    let (of, game) = match played.of() {
        Some(of) => {
            let mut game = game(db, room, of)?.ok_or(Error::QueryReturnedNoRows)?;
            game.apply(event);
            (of, game)
        }
        None => {
            if let Played::Invited {
                again: Some(again), ..
            } = played
                && let Some(mut before) = game(db, room, *again)?
            {
                before.apply(event);
                keep(db, room, *again, &before)?;
            }
            (
                event.seq,
                Game::of(event).ok_or(Error::QueryReturnedNoRows)?,
            )
        }
    };
    keep(db, room, of, &game)?;
    let concerned = [&game.by].into_iter().chain(&game.with).chain(&game.seats);
    for player in concerned {
        let is_asked = game.stage == Stage::Open && player.user != game.by.user;
        let plays = game.is_alive().then_some(is_asked);
        set_playing(db, room, of, player.user, plays)?;
    }
    if let Some(end) = game.end {
        for (seat, player) in game.seats.iter().enumerate() {
            let against = &game.seats[protocol::games::opponent(seat)];
            let result = end.winner.map(|winner| winner == seat);
            for against in [against.user, ALL] {
                count(db, room, game.game, (player.user, against), result)?;
            }
        }
    }
    if game.resets_clock(event) {
        let due = game.time().map(|time| event.at + time);
        set_due(db, room, of, due)?;
        alive(db, event.at)?;
    }
    Ok(game)
}

fn keep(db: &Connection, room: i64, of: Seq, game: &Game) -> Result<(), Error> {
    let state = json::write(game)?;
    db.prepare_cached(
        "INSERT INTO games (room, seq, state) VALUES (?, ?, ?)
         ON CONFLICT (room, seq) DO UPDATE SET state = excluded.state",
    )?
    .execute(params![room, of, state])?;
    Ok(())
}

/// `asked`: whether the user has not answered yet; none once it concerns them no more.
fn set_playing(
    db: &Connection,
    room: i64,
    of: Seq,
    user: UserId,
    asked: Option<bool>,
) -> Result<(), Error> {
    match asked {
        Some(asked) => db
            .prepare_cached(
                "INSERT INTO players (user_id, room, seq, invited) VALUES (?, ?, ?, ?)
                 ON CONFLICT (user_id, room, seq) DO UPDATE SET invited = excluded.invited",
            )?
            .execute(params![user.0, room, of, asked])?,
        None => db
            .prepare_cached("DELETE FROM players WHERE user_id = ? AND room = ? AND seq = ?")?
            .execute(params![user.0, room, of])?,
    };
    Ok(())
}

/// Counts a game that is over; `won` none is a draw.
fn count(
    db: &Connection,
    room: i64,
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
        room,
        user.0,
        against.0,
        game.as_str(),
        is(Some(true)),
        is(None),
        is(Some(false)),
    ])?;
    Ok(())
}

fn set_due(db: &Connection, room: i64, of: Seq, due: Option<i64>) -> Result<(), Error> {
    db.prepare_cached("UPDATE games SET due_at = ? WHERE room = ? AND seq = ?")?
        .execute(params![due, room, of])?;
    Ok(())
}

/// When the next clock runs out, in milliseconds since 1970; none if none runs.
pub fn next_due(db: &Connection) -> Result<Option<i64>, Error> {
    db.prepare_cached("SELECT MIN(due_at) FROM games WHERE due_at IS NOT NULL")?
        .query_row([], |row| row.get(0))
}

/// Games whose clocks have run out by now, those that did first before the others, at most `most`. One
/// that cannot be read (a newer Parlor may have written it) has no clock any more: it must not stand
/// in everybody's way.
pub fn due(db: &Connection, now: i64, most: usize) -> Result<Vec<Due>, Error> {
    let found = db
        .prepare_cached(
            "SELECT g.state, r.name, g.seq, g.room FROM games g JOIN rooms r ON r.id = g.room
             WHERE g.due_at <= ? ORDER BY g.due_at LIMIT ?",
        )?
        .query_map(params![now, most as i64], |row| {
            let (room, of, place) = (row.get(1)?, row.get(2)?, row.get::<_, i64>(3)?);
            Ok((state(row), room, of, place))
        })?
        .collect::<Result<Vec<(_, String, Seq, _)>, _>>()?;
    let mut due = Vec::new();
    for (game, room, of, row) in found {
        match game {
            Ok(game) => due.push(Due {
                room,
                row,
                of,
                game,
            }),
            Err(error) => {
                tracing::error!(%error, room, of, "failed to read a game; its clock stops");
                set_due(db, row, of, None)?;
            }
        }
    }
    Ok(due)
}

/// Stops the clock of a game that cannot be ended: it must not stand in everybody's way.
pub fn stop_clock(db: &Connection, due: &Due) -> Result<(), Error> {
    set_due(db, due.row, due.of, None)
}

/// Notes that the server runs, if a clock does.
pub fn stay_alive(db: &Connection, now: i64) -> Result<(), Error> {
    match next_due(db)? {
        Some(_) => alive(db, now),
        None => Ok(()),
    }
}

fn alive(db: &Connection, now: i64) -> Result<(), Error> {
    db.prepare_cached("UPDATE server_state SET alive_at = ? WHERE id = 1")?
        .execute([now])?;
    Ok(())
}

/// The server runs again, or writes again: no clock has run since it was last seen running.
pub fn reset_on_start(db: &mut Connection, now: i64) -> Result<(), Error> {
    let db = db.transaction()?;
    let alive_at: i64 = db.query_row("SELECT alive_at FROM server_state", [], |row| row.get(0))?;
    let away = now - alive_at;
    if alive_at > 0 && away > 0 {
        db.prepare("UPDATE games SET due_at = due_at + ? WHERE due_at IS NOT NULL")?
            .execute([away])?;
    }
    stay_alive(&db, now)?;
    db.commit()
}

/// Who won how often in a room: the best of all, and this user against each other one; at most
/// [`limits::SCORES`] of either.
pub fn scores(db: &Connection, room: &str, user: UserId) -> Result<Vec<Score>, Error> {
    let columns = "SELECT s.game, s.user_id, p.nickname, s.opponent, COALESCE(a.nickname, ''),
        s.won, s.drawn, s.lost FROM scores s JOIN rooms r ON r.id = s.room
        JOIN users p ON p.id = s.user_id LEFT JOIN users a ON a.id = s.opponent";
    let line = |row: &Row<'_>| {
        let game: String = row.get(0)?;
        let game = GameName::ALL.into_iter().find(|it| it.as_str() == game);
        let against = UserId(row.get(3)?);
        Ok(Score {
            game: game.ok_or(Error::QueryReturnedNoRows)?,
            user: UserId(row.get(1)?),
            name: row.get(2)?,
            against: (against != ALL).then_some(against),
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
        .query_map(params![room, most], line)?
        .collect::<Result<Vec<_>, _>>()?;
    let pairs = db
        .prepare_cached(&format!(
            "{columns} WHERE r.name = ? AND s.user_id = ? AND s.opponent > 0 LIMIT ?"
        ))?
        .query_map(params![room, user.0, most], line)?
        .collect::<Result<Vec<_>, _>>()?;
    scores.extend(pairs);
    Ok(scores)
}

/// Everything that is kept of games but their clocks, as text.
#[cfg(test)]
pub fn kept(db: &Connection) -> Vec<String> {
    let tables = [
        "SELECT 'game', room, seq, state, NULL FROM games ORDER BY room, seq",
        "SELECT 'player', user_id, room, seq, invited FROM players ORDER BY 2, 3, 4",
        "SELECT 'score', room, user_id || ' ' || opponent, game || won || ' ' || drawn || ' ' || lost,
         NULL FROM scores ORDER BY 2, 3",
    ];
    let mut rows = Vec::new();
    for table in tables {
        let mut statement = db.prepare(table).expect("a table");
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
        rows.extend(found.expect("rows").map(|row| row.expect("a row")));
    }
    rows
}
