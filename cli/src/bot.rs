//! `parlor bot`: a bot that plays a game. It accepts every invitation that it may accept, plays any
//! number of games at a time, and reconnects after every loss of its connection.
//!
//! [`GameTracker`] is the bot's state, a pure value that events change; this file drives it.
//! Deliberately absent: the rules of games, and the choice of moves
//! ([`Bot`](protocol::games::Bot)), which are in [`protocol::games`].

mod game_tracker;

use std::time::{Duration, UNIX_EPOCH};

use anyhow::Context as _;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use game_tracker::{GameTracker, Step};
use protocol::{
    ClientFrame, Message, Seq, ServerFrame,
    games::{Act, GameName, Moves},
    limits,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    time::{Instant, sleep_until},
};

use crate::{
    LOG_TARGET,
    async_client::{Address, Client, Event, Identity},
    login::{block_on, room},
};

/// How long to wait before accepting an invitation again that could not be accepted.
const RETRY_TIME: Duration = Duration::from_secs(5);

/// The options of `parlor bot`.
#[derive(clap::Args, Clone, Debug)]
pub struct BotArgs {
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
        value_parser = console::check_filter,
        default_value = "info"
    )]
    log: String,
}

/// The games that a bot plays.
fn games() -> PossibleValuesParser {
    let played = GameName::ALL.iter().filter(|game| game.bot().is_some());
    PossibleValuesParser::new(played.map(|game| game.spelled()))
}

fn game(name: String) -> Result<GameName, String> {
    GameName::spelled_as(&name).ok_or_else(|| "there is no game with that name".to_owned())
}

impl BotArgs {
    /// Plays until SIGTERM or SIGINT.
    ///
    /// # Errors
    /// Why the bot cannot play, as a sentence: the URL, the nickname, or a room.
    pub fn run(self) -> anyhow::Result<()> {
        console::log_to_standard_error(&self.log);
        block_on(play(&self))?
    }
}

async fn play(args: &BotArgs) -> anyhow::Result<()> {
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    let bot = args.game.bot().context("no bot plays that game")?;
    let nickname = args.nick.as_deref().unwrap_or(bot.nickname());
    let identity = Identity::Nickname(nickname.to_owned());
    let stopped = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    tokio::pin!(stopped);
    // The first choice examines every position, so it is made before a user waits for it.
    let _ = bot.choose(Moves::default(), 0);
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
    // Only this request returns the games of private conversations.
    client.request(ClientFrame::Games);
    let mut tracker = GameTracker::new(args.game, client.user());
    let mut retry_at: Option<Instant> = None;
    loop {
        let steps = tokio::select! {
            event = client.next() => handle(event?, &mut tracker, &mut client)?,
            () = sleep_until(retry_at.unwrap_or_else(Instant::now)), if retry_at.is_some() => {
                retry_at = None;
                tracker.retry()
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
                // A game continues even if standard output is closed.
                Step::Print(line) => drop(console::print(line)),
            }
        }
        if tracker.has_deferred() && retry_at.is_none() {
            retry_at = Some(Instant::now() + RETRY_TIME);
        }
    }
}

fn handle(
    event: Event,
    tracker: &mut GameTracker,
    client: &mut Client,
) -> anyhow::Result<Vec<Step>> {
    Ok(match event {
        Event::Welcome(_) => {
            tracing::info!(target: LOG_TARGET, "reconnected");
            client.request(ClientFrame::Games);
            Vec::new()
        }
        Event::Joined {
            joined,
            starts_over,
        } => {
            if starts_over {
                tracker.mark_stale(&joined.room);
                client.request(page_before(&joined.room, None));
            }
            Vec::new()
        }
        Event::Message(message) => tracker.apply(&message),
        Event::Other(ServerFrame::Games(games)) => tracker.replace_stale(&games.games),
        Event::Other(ServerFrame::History(page)) => {
            // `joined` has the newest messages only, and an invitation may be older.
            let first = page.messages.first().filter(|first| may_be_open(first));
            if let Some(first) = first.filter(|_| page.more) {
                client.request(page_before(&page.room, Some(first.seq)));
            }
            let messages = page.messages.iter();
            messages.flat_map(|it| tracker.apply(it)).collect()
        }
        Event::Refused { message, refusal } => {
            let (room, code) = (message.to.name(), refusal.code.as_str());
            tracing::info!(target: LOG_TARGET, room, code, "refused");
            tracker.refused(&message, refusal.code);
            Vec::new()
        }
        Event::JoinRefused { room, refusal } => anyhow::bail!("{room}: {}", refusal.message),
        Event::Disconnected | Event::Stored { .. } | Event::Other(_) => Vec::new(),
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

/// Whether this may be an invitation that has not expired, by this machine's clock. An invitation
/// expires after a day, so the clock may be slightly wrong.
fn may_be_open(message: &Message) -> bool {
    let sent = UNIX_EPOCH + Duration::from_millis(message.at.unsigned_abs());
    // A message from the future has not expired either.
    sent.elapsed()
        .map_or(true, |age| age < limits::INVITATION_TIME)
}
