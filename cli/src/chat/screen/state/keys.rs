//! What keys do on the screen.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use protocol::{ClientFrame, is_direct};

use super::{
    super::slash_command::{self, HELP, SlashCommand},
    Conversation, Drawn, Output, State,
};

/// How many messages one request asks for.
const PAGE: u64 = 100;

impl State {
    /// Inserts a pasted text.
    pub fn paste(&mut self, text: &str) -> Vec<Output> {
        self.composer.insert(text);
        Vec::new()
    }

    /// Handles a key.
    pub fn press(&mut self, key: KeyEvent) -> Vec<Output> {
        if key.kind == KeyEventKind::Release {
            return Vec::new();
        }
        self.problem = None;
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        let is_alt = key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char('c' | 'd') if is_control => return vec![Output::Quit],
            KeyCode::Char('n') if is_control => return self.switch(1),
            KeyCode::Char('p') if is_control => return self.switch(-1),
            KeyCode::Down if is_alt => return self.switch(1),
            KeyCode::Up if is_alt => return self.switch(-1),
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
            KeyCode::PageUp => return self.page_up(),
            KeyCode::PageDown => self.page_down(),
            KeyCode::Enter => return self.submit(),
            _ => {}
        }
        Vec::new()
    }

    fn switch(&mut self, by: isize) -> Vec<Output> {
        let count = self.conversations.len().max(1);
        self.current = (self.current + count).saturating_add_signed(by) % count;
        let Some(conversation) = self.conversations.get_mut(self.current) else {
            return Vec::new();
        };
        let mut outputs = Vec::new();
        if conversation.lines.is_empty() && is_direct(&conversation.room) {
            outputs.push(Output::Join(conversation.room.clone()));
        }
        if std::mem::take(&mut conversation.unread) > 0 && conversation.last() > 0 {
            let (room, seq) = (conversation.room.clone(), conversation.last());
            outputs.push(Output::Request(ClientFrame::Read { room, seq }));
        }
        outputs
    }

    fn page_up(&mut self) -> Vec<Output> {
        let Some(conversation) = self.conversations.get_mut(self.current) else {
            return Vec::new();
        };
        let Drawn { rows, visible } = conversation.drawn;
        conversation.scrolled += visible.saturating_sub(1);
        // Only the rows that the view needs are laid out. If there are fewer, the view shows the
        // top.
        let is_at_top = conversation.scrolled + visible > rows;
        if !is_at_top || !conversation.has_more || conversation.is_loading {
            return Vec::new();
        }
        let Some(first) = conversation.first() else {
            return Vec::new();
        };
        conversation.is_loading = true;
        vec![Output::Request(ClientFrame::History {
            room: conversation.room.clone(),
            before: Some(first),
            limit: Some(PAGE),
            all: false,
        })]
    }

    fn page_down(&mut self) {
        if let Some(conversation) = self.conversations.get_mut(self.current) {
            conversation.scrolled = conversation
                .scrolled
                .saturating_sub(conversation.drawn.visible.saturating_sub(1));
        }
    }

    fn submit(&mut self) -> Vec<Output> {
        let line = self.composer.take();
        if line.trim().is_empty() {
            return Vec::new();
        }
        let outputs = slash_command::parse(&line).and_then(|command| self.run(command));
        outputs.unwrap_or_else(|problem| {
            self.problem = Some(problem);
            self.composer.restore(line);
            Vec::new()
        })
    }

    fn run(&mut self, command: SlashCommand) -> Result<Vec<Output>, String> {
        let no_room = || "Join a room first: /join ROOM".to_owned();
        let room = self.current().map(|conversation| conversation.room.clone());
        Ok(match command {
            SlashCommand::Send(text) => {
                let to = room.ok_or_else(no_room)?;
                self.sending += 1;
                self.conversations[self.current].scrolled = 0;
                vec![Output::Send { to, text }]
            }
            SlashCommand::SendDirect { to, text } => {
                self.sending += 1;
                vec![Output::SendDirect { to, text }]
            }
            SlashCommand::Play(act) => {
                let room = room.ok_or_else(no_room)?;
                self.sending += 1;
                vec![Output::Play { room, act }]
            }
            SlashCommand::Join(room) => {
                self.add_room(&room);
                let is_it = |conversation: &Conversation| conversation.room == room;
                self.current = self
                    .conversations
                    .iter()
                    .position(is_it)
                    .unwrap_or(self.current);
                vec![Output::Join(room)]
            }
            SlashCommand::Leave => {
                let room = room.ok_or_else(no_room)?;
                self.conversations.remove(self.current);
                self.current = self.current.saturating_sub(1);
                vec![Output::Leave(room)]
            }
            SlashCommand::Who => {
                let conversation = self
                    .conversations
                    .get_mut(self.current)
                    .ok_or_else(no_room)?;
                let (online, members) = (conversation.online, conversation.members.join(", "));
                conversation.add_notice(format!("{online} online: {members}"));
                Vec::new()
            }
            SlashCommand::Help => {
                let conversation = self
                    .conversations
                    .get_mut(self.current)
                    .ok_or_else(no_room)?;
                HELP.iter().for_each(|line| conversation.add_notice(*line));
                Vec::new()
            }
            SlashCommand::Quit => vec![Output::Quit],
        })
    }
}
