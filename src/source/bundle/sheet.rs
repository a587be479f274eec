//! Spreadsheets: the rows of each sheet, cells as text.
//!
//! Cells are streamed, but a workbook's shared texts are held in memory whole, so workbooks are
//! read only up to [`WORKBOOK_BYTES_MAX`].

use std::ops::ControlFlow;

use calamine::{Data, DataRef, ExcelDateTime, Reader, Xlsx, XlsxError};
use chrono::Timelike;

use super::container::ReadSeek;

/// Larger workbooks are refused: their texts alone, unpacked, would not fit the memory that a
/// reading may take. Excel itself ends at 1,048,576 rows a sheet; larger exports come as CSV.
pub const WORKBOOK_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Where a sheet ends (<https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3>).
/// A damaged cell may claim to lie far beyond.
const ROWS_MAX: u32 = 1_048_576;
const COLUMNS_MAX: u32 = 16_384;

/// An opened workbook.
pub type Workbook = Xlsx<Box<dyn ReadSeek>>;

/// Opens a workbook.
///
/// # Errors
/// If it is none.
pub fn open(file: Box<dyn ReadSeek>) -> Result<Workbook, XlsxError> {
    Xlsx::new(file)
}

/// Hands each row of a sheet that is not empty to `take`, with its number from 1.
///
/// # Errors
/// If the sheet is damaged.
pub fn read(
    workbook: &mut Workbook,
    sheet: &str,
    take: &mut dyn FnMut(&[String], u64) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, XlsxError> {
    let mut cells = workbook.worksheet_cells_reader(sheet)?;
    let mut row: Vec<String> = Vec::new();
    let mut number = None;
    loop {
        let cell = cells.next_cell()?;
        let position = cell.as_ref().map(calamine::Cell::get_position);
        if let Some(done) = number.filter(|&done| position.is_none_or(|(now, _)| now != done)) {
            if row.iter().any(|text| !text.is_empty()) && take(&row, u64::from(done) + 1).is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
            row.clear();
        }
        let (Some(cell), Some((at_row, at_column))) = (cell, position) else {
            return Ok(ControlFlow::Continue(()));
        };
        if at_row >= ROWS_MAX || at_column >= COLUMNS_MAX {
            return Err(XlsxError::Unexpected("cell beyond the last row or column of a sheet"));
        }
        number = Some(at_row);
        let column = at_column as usize;
        if row.len() <= column {
            row.resize(column + 1, String::new());
        }
        row[column] = text(cell.get_value());
    }
}

fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(*number),
        DataRef::Bool(value) => value.to_string(),
        DataRef::Error(error) => Data::Error(error.clone()).to_string(),
        DataRef::DateTime(time) => time_text(time),
    }
}

/// Spreadsheets keep 15 digits: from there on an id may be rounded, and says so by its form.
fn number_text(number: f64) -> String {
    const EXACT_MAX: f64 = 1e15;
    if number.fract() == 0.0 && number.abs() < EXACT_MAX {
        format!("{number:.0}")
    } else if number.abs() >= EXACT_MAX {
        format!("{number:E}").replacen('E', "E+", 1)
    } else {
        number.to_string()
    }
}

/// Days count from 1900 or 1904; that is settled here, where the workbook says which.
fn time_text(time: &ExcelDateTime) -> String {
    // Days are kept as fractions: a second that was typed is a little less or more.
    let half = chrono::TimeDelta::milliseconds(500);
    let at = time.as_datetime().and_then(|at| at.checked_add_signed(half)?.with_nanosecond(0));
    match at {
        Some(at) if at.time() == chrono::NaiveTime::MIN => at.format("%Y-%m-%d").to_string(),
        Some(at) => at.format("%Y-%m-%d %H:%M:%S").to_string(),
        None => time.as_f64().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::*;

    /// A workbook of one sheet with two cells, the second at the place named.
    fn workbook(place: &str) -> Workbook {
        let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        let relations = "http://schemas.openxmlformats.org/package/2006/relationships";
        let parts = [
            (
                "_rels/.rels",
                format!(
                    r#"<Relationships xmlns="{relations}"><Relationship Id="r1"
                    Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    r#"<Relationships xmlns="{relations}"><Relationship Id="r1"
                    Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#
                ),
            ),
            (
                "xl/workbook.xml",
                format!(
                    r#"<workbook xmlns="{main}" xmlns:r="{office}"><sheets>
                    <sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>"#
                ),
            ),
            (
                "xl/worksheets/sheet1.xml",
                format!(
                    r#"<worksheet xmlns="{main}"><sheetData><row>
                    <c r="A1"><v>1</v></c><c r="{place}"><v>2</v></c></row></sheetData>
                    </worksheet>"#
                ),
            ),
        ];
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in parts {
            archive.start_file(name, SimpleFileOptions::default()).unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        }
        open(Box::new(archive.finish().unwrap())).unwrap()
    }

    fn rows(place: &str) -> Result<Vec<(Vec<String>, u64)>, XlsxError> {
        let mut rows = Vec::new();
        let mut take = |row: &[String], number| {
            rows.push((row.to_vec(), number));
            ControlFlow::Continue(())
        };
        let ended = read(&mut workbook(place), "s", &mut take);
        ended.map(|_| rows)
    }

    #[test]
    fn a_cell_beyond_the_end_of_a_sheet_takes_no_room() {
        let row = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(rows("C1").unwrap(), [(row(&["1", "", "2"]), 1)]);
        assert_eq!(rows("XFD1").unwrap()[0].0.len(), 16_384);
        assert_eq!(rows("A1048576").unwrap()[1], (row(&["2"]), 1_048_576));
        for beyond in ["XFE1", "ZZZZZZ1", "A1048577", "ZZZZZZZZZZ1", "A99999999999"] {
            assert!(rows(beyond).is_err(), "{beyond}");
        }
    }

    #[test]
    fn numbers_keep_their_digits_or_show_that_they_lost_some() {
        for (number, expected) in [
            (42.0, "42"),
            (0.5, "0.5"),
            (1_695_719_665_000.0, "1695719665000"),
            (1_234_567_890_123_456_789.0, "1.2345678901234568E+18"),
        ] {
            assert_eq!(number_text(number), expected);
        }
        assert!(super::super::cell::is_rounded_id(&number_text(1.234_567_890_123_456_7e20)));
    }
}
