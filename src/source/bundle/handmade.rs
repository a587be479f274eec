//! What gives away that data was copied by hand: relative dates, buttons that came along, marks of
//! cut texts, columns written in several styles.

use std::collections::BTreeMap;

use super::date;
use super::layout::{Cell, ObjectLayout};
use super::row::Row;
use crate::source::finding::{Code, Finding};

/// Ends of texts that a screen cut.
const CUT_MARKS: &[&str] =
    &["...", "…", "[more]", "[...]", "[…]", "(more)", "read more", "show more", "see more"];

/// Buttons that come along when a message is copied from a screen.
const BUTTONS: &[&str] = &[
    "reply",
    "reply all",
    "forward",
    "edit",
    "delete",
    "quote",
    "print",
    "copy link",
    "more actions",
    "mark as unread",
    "show less",
    "see less",
    "view original",
];

/// Lines at either end of a text in which buttons are looked for.
const EDGE_LINES: usize = 3;

/// A longer line is said, not a mark of the screen.
const MARK_CHARS_MAX: usize = 32;

/// Spellings of one word kept.
const SPELLINGS_MAX: usize = 5;

/// Words of one column kept; columns of few words have far fewer.
const WORDS_MAX: usize = 200;

/// True for `2 hours ago`, `yesterday 10:00`, `last Monday`: a time that means something only on
/// the day it was copied.
pub fn is_relative(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    let year = |word: &str| word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit());
    let dated = text.split(|c: char| !c.is_alphanumeric()).any(year);
    if text.chars().count() > MARK_CHARS_MAX || dated || date::is_written_date(&text) {
        return false;
    }
    let first = text.split([' ', ',']).next().unwrap_or_default();
    let day = matches!(first, "today" | "yesterday" | "tomorrow" | "last" | "this" | "next");
    let week = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    text == "now"
        || text == "just now"
        || text.ends_with(" ago")
        || (text.starts_with("in ") && text.bytes().any(|b| b.is_ascii_digit()))
        || day
        || week.contains(&first)
}

/// The mark by which a text shows that a screen cut it.
pub fn cut_mark(text: &str) -> Option<&'static str> {
    let end: String = tail(text.trim_end(), MARK_CHARS_MAX).to_lowercase();
    CUT_MARKS.iter().copied().find(|mark| end.ends_with(mark))
}

/// A button or mark of the screen among the first and last lines of a text.
pub fn artefact(text: &str) -> Option<&str> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.len() < 2 {
        // A message of one line is said.
        return None;
    }
    let (head, rest) = lines.split_at(EDGE_LINES.min(lines.len()));
    let end = &rest[rest.len() - EDGE_LINES.min(rest.len())..];
    let is_mark = |line: &&&str| {
        let short = line.chars().count() <= MARK_CHARS_MAX;
        let folded = line.to_lowercase();
        short
            && (BUTTONS.contains(&folded.as_str())
                || (folded.ends_with(" ago") && is_relative(&folded)))
    };
    head.iter().chain(end).find(is_mark).copied()
}

fn tail(text: &str, chars: usize) -> &str {
    let start = text.char_indices().rev().nth(chars.saturating_sub(1));
    &text[start.map_or(0, |(at, _)| at)..]
}

/// How a date is written, in the manner of an example.
fn date_style(text: &str) -> &'static str {
    let text = text.trim();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if digits(text) && matches!(text.len(), 10 | 13 | 16) {
        return "1709625600000";
    }
    if text.parse::<f64>().is_ok() {
        return "45356.5";
    }
    let year_first = text.get(..4).is_some_and(digits);
    let named = text.split(|c: char| !c.is_alphabetic()).any(|word| word.len() >= 3);
    match () {
        () if year_first => "2024-03-05",
        () if named => "5 Mar 2024",
        () if text.contains('/') => "05/03/2024",
        () if text.contains('.') => "05.03.2024",
        () => "05-03-2024",
    }
}

#[derive(Debug, Default)]
struct Seen {
    count: u64,
    file: String,
    line: u64,
}

impl Seen {
    fn at(&mut self, row: &Row) {
        self.count += 1;
        if self.count == 1 {
            (self.file, self.line) = (row.file.to_string(), row.line);
        }
    }
}

/// How one column is written.
#[derive(Debug, Default)]
struct Habit {
    dates: BTreeMap<&'static str, Seen>,
    words: BTreeMap<String, BTreeMap<String, Seen>>,
    spaces: Seen,
    smart: Seen,
    straight: bool,
}

impl Habit {
    fn observe(&mut self, cell: Cell, text: &str, row: &Row) {
        if cell == Cell::Body {
            return self.quotes(text, row);
        }
        if text != text.trim() || text.contains('\u{A0}') {
            self.spaces.at(row);
        }
        match cell {
            Cell::Date | Cell::DateTime if date::is_written_date(text.trim()) => {
                self.dates.entry(date_style(text)).or_default().at(row);
            }
            Cell::Word => self.word(text.trim(), row),
            Cell::Text | Cell::Id | Cell::Email => self.quotes(text, row),
            _ => {}
        }
    }

    fn quotes(&mut self, text: &str, row: &Row) {
        self.straight |= text.contains(['"', '\'']);
        if text.contains(['“', '”', '‘', '’']) {
            self.smart.at(row);
        }
    }

    fn word(&mut self, word: &str, row: &Row) {
        let folded = word.to_lowercase();
        if self.words.len() >= WORDS_MAX && !self.words.contains_key(&folded) {
            return;
        }
        let spellings = self.words.entry(folded).or_default();
        if spellings.len() < SPELLINGS_MAX || spellings.contains_key(word) {
            spellings.entry(word.to_owned()).or_default().at(row);
        }
    }

    fn findings(&self, add: &mut dyn FnMut(Code, &Seen, String)) {
        if self.dates.len() > 1 {
            let rarest = self.dates.values().min_by_key(|seen| seen.count);
            let styles: Vec<String> = self
                .dates
                .iter()
                .map(|(style, seen)| format!("{} like {style}", seen.count))
                .collect();
            if let Some(seen) = rarest {
                add(Code::DateStyleMixed, seen, format!("{}.", styles.join(", ")));
            }
        }
        for spellings in self.words.values().filter(|spellings| spellings.len() > 1) {
            let all: Vec<String> =
                spellings.iter().map(|(word, seen)| format!("{} {word:?}", seen.count)).collect();
            if let Some(seen) = spellings.values().min_by_key(|seen| seen.count) {
                add(Code::WordCaseMixed, seen, format!("{}.", all.join(", ")));
            }
        }
        if self.spaces.count > 0 {
            let reason =
                format!("{} cells with spaces at the end or no-break ones.", self.spaces.count);
            add(Code::SpacesOdd, &self.spaces, reason);
        }
        if self.smart.count > 0 && self.straight {
            let reason =
                format!("{} cells with curly quotes, others with straight ones.", self.smart.count);
            add(Code::SmartQuotes, &self.smart, reason);
        }
    }
}

/// How the columns of an export are written. Bounded by the number of columns.
#[derive(Debug)]
pub struct Habits {
    objects: &'static [ObjectLayout],
    columns: Vec<Vec<Habit>>,
}

impl Habits {
    /// Nothing seen.
    pub fn new(objects: &'static [ObjectLayout]) -> Self {
        let columns = |layout: &ObjectLayout| {
            std::iter::repeat_with(Habit::default).take(layout.columns.len()).collect()
        };
        Self { objects, columns: objects.iter().map(columns).collect() }
    }

    /// Takes one row.
    pub fn observe(&mut self, object: usize, row: &Row) {
        let (Some(layout), Some(habits)) = (self.objects.get(object), self.columns.get_mut(object))
        else {
            return;
        };
        for (slot, (column, habit)) in layout.columns.iter().zip(habits).enumerate() {
            if let Some(text) = row.text(slot) {
                habit.observe(column.cell, text, row);
            }
        }
    }

    /// What is uneven.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (layout, habits) in self.objects.iter().zip(&self.columns) {
            for (column, habit) in layout.columns.iter().zip(habits) {
                habit.findings(&mut |code, seen, reason| {
                    let finding = Finding::new(code, reason).at(&seen.file, seen.line);
                    findings.push(finding.object(layout.object).column(column.name));
                });
            }
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_times_are_told_from_dates() {
        for text in [
            "2 hours ago",
            "Yesterday",
            "yesterday 10:00",
            "Today, 14:05",
            "just now",
            "last Monday",
            "Monday 10:00",
            "in 3 days",
        ] {
            assert!(is_relative(text), "{text}");
        }
        for text in ["2024-03-05 08:00", "5 Mar 2024", "Monday, 5 March 2024", "", "1709625600"] {
            assert!(!is_relative(text), "{text}");
        }
    }

    #[test]
    fn cut_texts_and_buttons_are_seen() {
        for (text, mark) in [
            ("We looked into it and...", Some("...")),
            ("We looked into it and …\n", Some("…")),
            ("A long story [More]", Some("[more]")),
            ("All of it.", None),
            ("", None),
        ] {
            assert_eq!(cut_mark(text), mark, "{text}");
        }
        for (text, button) in [
            ("Hello,\nthe pump leaks.\nReply\nForward", Some("Reply")),
            ("2 hours ago\nThe pump leaks.", Some("2 hours ago")),
            ("Please reply\nsoon", None),
            ("Reply", None),
            ("one\ntwo\nthree\nReply\nfive\nsix\nseven", None),
        ] {
            assert_eq!(artefact(text), button, "{text}");
        }
    }

    #[test]
    fn dates_have_styles() {
        for (text, style) in [
            ("2024-03-05T08:00:00Z", "2024-03-05"),
            ("2024-03-05 08:00", "2024-03-05"),
            ("05/03/2024 08:00", "05/03/2024"),
            ("5.3.2024", "05.03.2024"),
            ("5 March 2024", "5 Mar 2024"),
            ("05-03-2024", "05-03-2024"),
            ("1709625600", "1709625600000"),
            ("45356.5", "45356.5"),
        ] {
            assert_eq!(date_style(text), style, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,80}", lines in "(Reply|a|\n|…|ago| ){0,20}") {
            for text in [&text, &lines] {
                let _ = (is_relative(text), date_style(text), cut_mark(text));
                proptest::prop_assert!(artefact(text).is_none_or(|line| text.contains(line)));
            }
        }
    }
}
