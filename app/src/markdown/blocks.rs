//! Groups the lines of a text into paragraphs, code, quotes and lists.

use super::inlines::inlines;
use super::{Block, DEPTH, Inline};

/// Parses lines; `depth` counts the quotes and lists around them.
pub fn blocks(lines: &[&str], reader: &str, depth: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut rest = lines;
    while let Some(line) = rest.first() {
        let taken = if line.trim().is_empty() {
            1
        } else if let Some(fence) = Fence::opens(line) {
            let (block, taken) = fence.code(&rest[1..]);
            blocks.push(block);
            taken + 1
        } else if depth < DEPTH && quoted(line).is_some() {
            let inside: Vec<&str> = rest.iter().map_while(|line| quoted(line)).collect();
            blocks.push(Block::Quote(self::blocks(&inside, reader, depth + 1)));
            inside.len()
        } else if let Some(item) = Item::begins(line).filter(|_| depth < DEPTH) {
            let (items, taken) = list(rest, item, reader, depth);
            let first = item.number;
            blocks.push(Block::List { first, items });
            taken
        } else {
            let more = rest[1..].iter().take_while(|line| !interrupts(line, depth));
            let taken = 1 + more.count();
            blocks.push(Block::Paragraph(paragraph(&rest[..taken], reader)));
            taken
        };
        rest = &rest[taken..];
    }
    blocks
}

fn paragraph(lines: &[&str], reader: &str) -> Vec<Inline> {
    inlines(&lines.join("\n"), reader, 0)
}

/// Does a paragraph end before this line?
fn interrupts(line: &str, depth: usize) -> bool {
    line.trim().is_empty()
        || Fence::opens(line).is_some()
        || (depth < DEPTH && (quoted(line).is_some() || Item::begins(line).is_some()))
}

/// The text that a line quotes.
fn quoted(line: &str) -> Option<&str> {
    let inside = line.strip_prefix('>')?;
    Some(inside.strip_prefix(' ').unwrap_or(inside))
}

/// Three or more backticks or tildes.
#[derive(Clone, Copy)]
struct Fence<'a> {
    mark: char,
    length: usize,
    language: &'a str,
}

impl<'a> Fence<'a> {
    fn opens(line: &'a str) -> Option<Self> {
        let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let language = line.trim_start_matches(mark);
        let length = line.len() - language.len();
        // Backticks that are closed in the same line are inline code.
        let is_fence = length >= 3 && !language.contains('`');
        is_fence.then_some(Self {
            mark,
            length,
            language: language.trim(),
        })
    }

    fn is_closed_by(self, line: &str) -> bool {
        let line = line.trim_end();
        line.len() >= self.length && line.trim_start_matches(self.mark).is_empty()
    }

    /// The code up to the closing fence or to the end, and how many lines that takes.
    fn code(self, lines: &[&str]) -> (Block, usize) {
        let close = lines.iter().position(|line| self.is_closed_by(line));
        let code = &lines[..close.unwrap_or(lines.len())];
        let block = Block::Code {
            language: self.language.to_owned(),
            text: code.join("\n"),
        };
        (block, code.len() + usize::from(close.is_some()))
    }
}

/// The marker at the beginning of a list line.
#[derive(Clone, Copy)]
struct Item<'a> {
    /// None for a bullet.
    number: Option<u64>,
    text: &'a str,
}

impl<'a> Item<'a> {
    fn begins(line: &'a str) -> Option<Self> {
        let (mark, text) = line.split_once(' ')?;
        let number = match mark {
            "-" | "*" | "+" => None,
            _ => {
                let digits = mark.strip_suffix('.').filter(|digits| digits.len() < 10)?;
                let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
                Some(digits.parse().ok().filter(|_| is_number)?)
            }
        };
        (!text.trim().is_empty()).then_some(Self { number, text })
    }

    /// Is it the next item of a list? Numbers are shown as typed, so they have to be consecutive.
    fn follows(self, nth: usize, first: Self) -> bool {
        self.number == first.number.map(|first| first + nth as u64)
    }
}

/// The items of a list, and how many lines they take.
fn list(lines: &[&str], first: Item<'_>, reader: &str, depth: usize) -> (Vec<Vec<Block>>, usize) {
    let mut items = Vec::new();
    let mut taken = 0;
    while let Some(item) = lines.get(taken).and_then(|line| Item::begins(line)) {
        if !item.follows(items.len(), first) {
            break;
        }
        // Indented lines belong to the item above them.
        let more = lines[taken + 1..].iter();
        let more: Vec<&str> = more.map_while(|line| indented(line)).collect();
        taken += 1 + more.len();
        let item: Vec<&str> = [item.text].into_iter().chain(more).collect();
        items.push(blocks(&item, reader, depth + 1));
    }
    (items, taken)
}

fn indented(line: &str) -> Option<&str> {
    let text = line
        .strip_prefix("  ")
        .or_else(|| line.strip_prefix('\t'))?;
    (!text.trim().is_empty()).then(|| text.strip_prefix(' ').unwrap_or(text))
}
