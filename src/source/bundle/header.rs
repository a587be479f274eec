//! Headers: the form in which they are compared, and file stems.

use unicode_normalization::UnicodeNormalization;

/// A header as it is compared: NFKC, case-folded; space, `.`, `_`, `-` are left out (so they are
/// equal, also to nothing: `openedBy.id`, `opened_by_id`); a trailing `*` or `(UTC)` is dropped.
pub fn normalise(header: &str) -> String {
    let mut text: String = header.nfkc().collect::<String>().to_lowercase();
    loop {
        let trimmed = text.trim_end();
        let shorter =
            trimmed.strip_suffix('*').or_else(|| trimmed.strip_suffix("(utc)")).unwrap_or(trimmed);
        if shorter.len() == text.len() {
            break;
        }
        text.truncate(shorter.len());
    }
    text.retain(|c| !c.is_whitespace() && !matches!(c, '.' | '_' | '-' | '\u{FEFF}'));
    text
}

/// Key of a custom field by its header: case-folded, other characters than letters and digits
/// become `_`.
pub fn field_key(label: &str) -> String {
    let mut key = String::with_capacity(label.len());
    for c in label.nfkc().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            key.push(c);
        } else if !key.ends_with('_') && !key.is_empty() {
            key.push('_');
        }
    }
    let key = key.trim_end_matches('_');
    if key.is_empty() { "field".to_owned() } else { key.to_owned() }
}

/// The field that a header names outright (`cf_plan`, `custom.plan`), without its prefix.
pub fn custom_label(header: &str) -> Option<&str> {
    let header = header.trim();
    ["cf_", "cf.", "custom.", "custom_"].iter().find_map(|prefix| {
        let (head, rest) = header.split_at_checked(prefix.len())?;
        // `custom_fields` names no field: it holds all of them.
        let all = normalise(rest) == "fields";
        (head.eq_ignore_ascii_case(prefix) && !rest.is_empty() && !all).then_some(rest)
    })
}

/// A file or sheet name as it is compared with stems: its letters alone, in lower case, so that
/// dates, numbers, `(1)`, spaces, `_` and `-` make no difference.
pub fn stem(name: &str) -> String {
    name.nfkc().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect()
}

/// What stands behind one of these beginnings in a file or sheet name, without the dates and
/// numbers at its end: the type in `ci_router_2024-01`.
pub fn behind<'a>(beginnings: &[&str], name: &'a str) -> Option<&'a str> {
    beginnings.iter().find_map(|beginning| {
        let (head, rest) = name.trim().split_at_checked(beginning.len())?;
        let same = |(a, b): (char, char)| match (a, b) {
            ('_', ' ' | '-') => true,
            (a, b) => a.eq_ignore_ascii_case(&b),
        };
        let rest = rest.trim_end_matches(|c: char| !c.is_alphabetic()).trim_start();
        let found = beginning.chars().zip(head.chars()).all(same) && !rest.is_empty();
        found.then_some(rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_compared_in_one_form() {
        for (header, form) in [
            ("Ticket ID", "ticketid"),
            ("ticket_id", "ticketid"),
            ("openedBy.id", "openedbyid"),
            ("Created (UTC)", "created"),
            (" Subject * ", "subject"),
            ("Due (UTC)*", "due"),
            ("ＩＤ", "id"),
            ("Città", "città"),
        ] {
            assert_eq!(normalise(header), form, "{header}");
        }
    }

    #[test]
    fn fields_get_keys() {
        for (label, key) in
            [("Plan Name", "plan_name"), ("  n° d'ordine ", "n_d_ordine"), ("***", "field")]
        {
            assert_eq!(field_key(label), key);
        }
        assert_eq!(custom_label("cf_Plan"), Some("Plan"));
        assert_eq!(custom_label("Custom.plan"), Some("plan"));
        assert_eq!(custom_label("custom"), None);
        assert_eq!(custom_label("customer_id"), None);
        assert_eq!(custom_label("custom_fields"), None);
    }

    #[test]
    fn a_type_stands_behind_its_beginning() {
        for (name, expected) in [
            ("ci_router", Some("router")),
            ("CI-Load Balancer_2024-01 (2)", Some("Load Balancer")),
            ("ci_", None),
            ("ci_2024", None),
            ("cities", None),
            ("ç_router", None),
        ] {
            assert_eq!(behind(&["ci_"], name), expected, "{name}");
        }
    }

    #[test]
    fn stems_ignore_dates_and_copies() {
        for name in ["tickets", "Tickets_2019", "tickets-2023-01-31 (1)", "TICKETS"] {
            assert_eq!(stem(name), "tickets");
        }
    }
}
