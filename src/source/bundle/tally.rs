//! What is noteworthy about many records alike: counted, with the place of the first.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::row::Row;
use crate::source::finding::{Code, Finding};

type Sort = (&'static str, Code, Cow<'static, str>);

/// By object, code and sentence: how many, file and line of the first.
type Counted = BTreeMap<Sort, (u64, String, u64)>;

/// Things counted over many records.
#[derive(Debug, Default)]
pub struct Tally(Counted);

impl Tally {
    /// Counts one.
    pub fn add(
        &mut self,
        object: &'static str,
        code: Code,
        what: impl Into<Cow<'static, str>>,
        row: &Row,
    ) {
        let first = || (0, row.file.to_string(), row.line);
        self.0.entry((object, code, what.into())).or_insert_with(first).0 += 1;
    }

    /// What was counted, a finding for each sentence.
    pub fn take(&mut self) -> Vec<Finding> {
        let sentence = |((object, code, what), (count, file, line)): (Sort, (u64, String, u64))| {
            Finding::new(code, format!("{count} records: {what}.")).at(&file, line).object(object)
        };
        std::mem::take(&mut self.0).into_iter().map(sentence).collect()
    }
}
