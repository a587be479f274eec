//! Which e-mail addresses Intercom takes for a contact.

/// What is wrong with an address, if anything: forms that were seen refused.
pub(crate) fn fault(address: &str) -> Option<&'static str> {
    if address.chars().any(unseen) {
        return Some("it holds white space or characters that cannot be seen");
    }
    if address.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("mailto:")) {
        return Some("it begins with mailto:");
    }
    let Some((name, host)) = address.split_once('@') else {
        return Some("it has no @");
    };
    if name.is_empty() || host.is_empty() || host.contains('@') {
        return Some("it needs one name and one host");
    }
    if address.contains("..") {
        return Some("it has two dots in a row");
    }
    let edge = |part: &str| part.starts_with('.') || part.ends_with('.');
    if edge(name) || edge(host) {
        return Some("a part of it begins or ends with a stop");
    }
    None
}

/// White space, control characters, and those of no width or for direction only.
fn unseen(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_forms_are_told_apart_from_addresses() {
        for good in ["ann@shop.test", "a.b+c@mail.shop.test", "o'neil@shop.test", "ä@shop.test"] {
            assert_eq!(fault(good), None, "{good}");
        }
        for bad in [
            "ann",
            "@shop.test",
            "ann@",
            "ann@a@b.test",
            "mailto:ann@shop.test",
            "MailTo:ann@shop.test",
            "ann\u{200b}@shop.test",
            "ann@shop.test\u{feff}",
            "ann\u{a0}@shop.test",
            "an n@shop.test",
            "ann@shop..test",
            "an..n@shop.test",
            "ann@shop.test.",
            ".ann@shop.test",
            "ann.@shop.test",
        ] {
            assert!(fault(bad).is_some(), "{bad:?}");
        }
    }
}
