//! Extraction templates: what a source offers to people who copy its data by hand.
//!
//! The templates are forms of the objects that the source reads anyway
//! ([`Source::objects`](super::contract::Source::objects)): columns and types come from there, the
//! guide adds which columns matter, what goes into them, and in which order to work.

/// Begins the id of rows that show how a template is filled in; readers leave them out.
pub const EXAMPLE_MARK: &str = "EXAMPLE-";

/// Sheets of a template's workbook that hold no data.
pub const GUIDE_SHEETS: &[&str] = &["Checklist", "Data dictionary", "Daily check-in"];

/// Columns for the end of each template: where a row was copied, by whom, when.
pub const PROVENANCE: &[Field] = &[
    optional("source_url", "address of the screen the row was copied from", ""),
    optional("extracted_by", "who copied the row", ""),
    optional("extracted_at", "when the row was copied", ""),
    optional("notes", "remarks of whoever copied the row; they do not migrate", ""),
];

/// Everything a source offers to people who copy its data by hand.
#[derive(Clone, Copy, Debug)]
pub struct Guide {
    /// The templates, in the order of the work.
    pub sheets: &'static [Sheet],
    /// Columns at the end of each template.
    pub provenance: &'static [Field],
    /// The checklist, in the order of the work.
    pub steps: &'static [Step],
    /// Rules that hold for all templates.
    pub rules: &'static [&'static str],
}

/// One template: a CSV file and a sheet of the workbook.
#[derive(Clone, Copy, Debug)]
pub struct Sheet {
    /// Name of the file without `.csv`, and of the sheet.
    pub stem: &'static str,
    /// The object whose rows it takes.
    pub object: &'static str,
    /// What a row is.
    pub row: &'static str,
    /// Its columns; those of provenance follow them.
    pub columns: &'static [Field],
}

/// A column of a template.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Header.
    pub name: &'static str,
    /// Without it the row is worth little or nothing.
    pub required: bool,
    /// What goes into it.
    pub meaning: &'static str,
    /// Cell of the example row.
    pub example: &'static str,
}

/// One line of the checklist.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Stems of the templates it fills; none for captures of screens.
    pub stems: &'static [&'static str],
    /// Which screen, with which filter.
    pub screen: &'static str,
    /// What to capture there.
    pub capture: &'static str,
}

/// A column without which the row is worth little or nothing.
pub const fn required(name: &'static str, meaning: &'static str, example: &'static str) -> Field {
    Field { name, required: true, meaning, example }
}

/// A column that may stay empty.
pub const fn optional(name: &'static str, meaning: &'static str, example: &'static str) -> Field {
    Field { name, required: false, meaning, example }
}
