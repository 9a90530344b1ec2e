//! The users who joined a room and who left it. Between two messages there is one line, however
//! many users join and leave. A user who left and came back is not in it.

use std::sync::Arc;

use protocol::Seq;

/// Lines that are kept; older ones are of no interest any more.
const MAX_LINES: usize = 100;

/// Users who joined and left.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MembershipLine {
    /// The room's newest event at that time: the line is after that event.
    pub after: Seq,
    /// Identifies a line of the room; it changes with each change of the line.
    pub nth: u32,
    pub came: Vec<String>,
    pub went: Vec<String>,
}

/// The lines of one room, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MembershipLines {
    lines: Vec<Arc<MembershipLine>>,
    noted: u32,
}

/// Moves names to one list, unless that only undoes their place in the other list.
fn move_names(names: &[String], to: &mut Vec<String>, back: &mut Vec<String>) {
    for name in names {
        match back.iter().position(|known| known == name) {
            Some(place) => drop(back.remove(place)),
            None if !to.contains(name) => to.push(name.clone()),
            None => {}
        }
    }
}

impl MembershipLines {
    /// Records who joined and who left after the event `after`.
    pub fn note(&mut self, after: Seq, came: &[String], went: &[String]) {
        if came.is_empty() && went.is_empty() {
            return;
        }
        self.noted += 1;
        let mut line = match self.lines.pop_if(|line| line.after == after) {
            Some(line) => Arc::unwrap_or_clone(line),
            None => MembershipLine {
                after,
                nth: 0,
                came: Vec::new(),
                went: Vec::new(),
            },
        };
        line.nth = self.noted;
        move_names(came, &mut line.came, &mut line.went);
        move_names(went, &mut line.went, &mut line.came);
        if line.came.is_empty() && line.went.is_empty() {
            return;
        }
        if self.lines.len() == MAX_LINES {
            self.lines.remove(0);
        }
        self.lines.push(Arc::new(line));
    }

    /// The lines after the events from `first` to `last`, both inclusive.
    pub fn between(&self, first: Seq, last: Seq) -> impl Iterator<Item = &Arc<MembershipLine>> {
        let lines = self.lines.iter();
        lines.filter(move |line| first <= line.after && line.after <= last)
    }

    /// Forgets the lines before an event.
    pub fn forget_before(&mut self, first: Seq) {
        self.lines.retain(|line| line.after + 1 >= first);
    }
}
