//! What is the same although it reads back differently (FACTS §8).

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate};
use scraper::node::Node;
use scraper::{ElementRef, Html};
use serde_json::Value;

use super::request::id_text;

/// What a reader sees of a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// Visible text, runs of white space made one space.
    pub text: String,
    /// Targets of links.
    pub links: BTreeSet<String>,
    /// Number of images; their addresses change, for Intercom keeps copies.
    pub images: usize,
}

/// Elements that begin a line of their own.
const BLOCKS: [&str; 31] = [
    "address",
    "article",
    "blockquote",
    "br",
    "dd",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
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
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tbody",
    "td",
    "th",
    "tr",
    "ul",
];

/// Elements whose text nobody sees.
const UNSEEN: [&str; 6] = ["head", "script", "style", "template", "title", "noscript"];

impl Content {
    /// Of HTML.
    pub fn of_html(html: &str) -> Self {
        if !html.contains(['<', '&']) {
            return Self::of_text(html);
        }
        let tree = Html::parse_fragment(html);
        let mut content = Self::default();
        let mut text = String::new();
        content.gather(tree.root_element(), &mut text);
        content.text = one_spaced(&text);
        content
    }

    /// Of plain text.
    pub fn of_text(text: &str) -> Self {
        Self { text: one_spaced(text), ..Self::default() }
    }

    fn gather(&mut self, element: ElementRef<'_>, text: &mut String) {
        for child in element.children() {
            match child.value() {
                Node::Text(piece) => text.push_str(piece),
                Node::Element(_) => {
                    if let Some(child) = ElementRef::wrap(child) {
                        self.enter(child, text);
                    }
                }
                _ => {}
            }
        }
    }

    fn enter(&mut self, element: ElementRef<'_>, text: &mut String) {
        let name = element.value().name();
        if UNSEEN.contains(&name) {
            return;
        }
        if name == "img" {
            self.images += 1;
        }
        if name == "a"
            && let Some(target) = element.value().attr("href")
        {
            self.links.insert(link(target));
        }
        let block = BLOCKS.contains(&name);
        if block {
            text.push('\n');
        }
        self.gather(element, text);
        if block {
            text.push('\n');
        }
    }

    /// Whether `self`, sent, and `read`, read back, show the same. Addresses that were text may
    /// have become links.
    pub fn shows_as(&self, read: &Self) -> bool {
        self.text == read.text
            && self.images == read.images
            && self.links.is_subset(&read.links)
            && read.links.difference(&self.links).all(|extra| self.text.contains(bare(extra)))
    }
}

/// A link's target without what browsers and servers add, and without an article's title:
/// `…/articles/42-how-to-pay` is `…/articles/42`. A new title makes a new address, and the old one
/// leads there still: <https://www.intercom.com/help/en/articles/56988-manage-an-article>
/// (2026-11-30).
fn link(target: &str) -> String {
    const ARTICLE: &str = "/articles/";
    let target = target.trim().trim_end_matches('/');
    let named = || {
        let (site, rest) = target.split_once(ARTICLE)?;
        let (page, end) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
        let (id, _title) = page.split_once('-')?;
        let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        (is_id && !page.contains('/')).then(|| format!("{site}{ARTICLE}{id}{end}"))
    };
    named().unwrap_or_else(|| target.to_owned())
}

fn bare(target: &str) -> &str {
    let target = target.strip_prefix("mailto:").unwrap_or(target);
    target.split_once("://").map_or(target, |(_, rest)| rest)
}

/// Runs of white space, also unbreakable and zero-width, made one space.
fn one_spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let blank = |c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}');
    for word in text.split(blank).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// An e-mail address, trimmed and without case.
pub fn email(text: &str) -> String {
    text.trim().to_lowercase()
}

/// A telephone number's digits, without the sign of the country code.
pub fn phone(text: &str) -> String {
    let trimmed = text.trim();
    let digits: String = trimmed.chars().filter(char::is_ascii_digit).collect();
    if trimmed.starts_with("00") { digits[2..].to_owned() } else { digits }
}

/// A tag's name, trimmed and without case.
pub fn tag(text: &str) -> String {
    text.trim().to_lowercase()
}

/// Whether two ids are one, as text or number; 0, null and nothing all mean none.
pub fn same_id(left: &Value, right: &Value) -> bool {
    let id = |value: &Value| id_text(value).filter(|text| text != "0");
    id(left) == id(right)
}

/// A point in time in seconds: seconds, milliseconds or RFC 3339.
pub fn seconds(value: &Value) -> Option<i64> {
    // Seconds of this size lie beyond the year 5000; they are milliseconds.
    const MILLISECONDS_FROM: i64 = 100_000_000_000;
    match value {
        Value::Number(number) => {
            let number = number.as_i64().or_else(|| number.as_f64().map(|float| float as i64))?;
            Some(if number.abs() >= MILLISECONDS_FROM { number / 1000 } else { number })
        }
        Value::String(text) => {
            let time = DateTime::parse_from_rfc3339(text).map(|time| time.timestamp());
            let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
            time.ok().or_else(|| Some(day()?.and_utc().timestamp())).or_else(|| text.parse().ok())
        }
        _ => None,
    }
}

/// Whether an attribute's value reads back as what was written: numbers by value, dates by
/// second, list values by id or label, empty as unset.
pub fn same_value(sent: &Value, read: &Value) -> bool {
    match (sent, read) {
        (Value::Null, Value::Null) => true,
        (Value::Null, Value::String(text)) | (Value::String(text), Value::Null) => text.is_empty(),
        (Value::Array(sent), Value::Array(read)) => same_set(sent, read),
        (Value::Array(sent), Value::Object(_)) => same_set(sent, instances(read)),
        (sent, Value::Object(list)) if list.contains_key("instances") => {
            same_set(std::slice::from_ref(sent), instances(read))
        }
        (sent, Value::Object(option)) => ["id", "label", "value", "name"]
            .iter()
            .filter_map(|name| option.get(*name))
            .any(|part| same_value(sent, part)),
        (Value::String(sent), Value::String(read)) => {
            one_spaced(sent) == one_spaced(read) || same_time(sent, read)
        }
        (Value::Number(_), Value::Number(_)) => same_number(sent, read),
        (Value::Bool(flag), Value::String(text)) | (Value::String(text), Value::Bool(flag)) => {
            text == if *flag { "true" } else { "false" }
        }
        (Value::Number(_), Value::String(text)) | (Value::String(text), Value::Number(_)) => {
            let parsed = serde_json::from_str::<Value>(text.trim()).unwrap_or(Value::Null);
            let number = if sent.is_number() { sent } else { read };
            same_number(&parsed, number) || seconds(sent) == seconds(read) && text.contains('-')
        }
        _ => sent == read,
    }
}

fn same_number(left: &Value, right: &Value) -> bool {
    match (left.as_i64(), right.as_i64()) {
        (Some(left), Some(right)) => left == right,
        _ => left.as_f64().is_some() && left.as_f64() == right.as_f64(),
    }
}

fn same_time(left: &str, right: &str) -> bool {
    let time = |text: &str| DateTime::parse_from_rfc3339(text).ok();
    time(left).is_some() && time(left) == time(right)
}

/// The instances of a relationship as they are read back (FACTS §5.9).
/// A value that was read, in the form in which it is written: a relationship is read as a list of
/// instances and written as their ids (FACTS §5.9).
pub fn written_value(read: &Value) -> Value {
    match read.get("instances") {
        Some(Value::Array(list)) => {
            list.iter().filter_map(|one| id_text(&one["id"])).map(Value::from).collect()
        }
        _ => read.clone(),
    }
}

fn instances(read: &Value) -> &[Value] {
    let list = ["instances", "data"].iter().find_map(|name| read.get(*name)?.as_array());
    list.map_or(&[], Vec::as_slice)
}

fn same_set(sent: &[Value], read: &[Value]) -> bool {
    sent.len() == read.len()
        && sent.iter().all(|sent| read.iter().any(|read| same_value(sent, read)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_intercom_makes_of_html_shows_the_same() {
        for (sent, read) in [
            ("Hello", "<p>Hello</p>"),
            ("a\n\nb", "<p>a</p>\n<p>b</p>"),
            ("<html><body><h2>A</h2><ul><li>b</li></ul></body></html>", "<h2>A</h2> <ul>\n<li>b"),
            ("<b>bold</b>face", "<p><strong>bold</strong>face</p>"),
            ("a&nbsp;b", "<p class=\"no-margin\">a b</p>"),
            ("<a href='https://x.example/'>x</a>", "<p><a href=\"https://x.example\">x</a></p>"),
            (
                "see https://x.example/a",
                "<p>see <a href=\"https://x.example/a\">https://x.example/a</a></p>",
            ),
            (
                "<a href='https://help.example/en/articles/42-how-to-pay#cards'>x</a>",
                "<a href='https://help.example/en/articles/42-ways-to-pay#cards'>x</a>",
            ),
            ("<img src='https://a/1.png'>", "<div><img src=\"https://downloads/9.png\"></div>"),
            ("<style>p {}</style>x", "<p>x</p>"),
        ] {
            assert!(Content::of_html(sent).shows_as(&Content::of_html(read)), "{sent} / {read}");
        }
    }

    #[test]
    fn what_a_reader_would_miss_is_seen() {
        for (sent, read) in [
            ("Hello", "<p>Hallo</p>"),
            (
                "<a href='https://help.example/en/articles/42-how-to-pay'>x</a>",
                "<a href='https://help.example/en/articles/43-how-to-pay'>x</a>",
            ),
            ("<p>a</p><p>b</p>", "<p>ab</p>"),
            ("<a href='https://x'>x</a>", "<p>x</p>"),
            ("x", "<p><a href=\"https://elsewhere\">x</a></p>"),
            ("<img src='a'>", ""),
        ] {
            assert!(!Content::of_html(sent).shows_as(&Content::of_html(read)), "{sent} / {read}");
        }
    }

    #[test]
    fn plain_text_is_not_html() {
        let sent = Content::of_text("1 < 2 & <b>3</b>");
        assert!(sent.shows_as(&Content::of_html("<p>1 &lt; 2 &amp; &lt;b&gt;3&lt;/b&gt;</p>")));
    }

    #[test]
    fn scalars() {
        assert_eq!(email(" Ann@Example.COM "), "ann@example.com");
        assert_eq!(phone("+49 (30) 123-45"), phone("0049 30 12345"));
        assert_eq!(tag(" VIP "), tag("vip"));
        assert!(same_id(&json!("7"), &json!(7)) && same_id(&json!(0), &Value::Null));
        assert!(!same_id(&json!("7"), &json!(8)));
        assert_eq!(seconds(&json!("2023-09-26T09:14:25Z")), Some(1_695_719_665));
        assert_eq!(seconds(&json!(1_695_719_665_000_i64)), Some(1_695_719_665));
        assert_eq!(seconds(&json!("2023-09-26")), Some(1_695_686_400));
    }

    #[test]
    fn attribute_values() {
        for (sent, read) in [
            (json!("gold"), json!("gold")),
            (json!(3), json!(3.0)),
            (json!("3"), json!(3)),
            (json!(true), json!("true")),
            (json!(""), Value::Null),
            (json!("5f-guid"), json!({ "id": "5f-guid", "label": "High" })),
            (
                json!(["2", "1"]),
                json!({ "type": "Order.list", "instances": [{"id":"1"},{"id":"2"}] }),
            ),
            (json!("1"), json!({ "type": "Order.list", "instances": [{"id":"1"}] })),
            (json!([]), json!({ "type": "Order.list", "instances": [] })),
            (json!("2023-09-26T09:14:25Z"), json!(1_695_719_665)),
        ] {
            assert!(same_value(&sent, &read), "{sent} / {read}");
        }
        for (sent, read) in [
            (json!("gold"), json!("silver")),
            (json!(3), json!(3.5)),
            (json!(["1"]), json!({ "instances": [{"id":"1"},{"id":"2"}] })),
            (json!(1), json!(true)),
            (json!("x"), Value::Null),
        ] {
            assert!(!same_value(&sent, &read), "{sent} / {read}");
        }
    }

    proptest! {
        #[test]
        fn wrapping_changes_nothing(text in "[a-z &<>\n]{0,40}") {
            let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let read = Content::of_html(&format!("<p>{escaped}</p>"));
            prop_assert!(Content::of_text(&text).shows_as(&read));
        }
    }
}
