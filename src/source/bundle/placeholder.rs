//! Placeholders in saved replies.

/// Placeholders in any of the usual forms (`{{..}}`, `${..}`, `%..%`, `[..]`), each once, as
/// written.
pub fn placeholders(text: &str) -> Vec<String> {
    const FORMS: [(&str, &str); 4] = [("{{", "}}"), ("${", "}"), ("%", "%"), ("[", "]")];
    /// No name of a placeholder is longer; longer matches are prose.
    const NAME_CHARS_MAX: usize = 60;
    let is_name = |name: &str| {
        let name = name.trim();
        !name.is_empty()
            && name.chars().count() <= NAME_CHARS_MAX
            && name.chars().any(char::is_alphabetic)
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | ' ' | '|'))
    };
    let mut found: Vec<String> = Vec::new();
    for (open, close) in FORMS {
        let mut from = 0;
        while let Some(start) = text[from..].find(open).map(|at| from + at) {
            let inner = start + open.len();
            let Some(end) = text[inner..].find(close).map(|at| inner + at) else { break };
            let name = &text[inner..end];
            // `50 % of 100 %` is no placeholder: names between percent signs have no spaces.
            if is_name(name) && !(open == "%" && name.contains(' ')) {
                let whole = text[start..end + close.len()].to_owned();
                if !found.contains(&whole) {
                    found.push(whole);
                }
                from = end + close.len();
            } else {
                from = inner;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_of_all_forms() {
        for (text, expected) in [
            ("Dear {{customer.name}}, {{customer.name}}", vec!["{{customer.name}}"]),
            ("Dear ${name}", vec!["${name}"]),
            ("Dear %NAME%, your [ticket number]", vec!["%NAME%", "[ticket number]"]),
            ("50 % of 100 % [1]", vec![]),
            ("no {closing", vec![]),
            ("{{", vec![]),
        ] {
            assert_eq!(placeholders(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([{}$%\\[\\]a-zé ]|\\{\\{){0,40}") {
            placeholders(&text);
        }
    }
}
