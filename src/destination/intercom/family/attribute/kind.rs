//! Types of attributes, as they are written and as they are read.

use serde_json::Value;

use super::super::super::request::Request;
use super::answer::AttributeAnswer;

/// The type of an attribute.
pub const TYPE: &str = "data_type";

/// Whether the type that is sent, if any, is the one that is read (FACTS §8.11).
pub fn is_of_type(sent: &Request, object: &Value) -> bool {
    let sent = sent.text(TYPE);
    sent.is_none_or(|sent| {
        AttributeAnswer::of(object).data_type.as_str().is_some_and(|read| same_type(&sent, read))
    })
}

fn same_type(sent: &str, read: &str) -> bool {
    let plain = |word: &str| match word {
        "options" | "list" => "string".to_owned(),
        "datetime" => "date".to_owned(),
        "decimal" => "float".to_owned(),
        other => other.to_owned(),
    };
    sent == read || plain(sent) == plain(read)
}
