//! Single cells: empties, booleans, numbers, e-mail addresses, telephone numbers, lists.

use phonenumber::country;

use super::address::addresses;
pub use super::address::is_email;
pub use super::typed::{is_spreadsheet_error, typed};

/// An id, trimmed, without the apostrophe by which spreadsheets mark text.
pub fn id(text: &str) -> Option<&str> {
    let text = typed(text)?;
    typed(text.strip_prefix('\'').unwrap_or(text))
}

/// The whole number of an id that a program wrote as a fraction: `1001` of `1001.0`.
pub fn whole_id(text: &str) -> Option<&str> {
    let (whole, fraction) = text.split_once('.')?;
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    (digits(whole) && !fraction.is_empty() && fraction.bytes().all(|b| b == b'0')).then_some(whole)
}

/// True if a spreadsheet turned the id into a rounded number (`1.23E+15`).
pub fn is_rounded_id(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let Some(exponent) = exponent.strip_prefix('+') else { return false };
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    digits(exponent) && mantissa.split(['.', ',']).count() <= 2 && {
        mantissa.split(['.', ',']).all(digits)
    }
}

/// Yes or no in the interface languages; `None` if it is neither.
pub fn boolean(text: &str) -> Option<bool> {
    let folded = text.trim().to_lowercase();
    match folded.as_str() {
        "true" | "yes" | "y" | "1" | "on" | "x" | "si" | "sì" | "sí" | "oui" | "vero" => {
            Some(true)
        }
        "false" | "no" | "n" | "0" | "off" | "non" | "falso" => Some(false),
        _ => None,
    }
}

/// What the values of a column say about the decimal separator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberEvidence {
    /// Values in which only `.` can be the decimal separator.
    pub dot: u64,
    /// Values in which only `,` can be the decimal separator.
    pub comma: u64,
    /// Values that can be read either way, such as `1.234`.
    pub either: u64,
    /// Line of the first such value.
    pub either_line: u64,
}

/// How a column's numbers are read: the decimal separator, if the column tells.
pub type DecimalRule = Option<char>;

impl NumberEvidence {
    /// Takes one value.
    pub fn observe(&mut self, text: &str, line: u64) {
        match decimal_separator(text) {
            Separator::Dot => self.dot += 1,
            Separator::Comma => self.comma += 1,
            Separator::Either => {
                self.either += 1;
                if self.either == 1 {
                    self.either_line = line;
                }
            }
            Separator::None => {}
        }
    }

    /// The separator, if the values agree on one.
    pub fn rule(&self) -> DecimalRule {
        match (self.dot > 0, self.comma > 0) {
            (true, false) => Some('.'),
            (false, true) => Some(','),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Separator {
    Dot,
    Comma,
    Either,
    None,
}

fn decimal_separator(text: &str) -> Separator {
    let dots = text.matches('.').count();
    let commas = text.matches(',').count();
    let after = |mark| text.rsplit(mark).next().map_or(0, |t| t.trim_end().len());
    let before =
        |mark| text.split(mark).next().map_or(0, |t| t.trim_start_matches(['+', '-']).len());
    let leading_zero = text.trim_start_matches(['+', '-']).starts_with('0');
    match (dots, commas) {
        (0, 0) => Separator::None,
        (1.., 1..) if text.rfind('.') > text.rfind(',') => Separator::Dot,
        (1.., 1..) => Separator::Comma,
        (1, 0) if after('.') != 3 || before('.') > 3 || leading_zero => Separator::Dot,
        (0, 1) if after(',') != 3 || before(',') > 3 || leading_zero => Separator::Comma,
        (1, 0) | (0, 1) => Separator::Either,
        (_, 0) => Separator::Comma,
        (_, _) => Separator::Dot,
    }
}

/// Why a value is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberProblem {
    /// Not a number.
    Unreadable,
    /// `1.234` in a column that does not tell what the separator means.
    Ambiguous,
}

/// A number in plain notation with `.`, nothing rounded.
///
/// # Errors
/// If it is none, or cannot be told.
pub fn decimal(text: &str, rule: DecimalRule) -> Result<String, NumberProblem> {
    let text = text.trim();
    let own = decimal_separator(text);
    let mark = match own {
        Separator::None => '.',
        Separator::Dot => '.',
        Separator::Comma => ',',
        Separator::Either => rule.ok_or(NumberProblem::Ambiguous)?,
    };
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once(mark).unwrap_or((digits, ""));
    let whole = without_thousands(whole).ok_or(NumberProblem::Unreadable)?;
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NumberProblem::Unreadable);
    }
    let whole = match whole.trim_start_matches('0') {
        "" if whole.is_empty() && fraction.is_empty() => return Err(NumberProblem::Unreadable),
        "" => "0",
        rest => rest,
    };
    let fraction = fraction.trim_end_matches('0');
    let sign = if whole == "0" && fraction.is_empty() { "" } else { sign };
    let point = if fraction.is_empty() { "" } else { "." };
    Ok(format!("{sign}{whole}{point}{fraction}"))
}

fn without_thousands(whole: &str) -> Option<String> {
    let is_mark = |c: char| matches!(c, '.' | ',' | '\'' | ' ' | '\u{A0}' | '\u{202F}' | '’');
    let mut marks = whole.chars().filter(|c| is_mark(*c));
    if let Some(mark) = marks.next()
        && marks.any(|other| other != mark)
    {
        return None;
    }
    let mut groups = whole.split(is_mark);
    let first = groups.next()?;
    let groups: Vec<&str> = groups.collect();
    if let Some((last, middle)) = groups.split_last() {
        // Thousands have three digits a group; lakhs and crores two in all but the last.
        let size = middle.first().map_or(3, |group| group.len());
        let right = last.len() == 3
            && matches!(size, 2 | 3)
            && middle.iter().all(|group| group.len() == size)
            && (1..=size).contains(&first.len());
        if !right {
            return None;
        }
    }
    let digits = format!("{first}{}", groups.concat());
    digits.bytes().all(|b| b.is_ascii_digit()).then_some(digits)
}

/// A whole number.
///
/// # Errors
/// If it is none, or cannot be told.
pub fn integer(text: &str, rule: DecimalRule) -> Result<i64, NumberProblem> {
    if let Ok(number) = text.trim().parse() {
        return Ok(number);
    }
    decimal(text, rule)?.parse().map_err(|_| NumberProblem::Unreadable)
}

/// The e-mail addresses of a cell, first is primary, without angle brackets and names.
pub fn emails(text: &str) -> Vec<String> {
    addresses(text).found
}

/// The number in E.164, if it is a valid one; `country` for numbers without a prefix.
pub fn phone(text: &str, country: Option<country::Id>) -> Option<String> {
    // No written number is longer; the parser is slow on long text.
    const PHONE_BYTES_MAX: usize = 40;
    let text = text.trim();
    if text.len() > PHONE_BYTES_MAX {
        return None;
    }
    let text = match text.strip_prefix("00") {
        Some(rest) => format!("+{rest}"),
        None => text.to_owned(),
    };
    let number = phonenumber::parse(country, &text).ok()?;
    number.is_valid().then(|| number.format().mode(phonenumber::Mode::E164).to_string())
}

/// How often each list separator occurs in a column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeparatorEvidence {
    /// Cells with `|`, `;`, `,`.
    pub cells: [u64; 3],
    /// Line of the first cell with each.
    pub lines: [u64; 3],
}

/// List separators, strongest first.
pub const SEPARATORS: [char; 3] = ['|', ';', ','];

impl SeparatorEvidence {
    /// Takes one value.
    pub fn observe(&mut self, text: &str, line: u64) {
        for (index, separator) in SEPARATORS.iter().enumerate() {
            if text.contains(*separator) {
                self.cells[index] += 1;
                if self.cells[index] == 1 {
                    self.lines[index] = line;
                }
            }
        }
    }

    /// The column's separator: the strongest one in use.
    pub fn separator(&self) -> char {
        let found = self.cells.iter().position(|&cells| cells > 0).unwrap_or(0);
        SEPARATORS[found]
    }

    /// True if more than one is in use.
    pub fn is_mixed(&self) -> bool {
        self.cells.iter().filter(|&&cells| cells > 0).count() > 1
    }
}

/// The words of a list, trimmed, empties left out, equal ones (by case) once.
pub fn list(text: &str, separator: char) -> Vec<String> {
    distinct(text.split(separator).map(str::to_owned))
}

/// Trimmed words, empties and spreadsheets' errors left out, equal ones (by case) once in their
/// first spelling.
pub fn distinct(words: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in words {
        let word = word.trim();
        let folded = word.to_lowercase();
        if word.is_empty() || is_spreadsheet_error(word) {
            continue;
        }
        if !found.iter().any(|seen| seen.to_lowercase() == folded) {
            found.push(word.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empties_count_in_typed_cells_only() {
        for text in ["", " ", "NULL", "null", "N/A", "n/a", "-", "--", "None"] {
            assert_eq!(typed(text), None, "{text:?}");
        }
        assert_eq!(typed(" none of it "), Some("none of it"));
    }

    #[test]
    fn ids_stay_text() {
        for (text, expected) in
            [("007", Some("007")), ("'0012", Some("0012")), (" aB ", Some("aB")), ("'", None)]
        {
            assert_eq!(id(text), expected, "{text:?}");
        }
        for (text, rounded) in [
            ("1.23E+15", true),
            ("1,23457E+15", true),
            ("6E+23", true),
            ("6512a0f1", false),
            ("1e5", false),
            ("E+5", false),
            ("1E+x", false),
        ] {
            assert_eq!(is_rounded_id(text), rounded, "{text}");
        }
    }

    #[test]
    fn booleans_in_four_languages() {
        for text in ["true", "YES", "y", "1", "on", "x", "si", "Sì", "sí", "oui", "vero"] {
            assert_eq!(boolean(text), Some(true), "{text}");
        }
        for text in ["false", "no", "N", "0", "off", "non", "falso"] {
            assert_eq!(boolean(text), Some(false), "{text}");
        }
        assert_eq!(boolean("maybe"), None);
    }

    #[test]
    fn numbers_by_their_column() {
        for (text, rule, expected) in [
            ("1234", None, Ok("1234")),
            ("1.5", None, Ok("1.5")),
            ("1,5", None, Ok("1.5")),
            ("1.234,50", None, Ok("1234.5")),
            ("1,234.50", None, Ok("1234.5")),
            ("1.234.567", None, Ok("1234567")),
            ("1'234'567.8", None, Ok("1234567.8")),
            ("1 234,5", None, Ok("1234.5")),
            ("1.234", Some('.'), Ok("1.234")),
            ("1.234", Some(','), Ok("1234")),
            ("1.234", None, Err(NumberProblem::Ambiguous)),
            ("0.125", None, Ok("0.125")),
            ("-0.50", None, Ok("-0.5")),
            ("-0", None, Ok("0")),
            ("+7", None, Ok("7")),
            ("12a", None, Err(NumberProblem::Unreadable)),
            ("", None, Err(NumberProblem::Unreadable)),
            (".", None, Err(NumberProblem::Unreadable)),
            ("1,23,4", None, Err(NumberProblem::Unreadable)),
        ] {
            assert_eq!(decimal(text, rule), expected.map(str::to_owned), "{text}");
        }
        for (text, expected) in [
            ("12,34,567.80", Some("1234567.8")),
            ("1,00,000", Some("100000")),
            ("9,87,65,432.1", Some("98765432.1")),
            ("12.34.567,8", Some("1234567.8")),
            ("1,2,345", None),
            ("123,45,678", None),
            ("1,23,45", None),
            ("1,234.567,8", None),
        ] {
            assert_eq!(decimal(text, None).ok().as_deref(), expected, "{text}");
        }
        assert_eq!(integer("1,200", Some('.')), Ok(1200));
        assert_eq!(integer("12.5", None), Err(NumberProblem::Unreadable));
    }

    #[test]
    fn a_column_tells_its_decimal_separator() {
        let rule = |values: &[&str]| {
            let mut evidence = NumberEvidence::default();
            values.iter().for_each(|value| evidence.observe(value, 1));
            evidence.rule()
        };
        assert_eq!(rule(&["1.234", "2.5"]), Some('.'));
        assert_eq!(rule(&["1.234", "1.234.567"]), Some(','));
        assert_eq!(rule(&["1.234"]), None);
        assert_eq!(rule(&["1.5", "1,5"]), None);
    }

    #[test]
    fn phones_become_e164() {
        let italy = Some(country::Id::IT);
        for (text, country, expected) in [
            ("+39 02 3045 1234", None, Some("+390230451234")),
            ("0039 02 3045 1234", None, Some("+390230451234")),
            ("02 3045 1234", italy, Some("+390230451234")),
            ("02 3045 1234", None, None),
            ("call me", italy, None),
            ("", italy, None),
        ] {
            assert_eq!(phone(text, country).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn lists_are_split_by_the_columns_separator() {
        let mut evidence = SeparatorEvidence::default();
        evidence.observe("billing, urgent", 2);
        assert_eq!((evidence.separator(), evidence.is_mixed()), (',', false));
        evidence.observe("a|b", 3);
        assert_eq!((evidence.separator(), evidence.is_mixed()), ('|', true));
        assert_eq!(list(" VIP | vip||Net ", '|'), ["VIP", "Net"]);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_cells_panic(text in "\\PC{0,40}", number in "[0-9., '+-]{0,20}") {
            for text in [&text, &number] {
                let _ = (typed(text), id(text), is_rounded_id(text), boolean(text));
                let _ = (decimal(text, Some(',')), integer(text, None), emails(text));
                let _ = phone(text, Some(country::Id::IT));
            }
        }
    }
}
