//! Rows of equal id or equal content, as a reading meets them.

use std::collections::HashMap;

/// Rows of one id.
#[derive(Debug, Default)]
pub(super) struct SameId {
    /// Rows so far.
    pub(super) count: u32,
    /// Hashes of their cells, each once.
    pub(super) raws: Vec<u64>,
    /// Where the first few stand.
    pub(super) places: Vec<String>,
}

/// Rows of one key made from content.
#[derive(Debug)]
pub(super) struct SameContent {
    /// Hash of the first one's cells.
    pub(super) raw: u64,
    /// Whether the first one is embedded in another record.
    pub(super) embedded: bool,
    /// Unequal rows so far.
    pub(super) count: u32,
}

/// What was met so far; only rows that were counted more than once come here.
#[derive(Debug, Default)]
pub(super) struct Met {
    /// By object and id.
    pub(super) ids: HashMap<(usize, u64), SameId>,
    /// By key made from content.
    pub(super) contents: HashMap<u64, SameContent>,
}
