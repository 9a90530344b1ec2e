//! `parlor bot`: somebody to play with. It accepts every invitation to its game that it may, plays any
//! number of games at a time, and comes back after whatever happens to its line.
//!
//! [`Tables`] are all that it knows, a pure value that events change; this file drives them. Which
//! place to play at is all that a game has to say: [`tic_tac_toe`]. Deliberately absent: everything
//! about a game that the server refers to its rules for, which stands in [`protocol::games`].

mod tables;
mod tic_tac_toe;

use std::time::{Duration, UNIX_EPOCH};

use anyhow::Context as _;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use protocol::{
    ClientFrame, Message, RoomName, Seq, ServerFrame,
    games::{Act, GameName},
    limits,
};
use tables::{Step, Tables};
use tokio::{
    signal::unix::{SignalKind, signal},
    time::{Instant, sleep_until},
};

use crate::{
    client::{Address, Client, Event, Identity},
    log, tls,
};

/// After so long an invitation is accepted once more that could not be accepted for now.
const AGAIN: Duration = Duration::from_secs(5);

/// What a bot is started with.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The game to play
    #[arg(value_name = "GAME", value_parser = games().try_map(game))]
    game: GameName,

    /// The server's URL, like http://localhost:3000
    #[arg(
        long,
        env = "PARLOR_URL",
        value_name = "URL",
        default_value = "http://127.0.0.1:3000"
    )]
    url: String,

    /// A room to play in; may be repeated
    #[arg(long, value_name = "ROOM", required = true, value_parser = room)]
    room: Vec<String>,

    /// The bot's nickname; the default depends on the game
    #[arg(long, value_name = "NICKNAME")]
    nick: Option<String>,

    /// Games to start in each room at once, open to anyone
    #[arg(long, value_name = "N", default_value_t = 0,
          value_parser = clap::value_parser!(u32).range(..=limits::GAMES_PER_USER as i64))]
    invite: u32,

    /// What to log on standard error, such as `info` or `parlor=debug`
    #[arg(
        long,
        env = "PARLOR_LOG",
        value_name = "FILTER",
        value_parser = log::check_filter,
        default_value = "info"
    )]
    log: String,
}

/// The games, by what they are called.
fn games() -> PossibleValuesParser {
    PossibleValuesParser::new(GameName::ALL.map(title))
}

/// What a game is called on the command line.
fn title(game: GameName) -> &'static str {
    match game {
        GameName::TicTacToe => "tic-tac-toe",
    }
}

fn game(name: String) -> Result<GameName, String> {
    let mut all = GameName::ALL.into_iter();
    all.find(|game| title(*game) == name)
        .ok_or_else(|| "there is no game with that name".to_owned())
}

fn room(name: &str) -> Result<String, String> {
    match RoomName::parse(name) {
        Ok(room) => Ok(room.as_str().to_owned()),
        Err(refusal) => Err(refusal.message),
    }
}

/// How the bot calls itself that plays this.
fn nickname(game: GameName) -> &'static str {
    match game {
        GameName::TicTacToe => "Tictac",
    }
}

/// Where to play next; none if it is over.
fn choose(game: GameName, moves: &[String]) -> Option<String> {
    match game {
        GameName::TicTacToe => tic_tac_toe::choose(moves),
    }
}

/// Plays until SIGTERM or SIGINT.
///
/// # Errors
/// What hinders it, as a sentence: the address, the nickname, or a room.
pub fn run(args: Args) -> anyhow::Result<()> {
    log::to_standard_error(&args.log);
    tls::use_ring();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the async runtime")?;
    runtime.block_on(play(&args))
}

async fn play(args: &Args) -> anyhow::Result<()> {
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    let nickname = args.nick.as_deref().unwrap_or(nickname(args.game));
    let identity = Identity::Nickname(nickname.to_owned());
    let stopped = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    tokio::pin!(stopped);
    // The first choice looks at every position there is: better before somebody waits for it.
    let _ = choose(args.game, &[]);
    let mut client = tokio::select! {
        client = Client::open(Address::parse(&args.url)?, identity) => client?,
        () = &mut stopped => return Ok(()),
    };
    for room in &args.room {
        client.join(room);
        for _ in 0..args.invite {
            let invite = Act::Invite {
                game: args.game,
                with: None,
                clock: None,
            };
            client.play(room, invite);
        }
    }
    // Games of conversations that it is told of by nothing else.
    client.ask(ClientFrame::Games);
    let mut tables = Tables::new(args.game, client.user());
    let mut again = None;
    loop {
        let steps = tokio::select! {
            event = client.next() => attend(event?, &mut tables, &mut client)?,
            () = sleep_until(again.unwrap_or_else(Instant::now)), if again.is_some() => {
                again = None;
                tables.try_again()
            }
            () = &mut stopped => {
                client.close().await;
                return Ok(());
            }
        };
        for step in steps {
            match step {
                Step::Play { room, act } => {
                    client.play(&room, act);
                }
                Step::Tell(line) => tell(&line),
            }
        }
        if tables.wait() && again.is_none() {
            again = Some(Instant::now() + AGAIN);
        }
    }
}

fn attend(event: Event, tables: &mut Tables, client: &mut Client) -> anyhow::Result<Vec<Step>> {
    Ok(match event {
        Event::Welcome(_) => {
            tracing::info!("reconnected");
            client.ask(ClientFrame::Games);
            Vec::new()
        }
        Event::Joined { joined, is_afresh } => {
            if is_afresh {
                tables.doubt(&joined.room);
                client.ask(page_before(&joined.room, None));
            }
            Vec::new()
        }
        Event::Message(message) => tables.hear(&message),
        Event::Other(ServerFrame::Games(games)) => tables.settle(&games.games),
        Event::Other(ServerFrame::History(page)) => {
            // Whoever joins is told the newest messages only, and an invitation may be older.
            let first = page.messages.first().filter(|first| may_be_open(first));
            if let Some(first) = first.filter(|_| page.more) {
                client.ask(page_before(&page.room, Some(first.seq)));
            }
            let cards = page.messages.iter();
            cards.flat_map(|card| tables.hear(card)).collect()
        }
        Event::Refused { draft, refusal } => {
            tracing::info!(draft.to, code = refusal.code.as_str(), "refused");
            tables.refused(&draft, refusal.code);
            Vec::new()
        }
        Event::NotJoined { room, refusal } => anyhow::bail!("{room}: {}", refusal.message),
        Event::Lost | Event::Stored { .. } | Event::Other(_) => Vec::new(),
    })
}

fn page_before(room: &str, before: Option<Seq>) -> ClientFrame {
    ClientFrame::History {
        room: room.to_owned(),
        before,
        limit: Some(limits::HISTORY_PAGE as u64),
        all: false,
    }
}

/// Could this be an invitation that has not lapsed? By this machine's clock: a day is long enough for
/// it to be a little wrong.
fn may_be_open(message: &Message) -> bool {
    let said = UNIX_EPOCH + Duration::from_millis(message.at.unsigned_abs());
    // Said in the future, it has not lapsed either.
    said.elapsed()
        .map_or(true, |age| age < limits::INVITATION_TIME)
}

/// On standard output. That nobody reads it is no reason to leave a game.
fn tell(line: &str) {
    let _ = log::print(line);
}
