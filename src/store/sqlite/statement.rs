//! Statements over many rows at once. Each exists in a few sizes only, so that all stay prepared.

use std::sync::Arc;

use sqlx::AssertSqlSafe;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};

/// Rows written by one statement when there are many. With nine columns the largest binds 4,500
/// values; SQLite takes 32,766.
const LARGE_WRITES: [usize; 2] = [500, 100];
/// Up to this many rows go in one statement of their own size: each statement is a way to the
/// connection's thread and back, which costs more than the rows of a small group.
const EXACT_ROWS_MAX: usize = 32;
/// Sizes of a statement whose last rows may be missing.
const PADDED_SIZES: [usize; 4] = [4, 16, 64, 256];
/// Keys looked up by one statement, smallest first: close enough that few are asked for twice.
const LOOK_UP_SIZES: [usize; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 200];

/// An INSERT or DELETE with a list of rows.
pub(super) struct Bulk {
    /// Values of a row.
    pub(super) columns: usize,
    /// Largest first.
    texts: Vec<(usize, Arc<str>)>,
    /// Smallest first.
    padded: Vec<(usize, String)>,
}

impl Bulk {
    /// `INSERT …` into columns, of which the first is never NULL, and what follows the rows.
    pub(super) fn insert(before: &str, columns: usize, after: &str) -> Self {
        Self::new(
            columns,
            |rows| format!("{before} VALUES {rows} {after}"),
            |rows| {
                format!("{before} SELECT * FROM (VALUES {rows}) WHERE column1 IS NOT NULL {after}")
            },
        )
    }

    /// `DELETE … IN` of what is found by its columns.
    pub(super) fn delete(before: &str, columns: usize) -> Self {
        let text = |rows: &str| format!("{before} (VALUES {rows})");
        Self::new(columns, text, text)
    }

    fn new(columns: usize, text: impl Fn(&str) -> String, padded: impl Fn(&str) -> String) -> Self {
        let row = format!("({})", vec!["?"; columns].join(","));
        let rows = |size: usize| vec![row.as_str(); size].join(",");
        let sizes = LARGE_WRITES.into_iter().chain((1..=EXACT_ROWS_MAX).rev());
        let texts = sizes.map(|size| (size, text(&rows(size)).into())).collect();
        let padded = PADDED_SIZES.map(|size| (size, padded(&rows(size)))).into();
        Self { columns, texts, padded }
    }

    /// Most rows of a statement whose last rows may be missing.
    pub(super) const PADDED_MAX: usize = PADDED_SIZES[PADDED_SIZES.len() - 1];

    /// The statement for so many rows, at most [`Self::PADDED_MAX`], and how many it takes: the
    /// last ones may be all NULL.
    pub(super) fn padded(&self, rows: usize) -> (usize, &str) {
        let (size, text) = fitting(&self.padded, rows);
        (*size, text)
    }

    /// The statement for the next of `left` rows, and how many it takes.
    pub(super) fn next(
        &self,
        left: usize,
    ) -> Option<(usize, Query<'static, Sqlite, SqliteArguments>)> {
        let (size, text) = self.texts.iter().find(|(size, _)| *size <= left)?;
        Some((*size, sqlx::query(AssertSqlSafe(text.clone()))))
    }
}

/// The smallest that is large enough, or the largest.
fn fitting<T>(texts: &[(usize, T)], wanted: usize) -> &(usize, T) {
    let largest = texts.len() - 1;
    &texts[texts.iter().position(|(size, _)| *size >= wanted).unwrap_or(largest)]
}

/// A SELECT that joins a list of keys `k(n, …)`.
pub(super) struct LookUp {
    texts: Vec<(usize, Arc<str>)>,
}

impl LookUp {
    /// `columns` of a key, and the statement after the list.
    pub(super) fn new(columns: &[&str], select: &str) -> Self {
        let values = vec!["?"; columns.len()].join(",");
        let text = |size: usize| {
            let rows: Vec<_> = (0..size).map(|n| format!("({n},{values})")).collect();
            let (columns, rows) = (columns.join(","), rows.join(","));
            (size, format!("WITH k(n,{columns}) AS (VALUES {rows}) {select}").into())
        };
        Self { texts: LOOK_UP_SIZES.into_iter().map(text).collect() }
    }

    /// The statement for up to `keys` keys, and how many it wants: fill up with the last one, whose
    /// further answers are the same.
    pub(super) fn of(&self, keys: usize) -> (usize, Query<'static, Sqlite, SqliteArguments>) {
        let (size, text) = fitting(&self.texts, keys);
        (*size, sqlx::query(AssertSqlSafe(text.clone())))
    }

    /// Most keys of one statement.
    pub(super) const KEYS_MAX: usize = LOOK_UP_SIZES[LOOK_UP_SIZES.len() - 1];
}

/// Keys in lots of at most [`LookUp::KEYS_MAX`], each filled up to the size of its statement.
pub(super) fn filled<K>(keys: &[K], size: usize) -> impl Iterator<Item = &K> {
    keys.iter().chain(keys.last().into_iter().cycle()).take(size)
}
