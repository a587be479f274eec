//! Cells of the CSV files that are written for people. Spreadsheets run what looks like a formula,
//! whoever wrote the text.

use super::error::ReportError;
use crate::model::visible::visible;

/// A spreadsheet takes a cell that begins so for a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A cell as it may be opened in a spreadsheet: what would be a formula begins with an apostrophe.
pub fn guarded(cell: &str) -> String {
    let number = cell.parse::<f64>().is_ok();
    let cell = visible(cell);
    let formula = cell.trim_start_matches([' ', '\n']).starts_with(FORMULA);
    if formula && !number { format!("'{cell}") } else { cell.into_owned() }
}

/// Rows as CSV, every cell guarded.
///
/// # Errors
/// If a row cannot be written.
pub fn csv_of<R, C>(rows: impl IntoIterator<Item = R>) -> Result<Vec<u8>, ReportError>
where
    R: IntoIterator<Item = C>,
    C: AsRef<str>,
{
    let failed = |error: csv::Error| ReportError::Page(error.to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.into_iter().map(|cell| guarded(cell.as_ref()))).map_err(failed)?;
    }
    writer.into_inner().map_err(|error| ReportError::Page(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_not_run() {
        for (cell, expected) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
            (" =1", "' =1"),
            ("+39 02 1234", "'+39 02 1234"),
            ("-5", "-5"),
            ("\t=1", "'\t=1"),
            ("a\u{1B}[0m", "a\\u{1b}[0m"),
            ("plain = text", "plain = text"),
        ] {
            assert_eq!(guarded(cell), expected, "{cell:?}");
        }
        assert_eq!(csv_of([["a", "=b,c"]]).unwrap(), b"a,\"'=b,c\"\n");
    }
}
