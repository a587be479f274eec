//! Transcripts as they are kept: text, a saved page, or the mail by which ClickDesk sends them.

use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;

use mail_parser::{MessageParser, PartType};
use scraper::{Html, Node};

use crate::model::Timestamp;
use crate::source::bundle::container::{Container, safe_path};
use crate::source::bundle::text::{Encoding, decoding};
use crate::source::contract::SourceError;

/// Folder of transcripts that stand beside the tables.
pub const FOLDER: &str = "transcripts/";

/// A chat of a whole day has a hundredth of this.
const TRANSCRIPT_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Endings of transcripts, best first.
const ENDINGS: [&str; 4] = ["txt", "html", "htm", "eml"];

/// A transcript's text and what its mail says of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// One line for each line shown.
    pub text: String,
    /// Names and addresses in the mail's head.
    pub people: Vec<(Option<String>, String)>,
    /// When the mail was sent.
    pub sent_at: Option<Timestamp>,
}

/// The transcripts of an export.
#[derive(Debug)]
pub struct Transcripts {
    container: Arc<Container>,
    /// By path: whether a chat named it.
    used: HashMap<String, bool>,
}

impl Transcripts {
    /// Those in the folder.
    pub fn of(container: &Arc<Container>) -> Self {
        let entries = container.entries().iter().filter(|entry| entry.path.starts_with(FOLDER));
        let entries = entries.filter(|entry| entry.is_plain());
        let used = entries.map(|entry| (entry.path.clone(), false)).collect();
        Self { container: Arc::clone(container), used }
    }

    /// The transcript that is named after a chat; ids keep their case.
    pub fn named_after(&self, chat: &str) -> Option<String> {
        let path = |ending: &&str| format!("{FOLDER}{chat}.{ending}");
        ENDINGS.iter().map(path).find(|path| self.used.contains_key(path))
    }

    /// The transcript that a cell names, with or without the folder.
    pub fn at(&self, cell: &str) -> Option<String> {
        let path = safe_path(cell)?;
        let inside = format!("{FOLDER}{path}");
        [path, inside].into_iter().find(|path| self.container.find(path).is_ok())
    }

    /// Marks a transcript as belonging to a chat.
    pub fn claim(&mut self, path: &str) {
        if let Some(used) = self.used.get_mut(path) {
            *used = true;
        }
    }

    /// Transcripts that no chat named, in order.
    pub fn unclaimed(&self) -> Vec<&str> {
        let free = self.used.iter().filter(|(_, used)| !**used);
        let mut paths: Vec<&str> = free.map(|(path, _)| path.as_str()).collect();
        paths.sort_unstable();
        paths
    }

    /// Files below a folder.
    pub fn files_in(&self, folder: &str) -> Vec<&str> {
        let entries = self.container.entries().iter();
        entries.map(|entry| entry.path.as_str()).filter(|path| path.starts_with(folder)).collect()
    }

    /// Reads a transcript; `None` if it is too large to be one.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn read(&self, path: &str) -> Result<Option<Document>, SourceError> {
        let entry = self.container.find(path)?;
        if entry.size_bytes > TRANSCRIPT_BYTES_MAX {
            return Ok(None);
        }
        let failed = |cause| SourceError::Read { path: path.to_owned(), cause };
        let mut bytes = Vec::new();
        let read = self.container.with_reader(entry, |content| {
            content.take(TRANSCRIPT_BYTES_MAX).read_to_end(&mut bytes)
        })?;
        read.map_err(failed)?;
        Ok(Some(document(path, &bytes)))
    }
}

/// A transcript by the ending of its name.
pub fn document(path: &str, bytes: &[u8]) -> Document {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    match ending.as_str() {
        "eml" => mail(bytes),
        "html" | "htm" => Document { text: lines_of_html(&decoded(bytes)), ..Document::default() },
        _ => Document { text: decoded(bytes), ..Document::default() },
    }
}

fn decoded(bytes: &[u8]) -> String {
    let mut text = Vec::new();
    // Bytes in memory can always be read.
    let _ = decoding(Encoding::of(bytes), Box::new(bytes)).read_to_end(&mut text);
    let text = String::from_utf8_lossy(&text).into_owned();
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text }
}

fn mail(bytes: &[u8]) -> Document {
    let Some(message) = MessageParser::default().parse(bytes) else {
        return Document { text: decoded(bytes), ..Document::default() };
    };
    let plain = message.text_part(0).filter(|part| matches!(part.body, PartType::Text(_)));
    let text = match plain {
        Some(_) => message.body_text(0).unwrap_or_default().replace("\r\n", "\n"),
        None => lines_of_html(&message.body_html(0).unwrap_or_default()),
    };
    let heads = [message.reply_to(), message.from(), message.to(), message.cc()];
    let mut people: Vec<(Option<String>, String)> = Vec::new();
    for person in heads.into_iter().flatten().flat_map(|head| head.iter()) {
        let Some(address) = person.address().filter(|address| address.contains('@')) else {
            continue;
        };
        let name = person.name().map(|name| name.trim().to_owned()).filter(|n| !n.is_empty());
        match people.iter_mut().find(|(_, known)| known.eq_ignore_ascii_case(address)) {
            Some((known, _)) => *known = known.take().or(name),
            None => people.push((name, address.to_owned())),
        }
    }
    let sent_at = message.date().map(|date| Timestamp::from_seconds(date.to_timestamp()));
    Document { text, people, sent_at }
}

/// Elements that stand on lines of their own.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "blockquote",
    "body",
    "dd",
    "div",
    "dl",
    "dt",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tbody",
    "tr",
    "ul",
    "br",
];

/// Elements whose text is not shown.
const HIDDEN: &[&str] = &["head", "script", "style", "template", "title", "noscript"];

/// The text of a page as it is met.
#[derive(Default)]
struct Shown {
    text: String,
    hidden: usize,
}

impl Shown {
    fn open(&mut self, node: &Node) {
        match node {
            Node::Element(element) if HIDDEN.contains(&element.name()) => self.hidden += 1,
            Node::Element(element) => self.border(element.name()),
            Node::Text(text) if self.hidden == 0 => self.add(text),
            _ => {}
        }
    }

    fn close(&mut self, node: &Node) {
        match node {
            Node::Element(element) if HIDDEN.contains(&element.name()) => self.hidden -= 1,
            Node::Element(element) => self.border(element.name()),
            _ => {}
        }
    }

    fn border(&mut self, element: &str) {
        if BLOCKS.contains(&element) && !self.text.ends_with('\n') {
            self.text.push('\n');
        } else if matches!(element, "td" | "th") {
            self.text.push(' ');
        }
    }

    fn add(&mut self, text: &str) {
        for (index, word) in text.split(char::is_whitespace).enumerate() {
            let apart = index > 0 && !self.text.ends_with([' ', '\n']);
            if apart && !self.text.is_empty() {
                self.text.push(' ');
            }
            self.text.push_str(word);
        }
    }
}

/// The text of a page, a line for each line shown.
pub fn lines_of_html(html: &str) -> String {
    let page = Html::parse_document(html);
    let mut shown = Shown::default();
    let mut node = page.tree.root();
    'page: loop {
        shown.open(node.value());
        if let Some(child) = node.first_child() {
            node = child;
            continue;
        }
        loop {
            shown.close(node.value());
            if let Some(next) = node.next_sibling() {
                node = next;
                break;
            }
            match node.parent() {
                Some(parent) => node = parent,
                None => break 'page,
            }
        }
    }
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines = shown.text.lines().map(words).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_line_for_each_line_shown() {
        for (html, text) in [
            (
                "<html><head><title>Chat</title><style>p{}</style></head><body>\
                 <p><b>[09:14] Ada:</b> Is there\n a plan?</p><p>[09:15] Jim: Yes</p></body>",
                "[09:14] Ada: Is there a plan?\n[09:15] Jim: Yes",
            ),
            (
                "<div>Ada: one<br>two</div><div><div>Jim: three</div></div>",
                "Ada: one\ntwo\nJim: three",
            ),
            ("<table><tr><td>09:14</td><td>- Ada:</td><td>Hi</td></tr></table>", "09:14 - Ada: Hi"),
            ("", ""),
        ] {
            assert_eq!(lines_of_html(html), text, "{html}");
        }
    }

    #[test]
    fn a_mail_tells_who_and_when() {
        let mail = b"From: ClickDesk <no-reply@example.com>\r\nReply-To: Ada <ada@example.org>\r\n\
            To: jim@example.com\r\nDate: Tue, 26 Sep 2023 11:19:25 +0200\r\n\
            Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\
            \r\n\r\n<p>[09:14] Ada: caf=C3=A9?</p>\r\n";
        let found = document("transcripts/x.EML", mail);
        assert_eq!(found.text, "[09:14] Ada: café?");
        assert_eq!(found.sent_at.unwrap().to_rfc3339(), "2023-09-26T09:19:25Z");
        let names: Vec<_> = found.people.iter().map(|(_, address)| address.as_str()).collect();
        assert_eq!(names, ["ada@example.org", "no-reply@example.com", "jim@example.com"]);
    }

    #[test]
    fn a_mail_whose_parts_end_where_they_did_not_begin_is_read() {
        let mail = b"From: a@example.com\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n\
            --b\r\nContent-Type: multipart/alternative; boundary=\"c\"\r\n\r\n\
            --c\r\nContent-Type: text/plain\r\n\r\n[09:14] Ada: Hi\r\n--c--\r\n\
            --b\r\nContent-Type: message/rfc822\r\n\r\nAAAA\r\n--c--\r\n\
            --b\r\nContent-Type: message/rfc822\r\n\r\n\
            From: a@example.org\r\n\r\ninner\r\n--b--\r\n";
        assert_eq!(document("transcripts/x.eml", mail).text, "[09:14] Ada: Hi");
    }

    #[test]
    fn text_is_decoded() {
        assert_eq!(document("a.txt", b"\xEF\xBB\xBFAda: caf\xC3\xA9\r\n").text, "Ada: café\n");
        assert_eq!(document("a.txt", b"Ada: caf\xE9\rJim: x").text, "Ada: café\nJim: x");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_grow(
            noise in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
            page in "(<p>|</p>|<br>|<td>|<div|>|<style>|text| |é|&lt;|\n){0,60}",
            mail in "(From: |To: |Date: |a@b.org|\r\n|<|>|Content-Type: text/html|,|x|:){0,40}",
        ) {
            let (page, mail) = (page.as_bytes(), mail.as_bytes());
            for (name, bytes) in [("a.txt", noise.as_slice()), ("a.html", page), ("a.eml", mail)] {
                let found = document(name, bytes);
                proptest::prop_assert!(found.text.len() <= bytes.len() * 3);
            }
        }
    }
}
