//! Rules for the writer: whatever three users send, the messages of a fourth one are stored, and no
//! request makes the server fail.
//!
//! Each line of the input is a user (its first character) and a frame. A blank line ends a batch.

use std::fs;
use std::sync::OnceLock;

use parlor::frames::{FrameOutcome, FuzzWriter};
use protocol::{ClientFrame, Code};
use tempfile::TempDir;

/// The most lines that are read: more of them find nothing new.
const MOST_LINES: usize = 64;
/// The fourth user, as an index of `parlor::frames::USERS`, and the room of her messages.
const ANNA: usize = 0;
const ROOM: &str = "tea";
/// Milliseconds from one batch to the next. In the long run, games run out of time.
const BATCH_INTERVAL: i64 = 700;

/// Passes the frames of these lines to the writer.
///
/// # Panics
/// If a rule is broken, or if there is no folder for temporary files.
pub fn writer(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    let prepared = prepared().path().join("parlor.db");
    fs::copy(prepared, folder.path().join("parlor.db")).expect("a copy");
    let mut run = WriterRun {
        frames: FuzzWriter::open(folder.path()).expect("a writer"),
        sent: 0,
        now: BATCH_INTERVAL,
    };
    // Anna creates the room, because others could create one whose name only looks the same.
    run.write(Vec::new());
    let text = String::from_utf8_lossy(bytes);
    let mut batch = Vec::new();
    for line in text.split('\n').take(MOST_LINES) {
        match user_and_frame(line) {
            Some(sent) => batch.push(sent),
            None => run.write(std::mem::take(&mut batch)),
        }
    }
    run.write(batch);
    run.check_log();
}

/// A folder with a database of the newest version that has the users. It is made once.
fn prepared() -> &'static TempDir {
    static PREPARED: OnceLock<TempDir> = OnceLock::new();
    PREPARED.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        FuzzWriter::prepare(folder.path()).expect("a database");
        folder
    })
}

/// The user and the frame of a line; `None` for a line that a session would refuse.
fn user_and_frame(line: &str) -> Option<(usize, ClientFrame)> {
    let user = line.chars().next()?;
    let frame = ClientFrame::decode(&line[user.len_utf8()..]).ok()?;
    // Any user except Anna.
    Some((1 + user as usize % 3, frame))
}

struct WriterRun {
    frames: FuzzWriter,
    /// How many messages Anna has sent.
    sent: usize,
    now: i64,
}

impl WriterRun {
    /// Writes one batch, in which Anna sends a message before, between and after the others.
    fn write(&mut self, others: Vec<(usize, ClientFrame)>) {
        let mut batch = vec![self.message_of_anna()];
        for other in others {
            batch.push(other);
            batch.push(self.message_of_anna());
        }
        self.now += BATCH_INTERVAL;
        let answers = self.frames.write(&batch, self.now);
        let answers = answers.expect("no request makes a batch fail");
        for ((user, frame), answer) in batch.iter().zip(answers) {
            match answer {
                FrameOutcome::Stored(message) if *user == ANNA => assert_eq!(message.room, ROOM),
                answer if *user == ANNA => panic!("{frame:?}: {answer:?}"),
                FrameOutcome::Refused(code) => assert_ne!(code, Code::Internal, "{frame:?}"),
                FrameOutcome::Stored(_) | FrameOutcome::Nothing => {}
            }
        }
    }

    fn message_of_anna(&mut self) -> (usize, ClientFrame) {
        self.sent += 1;
        let frame = ClientFrame::Room {
            to: ROOM.to_owned(),
            id: Some(format!("anna {}", self.sent)),
            text: self.sent.to_string(),
        };
        (ANNA, frame)
    }

    /// The stored log has no gap, and has all messages of Anna, each once and in order.
    fn check_log(&self) {
        let log = self.frames.log(ROOM).expect("the room's log");
        assert!((1..).zip(&log).all(|(seq, message)| message.seq == seq));
        let from_anna = log
            .iter()
            .filter(|it| it.id.starts_with("anna ") && it.from == "Anna");
        let stored: Vec<_> = from_anna.map(|message| message.text().to_owned()).collect();
        let expected: Vec<_> = (1..=self.sent).map(|nth| nth.to_string()).collect();
        assert_eq!(stored, expected);
    }
}
