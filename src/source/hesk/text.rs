//! Hesk's texts: escaped when they are stored, so decoded here, exactly once.

use std::borrow::Cow;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// No entity that Hesk writes is longer: `&#1114111;`.
const ENTITY_CHARS_MAX: usize = 10;

/// Decodes entities once. What is no entity stays as it is.
pub fn decode(text: &str) -> String {
    let Some(first) = text.find('&') else { return text.to_owned() };
    let mut plain = String::with_capacity(text.len());
    plain.push_str(&text[..first]);
    let mut rest = &text[first..];
    while let Some(after) = rest.strip_prefix('&') {
        let end = after.char_indices().take(ENTITY_CHARS_MAX).find(|(_, c)| *c == ';');
        match end.and_then(|(end, _)| Some((entity(&after[..end])?, end))) {
            Some((c, end)) => {
                plain.push(c);
                rest = &after[end + 1..];
            }
            None => {
                plain.push('&');
                rest = after;
            }
        }
        let next = rest.find('&').unwrap_or(rest.len());
        plain.push_str(&rest[..next]);
        rest = &rest[next..];
    }
    plain
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        "nbsp" => return Some('\u{A0}'),
        _ => {}
    }
    let number = name.strip_prefix('#')?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code).filter(|c| *c != '\0')
}

/// The plain form of an escaped fragment: links become their addresses, `<br />` with the white
/// space behind it becomes a line end, other tags go, entities are decoded once.
pub fn plain(fragment: &str) -> String {
    if !fragment.contains(['<', '&', '\r']) {
        return fragment.to_owned();
    }
    let mut text = String::with_capacity(fragment.len());
    let mut rest = fragment;
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        let tag = &rest[start + 1..];
        let Some(end) = tag.find('>').filter(|_| starts_tag(tag)) else {
            text.push('<');
            rest = tag;
            continue;
        };
        let (inside, after) = (&tag[..end], &tag[end + 1..]);
        rest = match name(inside).as_ref() {
            "br" => {
                text.push('\n');
                let after = after.trim_start_matches([' ', '\t', '\r']);
                after.strip_prefix('\n').unwrap_or(after)
            }
            "a" => match (attribute(inside, "href"), after.find("</a>")) {
                (Some(address), Some(close)) => {
                    text.push_str(address.strip_prefix("mailto:").unwrap_or(address));
                    &after[close + "</a>".len()..]
                }
                _ => after,
            },
            "p" | "/p" | "/div" | "/li" | "/tr" | "hr" => {
                if !text.is_empty() && !text.ends_with('\n') {
                    text.push('\n');
                }
                after
            }
            _ => after,
        };
    }
    text.push_str(rest);
    let text = decode(&text);
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text }
}

/// Without white space around it; copied only if there is some.
pub fn trimmed(text: String) -> String {
    let inside = text.trim();
    if inside.len() == text.len() { text } else { inside.to_owned() }
}

fn starts_tag(tag: &str) -> bool {
    tag.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!')
}

fn name(inside: &str) -> Cow<'_, str> {
    let end = inside.char_indices().skip(1).find(|(_, c)| !c.is_ascii_alphanumeric());
    let name = &inside[..end.map_or(inside.len(), |(at, _)| at)];
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// The value of an attribute inside a tag, still escaped.
pub fn attribute<'a>(inside: &'a str, name: &str) -> Option<&'a str> {
    let mut from = 0;
    while let Some(at) = inside[from..].find(name).map(|at| from + at) {
        let before = inside[..at].chars().next_back();
        let rest = inside[at + name.len()..].trim_start();
        from = at + name.len();
        let Some(value) = rest.strip_prefix('=').map(str::trim_start) else { continue };
        let mark = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        if let (Some(mark), Some(true)) = (mark, before.map(char::is_whitespace)) {
            return value[1..].split(mark).next();
        }
    }
    None
}

/// True if the two forms differ: then the second is HTML of a person's own making.
pub fn is_rich(message: &str, html: Option<&str>) -> bool {
    html.is_some_and(|html| !html.trim().is_empty() && html != message)
}

/// A JSON object of texts by language, in the order in which it was written.
struct ByLanguage(Vec<(String, serde_json::Value)>);

impl<'de> Deserialize<'de> for ByLanguage {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Ordered;
        impl<'de> Visitor<'de> for Ordered {
            type Value = ByLanguage;

            fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                to.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ByLanguage, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(ByLanguage(pairs))
            }
        }
        from.deserialize_map(Ordered)
    }
}

/// All labels kept by language in JSON, decoded, in the order in which they were written.
pub fn in_all_languages(json: &str) -> Vec<String> {
    let Ok(ByLanguage(pairs)) = serde_json::from_str(json) else { return Vec::new() };
    let texts = pairs.iter().filter_map(|(_, text)| text.as_str());
    texts.map(|text| decode(text.trim())).filter(|text| !text.is_empty()).collect()
}

/// A label kept by language in JSON: the one of `language`, else the first. `None` if it is no
/// such JSON, or says NULL, which stands for Hesk's own word.
pub fn by_language(json: &str, language: Option<&str>) -> Option<String> {
    let ByLanguage(pairs) = serde_json::from_str(json).ok()?;
    let own = pairs.iter().find(|(name, _)| Some(name.as_str()) == language);
    let label = own.or_else(|| pairs.first()).and_then(|(_, value)| value.as_str())?;
    let label = decode(label.trim());
    (!label.is_empty() && label != "NULL").then_some(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_decoded_once() {
        for (stored, plain) in [
            ("a &amp;amp; b", "a &amp; b"),
            ("&lt;b&gt; &quot;x&quot; it's &#96;code&#96;", "<b> \"x\" it's `code`"),
            ("&#x20AC; &nbsp;", "€ \u{A0}"),
            ("AT&T; &unknown; & &#99999999;", "AT&T; &unknown; & &#99999999;"),
            ("&", "&"),
            ("", ""),
        ] {
            assert_eq!(decode(stored), plain, "{stored}");
        }
    }

    #[test]
    fn fragments_become_text() {
        for (stored, text) in [
            ("one<br />\r\ntwo<br />three", "one\ntwo\nthree"),
            ("one<br />\n<br />\nthree", "one\n\nthree"),
            (
                "see <a href=\"https://e.org/?a=1&amp;b=2\" target=\"_blank\">https://e.org/…</a>.",
                "see https://e.org/?a=1&b=2.",
            ),
            ("<a href=\"mailto:a@e.org\">a@e.org</a>", "a@e.org"),
            ("1 &lt; 2 and <i>said</i>", "1 < 2 and said"),
            ("a < b", "a < b"),
            ("unclosed <b", "unclosed <b"),
            ("&amp;lt;br /&amp;gt;", "&lt;br /&gt;"),
        ] {
            assert_eq!(plain(stored), text, "{stored}");
        }
    }

    #[test]
    fn labels_by_language() {
        let json = r#"{"English":"A &amp; B","Deutsch":"\u00dcber"}"#;
        assert_eq!(by_language(json, None).as_deref(), Some("A & B"));
        assert_eq!(by_language(json, Some("Deutsch")).as_deref(), Some("Über"));
        assert_eq!(by_language(json, Some("Español")).as_deref(), Some("A & B"));
        assert_eq!(by_language(r#"{"English":"NULL"}"#, None), None);
        assert_eq!(by_language("no json", None), None);
        assert_eq!(in_all_languages(json), ["A & B", "Über"]);
        assert!(in_all_languages("no json").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(<|>|a|/|br|href|=|\"|&|#|;|amp|é| |\r|\n){0,40}") {
            let once = plain(&text);
            proptest::prop_assert!(once.len() <= text.len() * 4 + 4);
            decode(&text);
            by_language(&text, None);
        }

        #[test]
        fn what_was_escaped_comes_back(text in "[a-z<>&\"'`#; é]{0,40}") {
            let stored = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
                .replace('"', "&quot;").replace('`', "&#96;");
            proptest::prop_assert_eq!(&decode(&stored), &text);
            proptest::prop_assert_eq!(plain(&stored), text);
        }
    }
}
