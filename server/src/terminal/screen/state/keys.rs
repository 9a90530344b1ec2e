//! What keys do.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use protocol::{ClientFrame, is_direct};

use super::{
    super::command::{self, Command, HELP},
    Drawn, Errand, Place, State,
};

/// Messages that are asked for at once.
const PAGE: u64 = 100;

impl State {
    /// Something was pasted.
    pub fn paste(&mut self, text: &str) -> Vec<Errand> {
        self.composer.insert(text);
        Vec::new()
    }

    /// A key was pressed.
    pub fn press(&mut self, key: KeyEvent) -> Vec<Errand> {
        if key.kind == KeyEventKind::Release {
            return Vec::new();
        }
        self.problem = None;
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        let is_alt = key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char('c' | 'd') if is_control => return vec![Errand::Quit],
            KeyCode::Char('n') if is_control => return self.turn(1),
            KeyCode::Char('p') if is_control => return self.turn(-1),
            KeyCode::Down if is_alt => return self.turn(1),
            KeyCode::Up if is_alt => return self.turn(-1),
            KeyCode::Char('w') if is_control => self.composer.delete_word(),
            KeyCode::Char('u') if is_control => drop(self.composer.take()),
            KeyCode::Char('a') if is_control => self.composer.home(),
            KeyCode::Char('e') if is_control => self.composer.end(),
            KeyCode::Char(_) if is_control || is_alt => {}
            KeyCode::Char(c) => self.composer.insert(c.encode_utf8(&mut [0; 4])),
            KeyCode::Backspace => self.composer.backspace(),
            KeyCode::Delete => self.composer.delete(),
            KeyCode::Left => self.composer.left(),
            KeyCode::Right => self.composer.right(),
            KeyCode::Home => self.composer.home(),
            KeyCode::End => self.composer.end(),
            KeyCode::PageUp => return self.go_up(),
            KeyCode::PageDown => self.go_down(),
            KeyCode::Enter => return self.enter_line(),
            _ => {}
        }
        Vec::new()
    }

    fn turn(&mut self, by: isize) -> Vec<Errand> {
        let count = self.places.len().max(1);
        self.here = (self.here + count).saturating_add_signed(by) % count;
        let Some(place) = self.places.get_mut(self.here) else {
            return Vec::new();
        };
        let mut errands = Vec::new();
        if place.lines.is_empty() && is_direct(&place.room) {
            errands.push(Errand::Join(place.room.clone()));
        }
        if std::mem::take(&mut place.unread) > 0 && place.last() > 0 {
            let (room, seq) = (place.room.clone(), place.last());
            errands.push(Errand::Ask(ClientFrame::Read { room, seq }));
        }
        errands
    }

    fn go_up(&mut self) -> Vec<Errand> {
        let Some(place) = self.places.get_mut(self.here) else {
            return Vec::new();
        };
        let Drawn { rows, seen } = place.drawn;
        place.up += seen.saturating_sub(1);
        // Of the rows above what is seen no more are made than are needed: these are all.
        let is_at_top = place.up + seen > rows;
        if !is_at_top || !place.has_more || place.is_asking {
            return Vec::new();
        }
        let Some(first) = place.first() else {
            return Vec::new();
        };
        place.is_asking = true;
        vec![Errand::Ask(ClientFrame::History {
            room: place.room.clone(),
            before: Some(first),
            limit: Some(PAGE),
            all: false,
        })]
    }

    fn go_down(&mut self) {
        if let Some(place) = self.places.get_mut(self.here) {
            place.up = place.up.saturating_sub(place.drawn.seen.saturating_sub(1));
        }
    }

    fn enter_line(&mut self) -> Vec<Errand> {
        let line = self.composer.take();
        if line.trim().is_empty() {
            return Vec::new();
        }
        let done = command::read(&line).and_then(|command| self.obey(command));
        done.unwrap_or_else(|problem| {
            self.problem = Some(problem);
            self.composer.put_back(line);
            Vec::new()
        })
    }

    fn obey(&mut self, command: Command) -> Result<Vec<Errand>, String> {
        let nowhere = || "Join a room first: /join ROOM".to_owned();
        let room = self.place().map(|place| place.room.clone());
        Ok(match command {
            Command::Say(text) => {
                let to = room.ok_or_else(nowhere)?;
                self.sending += 1;
                self.places[self.here].up = 0;
                vec![Errand::Say { to, text }]
            }
            Command::Whisper { to, text } => {
                self.sending += 1;
                vec![Errand::Whisper { to, text }]
            }
            Command::Play(act) => {
                let room = room.ok_or_else(nowhere)?;
                self.sending += 1;
                vec![Errand::Play { room, act }]
            }
            Command::Join(room) => {
                self.enter(&room);
                let is_it = |place: &Place| place.room == room;
                self.here = self.places.iter().position(is_it).unwrap_or(self.here);
                vec![Errand::Join(room)]
            }
            Command::Leave => {
                let room = room.ok_or_else(nowhere)?;
                self.places.remove(self.here);
                self.here = self.here.saturating_sub(1);
                vec![Errand::Leave(room)]
            }
            Command::Who => {
                let place = self.places.get_mut(self.here).ok_or_else(nowhere)?;
                let (online, members) = (place.online, place.members.join(", "));
                place.tell(format!("{online} online: {members}"));
                Vec::new()
            }
            Command::Help => {
                let place = self.places.get_mut(self.here).ok_or_else(nowhere)?;
                HELP.iter().for_each(|line| place.tell(*line));
                Vec::new()
            }
            Command::Quit => vec![Errand::Quit],
        })
    }
}
