//! How a source lays out its export: objects, stems, columns. Adapters declare it, loaders obey.

use super::header;
use crate::model::RecordKind;
use crate::source::contract::{SourceColumn, SourceObject};

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// The record's own id: text, never a number.
    Id,
    /// Id of a record of the named object.
    Ref(&'static str),
    /// Text of any length.
    Text,
    /// A message or article body, in which inline files are looked for.
    Body,
    /// One of few words.
    Word,
    /// A ticket number that spreadsheets mistake for a date.
    Number,
    /// A whole number.
    Integer,
    /// A decimal number.
    Decimal,
    /// Yes or no.
    Boolean,
    /// A day.
    Date,
    /// A point in time.
    DateTime,
    /// E-mail addresses.
    Email,
    /// A telephone number.
    Phone,
    /// A list of words.
    List,
    /// Paths or ids of attached files, or embedded documents.
    Files,
    /// Name and value pairs of custom fields.
    FieldPairs,
    /// Records of another object, embedded.
    Children,
    /// JSON that is kept whole.
    Json,
}

impl Cell {
    /// The word for it in inventories.
    pub fn word(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Ref(_) => "reference",
            Self::Text => "text",
            Self::Body => "body",
            Self::Word => "word",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::DateTime => "date_time",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::List => "list",
            Self::Files => "files",
            Self::FieldPairs => "field_pairs",
            Self::Children => "children",
            Self::Json => "json",
        }
    }
}

/// A declared column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Canonical name.
    pub name: &'static str,
    /// Other headers, best first; paths into nested JSON with `.`.
    pub aliases: &'static [&'static str],
    /// What its cells hold.
    pub cell: Cell,
}

/// Where else the records of an object may stand: inside another object's records.
#[derive(Clone, Copy, Debug)]
pub struct Embedded {
    /// The object around them.
    pub object: &'static str,
    /// Its column that holds them.
    pub column: usize,
    /// Their own column that gets the outer record's id.
    pub parent: usize,
}

/// Records of an object are of types, and each type has custom fields of its own. They are listed
/// with the type, not as definitions apart.
#[derive(Clone, Copy, Debug)]
pub struct Typed {
    /// Columns that name the type, best first; none if all records are of one type.
    pub columns: &'static [usize],
    /// Beginnings of file stems behind which the type stands: `ci_` for `ci_router.csv`.
    pub stems: &'static [&'static str],
}

/// A declared object. Its first column is its id.
#[derive(Clone, Copy, Debug)]
pub struct ObjectLayout {
    /// Name: the canonical stem.
    pub object: &'static str,
    /// What it is normalised to.
    pub kind: RecordKind,
    /// Accepted stems.
    pub stems: &'static [&'static str],
    /// Columns.
    pub columns: &'static [Column],
    /// What its custom fields belong to, for example `ticket`; `None` if it has none.
    pub fields_of: Option<&'static str>,
    /// Paths into nested JSON that are known and not carried over; the part before each name.
    pub unused: &'static [&'static str],
    /// Where its records may be embedded.
    pub embedded: &'static [Embedded],
    /// The id column must be there. Otherwise keys are made from the content.
    pub id_required: bool,
    /// The column with the id of the record that this one is a part of, without which it is
    /// nothing.
    pub parent: Option<usize>,
    /// Columns whose words need a value map that a person confirms.
    pub value_maps: &'static [&'static str],
    /// Its records are of types with fields of their own.
    pub typed: Option<Typed>,
}

impl ObjectLayout {
    /// A layout with nothing but a name and columns, to be completed.
    pub const fn new(
        object: &'static str,
        kind: RecordKind,
        stems: &'static [&'static str],
        columns: &'static [Column],
    ) -> Self {
        Self {
            object,
            kind,
            stems,
            columns,
            fields_of: None,
            unused: &[],
            embedded: &[],
            id_required: true,
            parent: None,
            value_maps: &[],
            typed: None,
        }
    }
}

impl ObjectLayout {
    /// The column that a header means, with the rank of the alias (0: the canonical name).
    pub fn column_of(&self, normalised: &str) -> Option<(usize, usize)> {
        self.columns.iter().enumerate().find_map(|(slot, column)| {
            std::iter::once(&column.name)
                .chain(column.aliases)
                .position(|name| header::normalise(name) == normalised)
                .map(|rank| (slot, rank))
        })
    }

    /// The column of that canonical name.
    pub fn slot(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// True if a file or sheet of that name holds this object.
    pub fn has_stem(&self, stem: &str) -> bool {
        std::iter::once(&self.object).chain(self.stems).any(|name| header::stem(name) == stem)
    }

    /// What others may know of it.
    pub fn describe(&self) -> SourceObject {
        let words = |list: &[&str]| list.iter().map(|&word| word.to_owned()).collect();
        SourceObject {
            object: self.object.to_owned(),
            kind: self.kind,
            stems: words(self.stems),
            columns: self
                .columns
                .iter()
                .map(|column| SourceColumn {
                    name: column.name.to_owned(),
                    aliases: words(column.aliases),
                    cell: column.cell.word().to_owned(),
                })
                .collect(),
            value_maps: words(self.value_maps),
        }
    }
}

/// The layout whose stems match a file or sheet name.
pub fn recognise(layouts: &[ObjectLayout], name: &str) -> Option<usize> {
    let stem = header::stem(name);
    let has_type = |layout: &ObjectLayout| {
        layout.typed.is_some_and(|typed| header::behind(typed.stems, name).is_some())
    };
    let known = layouts.iter().position(|layout| layout.has_stem(&stem));
    known.or_else(|| layouts.iter().position(has_type))
}

/// Declares the columns of one object: a module with an index per column (`SUBJECT`) and the
/// list `COLUMNS`. Objects that people may have copied by hand end with the columns that say where
/// a row was copied from, by whom and when.
macro_rules! columns {
    ($(#[$doc:meta])* $module:ident, copied by hand { $($columns:tt)* }) => {
        $crate::source::bundle::layout::columns! {
            $(#[$doc])*
            $module {
                $($columns)*
                SOURCE_URL = "source_url" Text, [];
                EXTRACTED_BY = "extracted_by" Text, ["captured_by"];
                EXTRACTED_AT = "extracted_at" Text, ["captured_at"];
                NOTES = "notes" Text, [];
            }
        }
    };
    ($(#[$doc:meta])* $module:ident {
        $($slot:ident = $name:literal $cell:expr, [$($alias:literal),* $(,)?];)+
    }) => {
        $(#[$doc])*
        pub mod $module {
            use $crate::source::bundle::layout::{Cell, Cell::*, Column};
            #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "only counts")]
            #[repr(usize)]
            enum Slot { $($slot),+ }
            $(
                #[doc = concat!("Column `", $name, "`.")]
                pub const $slot: usize = Slot::$slot as usize;
            )+
            /// All columns.
            pub const COLUMNS: &[Column] = &[
                $(Column {
                    name: $name,
                    aliases: &[$($alias),*],
                    cell: {
                        const CELL: Cell = $cell;
                        CELL
                    },
                }),+
            ];
        }
    };
}
pub(crate) use columns;
