//! What a table of fields says, and what counts as the same in a field that was sent and is read.

use serde_json::Value;

use super::normalise::{self, Content};
use super::request::id_text;

/// What counts as the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Text, white space apart.
    Text,
    /// E-mail address.
    Email,
    /// Telephone number, by digits.
    Phone,
    /// HTML, by what a reader sees.
    Html,
    /// Plain text that comes back as HTML.
    Plain,
    /// Markdown, by its words: it comes back written in another way (FACTS §5.10).
    Markdown,
    /// Id, as text or number.
    Id,
    /// Point in time, by second.
    Time,
    /// Attribute value, number or flag.
    Value,
    /// Text without case.
    Word,
    /// Something is there: addresses of pictures change.
    Present,
    /// Type of an attribute.
    DataType,
    /// Options of a list, as a set.
    Options,
    /// The collection is among the article's.
    Parent,
}

/// A field of a body, where it is read back, and what counts as the same.
pub type Row = (&'static str, &'static str, Rule);

/// The fields of a kind of object.
#[derive(Debug)]
pub struct Fields {
    /// Those that have a name of Intercom's.
    pub rows: &'static [Row],
    /// Where the workspace's own attributes stand in a body and in what is read back.
    pub attributes: Option<(&'static str, &'static str)>,
    /// Those that are set for good: a key, a type.
    pub fixed: &'static [&'static str],
}

/// The value that is read back for a row.
pub fn read_value(object: &Value, row: &Row) -> Value {
    let (name, pointer, rule) = row;
    if *rule == Rule::Parent {
        // All parents, where the object names them all.
        let parents = object.pointer(pointer).and_then(Value::as_array).cloned();
        return parents.map_or_else(|| object[*name].clone(), Value::Array);
    }
    object.pointer(pointer).cloned().unwrap_or(Value::Null)
}

impl Rule {
    /// Whether `sent` reads back as `read`.
    pub fn same(self, sent: &Value, read: &Value) -> bool {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match self {
            Self::Text => Content::of_text(&text(sent)) == Content::of_text(&text(read)),
            Self::Email => normalise::email(&text(sent)) == normalise::email(&text(read)),
            Self::Phone => normalise::phone(&text(sent)) == normalise::phone(&text(read)),
            Self::Html => Content::of_html(&text(sent)).shows_as(&Content::of_html(&text(read))),
            Self::Plain => Content::of_text(&text(sent)).shows_as(&Content::of_html(&text(read))),
            Self::Markdown => words(&text(sent)) == words(&text(read)),
            Self::Id => normalise::same_id(sent, read),
            Self::Time => normalise::seconds(sent) == normalise::seconds(read),
            Self::Value => normalise::same_value(sent, read),
            Self::Word => normalise::tag(&text(sent)) == normalise::tag(&text(read)),
            Self::Present => sent.is_null() == read.is_null(),
            Self::DataType => same_type(&text(sent), &text(read)),
            Self::Options => options(sent) == options(read),
            Self::Parent => match read {
                Value::Array(parents) if id_text(sent).is_some() => {
                    parents.iter().any(|parent| normalise::same_id(sent, parent))
                }
                Value::Array(parents) => parents.is_empty(),
                parent => normalise::same_id(sent, parent),
            },
        }
    }
}

/// The words of a Markdown text, without the addresses of its links and pictures.
fn words(markdown: &str) -> Vec<String> {
    let mut plain = String::with_capacity(markdown.len());
    for (number, piece) in markdown.split("](").enumerate() {
        let said =
            if number == 0 { piece } else { piece.split_once(')').map_or("", |rest| rest.1) };
        plain.push_str(said);
        plain.push(' ');
    }
    let words = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// Types change their names (FACTS §5.7): options are read back as string, datetime as date.
fn same_type(sent: &str, read: &str) -> bool {
    sent == read || matches!((sent, read), ("options", "string") | ("datetime", "date"))
}

/// Active options by label, as a sorted set.
fn options(list: &Value) -> Vec<String> {
    let active = |option: &&Value| option["archived"] != true;
    let label = |option: &Value| {
        [option, &option["value"], &option["label"]]
            .into_iter()
            .find_map(|label| label.as_str().map(str::to_owned))
    };
    let items = list.as_array().map_or(&[][..], Vec::as_slice);
    let mut labels: Vec<_> = items.iter().filter(active).filter_map(label).collect();
    labels.sort();
    labels
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rules() {
        for (rule, sent, read) in [
            (Rule::Text, json!("a  b"), json!("a b")),
            (Rule::Text, Value::Null, json!("")),
            (Rule::Email, json!("A@b.c"), json!("a@b.c")),
            (Rule::Phone, json!("+1 (2) 3"), json!("+123")),
            (Rule::Plain, json!("1 < 2"), json!("<p>1 &lt; 2</p>")),
            (Rule::Markdown, json!("# A\n\n* b [c](https://x)"), json!("A\n- b [c](/y)")),
            (Rule::Present, json!("https://a/x.png"), json!("https://b/y.png")),
            (Rule::DataType, json!("datetime"), json!("date")),
            (Rule::Options, json!([{ "value": "b" }, { "value": "a" }]), json!(["a", "b"])),
            (Rule::Parent, json!("7"), json!([6, 7])),
            (Rule::Parent, Value::Null, json!([])),
        ] {
            assert!(rule.same(&sent, &read), "{rule:?} {sent} {read}");
        }
        for (rule, sent, read) in [
            (Rule::Markdown, json!("a b"), json!("a")),
            (Rule::Present, json!("https://a/x.png"), Value::Null),
            (Rule::DataType, json!("string"), json!("integer")),
            (Rule::Options, json!([{ "label": "a" }]), json!([{ "label": "a", "archived": true }])),
            (Rule::Parent, json!(7), json!([6])),
            (Rule::Id, json!("7"), Value::Null),
        ] {
            assert!(!rule.same(&sent, &read), "{rule:?} {sent} {read}");
        }
    }
}
