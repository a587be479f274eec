//! What file-based sources share: folders and ZIP files, dialects, sheets, JSON, cells, custom
//! fields, attached files, and the reader that drives them. A source adds its layout and an
//! [`Adapter`].

pub mod adapter;
pub mod address;
pub mod binding;
pub mod cell;
pub mod cells;
pub mod common;
pub mod container;
pub mod date;
pub mod encoding;
pub mod files;
pub mod fraction_ids;
pub mod handmade;
pub mod header;
pub mod identity;
pub mod index;
pub mod infer;
pub mod inline;
pub mod inventory;
pub mod json;
pub mod layout;
pub mod manifest;
pub mod owner;
pub mod placeholder;
pub mod profile;
pub mod quotes;
pub mod reader;
pub mod repeats;
pub mod row;
pub mod scan;
pub mod sheet;
pub mod small_lists;
pub mod source;
pub mod span;
pub mod states;
pub mod study;
pub mod studying;
pub mod survey;
pub mod table;
pub mod tally;
pub mod text;
pub mod tree;
pub mod words;
pub mod workbook_bounds;
pub mod yield_files;
pub mod yielding;

pub use adapter::Adapter;
pub use reader::BundleReader;
pub use source::BundleSource;
pub mod typed;
