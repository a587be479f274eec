//! Cells that somebody typed, and those that say that nothing was.

/// What means empty in typed cells (dates, numbers, booleans, references); in text it is text.
const EMPTY_WORDS: &[&str] = &["NULL", "null", "N/A", "n/a", "-", "--", "None"];

/// A typed cell, trimmed; `None` if it is empty or says so.
pub fn typed(text: &str) -> Option<&str> {
    let text = text.trim();
    let empty = text.is_empty() || EMPTY_WORDS.contains(&text) || is_spreadsheet_error(text);
    (!empty).then_some(text)
}

/// What a spreadsheet shows where a formula failed, or a text that looked like one.
const SPREADSHEET_ERRORS: &[&str] = &[
    "#BLOCKED!",
    "#BUSY!",
    "#CALC!",
    "#CONNECT!",
    "#DIV/0!",
    "#FIELD!",
    "#GETTING_DATA",
    "#N/A",
    "#NAME?",
    "#NULL!",
    "#NUM!",
    "#REF!",
    "#SPILL!",
    "#VALUE!",
];

/// True if a spreadsheet's error stands in place of a value.
pub fn is_spreadsheet_error(text: &str) -> bool {
    let text = text.trim();
    text.starts_with('#') && SPREADSHEET_ERRORS.contains(&text)
}
