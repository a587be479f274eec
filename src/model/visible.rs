//! Text of strangers as it may stand on a terminal or in a document: without characters that move
//! the cursor, colour the rest, or turn the order in which it is read.

use std::borrow::Cow;
use std::fmt::Write;

/// True for what must not be written as it is: control characters but for tab and line feed, and
/// marks of direction.
fn is_hidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2066}'..='\u{2069}')
}

/// The text with such characters as their numbers (`\u{202e}`).
pub fn visible(text: &str) -> Cow<'_, str> {
    shown(text, |out, c| {
        out.extend(c.escape_unicode());
    })
}

/// The same for a document of JSON, whose strings then still hold those characters.
pub fn visible_json(json: &str) -> Cow<'_, str> {
    shown(json, |out, c| {
        // Writing to memory does not fail; all such characters are of the first plane.
        let _ = write!(out, "\\u{:04x}", u32::from(c));
    })
}

fn shown(text: &str, escape: impl Fn(&mut String, char)) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hidden(c) { escape(&mut out, c) } else { out.push(c) }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hidden_is_written() {
        let text = "a\u{1B}[31mred\u{7}\tb\r\n\u{202E}txt.exe\u{9B}2J שלום\u{200F}";
        let shown = visible(text);
        assert!(!shown.contains(is_hidden), "{shown:?}");
        assert!(shown.starts_with("a\\u{1b}[31mred\\u{7}\tb\\u{d}\n\\u{202e}txt"), "{shown}");
        assert!(shown.contains("שלום"), "letters stay");
        assert!(matches!(visible("plain\ntext"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_means_the_same() {
        let value = serde_json::json!({ "a": "x\u{7F}\u{202E}y\u{85}" });
        let json = visible_json(&value.to_string()).into_owned();
        assert!(!json.contains(is_hidden), "{json:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), value);
    }
}
