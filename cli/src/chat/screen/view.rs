//! Draws the screen.

use std::borrow::Cow;

use chrono::{DateTime, Local};
use protocol::{EventBody, Message};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    style::{Color, Modifier, Style, Stylize},
    text::{Line as Row, Span},
    widgets::{Block, Borders, List, ListItem, Paragraph},
};

use super::{
    state::{Conversation, Drawn, Line, State},
    wrap::wrap,
};

/// Columns of a sidebar.
const SIDEBAR: u16 = 24;
/// The narrowest screen, in columns, with the left sidebar.
const LEFT_FROM: u16 = 64;
/// The narrowest screen, in columns, with the right sidebar.
const RIGHT_FROM: u16 = 100;
/// Columns before a text: the time, and a space on either side.
const MARGIN: usize = 6;
/// The colors of names. A name always has the same color.
const COLORS: [Color; 6] = [
    Color::Cyan,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Red,
];

/// Draws the whole screen.
pub fn draw(frame: &mut Frame, state: &mut State) {
    let area = frame.area();
    let left = if area.width >= LEFT_FROM { SIDEBAR } else { 0 };
    let right = if area.width >= RIGHT_FROM { SIDEBAR } else { 0 };
    let columns = [
        Constraint::Length(left),
        Constraint::Min(1),
        Constraint::Length(right),
    ];
    let [conversations, middle, members] = Layout::horizontal(columns).areas(area);
    draw_conversations(frame, conversations, state);
    draw_members(frame, members, state);
    let rows = [
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
        Constraint::Length(1),
    ];
    let [header, log, status, composer] = Layout::vertical(rows).areas(middle);
    frame.render_widget(header_of(state), header);
    let current = state.current;
    if let Some(conversation) = state.conversations.get_mut(current) {
        draw_log(frame, log, conversation);
    }
    frame.render_widget(status_of(state), status);
    draw_composer(frame, composer, state);
    remove_commands(frame);
}

/// Whatever was drawn, and wherever it came from, the terminal gets it only as text.
fn remove_commands(frame: &mut Frame) {
    for cell in &mut frame.buffer_mut().content {
        if let Cow::Owned(text) = console::harmless(cell.symbol()) {
            cell.set_symbol(&text);
        }
    }
}

fn draw_conversations(frame: &mut Frame, area: Rect, state: &State) {
    let items = state
        .conversations
        .iter()
        .enumerate()
        .map(|(nth, conversation)| {
            let unread = match conversation.unread {
                0 => String::new(),
                unread => format!(" {unread}"),
            };
            let style = match (nth == state.current, conversation.unread > 0) {
                (true, _) => Style::new().add_modifier(Modifier::REVERSED),
                (false, true) => Style::new().add_modifier(Modifier::BOLD),
                (false, false) => Style::new(),
            };
            ListItem::new(Row::from(vec![
                Span::raw(conversation.name.clone()),
                Span::raw(unread).yellow(),
            ]))
            .style(style)
        });
    let block = Block::new()
        .borders(Borders::RIGHT)
        .title(" Parlor ".bold());
    frame.render_widget(List::new(items).block(block), area);
}

fn draw_members(frame: &mut Frame, area: Rect, state: &State) {
    let Some(conversation) = state.current() else {
        return;
    };
    let names = conversation.members.iter().map(|name| {
        let name = Span::styled(name.clone(), color(name));
        ListItem::new(Row::from(name))
    });
    let title = format!(" {} online ", conversation.online);
    let block = Block::new().borders(Borders::LEFT).title(title);
    frame.render_widget(List::new(names).block(block), area);
}

fn header_of(state: &State) -> Paragraph<'static> {
    let name = state
        .current()
        .map_or("Parlor", |conversation| conversation.name.as_str());
    Paragraph::new(Row::from(format!(" {name}")).bold())
}

fn status_of(state: &State) -> Paragraph<'static> {
    let scrolled = state.current().map_or(0, |it| it.scrolled);
    let (text, style) = match &state.problem {
        Some(problem) => (problem.clone(), Style::new().red()),
        None if !state.is_online => (
            "Connection lost. Reconnecting…".to_owned(),
            Style::new().yellow(),
        ),
        None if state.sending > 0 => ("Sending…".to_owned(), Style::new().dim()),
        None if scrolled > 0 => ("Page Down: newer messages".to_owned(), Style::new().dim()),
        None => (format!("{} · /help", state.nickname), Style::new().dim()),
    };
    Paragraph::new(format!(" {text}")).style(style)
}

fn draw_composer(frame: &mut Frame, area: Rect, state: &State) {
    let [prompt, line] =
        Layout::horizontal([Constraint::Length(3), Constraint::Min(1)]).areas(area);
    frame.render_widget(" > ", prompt);
    // The cursor is always in view, however long the line is.
    let column = u16::try_from(state.composer.column()).unwrap_or(u16::MAX);
    let hidden = (column + 1).saturating_sub(line.width);
    let text = Paragraph::new(state.composer.text()).scroll((0, hidden));
    frame.render_widget(text, line);
    frame.set_cursor_position(Position::new(line.x + column - hidden, line.y));
}

fn draw_log(frame: &mut Frame, area: Rect, conversation: &mut Conversation) {
    let columns = usize::from(area.width).saturating_sub(MARGIN + 2);
    let visible = usize::from(area.height);
    // The rows are laid out from the end, and only those in view and below it.
    let mut rows: Vec<Row> = Vec::new();
    let mut lines = conversation.lines.iter().rev().peekable();
    while let Some(line) = lines
        .next()
        .filter(|_| rows.len() < conversation.scrolled + visible)
    {
        match line {
            Line::Notice(text) => {
                let lines = wrap(text, columns + MARGIN).into_iter().rev();
                rows.extend(lines.map(|line| Row::from(format!(" {line}")).dim()));
            }
            Line::Message(message) => {
                let at = time(message);
                rows.extend(message_rows(message, at, columns).into_iter().rev());
                let day = |line: &&Line| match line {
                    Line::Message(message) => Some(time(message).date_naive()),
                    Line::Notice(_) => None,
                };
                if lines.peek().and_then(day) != Some(at.date_naive()) {
                    rows.push(Row::from(at.format(" %A, %B %-d, %Y").to_string()).dim());
                }
            }
        }
    }
    conversation.scrolled = conversation
        .scrolled
        .min(rows.len().saturating_sub(visible));
    conversation.drawn = Drawn {
        rows: rows.len(),
        visible,
    };
    let mut rows: Vec<Row> = rows
        .into_iter()
        .skip(conversation.scrolled)
        .take(visible)
        .collect();
    rows.reverse();
    frame.render_widget(Paragraph::new(rows), area);
}

fn message_rows(message: &Message, at: DateTime<Local>, columns: usize) -> Vec<Row<'static>> {
    let mark = if message.bot { " (bot)" } else { "" };
    let number = match message.played().is_some() && !message.is_hidden() {
        true => format!(" #{}", message.seq),
        false => String::new(),
    };
    let name = format!("{}{mark}{number}", message.from);
    let head = Row::from(vec![
        Span::raw(at.format(" %H:%M ").to_string()).dim(),
        Span::styled(name, color(&message.from).add_modifier(Modifier::BOLD)),
    ]);
    let indent = " ".repeat(MARGIN + 1);
    let deleted = EventBody::Deleted == message.body;
    let text = if deleted {
        "Message deleted"
    } else {
        message.text()
    };
    let lines = wrap(text, columns).into_iter();
    let lines = lines.map(|line| match deleted {
        true => Row::from(Span::raw(format!("{indent}{line}")).dim().italic()),
        false => Row::from(format!("{indent}{line}")),
    });
    std::iter::once(head).chain(lines).collect()
}

fn time(message: &Message) -> DateTime<Local> {
    let at = DateTime::from_timestamp_millis(message.at).unwrap_or_default();
    at.with_timezone(&Local)
}

fn color(name: &str) -> Style {
    let sum: usize = name.bytes().map(usize::from).sum();
    Style::new().fg(COLORS[sum % COLORS.len()])
}
