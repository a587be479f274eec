//! A part of a long list: so many rows, and where the next part starts.

/// Rows of one portion.
pub const ROWS_MAX: usize = 100;

/// Records or events looked at for one portion of a list that may show few of them.
pub const LOOKED_AT_MAX: usize = 2_000;

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portion<T, K> {
    /// Its rows.
    pub rows: Vec<T>,
    /// Where the next part starts; none at the end.
    pub next: Option<K>,
}

impl<T, K> Portion<T, K> {
    /// Cuts a list that holds one row more than a portion if there are more.
    pub fn cut(mut rows: Vec<T>, max: usize, key: impl FnOnce(&T) -> K) -> Self {
        let next = rows.get(max).map(key);
        rows.truncate(max);
        Self { rows, next }
    }
}
