//! Draws the screen.

use chrono::{DateTime, Local};
use protocol::Message;
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    style::{Color, Modifier, Style, Stylize},
    text::{Line as Row, Span},
    widgets::{Block, Borders, List, ListItem, Paragraph},
};

use super::{
    state::{Drawn, Line, Place, State},
    wrap::wrap,
};

/// Columns of a side, and how wide a screen has to be for the left and for the right one.
const SIDE: u16 = 24;
const WIDE: u16 = 64;
const WIDER: u16 = 100;
/// Columns before what is said: the time, and a space on either side.
const MARGIN: usize = 6;
/// In which names are written, by what they are.
const COLOURS: [Color; 6] = [
    Color::Cyan,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Red,
];

/// Draws all of it.
pub fn draw(frame: &mut Frame, state: &mut State) {
    let area = frame.area();
    let left = if area.width >= WIDE { SIDE } else { 0 };
    let right = if area.width >= WIDER { SIDE } else { 0 };
    let columns = [
        Constraint::Length(left),
        Constraint::Min(1),
        Constraint::Length(right),
    ];
    let [places, middle, people] = Layout::horizontal(columns).areas(area);
    draw_places(frame, places, state);
    draw_people(frame, people, state);
    let rows = [
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
        Constraint::Length(1),
    ];
    let [heading, log, status, composer] = Layout::vertical(rows).areas(middle);
    frame.render_widget(heading_of(state), heading);
    let here = state.here;
    if let Some(place) = state.places.get_mut(here) {
        draw_log(frame, log, place);
    }
    frame.render_widget(status_of(state), status);
    draw_composer(frame, composer, state);
}

fn draw_places(frame: &mut Frame, area: Rect, state: &State) {
    let items = state.places.iter().enumerate().map(|(nth, place)| {
        let unread = match place.unread {
            0 => String::new(),
            unread => format!(" {unread}"),
        };
        let style = match (nth == state.here, place.unread > 0) {
            (true, _) => Style::new().add_modifier(Modifier::REVERSED),
            (false, true) => Style::new().add_modifier(Modifier::BOLD),
            (false, false) => Style::new(),
        };
        ListItem::new(Row::from(vec![
            Span::raw(place.name.clone()),
            Span::raw(unread).yellow(),
        ]))
        .style(style)
    });
    let block = Block::new()
        .borders(Borders::RIGHT)
        .title(" Parlor ".bold());
    frame.render_widget(List::new(items).block(block), area);
}

fn draw_people(frame: &mut Frame, area: Rect, state: &State) {
    let Some(place) = state.place() else {
        return;
    };
    let names = place.members.iter().map(|name| {
        let name = Span::styled(name.clone(), colour(name));
        ListItem::new(Row::from(name))
    });
    let title = format!(" {} online ", place.online);
    let block = Block::new().borders(Borders::LEFT).title(title);
    frame.render_widget(List::new(names).block(block), area);
}

fn heading_of(state: &State) -> Paragraph<'static> {
    let name = state.place().map_or("Parlor", |place| place.name.as_str());
    Paragraph::new(Row::from(format!(" {name}")).bold())
}

fn status_of(state: &State) -> Paragraph<'static> {
    let up = state.place().map_or(0, |place| place.up);
    let (text, style) = match &state.problem {
        Some(problem) => (problem.clone(), Style::new().red()),
        None if !state.is_online => (
            "Connection lost. Reconnecting…".to_owned(),
            Style::new().yellow(),
        ),
        None if state.sending > 0 => ("Sending…".to_owned(), Style::new().dim()),
        None if up > 0 => ("Page Down: newer messages".to_owned(), Style::new().dim()),
        None => (format!("{} · /help", state.nickname), Style::new().dim()),
    };
    Paragraph::new(format!(" {text}")).style(style)
}

fn draw_composer(frame: &mut Frame, area: Rect, state: &State) {
    let [prompt, line] =
        Layout::horizontal([Constraint::Length(3), Constraint::Min(1)]).areas(area);
    frame.render_widget(" > ", prompt);
    // The cursor is always seen, however long the line is.
    let column = u16::try_from(state.composer.column()).unwrap_or(u16::MAX);
    let hidden = (column + 1).saturating_sub(line.width);
    let text = Paragraph::new(state.composer.text()).scroll((0, hidden));
    frame.render_widget(text, line);
    frame.set_cursor_position(Position::new(line.x + column - hidden, line.y));
}

fn draw_log(frame: &mut Frame, area: Rect, place: &mut Place) {
    let columns = usize::from(area.width).saturating_sub(MARGIN + 2);
    let seen = usize::from(area.height);
    // From the end, and no more than is seen and lies below.
    let mut rows: Vec<Row> = Vec::new();
    let mut lines = place.lines.iter().rev().peekable();
    while let Some(line) = lines.next().filter(|_| rows.len() < place.up + seen) {
        match line {
            Line::Told(text) => {
                let lines = wrap(text, columns + MARGIN).into_iter().rev();
                rows.extend(lines.map(|line| Row::from(format!(" {line}")).dim()));
            }
            Line::Said(message) => {
                let at = time(message);
                rows.extend(said(message, at, columns).into_iter().rev());
                let day = |line: &&Line| match line {
                    Line::Said(message) => Some(time(message).date_naive()),
                    Line::Told(_) => None,
                };
                if lines.peek().and_then(day) != Some(at.date_naive()) {
                    rows.push(Row::from(at.format(" %A, %B %-d, %Y").to_string()).dim());
                }
            }
        }
    }
    place.up = place.up.min(rows.len().saturating_sub(seen));
    place.drawn = Drawn {
        rows: rows.len(),
        seen,
    };
    let mut rows: Vec<Row> = rows.into_iter().skip(place.up).take(seen).collect();
    rows.reverse();
    frame.render_widget(Paragraph::new(rows), area);
}

fn said(message: &Message, at: DateTime<Local>, columns: usize) -> Vec<Row<'static>> {
    let mark = if message.bot { " (bot)" } else { "" };
    let number = match message.played.is_some() && !message.is_hidden() {
        true => format!(" #{}", message.seq),
        false => String::new(),
    };
    let name = format!("{}{mark}{number}", message.from);
    let head = Row::from(vec![
        Span::raw(at.format(" %H:%M ").to_string()).dim(),
        Span::styled(name, colour(&message.from).add_modifier(Modifier::BOLD)),
    ]);
    let indent = " ".repeat(MARGIN + 1);
    let lines = wrap(&message.text, columns).into_iter();
    let lines = lines.map(|line| Row::from(format!("{indent}{line}")));
    std::iter::once(head).chain(lines).collect()
}

fn time(message: &Message) -> DateTime<Local> {
    let at = DateTime::from_timestamp_millis(message.at).unwrap_or_default();
    at.with_timezone(&Local)
}

fn colour(name: &str) -> Style {
    let sum: usize = name.bytes().map(usize::from).sum();
    Style::new().fg(COLOURS[sum % COLOURS.len()])
}
