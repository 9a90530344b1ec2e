//! Stores games: the state of each game, the players of the games that are not over, when timers
//! run out, and the scores. All of it but the timers can be rebuilt from the log.

use protocol::{
    Message, Seq, UserId,
    frame::Score,
    games::{Game, GameName, Played},
    limits,
};

use super::{Connection, Db, Error, Row, json, statements::statements, value::params};

/// The columns of a score, and the tables that they come from.
macro_rules! select_score {
    () => {
        "SELECT s.game, s.user_id, u.nickname, s.opponent, COALESCE(o.nickname, ''),
         s.won, s.drawn, s.lost FROM scores s JOIN rooms r ON r.id = s.room
         JOIN users u ON u.id = s.user_id LEFT JOIN users o ON o.id = s.opponent"
    };
}

statements! {
    FIND: "SELECT state FROM games WHERE room = $1 AND seq = $2";
    COUNT_OF_USER: "SELECT COUNT(*) FROM players WHERE user_id = $1 AND invited = $2";
    SAVE:
        "INSERT INTO games (room, seq, state) VALUES ($1, $2, $3)
         ON CONFLICT (room, seq) DO UPDATE SET state = excluded.state";
    SET_PLAYER:
        "INSERT INTO players (user_id, room, seq, invited) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id, room, seq) DO UPDATE SET invited = excluded.invited";
    REMOVE_PLAYER: "DELETE FROM players WHERE user_id = $1 AND room = $2 AND seq = $3";
    ADD_RESULT:
        "INSERT INTO scores (room, user_id, opponent, game, won, drawn, lost)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (room, user_id, opponent, game) DO UPDATE SET
         won = scores.won + excluded.won, drawn = scores.drawn + excluded.drawn,
         lost = scores.lost + excluded.lost";
    SET_DUE: "UPDATE games SET due_at = $1 WHERE room = $2 AND seq = $3";
    NEXT_DUE: "SELECT MIN(due_at) FROM games WHERE due_at IS NOT NULL";
    OVERDUE:
        "SELECT g.state, r.name, g.seq, g.room FROM games g JOIN rooms r ON r.id = g.room
         WHERE g.due_at <= $1 ORDER BY g.due_at LIMIT $2";
    SET_ALIVE_AT: "UPDATE server_state SET alive_at = $1 WHERE id = 1";
    ALIVE_AT: "SELECT alive_at FROM server_state WHERE id = 1";
    POSTPONE_ALL: "UPDATE games SET due_at = due_at + $1 WHERE due_at IS NOT NULL";
    BEST_SCORES:
        select_score!(), " WHERE r.name = $1 AND s.opponent = 0 ORDER BY s.won DESC LIMIT $2";
    SCORES_OF_USER:
        select_score!(), " WHERE r.name = $1 AND s.user_id = $2 AND s.opponent > 0 LIMIT $3";
}

/// The opponent in the rows of `scores` that count a user's games against everybody.
const ANY_OPPONENT: UserId = UserId::SERVER;

/// The error of an event that belongs to no game.
const NO_GAME: Error = Error::Missing("the game of an event");

/// A game whose timer has run out.
pub struct OverdueGame {
    pub room: String,
    /// The room's row.
    room_id: i64,
    pub of: Seq,
    pub game: Game,
}

fn game_from_row(row: Row<'_>) -> Result<Game, Error> {
    json::read_required(row, 0)
}

/// Returns the game whose game message has this number in the room with this row.
pub fn find(db: Db<'_>, room_id: i64, of: Seq) -> Result<Option<Game>, Error> {
    db.row(sql::FIND, params![room_id, of], game_from_row)
}

/// Reads a game message's columns `state` and `due_at`: the present state of the game, with the
/// time that its timer has left. `None` if they are NULL.
pub fn present_state(row: Row<'_>, column: usize, now: i64) -> Result<Option<Game>, Error> {
    let game: Option<Game> = json::read(row, column)?;
    let due: Option<i64> = row.get(column + 1)?;
    Ok(game.map(|game| Game {
        left: due.map(|due| u64::try_from(due - now).unwrap_or(0)),
        ..game
    }))
}

/// Returns how many open and running games the user plays in or has offered; with `invited`, how
/// many invitations wait for the user's answer.
pub fn count_of_user(db: Db<'_>, user: UserId, invited: bool) -> Result<usize, Error> {
    let parameters = params![user, invited];
    db.one_row(sql::COUNT_OF_USER, parameters, |row| row.get(0))
}

/// Applies an event of the room with this row, and returns the new state of its game. `now` is when
/// its timer starts. Nothing else changes what is stored of games, except the timers.
///
/// # Errors
/// Besides the database's errors, [`Error::Missing`] if the event belongs to no game.
pub fn apply_event(db: Db<'_>, room_id: i64, event: &Message, now: i64) -> Result<Game, Error> {
    let played = event.played().ok_or(NO_GAME)?;
    let (of, game) = match played.of() {
        Some(of) => {
            let mut game = find(db, room_id, of)?.ok_or(NO_GAME)?;
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
            (event.seq, Game::of(event).ok_or(NO_GAME)?)
        }
    };
    save(db, room_id, of, &game)?;
    let players = [&game.by].into_iter().chain(&game.with).chain(&game.seats);
    for player in players {
        let invited = game.is_alive().then(|| game.is_invited(player.user));
        set_player(db, room_id, of, player.user, invited)?;
    }
    for result in game.results() {
        for against in [result.against, ANY_OPPONENT] {
            let users = (result.user, against);
            add_result(db, room_id, game.game, users, result.has_won)?;
        }
    }
    if game.resets_clock(event) {
        let due = game.time().map(|time| now + time);
        set_due(db, room_id, of, due)?;
        set_alive_at(db, now)?;
    }
    Ok(game)
}

fn save(db: Db<'_>, room_id: i64, of: Seq, game: &Game) -> Result<(), Error> {
    let state = json::write(game)?;
    db.execute(sql::SAVE, params![room_id, of, &state])?;
    Ok(())
}

/// Stores whether the game still waits for the user's answer (`invited`). `None` removes the user's
/// row: the game is over.
fn set_player(
    db: Db<'_>,
    room_id: i64,
    of: Seq,
    user: UserId,
    invited: Option<bool>,
) -> Result<(), Error> {
    match invited {
        Some(invited) => db.execute(sql::SET_PLAYER, params![user, room_id, of, invited])?,
        None => db.execute(sql::REMOVE_PLAYER, params![user, room_id, of])?,
    };
    Ok(())
}

/// Adds a finished game to a user's score. `won` is `None` for a draw.
fn add_result(
    db: Db<'_>,
    room_id: i64,
    game: GameName,
    (user, against): (UserId, UserId),
    won: Option<bool>,
) -> Result<(), Error> {
    let is = |result: Option<bool>| i64::from(won == result);
    db.execute(
        sql::ADD_RESULT,
        params![
            room_id,
            user,
            against,
            game.as_str(),
            is(Some(true)),
            is(None),
            is(Some(false)),
        ],
    )?;
    Ok(())
}

fn set_due(db: Db<'_>, room_id: i64, of: Seq, due: Option<i64>) -> Result<(), Error> {
    db.execute(sql::SET_DUE, params![due, room_id, of])?;
    Ok(())
}

/// Returns when the next timer runs out, in milliseconds since 1970, if any timer runs.
pub fn next_due(db: Db<'_>) -> Result<Option<i64>, Error> {
    db.one_row(sql::NEXT_DUE, [], |row| row.get(0))
}

/// Returns at most `most` games whose timers have run out, the earliest first.
///
/// A state that cannot be read (a newer version may have written it) loses its timer, so that it
/// does not block the other games.
pub fn overdue(db: Db<'_>, now: i64, most: usize) -> Result<Vec<OverdueGame>, Error> {
    let found = db.rows(sql::OVERDUE, params![now, most], |row| {
        let room: String = row.get(1)?;
        let (of, room_id): (Seq, i64) = (row.get(2)?, row.get(3)?);
        Ok((game_from_row(row), room, of, room_id))
    })?;
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
pub fn stop_timer(db: Db<'_>, game: &OverdueGame) -> Result<(), Error> {
    set_due(db, game.room_id, game.of, None)
}

/// Records that the server is running, if any timer runs.
pub fn record_alive(db: Db<'_>, now: i64) -> Result<(), Error> {
    match next_due(db)? {
        Some(_) => set_alive_at(db, now),
        None => Ok(()),
    }
}

fn set_alive_at(db: Db<'_>, now: i64) -> Result<(), Error> {
    db.execute(sql::SET_ALIVE_AT, params![now])?;
    Ok(())
}

/// Postpones all timers by the time since the server was last recorded as running. Called when the
/// server starts, and when it can write again: nobody could play in the meantime.
pub fn resume_timers(connection: &mut Connection, now: i64) -> Result<(), Error> {
    let transaction = connection.begin()?;
    let db = transaction.db();
    let alive_at: i64 = db.one_row(sql::ALIVE_AT, [], |row| row.get(0))?;
    let stopped_for = now - alive_at;
    if alive_at > 0 && stopped_for > 0 {
        db.execute(sql::POSTPONE_ALL, params![stopped_for])?;
    }
    record_alive(db, now)?;
    transaction.commit()
}

/// Returns the scores of a room: the best totals, and then this user's score against each opponent;
/// at most [`limits::SCORES`] of either.
pub fn scores(db: Db<'_>, room: &str, user: UserId) -> Result<Vec<Score>, Error> {
    let score = |row: Row<'_>| {
        let game: String = row.get(0)?;
        let game = GameName::parse(&game);
        let against: UserId = row.get(3)?;
        Ok(Score {
            game: game.ok_or_else(|| row.decode_error(0, "it is no game".into()))?,
            user: row.get(1)?,
            name: row.get(2)?,
            against: (against != ANY_OPPONENT).then_some(against),
            against_name: row.get(4)?,
            won: row.get(5)?,
            drawn: row.get(6)?,
            lost: row.get(7)?,
        })
    };
    let most = limits::SCORES;
    let mut scores = db.rows(sql::BEST_SCORES, params![room, most], score)?;
    scores.extend(db.rows(sql::SCORES_OF_USER, params![room, user, most], score)?);
    Ok(scores)
}

/// All rows about games except the timers, as text.
#[cfg(test)]
pub fn dump(db: Db<'_>) -> Vec<String> {
    let Db::Sqlite(db) = db;
    let tables = [
        "SELECT 'game', room, seq, state, NULL FROM games ORDER BY room, seq",
        "SELECT 'player', user_id, room, seq, invited FROM players ORDER BY 2, 3, 4",
        "SELECT 'score', room, user_id || ' ' || opponent, game || won || ' ' || drawn || ' ' || lost,
         NULL FROM scores ORDER BY 2, 3",
    ];
    let mut rows = Vec::new();
    for table in tables {
        let mut statement = db.prepare(table).expect("prepares the query");
        let mut found = statement.query([]).expect("runs the query");
        while let Some(row) = found.next().expect("reads a row") {
            let cell = |nth| super::sqlite::value(row, nth).expect("reads a column");
            rows.push(format!(
                "{:?} {:?} {:?} {:?}",
                cell(1),
                cell(2),
                cell(3),
                cell(4)
            ));
        }
    }
    rows
}
