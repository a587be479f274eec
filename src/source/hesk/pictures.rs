//! Pictures that stand inside bodies, laid out so that they can be opened like files.

use super::database::Database;
use super::pass::Pager;
use super::schema::{Schema, Selection};
use crate::source::bundle::files::INLINE;
use crate::source::bundle::inline::{InlineFile, InlineStore, data_uris};
use crate::source::contract::SourceError;

/// Columns whose bodies may hold pictures.
const BODIES: [(&str, &str); 3] =
    [("tickets", "message_html"), ("replies", "message_html"), ("kb_articles", "content")];

/// Lays them out.
///
/// # Errors
/// If the database cannot be read, or the store not be written.
pub async fn lay_out(database: &mut Database, schema: &Schema) -> Result<InlineStore, SourceError> {
    let failed = |cause| SourceError::Read { path: INLINE.to_owned(), cause };
    let mut store = InlineStore::new().map_err(failed)?;
    for (table, column) in BODIES.iter().filter(|(table, column)| schema.has_column(table, column))
    {
        let selection = Selection::of(vec!["id".to_owned(), (*column).to_owned()]);
        let mut pager = Pager::default();
        while let Some(sql) = pager.statement(&schema.quoted(table), "id", &selection) {
            let (rows, left) = database.page(sql, &selection.columns).await?;
            pager.turn(&rows, "id", left);
            for row in &rows {
                for uri in data_uris(row.raw(column).unwrap_or_default()) {
                    if let Some(bytes) = uri.bytes() {
                        store.add(InlineFile::of(&bytes).sha256, &bytes).map_err(failed)?;
                    }
                }
            }
        }
    }
    Ok(store)
}
