//! Things counted over many records, with the place of the first.

use std::collections::BTreeMap;

use super::row::Row;
use crate::source::finding::{Code, Finding};

/// Object, code and sentence.
type What = (&'static str, Code, &'static str);

/// Things counted over many records: one finding for all of a sort.
#[derive(Debug, Default)]
pub struct Tally(BTreeMap<What, (u64, String, u64)>);

impl Tally {
    /// Counts one.
    pub fn add(&mut self, object: &'static str, code: Code, what: &'static str, row: &Row) {
        let first = || (0, row.file.to_string(), row.line);
        self.0.entry((object, code, what)).or_insert_with(first).0 += 1;
    }

    /// What was counted, as findings; the counting starts over.
    pub fn take(&mut self) -> Vec<Finding> {
        let finding = |((object, code, what), (count, file, line)): (What, (u64, String, u64))| {
            Finding::new(code, format!("{count} records: {what}.")).at(&file, line).object(object)
        };
        std::mem::take(&mut self.0).into_iter().map(finding).collect()
    }
}
