//! Who came into a room and who went out of it. Between two messages it is one line, however many
//! come and go; who went and came back has done neither.

use std::sync::Arc;

use protocol::Seq;

/// Lines that are kept; older ones are nobody's news any more.
const KEPT: usize = 100;

/// Some people came into a room or went out of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MembershipLine {
    /// The room's newest event when it happened: the line stands behind that one.
    pub after: Seq,
    /// Tells the lines of one room apart; another one each time something is added.
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

/// Moves names to one side of the door, if they have not just come from there.
fn pass(names: &[String], to: &mut Vec<String>, back: &mut Vec<String>) {
    for name in names {
        match back.iter().position(|known| known == name) {
            Some(place) => drop(back.remove(place)),
            None if !to.contains(name) => to.push(name.clone()),
            None => {}
        }
    }
}

impl MembershipLines {
    /// Notes who came and who went, behind the event `after`.
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
        pass(came, &mut line.came, &mut line.went);
        pass(went, &mut line.went, &mut line.came);
        if line.came.is_empty() && line.went.is_empty() {
            return;
        }
        if self.lines.len() == KEPT {
            self.lines.remove(0);
        }
        self.lines.push(Arc::new(line));
    }

    /// The lines behind the events from `first` (exclusive) to `last`.
    pub fn between(&self, first: Seq, last: Seq) -> impl Iterator<Item = &Arc<MembershipLine>> {
        let lines = self.lines.iter();
        lines.filter(move |line| first <= line.after && line.after <= last)
    }

    /// Forgets what stands before an event.
    pub fn forget_before(&mut self, first: Seq) {
        self.lines.retain(|line| line.after + 1 >= first);
    }
}
