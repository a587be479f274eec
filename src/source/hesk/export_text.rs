//! Cells of Hesk's own export that hold more than one thing.

use super::text::decode;
use super::time;
use crate::source::bundle::cell::is_email;

/// Between the replies of a ticket.
const RULE: &str = "---";

/// A name and an address.
pub type Follower = (Option<String>, String);

/// `Name <address>` or an address alone, joined by commas, which names may hold too. Hesk writes
/// names as it stores them, escaped. What is neither comes second.
pub fn followers(cell: &str) -> (Vec<Follower>, Vec<String>) {
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    let mut open: Vec<&str> = Vec::new();
    let mut give_up = |open: &mut Vec<&str>| {
        let text = decode(open.join(",").trim());
        unread.extend((!text.is_empty()).then_some(text));
        open.clear();
    };
    for piece in cell.split(',') {
        let bracketed = piece.trim_end().strip_suffix('>').and_then(|piece| piece.rsplit_once('<'));
        match bracketed {
            Some((name, address)) if address.contains('@') => {
                open.push(name);
                let name = decode(open.join(",").trim());
                let name = Some(name).filter(|name| !name.is_empty());
                found.push((name, addressed(address)));
                open.clear();
            }
            _ if is_email(&addressed(piece)) => {
                give_up(&mut open);
                found.push((None, addressed(piece)));
            }
            _ => open.push(piece),
        }
    }
    give_up(&mut open);
    (found, unread)
}

/// An address as it is stored: escaped, from 3.7 on with a backslash before an apostrophe.
fn addressed(text: &str) -> String {
    decode(text.trim()).replace("\\'", "'")
}

/// A reply in the text of all.
#[derive(Debug)]
pub struct Chunk<'a> {
    /// Who wrote it, after some words.
    pub head: &'a str,
    /// When, after some words.
    pub date: &'a str,
    /// What.
    pub body: String,
}

/// Places of the lines that may be a reply's first: that of the text, and those after a rule, if
/// the next line has a date.
fn starts<'a>(lines: &[&'a str], format: Option<&str>) -> Vec<(usize, &'a str)> {
    let mut after_rule = true;
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let is_dated = lines.get(at + 1).is_some_and(|next| dated(next, format).is_some());
        if after_rule && !line.trim().is_empty() && is_dated {
            found.push((at, *line));
        }
        after_rule = line.trim_end() == RULE || (after_rule && line.trim().is_empty());
    }
    found
}

/// The first lines of a ticket's replies, as far as lines with dates tell.
pub fn heads<'a>(text: &'a str, format: Option<&str>) -> Vec<&'a str> {
    let lines: Vec<&str> = text.lines().collect();
    starts(&lines, format).into_iter().map(|(_, head)| head).collect()
}

/// The replies of a ticket: each begins with a line that names its author and one with its date,
/// and ends with a rule. A rule that no such lines follow is part of what was said.
pub fn chunks<'a>(
    text: &'a str,
    format: Option<&str>,
    is_head: impl Fn(&str) -> bool,
) -> Vec<Chunk<'a>> {
    let lines: Vec<&str> = text.lines().collect();
    let begins: Vec<usize> = starts(&lines, format)
        .into_iter()
        .filter(|(_, head)| is_head(head))
        .map(|(at, _)| at)
        .collect();
    let before = begins.first().copied().unwrap_or(lines.len());
    // What stands before the first reply that can be read is not dropped.
    let mut chunks: Vec<Chunk<'_>> = lost(&lines[..before]).into_iter().collect();
    for (place, &at) in begins.iter().enumerate() {
        let end = begins.get(place + 1).copied().unwrap_or(lines.len());
        let body = said(&lines[at + 2..end]);
        chunks.push(Chunk { head: lines[at], date: lines[at + 1], body });
    }
    chunks
}

fn lost<'a>(lines: &[&'a str]) -> Option<Chunk<'a>> {
    let first = lines.iter().position(|line| !line.trim().is_empty())?;
    let (head, rest) = (lines[first], &lines[first + 1..]);
    let date = rest.first().copied().unwrap_or_default();
    Some(Chunk { head, date, body: said(rest.get(1..).unwrap_or_default()) })
}

/// What was said, without the rule behind it.
fn said(lines: &[&str]) -> String {
    let end = lines.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
    let lines = match lines[..end].split_last() {
        Some((last, rest)) if last.trim_end() == RULE => rest,
        _ => &lines[..end],
    };
    lines.join("\n").trim().to_owned()
}

/// The time in a line such as `Date: 2023-01-01 10:00:00`, whatever the word before it.
pub fn dated(line: &str, format: Option<&str>) -> Option<chrono::NaiveDateTime> {
    let starts = line.char_indices().map(|(at, _)| at);
    let own = |text: &str| format.and_then(|format| time::by_format(text, format));
    starts.map(|at| line[at..].trim()).find_map(|text| own(text).or_else(|| time::iso(text)))
}

/// Text with the line ends of Unix, without white space around it.
pub fn line_ends(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn followers_may_have_commas_in_their_names_or_no_names() {
        let (found, unread) = followers(
            "Prime, Ada <ada@e.org>,Bo <bo@e.org>, <cy@e.org>,dee@e.org,Eve &amp; Co <eve@e.org>,\
             fay@e.org, Di <none>, Ed",
        );
        assert_eq!(unread, ["Di <none>, Ed"]);
        let found: Vec<_> =
            found.iter().map(|(name, address)| (name.as_deref(), address.as_str())).collect();
        assert_eq!(
            found,
            [
                (Some("Prime, Ada"), "ada@e.org"),
                (Some("Bo"), "bo@e.org"),
                (None, "cy@e.org"),
                (None, "dee@e.org"),
                (Some("Eve & Co"), "eve@e.org"),
                (None, "fay@e.org"),
            ]
        );
        let (found, _) = followers("o\\'neil@e.org,Łucja, Dr. <l@e.org>");
        assert_eq!(
            (found[0].1.as_str(), found[1].0.as_deref()),
            ("o'neil@e.org", Some("Łucja, Dr."))
        );
    }

    #[test]
    fn replies_are_split_where_one_begins() {
        let text = "Réponse de Ada\nDate 2023-01-01T10:00:00.000\nHello\nyou\n---\nnot you\n---\n\
             \nRéponse de Bo\nDate 2023-01-02T10:00:00.000\nBye\n---\nSigned on\n\
             2023-01-03 10:00:00 it was\n---\n";
        let found = chunks(text, None, |head| head.starts_with("Réponse de "));
        let said: Vec<_> = found.iter().map(|one| (one.head, one.body.as_str())).collect();
        assert_eq!(
            said,
            [
                ("Réponse de Ada", "Hello\nyou\n---\nnot you"),
                ("Réponse de Bo", "Bye\n---\nSigned on\n2023-01-03 10:00:00 it was"),
            ]
        );
        assert_eq!(heads(text, None), ["Réponse de Ada", "Réponse de Bo"]);
        assert_eq!(dated(found[0].date, None).unwrap().to_string(), "2023-01-01 10:00:00");
        assert_eq!(dated("Date x", None), None);
        let found = chunks("Ada said\nsomething\nin three lines\n---\n", None, |_| true);
        assert_eq!((found.len(), found[0].body.as_str()), (1, "in three lines"));
    }

    proptest::proptest! {
        #[test]
        fn no_cell_makes_it_panic(text in "(<|>|,|@|---|\n|é|[a-z0-9: -]){0,40}") {
            followers(&text);
            chunks(&text, None, |head| head.len() % 2 == 0);
            dated(&text, Some("d.m.Y"));
        }
    }
}
