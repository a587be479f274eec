//! E-mail addresses as people and mail programs write them into cells: with names around them,
//! in lists, as links, with characters that nobody sees.

use super::typed::typed;

/// What a cell of addresses holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// The addresses, each once, in their order.
    pub found: Vec<String>,
    /// Something that belongs to no address or name was left out.
    pub mended: bool,
    /// Something is neither an address nor a name before one.
    pub odd: bool,
}

/// The addresses of a cell.
pub fn addresses(text: &str) -> Addresses {
    let mut all = Addresses::default();
    let seen: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    all.mended = seen.len() != text.len();
    if typed(&seen).is_none() {
        return all;
    }
    let mut names = 0_usize;
    for part in parts(&seen) {
        let candidates = candidates(part);
        if candidates.is_empty() {
            names += usize::from(typed(part).is_some());
            continue;
        }
        // `Doe, Jane <jane@example.org>`: what stands before an address in brackets is a name.
        let is_name = part.contains('<');
        all.odd |= names > 0 && !is_name;
        names = 0;
        candidates.into_iter().for_each(|candidate| all.take(candidate));
    }
    all.odd |= names > 0;
    all
}

impl Addresses {
    fn take(&mut self, candidate: &str) {
        let candidate = candidate.trim();
        let linked = candidate.get(.."mailto:".len());
        let linked = linked.is_some_and(|start| start.eq_ignore_ascii_case("mailto:"));
        let bare = if linked { &candidate["mailto:".len()..] } else { candidate };
        let bare = if linked { bare.split('?').next().unwrap_or(bare) } else { bare };
        let bare = bare.trim_matches(|c: char| {
            c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '(' | ')' | '[' | ']' | ':')
        });
        let address = bare.trim_end_matches(['.', '!', '?', ':']);
        if !is_email(address) {
            self.odd = true;
            return;
        }
        self.mended |= linked || address != bare;
        if !self.found.iter().any(|known| known.eq_ignore_ascii_case(address)) {
            self.found.push(address.to_owned());
        }
    }
}

/// Zero-width characters, marks of direction and soft hyphens, which come along when text is
/// copied.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

/// The cell split at separators that stand neither in quotes nor in brackets.
fn parts(text: &str) -> Vec<&str> {
    let quotes = text.matches('"').count().is_multiple_of(2);
    let (mut quoted, mut depth) = (false, 0_u32);
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        match c {
            '"' if quotes => quoted = !quoted,
            _ if quoted => {}
            '<' | '(' => depth += 1,
            '>' | ')' => depth = depth.saturating_sub(1),
            '\n' | '\r' | '|' => {
                parts.extend(text.get(start..at));
                (start, depth) = (at + 1, 0);
            }
            ',' | ';' if depth == 0 => {
                parts.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..));
    parts
}

/// What may be an address: the words in brackets, else the words that have an `@`.
fn candidates(part: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = part;
    while let Some((_, after)) = rest.split_once('<') {
        let (inside, behind) = after.split_once('>').unwrap_or((after, ""));
        if inside.contains('@') {
            found.push(inside);
        }
        rest = behind;
    }
    if found.is_empty() {
        let words = part.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | ';'));
        found.extend(words.filter(|word| word.contains('@')));
    }
    found
}

/// True if the text can be an e-mail address: one `@`, a domain with a dot or a local host.
pub fn is_email(text: &str) -> bool {
    let mut parts = text.split('@');
    let (Some(name), Some(domain), None) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let odd = |c: char| {
        c.is_whitespace() || c.is_control() || is_invisible(c) || "<>()[],;:\\\"".contains(c)
    };
    let label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
    };
    !name.is_empty() && !name.contains(odd) && domain.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_among_names() {
        for (text, found, mended, odd) in [
            ("ada@example.org", vec!["ada@example.org"], false, false),
            (" <Ada@Example.org> ", vec!["Ada@Example.org"], false, false),
            ("\"Lovelace, Ada\" <ada@x.example>", vec!["ada@x.example"], false, false),
            ("Lovelace, Ada <ada@x.example>", vec!["ada@x.example"], false, false),
            ("Ada Lovelace ada@x.example", vec!["ada@x.example"], false, false),
            ("ada@x.example (Ada, Rome)", vec!["ada@x.example"], false, false),
            ("Ada <ada@x.org>; Bo <bo@x.org>", vec!["ada@x.org", "bo@x.org"], false, false),
            (
                "a@x.org, A@X.org b@x.org\nc@x.org",
                vec!["a@x.org", "b@x.org", "c@x.org"],
                false,
                false,
            ),
            ("MailTo:ada@x.org?subject=hi", vec!["ada@x.org"], true, false),
            ("\u{200B}ada@x.org\u{2060}", vec!["ada@x.org"], true, false),
            ("ada@x.org.", vec!["ada@x.org"], true, false),
            ("'ada@x.org'", vec!["ada@x.org"], false, false),
            ("ada@x.org; nobody", vec!["ada@x.org"], false, true),
            ("Ada at home", vec![], false, true),
            ("ada@@x.org", vec![], false, true),
            ("ada@x..org", vec![], false, true),
            ("n/a", vec![], false, false),
            ("", vec![], false, false),
        ] {
            let all = addresses(text);
            assert_eq!(
                (all.found.as_slice(), all.mended, all.odd),
                (found.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>().as_slice(), mended, odd),
                "{text:?}"
            );
        }
    }

    #[test]
    fn what_is_an_address() {
        for (text, fits) in [
            ("a@b.org", true),
            ("a.b+c@müller.example", true),
            ("a@localhost", true),
            ("a@b@c", false),
            ("@b", false),
            ("a@", false),
            ("a b@c.d", false),
            ("a@b.", false),
            ("a\u{200B}@b.org", false),
        ] {
            assert_eq!(is_email(text), fits, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_found_is_an_address(text in "([a-z@.<>(),;\"' é\u{200B}]|mailto:){0,30}") {
            proptest::prop_assert!(addresses(&text).found.iter().all(|found| is_email(found)));
        }
    }
}
