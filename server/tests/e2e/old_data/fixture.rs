//! Starts servers on copies of the fixture, connects its users, and asks what they can see.

use std::{collections::BTreeMap, path::Path};

use protocol::{
    ServerFrame,
    frame::{self, Joined},
};
use serde_json::json;

use super::expected::{Direct, Event, Expected, Line, Marker, Read};
use crate::{browser::Browser, client::Client, private_conversations::directs, server::Server};

pub const FOLDER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/fixtures/before_standard_terms"
);
/// The room with the games.
pub const GAMES: &str = "board games";
const PUBLIC: [&str; 5] = ["tea", "Кухня", GAMES, "ops", "announcements"];

/// Copies the fixture, as if the old server had stopped an hour ago: sessions end when they are not
/// used for 30 days, and the fixture is older. `change` is SQL for the old tables.
fn copy(data: &Path, change: &str) {
    let database = data.join("parlor.db");
    std::fs::copy(format!("{FOLDER}/parlor.db"), &database).expect("copied");
    let db = rusqlite::Connection::open(database).expect("a database");
    let version: i64 = db
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .expect("a version");
    assert_eq!(version, 6, "the fixture is never migrated itself");
    // The old name of the table `server_state`, found by its column.
    let state: String = db
        .query_row(
            "SELECT t.name FROM sqlite_master t JOIN pragma_table_info(t.name) c
             WHERE t.type = 'table' AND c.name = 'alive_at'",
            [],
            |row| row.get(0),
        )
        .expect("one table");
    db.execute_batch(&format!(
        "CREATE TEMP TABLE later AS
         SELECT (CAST(strftime('%s', 'now') AS INTEGER) - 3600) * 1000 - alive_at AS ms FROM {state};
         UPDATE sessions SET used_at = used_at + (SELECT ms FROM later);
         UPDATE games SET due_at = due_at + (SELECT ms FROM later) WHERE due_at IS NOT NULL;
         UPDATE {state} SET alive_at = alive_at + (SELECT ms FROM later);"
    ))
    .expect("the old tables");
    db.execute_batch(change).expect("the old tables");
}

/// Starts the server on a copy of the fixture.
pub fn start() -> Server {
    start_after("")
}

/// Starts the server on a copy of the fixture that this SQL, for the old tables, has changed.
pub fn start_after(change: &str) -> Server {
    Server::with_data(|data| copy(data, change))
}

/// Connects as a user of the fixture, by the old cookie or token.
pub async fn connect(server: &Server, expected: &Expected, nickname: &str) -> Client {
    let user = &expected.users[nickname];
    let (client, name) = match user.cookie.split_once('=') {
        Some((cookie, value)) => {
            let mut browser = Browser::new(server);
            browser.cookies.insert(cookie.to_owned(), value.to_owned());
            browser.socket(server, "/ws").await
        }
        None => {
            let mut client = Client::connect(server).await;
            client
                .send(json!({"type": "login", "token": user.token}))
                .await;
            let name = client.until_welcome().await;
            (client, name)
        }
    };
    assert_eq!((name.as_str(), client.user), (nickname, user.id));
    client
}

/// Joins a room; returns the whole answer.
pub async fn join(client: &mut Client, room: &str) -> Joined {
    client.send(json!({"type": "join", "room": room})).await;
    client
        .until(|frame| match frame {
            ServerFrame::Joined(joined) => Some(joined.clone()),
            ServerFrame::Error(frame::Error { message, .. }) => panic!("refused: {message}"),
            _ => None,
        })
        .await
}

/// All events of a room, read page by page.
pub async fn history(client: &mut Client, room: &str) -> Vec<Event> {
    let mut events = Vec::<Event>::new();
    loop {
        let mut ask = json!({"type": "history", "room": room, "limit": 20, "all": true});
        if let Some(first) = events.first() {
            ask["before"] = first.seq.into();
        }
        client.send(ask).await;
        let page = client.until(|frame| match frame {
            ServerFrame::History(page) => Some(page.clone()),
            _ => None,
        });
        let page = page.await;
        events.splice(..0, Event::all(&page.messages));
        if !page.more {
            return events;
        }
    }
}

/// What a user has read, as `joined` and `rooms` say it.
pub async fn read_markers(client: &mut Client) -> Read {
    let mut rooms = BTreeMap::new();
    for room in PUBLIC {
        if let Some(marker) = Marker::of(&join(client, room).await) {
            rooms.insert(room.to_owned(), marker);
        }
    }
    let directs = directs(client).await.into_iter().map(Direct::of);
    Read {
        rooms,
        directs: directs.collect(),
    }
}

pub async fn scores(client: &mut Client, room: &str) -> Vec<Line> {
    client.send(json!({"type": "scores", "room": room})).await;
    client
        .until(|frame| match frame {
            ServerFrame::Scores(scores) => Some(scores.scores.iter().map(Line::of).collect()),
            _ => None,
        })
        .await
}
