//! The extraction templates of a source as files: a CSV file for each, one workbook with all of
//! them, and what people need to fill them: checklist, data dictionary, daily check-in.

use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatBorder, Workbook, Worksheet, XlsxError,
};

use super::cell::csv_of;
use super::error::ReportError;
use crate::source::Source;
use crate::source::contract::SourceObject;
use crate::source::template::{EXAMPLE_MARK, Field, GUIDE_SHEETS, Guide, Sheet};

/// Files of people lie here: listed and hashed by readers, never parsed.
const EVIDENCE: &str = "evidence";

/// Columns of the checklist.
pub const CHECKLIST: &[&str] = &[
    "step",
    "template",
    "screen_or_filter",
    "what_to_capture",
    "columns",
    "page_range",
    "count_on_screen",
    "rows_captured",
    "difference",
    "seconds_per_row",
    "hours_estimated",
    "person",
    "date",
    "evidence_file",
    "status",
];

/// Columns of the data dictionary.
pub const DICTIONARY: &[&str] =
    &["template", "column", "required", "holds", "meaning", "example", "also_accepted"];

/// Columns of the daily check-in.
pub const CHECK_IN: &[&str] = &["date", "person", "step", "planned_rows", "done_rows", "issues"];

/// A file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateFile {
    /// Path, with `/`.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The templates of a source: guided ones if it has a guide, else its blank layouts.
///
/// # Errors
/// If the workbook cannot be made.
pub fn templates(source: &dyn Source) -> Result<Vec<TemplateFile>, ReportError> {
    let objects = source.objects();
    match source.guide() {
        Some(guide) => guided(source, guide, &objects),
        None => blank(&objects),
    }
}

/// Headers alone, from what the source reads.
fn blank(objects: &[SourceObject]) -> Result<Vec<TemplateFile>, ReportError> {
    let mut files = Vec::new();
    let mut dictionary = Vec::new();
    for object in objects {
        let columns = object.columns.iter().filter(|column| column.cell != "children");
        let mut headers = Vec::new();
        for column in columns {
            headers.push(column.name.clone());
            let texts = [&object.object, &column.name, "", &column.cell, "", ""];
            let mut row = texts.map(str::to_owned).to_vec();
            row.push(column.aliases.join(", "));
            dictionary.push(row);
        }
        files.push(TemplateFile {
            path: format!("{}.csv", object.object),
            bytes: csv(&headers, &[])?,
        });
    }
    files.push(guide_file("data_dictionary.csv", csv(DICTIONARY, &dictionary)?));
    Ok(files)
}

fn guide_file(name: &str, bytes: Vec<u8>) -> TemplateFile {
    TemplateFile { path: format!("{EVIDENCE}/{name}"), bytes }
}

fn guided(
    source: &dyn Source,
    guide: &Guide,
    objects: &[SourceObject],
) -> Result<Vec<TemplateFile>, ReportError> {
    let mut files = Vec::new();
    for sheet in guide.sheets {
        let (headers, example) = cells(guide, sheet);
        let bytes = csv(&headers, &[example])?;
        files.push(TemplateFile { path: format!("{}.csv", sheet.stem), bytes });
    }
    let (steps, dictionary) = (checklist(guide), dictionary(guide, objects));
    files.push(guide_file("checklist.csv", csv(CHECKLIST, &steps)?));
    files.push(guide_file("daily_check_in.csv", csv(CHECK_IN, &[])?));
    files.push(guide_file("data_dictionary.csv", csv(DICTIONARY, &dictionary)?));
    files.push(guide_file("README.md", readme(source.title(), guide).into_bytes()));
    let workbook = workbook(guide, &steps, &dictionary);
    let bytes = workbook.map_err(|error| ReportError::Page(error.to_string()))?;
    files.push(TemplateFile { path: format!("{}_templates.xlsx", source.name()), bytes });
    let manifest = serde_json::json!({ "source": source.name(), "export_kind": "manual" });
    let bytes = format!("{manifest:#}\n").into_bytes();
    files.push(TemplateFile { path: "manifest.json".to_owned(), bytes });
    Ok(files)
}

fn fields(guide: &Guide, sheet: &Sheet) -> impl Iterator<Item = &'static Field> {
    sheet.columns.iter().chain(guide.provenance)
}

/// Headers and the example row.
fn cells(guide: &Guide, sheet: &Sheet) -> (Vec<String>, Vec<String>) {
    fields(guide, sheet).map(|field| (field.name.to_owned(), field.example.to_owned())).unzip()
}

fn checklist(guide: &Guide) -> Vec<Vec<String>> {
    let line = |(number, step): (usize, &crate::source::template::Step)| {
        let sheets = guide.sheets.iter().filter(|sheet| step.stems.contains(&sheet.stem));
        let columns = sheets.flat_map(|sheet| sheet.columns.iter().filter(|field| field.required));
        let columns: Vec<&str> = columns.map(|field| field.name).collect();
        let (number, stems) = (number.to_string(), step.stems.join(", "));
        let said = [number, stems, step.screen.into(), step.capture.into(), columns.join(", ")];
        let mut row = said.to_vec();
        row.resize(CHECKLIST.len(), String::new());
        row
    };
    (1..).zip(guide.steps).map(line).collect()
}

fn dictionary(guide: &Guide, objects: &[SourceObject]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for sheet in guide.sheets {
        let object = objects.iter().find(|object| object.object == sheet.object);
        for field in fields(guide, sheet) {
            let column = object.and_then(|object| {
                let all = &object.columns;
                let named = |name: &String| name.as_str() == field.name;
                all.iter().find(|column| named(&column.name) || column.aliases.iter().any(named))
            });
            let need = if field.required { "yes" } else { "" };
            let holds = column.map_or("custom field", |column| column.cell.as_str());
            let mut row = [sheet.stem, field.name, need, holds, field.meaning, field.example]
                .map(str::to_owned)
                .to_vec();
            row.push(column.map(|column| column.aliases.join(", ")).unwrap_or_default());
            rows.push(row);
        }
    }
    rows
}

fn readme(title: &str, guide: &Guide) -> String {
    let mut text = format!("# Copying {title} by hand\n\n");
    for rule in guide.rules {
        text.push_str(&format!("- {rule}\n"));
    }
    text.push_str("\n## Order of the work\n\n");
    for (number, step) in (1..).zip(guide.steps) {
        let into = match step.stems {
            [] => String::new(),
            stems => format!(" Into {}.", stems.join(", ")),
        };
        text.push_str(&format!("{number}. {}: {}.{into}\n", step.screen, step.capture));
    }
    text.push_str(&format!(
        "\nExample rows are marked {EXAMPLE_MARK}; leave them or delete them.\n"
    ));
    text
}

fn csv(headers: &[impl AsRef<str>], rows: &[Vec<String>]) -> Result<Vec<u8>, ReportError> {
    let headers = headers.iter().map(|header| header.as_ref().to_owned()).collect::<Vec<_>>();
    csv_of(std::iter::once(&headers).chain(rows))
}

/// Widths of columns, in characters.
const WIDTH: f64 = 18.0;
const WIDTH_OF_WORDS: f64 = 44.0;

/// Rows of the check-in that are drawn.
const CHECK_IN_ROWS: u32 = 60;

fn workbook(
    guide: &Guide,
    steps: &[Vec<String>],
    dictionary: &[Vec<String>],
) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // The same templates are the same bytes.
    let made = ExcelDateTime::from_ymd(2024, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let head = Format::new().set_bold().set_border_bottom(FormatBorder::Thin);
    let needed = head.clone().set_background_color(Color::RGB(0xFF_E6_99));
    let text = Format::new().set_num_format("@");
    let shown = Format::new().set_num_format("@").set_italic().set_font_color(Color::Gray);
    let [checklist, words, check_in] = GUIDE_SHEETS else { return workbook.save_to_buffer() };
    let sheet = table(&mut workbook, checklist, CHECKLIST, steps, &head)?;
    for row in (1..).take(steps.len()) {
        formulas(sheet, row)?;
    }
    for template in guide.sheets {
        let sheet = workbook.add_worksheet().set_name(template.stem)?;
        sheet.set_freeze_panes(1, 0)?;
        for (column, field) in (0..).zip(fields(guide, template)) {
            // Text, lest the spreadsheet takes ids for numbers and numbers for dates.
            sheet.set_column_format(column, &text)?.set_column_width(column, WIDTH)?;
            let format = if field.required { &needed } else { &head };
            sheet.write_string_with_format(0, column, field.name, format)?;
            if !field.example.is_empty() {
                sheet.write_string_with_format(1, column, field.example, &shown)?;
            }
        }
    }
    table(&mut workbook, words, DICTIONARY, dictionary, &head)?;
    let blank = vec![Vec::new(); CHECK_IN_ROWS as usize];
    table(&mut workbook, check_in, CHECK_IN, &blank, &head)?;
    workbook.save_to_buffer()
}

fn table<'a>(
    workbook: &'a mut Workbook,
    name: &str,
    headers: &[&str],
    rows: &[Vec<String>],
    head: &Format,
) -> Result<&'a mut Worksheet, XlsxError> {
    let wrapped = Format::new().set_text_wrap();
    let sheet = workbook.add_worksheet().set_name(name)?;
    sheet.set_freeze_panes(1, 0)?;
    for (column, header) in (0..).zip(headers) {
        let wide = matches!(*header, "screen_or_filter" | "what_to_capture" | "columns")
            || matches!(*header, "meaning" | "also_accepted" | "issues");
        sheet.set_column_width(column, if wide { WIDTH_OF_WORDS } else { WIDTH })?;
        sheet.write_string_with_format(0, column, *header, head)?;
    }
    for (number, row) in (1..).zip(rows) {
        for (column, text) in (0..).zip(row).filter(|(_, text)| !text.is_empty()) {
            sheet.write_string_with_format(number, column, text, &wrapped)?;
        }
    }
    Ok(sheet)
}

/// Difference and estimate of a line of the checklist; rows are counted from 0.
fn formulas(sheet: &mut Worksheet, row: u32) -> Result<(), XlsxError> {
    let place = |name: &str| {
        let column = CHECKLIST.iter().position(|header| *header == name).unwrap_or(0);
        let letter = char::from(b'A' + u8::try_from(column).unwrap_or(0));
        (u16::try_from(column).unwrap_or(0), format!("{letter}{}", row + 1))
    };
    let ((_, seen), (_, done)) = (place("count_on_screen"), place("rows_captured"));
    let ((_, pace), (difference, _)) = (place("seconds_per_row"), place("difference"));
    let (hours, _) = place("hours_estimated");
    let formula = format!("=IF(OR({seen}=\"\",{done}=\"\"),\"\",{done}-{seen})");
    sheet.write_formula(row, difference, formula.as_str())?;
    let formula = format!("=IF(OR({seen}=\"\",{pace}=\"\"),\"\",ROUND({seen}*{pace}/3600,1))");
    sheet.write_formula(row, hours, formula.as_str())?;
    Ok(())
}
