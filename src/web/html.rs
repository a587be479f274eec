//! HTML as it is written: text of strangers goes in escaped and without hidden characters, and only
//! words of this program's own source go in as they are.

use super::address::Address;
use super::links::Links;
use crate::model::escape::escape;
use crate::model::visible::visible;

/// Characters of one value that a page shows; the rest is counted.
const VALUE_CHARS_MAX: usize = 2_000;

/// A piece of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html {
    text: String,
}

/// One cell of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A number.
    Number(u64),
    /// What machines write: keys, digests, JSON.
    Code(String),
    /// A link, or its words where there is no such page.
    Link(Address, String),
    /// The place of an event in the log, which links may point to.
    Anchor(u64),
}

/// A number with spaces between groups of three.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('\u{a0}');
        }
        out.push(digit);
    }
    out
}

/// A value as a page shows it: whole, or its start and how much more there is.
pub fn cut(value: &str) -> String {
    match value.char_indices().nth(VALUE_CHARS_MAX) {
        None => value.to_owned(),
        Some((end, _)) => {
            let rest = value[end..].chars().count() as u64;
            format!("{}… and {} more characters", &value[..end], grouped(rest))
        }
    }
}

impl Html {
    /// What was written.
    pub fn into_text(self) -> String {
        self.text
    }

    /// Text of anybody.
    pub fn text(&mut self, text: &str) {
        self.text.push_str(&escape(&visible(text)));
    }

    /// Markup of this program's own.
    pub fn markup(&mut self, markup: &'static str) {
        self.text.push_str(markup);
    }

    /// Another piece.
    pub fn push(&mut self, piece: &Html) {
        self.text.push_str(&piece.text);
    }

    /// Opens an element.
    pub fn open(&mut self, tag: &'static str, attributes: &[(&'static str, &str)]) {
        self.text.push('<');
        self.text.push_str(tag);
        for (name, value) in attributes {
            self.text.push(' ');
            self.text.push_str(name);
            self.text.push_str("=\"");
            self.text.push_str(&escape(&visible(value)));
            self.text.push('"');
        }
        self.text.push('>');
    }

    /// Closes an element.
    pub fn close(&mut self, tag: &'static str) {
        self.text.push_str("</");
        self.text.push_str(tag);
        self.text.push('>');
    }

    /// An element that holds text only.
    pub fn element(&mut self, tag: &'static str, text: &str) {
        self.open(tag, &[]);
        self.text(text);
        self.close(tag);
    }

    /// A paragraph.
    pub fn paragraph(&mut self, text: &str) {
        self.element("p", text);
        self.text.push('\n');
    }

    /// A heading of the second level.
    pub fn heading(&mut self, text: &str) {
        self.element("h2", text);
        self.text.push('\n');
    }

    /// A command that somebody may type.
    pub fn command(&mut self, before: &str, command: &str, after: &str) {
        self.open("p", &[]);
        self.text(before);
        self.element("code", command);
        self.text(after);
        self.markup("</p>\n");
    }

    /// A link, or its words where there is no such page. Text of another direction stays within.
    pub fn link(&mut self, links: &Links, address: &Address, text: &str) {
        match links.href(address) {
            Some(href) => {
                self.open("a", &[("href", &href)]);
                self.element("bdi", text);
                self.close("a");
            }
            None => self.element("bdi", text),
        }
    }

    /// A table; says so if it has no rows. On a narrow screen each cell names its column.
    pub fn table<const N: usize>(
        &mut self,
        links: &Links,
        caption: &str,
        headings: [&str; N],
        rows: impl IntoIterator<Item = [Cell; N]>,
    ) {
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_none() {
            self.open("p", &[("class", "none")]);
            self.text(caption);
            self.markup(": none.</p>\n");
            return;
        }
        self.open("table", &[("role", "table")]);
        self.element("caption", caption);
        self.markup("<thead role=\"rowgroup\"><tr role=\"row\">");
        for heading in headings {
            self.open("th", &[("scope", "col"), ("role", "columnheader")]);
            self.text(heading);
            self.close("th");
        }
        self.markup("</tr></thead>\n<tbody role=\"rowgroup\">\n");
        for row in rows {
            self.markup("<tr role=\"row\">");
            for (heading, cell) in headings.iter().zip(row) {
                self.cell(links, heading, &cell);
            }
            self.markup("</tr>\n");
        }
        self.markup("</tbody></table>\n");
    }

    fn cell(&mut self, links: &Links, heading: &str, cell: &Cell) {
        let label = ("data-label", heading);
        let role = ("role", "cell");
        match cell {
            Cell::Text(text) => {
                self.open("td", &[role, label]);
                self.element("span", &cut(text));
            }
            Cell::Number(number) => {
                self.open("td", &[role, label, ("class", "number")]);
                self.element("span", &grouped(*number));
            }
            Cell::Code(text) => {
                self.open("td", &[role, label]);
                self.element("code", &cut(text));
            }
            Cell::Link(address, text) => {
                self.open("td", &[role, label]);
                self.link(links, address, &cut(text));
            }
            Cell::Anchor(position) => {
                let id = format!("e{position}");
                self.open("td", &[role, label, ("class", "number"), ("id", &id)]);
                self.element("span", &grouped(*position));
            }
        }
        self.close("td");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_strangers_is_never_markup() {
        let hostile = "\"><img src=x onerror=alert(1)>\u{202E}txt\u{7}'&";
        let mut html = Html::default();
        html.text(hostile);
        html.open("a", &[("href", hostile)]);
        html.link(&Links::Served, &Address::Overview, hostile);
        html.table(&Links::Served, hostile, [hostile], [[Cell::Text(hostile.into())]]);
        let text = html.into_text();
        assert!(!text.contains("<img"), "{text}");
        assert!(!text.contains('\u{202E}') && !text.contains('\u{7}'), "{text}");
        assert!(text.contains("&quot;&gt;&lt;img src=x onerror=alert(1)&gt;\\u{202e}txt\\u{7}"));
    }

    #[test]
    fn a_long_value_is_cut_and_counted() {
        assert_eq!(cut("short"), "short");
        let long = "é".repeat(VALUE_CHARS_MAX + 1_234);
        let shown = cut(&long);
        assert!(shown.ends_with("… and 1\u{a0}234 more characters"), "{shown}");
        assert!(shown.chars().count() < VALUE_CHARS_MAX + 40);
    }
}
