//! Where a cell stands in the text of its row.

use std::ops::Range;

/// Where a cell's text stands in the row's text. A row is far below 4 GB (`ROW_BYTES_MAX`).
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Span {
    pub(super) const ABSENT: Self = Self { start: u32::MAX, end: 0 };

    pub(super) fn of(range: &Range<usize>) -> Self {
        Self { start: range.start as u32, end: range.end as u32 }
    }

    pub(super) fn is_absent(self) -> bool {
        self.start >= self.end
    }
}
