//! What begins with a slash.

use protocol::{
    Seq,
    games::{Act, GameName},
};

/// Something to be done.
#[derive(Debug, Eq, PartialEq)]
pub enum Command {
    Say(String),
    Whisper { to: String, text: String },
    Join(String),
    Leave,
    Who,
    Play(Act),
    Help,
    Quit,
}

/// What there is, for `/help`.
pub const HELP: &[&str] = &[
    "/join ROOM             go into a room",
    "/leave                 go out of this one",
    "/msg NICKNAME TEXT     say something in private",
    "/who                   who is here",
    "/play                  offer a game; /play NICKNAME offers it to one person",
    "/play #12              accept the game whose number is 12",
    "/play #12 b2           play at b2; “resign” and “draw” go there, too",
    "/quit                  leave",
    "Alt and an arrow, or Ctrl-N and Ctrl-P: another place. Page up and down: what was said before.",
    "To say something that begins with a slash, type two.",
];

/// Reads a line.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub fn read(line: &str) -> Result<Command, String> {
    let Some(rest) = line.strip_prefix('/') else {
        return Ok(Command::Say(line.to_owned()));
    };
    if rest.starts_with('/') {
        return Ok(Command::Say(rest.to_owned()));
    }
    let (name, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let rest = rest.trim();
    match (name, rest) {
        ("join", "") => Err("Into which room? /join ROOM".to_owned()),
        ("join", room) => Ok(Command::Join(room.to_owned())),
        ("leave", "") => Ok(Command::Leave),
        ("msg", rest) => match rest.split_once(char::is_whitespace) {
            Some((to, text)) => Ok(Command::Whisper {
                to: to.to_owned(),
                text: text.trim().to_owned(),
            }),
            None => Err("To whom, and what? /msg NICKNAME TEXT".to_owned()),
        },
        ("who", "") => Ok(Command::Who),
        ("play", rest) => play(rest).map(Command::Play),
        ("help", _) => Ok(Command::Help),
        ("quit", "") => Ok(Command::Quit),
        _ => Err(format!(
            "There is no “/{name}” like that. /help tells what there is."
        )),
    }
}

fn play(rest: &str) -> Result<Act, String> {
    let Some(numbered) = rest.strip_prefix('#') else {
        let [game] = GameName::ALL;
        return Ok(Act::Invite {
            game,
            with: (!rest.is_empty()).then(|| rest.to_owned()),
            clock: None,
        });
    };
    let (of, deed) = numbered
        .split_once(char::is_whitespace)
        .unwrap_or((numbered, ""));
    let of: Seq = of
        .parse()
        .map_err(|_| "A game has a number: /play #12".to_owned())?;
    Ok(match deed.trim() {
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
    fn a_slash_commands_and_two_are_said() {
        assert_eq!(read("hello"), Ok(Command::Say("hello".into())));
        assert_eq!(read("//etc"), Ok(Command::Say("/etc".into())));
        assert_eq!(
            read("/join  tea room "),
            Ok(Command::Join("tea room".into()))
        );
        let whisper = Command::Whisper {
            to: "Ben".into(),
            text: "are you there?".into(),
        };
        assert_eq!(read("/msg Ben are you there?"), Ok(whisper));
        assert_eq!(read("/play #12"), Ok(Command::Play(Act::Accept { of: 12 })));
        let b2 = Act::Move {
            of: 12,
            at: "b2".into(),
        };
        assert_eq!(read("/play #12 b2"), Ok(Command::Play(b2)));
        for wrong in [
            "/",
            "/join",
            "/msg",
            "/msg Ben",
            "/play #x",
            "/dance",
            "/quit now",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
