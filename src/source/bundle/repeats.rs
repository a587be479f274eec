//! Rows of equal id or equal content, as a reading meets them.

use std::collections::HashMap;

/// Which rows of one id or one content were met so far.
#[derive(Debug, Default)]
pub(super) struct Met {
    /// By object and id: rows so far, raw hashes that differ, lines.
    pub(super) ids: HashMap<(usize, u64), (u32, Vec<u64>, Vec<String>)>,
    /// By key made from content: raw hash, whether embedded, rows so far.
    pub(super) contents: HashMap<u64, (u64, bool, u32)>,
}
