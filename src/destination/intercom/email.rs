//! Which e-mail addresses Intercom takes, and how others are made so: pure.

/// What stands before an address that was copied from a link.
const LINK: &str = "mailto:";

/// An address in a form that Intercom takes, without what people and programs leave around one:
/// brackets, a link's beginning and questions, unseen characters, stops at the end. `None` if
/// none is left, or what is left can be read in more ways than one.
pub fn clean(address: &str) -> Option<String> {
    let seen: String = address.chars().filter(|c| !unseen(*c)).collect();
    let mut text = around(&seen);
    if text.get(..LINK.len()).is_some_and(|start| start.eq_ignore_ascii_case(LINK)) {
        text = text[LINK.len()..].split('?').next().unwrap_or_default();
        text = around(text);
    }
    let text = text.trim_end_matches(|c: char| wraps(c) || ".,;:".contains(c));
    is_taken(text).then(|| text.to_owned())
}

/// Whether Intercom takes an address as it is. Forms reported as refused: a link's beginning,
/// unseen characters, two dots in a row, a stop at either end of the name or the host.
pub fn is_taken(address: &str) -> bool {
    let Some((name, host)) = address.split_once('@') else {
        return false;
    };
    let whole = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with('.');
    let plain = |c: char| !c.is_whitespace() && !unseen(c) && !"<>,;".contains(c);
    let link = address.get(..LINK.len()).is_some_and(|start| start.eq_ignore_ascii_case(LINK));
    whole(name)
        && whole(host)
        && !host.contains('@')
        && !address.contains("..")
        && !link
        && address.chars().all(plain)
}

fn around(text: &str) -> &str {
    text.trim_matches(wraps)
}

fn wraps(c: char) -> bool {
    c.is_whitespace() || "<>\"'".contains(c)
}

/// Characters of no width, for direction, or for control.
fn unseen(c: char) -> bool {
    let control = c.is_control() && !c.is_whitespace();
    control
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
    fn what_stands_around_an_address_goes() {
        for raw in [
            "ann@shop.example",
            " <ann@shop.example> ",
            "mailto:ann@shop.example",
            "MAILTO:<ann@shop.example>?subject=Hello",
            "ann\u{200b}@shop.example\u{feff}",
            "\u{a0}ann@shop.example\u{202f}",
            "ann@shop.example.",
            "'ann@shop.example',",
        ] {
            assert_eq!(clean(raw).as_deref(), Some("ann@shop.example"), "{raw:?}");
        }
        assert_eq!(
            clean("Ann.O'Neil+x@Shop.Example").as_deref(),
            Some("Ann.O'Neil+x@Shop.Example")
        );
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_left_alone() {
        for raw in
            ["", "ann", "ann@", "@shop", "a b@c.d", "a@b@c", "ann@shop..example", "an..n@c.d"]
        {
            assert_eq!(clean(raw), None, "{raw:?}");
        }
        for raw in [".ann@shop.example", "ann.@shop.example", "ann@.shop", "a@b.c;d@e.f"] {
            assert_eq!(clean(raw), None, "{raw:?}");
        }
    }

    #[test]
    fn a_clean_address_is_taken_and_stays() {
        for raw in ["ann@shop.example.", "mailto:ann@shop.example"] {
            assert!(!is_taken(raw));
            let cleaned = clean(raw).unwrap();
            assert!(is_taken(&cleaned));
            assert_eq!(clean(&cleaned), Some(cleaned));
        }
    }
}
