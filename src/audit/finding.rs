//! What a check found, and where.

use std::fmt;

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Noteworthy; nothing that was promised is broken.
    Warning,
    /// The ledger is not whole.
    Error,
}

/// Where it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The database as a whole.
    Database,
    /// The head row.
    Head,
    /// One event.
    Event(u64),
    /// Events `from` up to, not including, `to`.
    Events {
        /// First.
        from: u64,
        /// After the last.
        to: u64,
    },
    /// A row whose position no event can have.
    Row(i64),
    /// A stream.
    Stream(i64),
    /// A stored subtree root.
    Subtree(i64),
    /// The checkpoint over so many events.
    Checkpoint(u64),
    /// A note over so many events, kept outside the ledger.
    Note(u64),
    /// What is computed from the events under this name.
    Computed(&'static str),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database => f.write_str("database"),
            Self::Head => f.write_str("head"),
            Self::Event(position) => write!(f, "position {position}"),
            Self::Events { from, to } => write!(f, "positions {from} to {}", to.saturating_sub(1)),
            Self::Row(position) => write!(f, "row {position}"),
            Self::Stream(stream) => write!(f, "stream {stream}"),
            Self::Subtree(number) => write!(f, "subtree {number}"),
            Self::Checkpoint(size) => write!(f, "checkpoint of {size}"),
            Self::Note(size) => write!(f, "note of {size}"),
            Self::Computed(name) => write!(f, "rows of {name}"),
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// Short stable name.
    pub code: &'static str,
    /// Where.
    pub place: Place,
    /// What, in words; never a value of a record.
    pub what: String,
}

impl Finding {
    /// The ledger is not whole.
    pub fn error(code: &'static str, place: Place, what: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, place, what: what.into() }
    }

    /// Noteworthy.
    pub fn warning(code: &'static str, place: Place, what: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, code, place, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.place, self.what, self.code)
    }
}

/// Findings kept; the rest is counted. A ledger with more is beyond line-by-line repair.
pub const FINDINGS_MAX: usize = 10_000;

/// Findings so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    kept: Vec<Finding>,
    more: u64,
}

impl Findings {
    /// Adds one.
    pub(super) fn push(&mut self, finding: Finding) {
        if self.kept.len() < FINDINGS_MAX {
            self.kept.push(finding);
        } else {
            self.more += 1;
        }
    }

    /// Adds several.
    pub(super) fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        findings.into_iter().for_each(|finding| self.push(finding));
    }

    /// Those kept in order of place, and how many more there were.
    pub(super) fn finish(mut self) -> (Vec<Finding>, u64) {
        self.kept.sort_by_key(|finding| finding.place);
        (self.kept, self.more)
    }
}
