//! What comparing an export with the database amounts to.

use std::collections::{BTreeMap, HashSet};

use crate::model::SourceKey;
use crate::source::finding::{Code, Finding};

/// Findings of one sort in one column that are named one by one; the rest is counted. An export of
/// last year differs in nearly every row, and nobody reads a hundred thousand lines.
const NAMED_MAX: u64 = 100;

/// Where something stands in an export.
#[derive(Clone, Copy, Debug)]
pub struct Spot<'a> {
    /// The workbook.
    pub workbook: &'a str,
    /// Its row.
    pub line: u64,
}

/// How often a word stood for one of ours, and where first.
type Meaning = BTreeMap<String, (u64, (String, u64))>;

/// The outcome, as it grows.
#[derive(Debug, Default)]
pub struct Compared {
    /// Tickets that both hold.
    pub both: u64,
    /// Values that both hold alike.
    pub same: u64,
    /// Values about people whom the database holds apart.
    pub apart: u64,
    /// Tickets that the export alone holds.
    pub alone: HashSet<u32>,
    counts: BTreeMap<(Code, String), u64>,
    words: BTreeMap<(&'static str, String), Meaning>,
    findings: Vec<Finding>,
}

impl Compared {
    /// Says something about the whole.
    pub fn say(&mut self, finding: Finding) {
        self.findings.push(finding.object("tickets"));
    }

    /// Notes something about one ticket.
    pub fn note(
        &mut self,
        code: Code,
        column: &str,
        spot: Spot<'_>,
        key: Option<&SourceKey>,
        reason: &str,
    ) {
        let count = self.counts.entry((code, column.to_owned())).or_default();
        *count += 1;
        if *count <= NAMED_MAX {
            let finding = Finding::new(code, reason).column(column).at(spot.workbook, spot.line);
            self.say(match key {
                Some(key) => finding.key(key),
                None => finding,
            });
        }
    }

    /// Notes that a word of the export's stood where the database has one of ours.
    pub fn word(&mut self, column: &'static str, theirs: &str, ours: &str, spot: Spot<'_>) {
        let meaning = self.words.entry((column, theirs.to_owned())).or_default();
        let first = || (0, (spot.workbook.to_owned(), spot.line));
        meaning.entry(ours.to_owned()).or_insert_with(first).0 += 1;
    }

    /// All findings.
    pub fn findings(mut self) -> Vec<Finding> {
        for ((column, theirs), meaning) in std::mem::take(&mut self.words) {
            self.translate(column, &theirs, meaning);
        }
        for ((code, column), count) in std::mem::take(&mut self.counts) {
            if count > NAMED_MAX {
                let more = count - NAMED_MAX;
                let reason = format!("The same of {more} more tickets.");
                self.say(Finding::new(code, reason).column(&column));
            }
        }
        if self.apart > 0 {
            let count = self.apart;
            let reason = format!(
                "{count} values of the export's concern people whom the database holds apart; they \
                 are not brought back."
            );
            self.say(Finding::new(Code::PrivacyHold, reason));
        }
        let Self { both, same, alone, .. } = &self;
        let reason = format!(
            "{both} tickets stand in both the database and the export, {same} of their values \
             alike; {} stand in the export alone.",
            alone.len()
        );
        self.say(Finding::new(Code::MergedCopy, reason));
        self.findings
    }

    /// A word that the site does not have stands for what it stood for most often.
    fn translate(&mut self, column: &'static str, theirs: &str, meaning: Meaning) {
        let most = meaning.values().map(|(count, _)| *count).max().unwrap_or_default();
        let stands_for = meaning.iter().find(|(_, (count, _))| *count == most);
        let Some(stands_for) = stands_for.map(|(ours, _)| ours.clone()) else { return };
        let reason = format!("The export's word stands for {stands_for:?}.");
        self.say(Finding::new(Code::SynonymUsed, reason).column(column).value(theirs));
        for (ours, (count, (workbook, line))) in meaning {
            if ours != stands_for {
                let reason = format!(
                    "The word stands for {stands_for:?}; {count} tickets of the database are \
                     {ours:?}."
                );
                let finding = Finding::new(Code::ExportDiffers, reason).column(column);
                self.say(finding.value(theirs).at(&workbook, line));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(compared: Compared) -> Vec<String> {
        let line = |finding: Finding| format!("{} {}", finding.code.word(), finding.reason);
        compared.findings().into_iter().map(line).collect()
    }

    #[test]
    fn many_of_a_sort_are_counted() {
        let mut compared = Compared::default();
        for line in 0..NAMED_MAX + 7 {
            let spot = Spot { workbook: "a.xml", line };
            compared.note(Code::ExportDiffers, "subject", spot, None, "They differ.");
        }
        let lines = lines(compared);
        assert_eq!(lines.len() as u64, NAMED_MAX + 2);
        assert_eq!(lines[100], "export_differs The same of 7 more tickets.");
    }

    #[test]
    fn a_translated_word_stands_for_what_it_mostly_does() {
        let mut compared = Compared::default();
        let spot = Spot { workbook: "a.xml", line: 9 };
        for ours in ["Replied", "New", "Replied"] {
            compared.word("status", "Beantwortet", ours, spot);
        }
        let lines = lines(compared);
        assert_eq!(lines[0], "synonym_used The export's word stands for \"Replied\".");
        assert!(lines[1].starts_with("export_differs The word stands for"), "{lines:?}");
        assert!(lines[1].ends_with("1 tickets of the database are \"New\"."), "{lines:?}");
    }
}
