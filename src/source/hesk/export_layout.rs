//! Which columns an export has. Headings are in the language of whoever exported and say little;
//! positions, counts and what the cells hold say more.

use std::sync::Arc;

pub use super::row::CUSTOM;
use super::row::{Columns, Row};
use super::sheet::{Cell, CellKind};

/// Up to 3.1.
const FIRST: &[&str] = &[
    "id",
    "trackid",
    "dt",
    "lastchange",
    "name",
    "email",
    "category",
    "priority",
    "status",
    "subject",
    "message",
    "owner",
    "time_worked",
];

/// 3.2 to 3.4.
const SECOND: &[&str] = &[
    "id",
    "trackid",
    "dt",
    "lastchange",
    "name",
    "email",
    "category",
    "priority",
    "status",
    "subject",
    "message",
    "owner",
    "time_worked",
    "due_date",
];

/// 3.5 and 3.6.
const THIRD: &[&str] = &[
    "id",
    "trackid",
    "dt",
    "lastchange",
    "closedat",
    "name",
    "email",
    "followers",
    "category",
    "priority",
    "status",
    "subject",
    "message",
    "owner",
    "time_worked",
    "due_date",
];

/// 3.7.
const FOURTH: &[&str] = &[
    "id",
    "trackid",
    "dt",
    "lastchange",
    "firstreply",
    "closedat",
    "name",
    "email",
    "followers",
    "category",
    "priority",
    "status",
    "subject",
    "message",
    "owner",
    "replies",
    "staffreplies",
    "time_worked",
    "due_date",
];

/// Headings of a due date in some languages: the only ones that are looked at, and only where
/// nothing else tells the due date from a custom field that holds a day.
const DUE: [&str; 6] = [
    "due date",
    "fälligkeitsdatum",
    "date d'échéance",
    "fecha de vencimiento",
    "scadenza",
    "prazo",
];

/// What one column was seen to hold.
#[derive(Clone, Debug, Default)]
struct Seen {
    filled: u64,
    numbers: u64,
    dates: u64,
    addresses: u64,
    histories: u64,
    threads: u64,
}

/// What was seen in a first reading.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    headings: Vec<String>,
    columns: Vec<Seen>,
    rows: u64,
}

/// The columns of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Versions that write it so.
    pub versions: &'static str,
    /// Name of each column; custom fields are named by their heading, with `cf:` before it.
    pub columns: Vec<String>,
    /// The due date may be a custom field: nothing tells.
    pub doubtful: bool,
}

/// A heading: some versions write labels as they are stored, escaped.
fn heading(text: &str) -> String {
    super::text::decode(text.trim()).trim().to_owned()
}

impl Evidence {
    /// Takes a row; the first one holds the headings.
    pub fn take(&mut self, line: u64, row: &[Cell]) {
        if line == 1 {
            self.headings = row.iter().map(|cell| heading(&cell.text)).collect();
            return;
        }
        self.rows += 1;
        if self.columns.len() < row.len() {
            self.columns.resize(row.len(), Seen::default());
        }
        for (seen, cell) in self.columns.iter_mut().zip(row) {
            if cell.text.trim().is_empty() {
                continue;
            }
            seen.filled += 1;
            seen.numbers += u64::from(cell.kind == CellKind::Number);
            seen.dates += u64::from(cell.kind == CellKind::DateTime);
            seen.addresses += u64::from(cell.text.contains("track="));
            seen.threads += u64::from(cell.text.contains("\n---"));
            seen.histories += u64::from(cell.text.trim_start().starts_with("<li"));
        }
    }

    fn seen(&self, at: usize) -> Seen {
        self.columns.get(at).cloned().unwrap_or_default()
    }

    fn only(&self, at: usize, count: impl Fn(&Seen) -> u64) -> bool {
        let seen = self.seen(at);
        seen.filled > 0 && count(&seen) == seen.filled
    }

    /// A few damaged rows must not hide what a column is.
    fn mostly(&self, at: usize, count: impl Fn(&Seen) -> u64) -> bool {
        let seen = self.seen(at);
        seen.filled > 0 && count(&seen) * 2 > seen.filled
    }

    /// The layout; `None` if it is none of Hesk's.
    pub fn layout(&self) -> Option<Layout> {
        let width = self.headings.len().max(self.columns.len());
        let begins = width >= FIRST.len()
            && self.mostly(0, |seen| seen.numbers)
            && self.mostly(2, |seen| seen.dates);
        if self.rows == 0 || !begins {
            return None;
        }
        let heading = self.headings.get(FIRST.len()).map(|text| text.to_lowercase());
        let says_due = heading.is_some_and(|heading| DUE.contains(&heading.as_str()));
        let last_is_address = self.mostly(width - 1, |seen| seen.addresses);
        let mut doubtful = false;
        let (versions, base) = if width >= FOURTH.len()
            && self.mostly(15, |seen| seen.numbers)
            && self.mostly(16, |seen| seen.numbers)
        {
            ("3.7", FOURTH)
        } else if width > THIRD.len() && last_is_address {
            ("3.5 or 3.6", THIRD)
        } else if width >= SECOND.len() && (says_due || self.only(13, |seen| seen.dates)) {
            doubtful = !says_due;
            ("3.2 to 3.4", SECOND)
        } else {
            ("3.1 or older", FIRST)
        };
        Some(Layout { versions, columns: self.named(base, width, last_is_address), doubtful })
    }

    fn named(&self, base: &[&str], width: usize, has_address: bool) -> Vec<String> {
        let mut columns: Vec<String> = base.iter().map(|name| (*name).to_owned()).collect();
        let is_new = base.len() >= THIRD.len();
        let mut end = width - usize::from(is_new && has_address);
        let mut tail: Vec<&str> = if end < width { vec!["url"] } else { Vec::new() };
        let is_latest = base.len() == FOURTH.len();
        if is_latest && (self.seen(end - 1).threads > 0 || self.seen(end - 2).histories > 0) {
            tail.insert(0, "reply_messages");
            end -= 1;
        }
        if is_new && self.seen(end - 1).histories > 0 {
            tail.insert(0, "history");
            end -= 1;
        }
        for at in base.len()..end.max(base.len()) {
            let heading = self.headings.get(at).map_or("", String::as_str);
            columns.push(format!("{CUSTOM}{heading}"));
        }
        columns.extend(tail.into_iter().map(str::to_owned));
        columns
    }
}

/// The names of the cells; headings that repeat are told apart by number.
pub fn columns(layout: &Layout) -> Arc<Columns> {
    let mut names: Vec<String> = Vec::with_capacity(layout.columns.len());
    for (place, name) in layout.columns.iter().enumerate() {
        let times = layout.columns[..place].iter().filter(|known| *known == name).count();
        names.push(if times == 0 { name.clone() } else { format!("{name} {}", times + 1) });
    }
    Columns::new(names)
}

/// The cells under their names.
pub fn row(columns: &Arc<Columns>, cells: Vec<Cell>) -> Row {
    let filled = |cell: &Cell| !cell.text.trim().is_empty();
    let texts = cells.iter().map(|cell| filled(cell).then_some(cell.text.as_str()));
    Row::new(columns.clone(), texts.chain(std::iter::repeat(None)).take(columns.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(kind: CellKind, text: &str) -> Cell {
        Cell { kind, text: text.to_owned() }
    }

    fn row(names: &[&str], more: &[(CellKind, &str)]) -> Vec<Cell> {
        let of = |name: &&str| match *name {
            "id" | "replies" | "staffreplies" => cell(CellKind::Number, "3"),
            "dt" | "lastchange" | "due_date" => cell(CellKind::DateTime, "2023-01-01T00:00:00.000"),
            _ => cell(CellKind::Text, "x"),
        };
        let more = more.iter().map(|(kind, text)| cell(*kind, text));
        names.iter().map(of).chain(more).collect()
    }

    #[test]
    fn layouts_are_told_by_what_the_cells_hold() {
        let text = |text| (CellKind::Text, text);
        let url = text("https://e.org/ticket.php?track=A");
        let history = text("<li class=\"smaller\">x</li>");
        for (base, more, versions, tail) in [
            (FIRST, vec![text("A1")], "3.1 or older", vec!["cf:H13"]),
            (SECOND, vec![text("A1")], "3.2 to 3.4", vec!["cf:H14"]),
            (THIRD, vec![text("A1"), url], "3.5 or 3.6", vec!["cf:H16", "url"]),
            (THIRD, vec![history, url], "3.5 or 3.6", vec!["history", "url"]),
            (FOURTH, vec![url], "3.7", vec!["url"]),
            (
                FOURTH,
                vec![text("A"), history, text("Reply by"), url],
                "3.7",
                vec!["cf:H19", "history", "reply_messages", "url"],
            ),
        ] {
            let row = row(base, &more);
            let mut evidence = Evidence::default();
            let headings: Vec<Cell> =
                (0..row.len()).map(|at| cell(CellKind::Text, &format!("H{at}"))).collect();
            evidence.take(1, &headings);
            evidence.take(2, &row);
            let layout = evidence.layout().unwrap();
            assert_eq!(layout.versions, versions);
            assert_eq!(layout.columns[base.len()..], tail, "{versions}");
        }
        let mut evidence = Evidence::default();
        evidence.take(1, &[]);
        evidence.take(2, &[cell(CellKind::Text, "x")]);
        assert_eq!(evidence.layout(), None);
    }
}
