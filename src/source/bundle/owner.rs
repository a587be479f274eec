//! What the custom fields of a row belong to.

use std::borrow::Cow;

use super::header;
use super::layout::ObjectLayout;
use super::row::Row;

/// The type of a row as written: by its columns, else by the name of its file or sheet.
pub fn type_of<'a>(layout: &ObjectLayout, row: &'a Row) -> Option<&'a str> {
    let typed = layout.typed?;
    let written = typed.columns.iter().find_map(|&slot| row.typed(slot));
    written.or_else(|| {
        let (file, sheet) = row.file.rsplit_once('#').unwrap_or((&row.file, ""));
        let file = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        header::behind(typed.stems, sheet).or_else(|| header::behind(typed.stems, file))
    })
}

/// A type of an object in one form: `ci:load_balancer`; the object's word alone without a type.
pub fn owner_word(of: &str, written: Option<&str>) -> String {
    match written {
        None => of.to_owned(),
        Some(written) => format!("{of}:{}", header::field_key(written)),
    }
}

/// What the custom fields of a row belong to; `None` if the object has none.
pub fn fields_owner(layout: &ObjectLayout, row: &Row) -> Option<Cow<'static, str>> {
    let of = layout.fields_of?;
    if layout.typed.is_none() {
        return Some(Cow::Borrowed(of));
    }
    Some(Cow::Owned(owner_word(of, type_of(layout, row))))
}
