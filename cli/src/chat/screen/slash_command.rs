//! Parses what the user enters: a message, or a command that begins with a slash.

use protocol::{
    Seq,
    games::{Act, GameName},
};

/// A parsed line.
#[derive(Debug, Eq, PartialEq)]
pub enum SlashCommand {
    Send(String),
    SendDirect { to: String, text: String },
    Join(String),
    Leave,
    Who,
    Play(Act),
    Help,
    Quit,
}

/// The answer to `/help`.
pub const HELP: &[&str] = &[
    "/join ROOM             join a room",
    "/leave                 leave this room",
    "/msg NICKNAME TEXT     send a private message",
    "/who                   list who is online here",
    "/play                  start a game; /play NICKNAME invites one person",
    "/play GAME NICKNAME    the same, if there are several games",
    "/play #12              accept game 12",
    "/play #12 b2           play at b2 in game 12; “resign” and “draw” also work here",
    "/quit                  exit",
    "Alt-Up, Alt-Down, Ctrl-P, Ctrl-N: switch conversations. Page Up, Page Down: scroll.",
    "To send a message that starts with a slash, type two slashes.",
];

/// Parses a line.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub fn parse(line: &str) -> Result<SlashCommand, String> {
    let Some(rest) = line.strip_prefix('/') else {
        return Ok(SlashCommand::Send(line.to_owned()));
    };
    if rest.starts_with('/') {
        return Ok(SlashCommand::Send(rest.to_owned()));
    }
    let (name, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let rest = rest.trim();
    match (name, rest) {
        ("join", "") => Err("Which room? Use /join ROOM.".to_owned()),
        ("join", room) => Ok(SlashCommand::Join(room.to_owned())),
        ("leave", "") => Ok(SlashCommand::Leave),
        ("msg", rest) => match rest.split_once(char::is_whitespace) {
            Some((to, text)) => Ok(SlashCommand::SendDirect {
                to: to.to_owned(),
                text: text.trim().to_owned(),
            }),
            None => {
                Err("Who should get it, and what should it say? Use /msg NICKNAME TEXT.".to_owned())
            }
        },
        ("who", "") => Ok(SlashCommand::Who),
        ("play", rest) => play(rest).map(SlashCommand::Play),
        ("help", _) => Ok(SlashCommand::Help),
        ("quit", "") => Ok(SlashCommand::Quit),
        _ => Err(format!("Unknown command /{name}. Try /help.")),
    }
}

fn play(rest: &str) -> Result<Act, String> {
    let Some(numbered) = rest.strip_prefix('#') else {
        let (first, others) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let (game, with) = match GameName::spelled_as(first) {
            Some(game) => (game, others.trim()),
            None => (GameName::ALL[0], rest),
        };
        return Ok(Act::Invite {
            game,
            with: (!with.is_empty()).then(|| with.to_owned()),
            clock: None,
        });
    };
    let (of, act) = numbered
        .split_once(char::is_whitespace)
        .unwrap_or((numbered, ""));
    let of: Seq = of
        .parse()
        .map_err(|_| "Which game? Use its number, like /play #12.".to_owned())?;
    Ok(match act.trim() {
        "" | "accept" => Act::Accept { of },
        "decline" => Act::Decline { of },
        "withdraw" => Act::Withdraw { of },
        "resign" => Act::Resign { of },
        "draw" => Act::Draw { of },
        "rematch" => Act::Rematch { of },
        at => Act::Move {
            of,
            at: at.to_owned(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_begins_a_command_and_two_begin_a_message() {
        assert_eq!(parse("hello"), Ok(SlashCommand::Send("hello".into())));
        assert_eq!(parse("//etc"), Ok(SlashCommand::Send("/etc".into())));
        assert_eq!(
            parse("/join  tea room "),
            Ok(SlashCommand::Join("tea room".into()))
        );
        let direct = SlashCommand::SendDirect {
            to: "Ben".into(),
            text: "are you there?".into(),
        };
        assert_eq!(parse("/msg Ben are you there?"), Ok(direct));
        assert_eq!(
            parse("/play #12"),
            Ok(SlashCommand::Play(Act::Accept { of: 12 }))
        );
        let b2 = Act::Move {
            of: 12,
            at: "b2".into(),
        };
        assert_eq!(parse("/play #12 b2"), Ok(SlashCommand::Play(b2)));
        let game = GameName::ALL[0].spelled();
        for (line, with) in [
            ("/play".to_owned(), None),
            ("/play Ben B.".to_owned(), Some("Ben B.")),
            (format!("/play {game}"), None),
            (format!("/play {game} Ben B."), Some("Ben B.")),
        ] {
            let invite = Act::Invite {
                game: GameName::ALL[0],
                with: with.map(str::to_owned),
                clock: None,
            };
            assert_eq!(parse(&line), Ok(SlashCommand::Play(invite)), "{line}");
        }
        for wrong in [
            "/",
            "/join",
            "/msg",
            "/msg Ben",
            "/play #x",
            "/dance",
            "/quit now",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
