//! What several users send to the writer. Whatever three of them send, the messages of the fourth are
//! stored, and no request makes the server fail.
//!
//! A line is a user (its first character) and a frame; a blank line ends a batch.

use std::fs;
use std::sync::OnceLock;

use parlor::frames::{FrameOutcome, FuzzWriter};
use protocol::{ClientFrame, Code};
use tempfile::TempDir;

/// Longer stories say nothing new.
const LONGEST: usize = 64;
/// The user who behaves well, as an index in `parlor::frames::USERS`, and the room that she uses.
const ANNA: usize = 0;
const ROOM: &str = "tea";
/// From one batch to the next, in milliseconds: games' clocks run out.
const STEP: i64 = 700;

/// Feeds the writer what these lines hold.
///
/// # Panics
/// If a rule is broken, or there is no folder for temporary files.
pub fn writer(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    let prepared = prepared().path().join("parlor.db");
    fs::copy(prepared, folder.path().join("parlor.db")).expect("a copy");
    let mut story = Story {
        frames: FuzzWriter::open(folder.path()).expect("a writer"),
        said: 0,
        now: STEP,
    };
    // She is there first, or somebody else may have the room's name.
    story.write(Vec::new());
    let text = String::from_utf8_lossy(bytes);
    let mut batch = Vec::new();
    for line in text.split('\n').take(LONGEST) {
        match user_and_frame(line) {
            Some(sent) => batch.push(sent),
            None => story.write(std::mem::take(&mut batch)),
        }
    }
    story.write(batch);
    story.look();
}

/// A database of the newest version with the users in it, made once.
fn prepared() -> &'static TempDir {
    static PREPARED: OnceLock<TempDir> = OnceLock::new();
    PREPARED.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        FuzzWriter::prepare(folder.path()).expect("a database");
        folder
    })
}

/// None for a line that is none, or that a session would refuse.
fn user_and_frame(line: &str) -> Option<(usize, ClientFrame)> {
    let user = line.chars().next()?;
    let frame = ClientFrame::decode(&line[user.len_utf8()..]).ok()?;
    // Anybody but Anna.
    Some((1 + user as usize % 3, frame))
}

struct Story {
    frames: FuzzWriter,
    said: usize,
    now: i64,
}

impl Story {
    /// Writes one batch, in which Anna says something before, between and after the others.
    fn write(&mut self, others: Vec<(usize, ClientFrame)>) {
        let mut batch = vec![self.anna()];
        for other in others {
            batch.push(other);
            batch.push(self.anna());
        }
        self.now += STEP;
        let answers = self.frames.write(&batch, self.now);
        let answers = answers.expect("no request fails a batch");
        for ((user, frame), answer) in batch.iter().zip(answers) {
            match answer {
                FrameOutcome::Stored(message) if *user == ANNA => assert_eq!(message.room, ROOM),
                answer if *user == ANNA => panic!("{frame:?}: {answer:?}"),
                FrameOutcome::Refused(code) => assert_ne!(code, Code::Internal, "{frame:?}"),
                FrameOutcome::Stored(_) | FrameOutcome::Nothing => {}
            }
        }
    }

    fn anna(&mut self) -> (usize, ClientFrame) {
        self.said += 1;
        let frame = ClientFrame::Room {
            to: ROOM.to_owned(),
            id: Some(format!("anna {}", self.said)),
            text: self.said.to_string(),
        };
        (ANNA, frame)
    }

    /// What is stored is a log without a gap, with all that Anna said in it, once and in order.
    fn look(&self) {
        let log = self.frames.log(ROOM).expect("the room's log");
        assert!((1..).zip(&log).all(|(seq, message)| message.seq == seq));
        let hers = log
            .iter()
            .filter(|it| it.id.starts_with("anna ") && it.from == "Anna");
        let said: Vec<_> = hers.map(|message| message.text.clone()).collect();
        let expected: Vec<_> = (1..=self.said).map(|nth| nth.to_string()).collect();
        assert_eq!(said, expected);
    }
}
