//! How far a mapping has to reach: what changed, everything, or also what an earlier one left out
//! that was cut off.

use crate::model::{Digest, RunId};
use crate::projection::RunEntry;

/// Count of a finished run that says that every record was looked at for what it leads to.
pub const LOOKED_THROUGH: &str = "looked_through";

/// What has to be mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everything.
    All,
    /// What the queue holds.
    Queue,
    /// The same, and whatever an earlier run left out that was cut off.
    QueueAndGaps,
}

/// What has to be mapped after these runs, of which `own` is the one that maps.
pub fn reach(runs: &[RunEntry], own: RunId, mapping: Option<Digest>) -> Reach {
    let mapped = |run: &&RunEntry| run.run != own && matches!(run.kind.as_str(), "plan" | "delta");
    let runs: Vec<&RunEntry> = runs.iter().filter(mapped).collect();
    let ended = |run: &&RunEntry| run.finished_at_us.is_some();
    // What was begun since may have mapped a part with another map.
    let last = runs.iter().rposition(ended);
    let since = last.map_or(&[][..], |last| &runs[last..]);
    let same = |run: &&RunEntry| run.mapping.is_some() && run.mapping == mapping;
    if since.is_empty() || !since.iter().all(same) {
        return Reach::All;
    }
    let looked = |run: &&RunEntry| run.counts.get(LOOKED_THROUGH).is_some_and(|count| *count > 0);
    let looked = runs.iter().rposition(|run| ended(run) && looked(run)).unwrap_or(0);
    match runs[looked..].iter().all(ended) {
        true => Reach::Queue,
        false => Reach::QueueAndGaps,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Position;
    use crate::model::digest::Purpose;

    const OWN: RunId = RunId([255; 16]);

    fn map(name: &str) -> Option<Digest> {
        Some(Digest::of(Purpose::Mapping, name.as_bytes()))
    }

    /// Runs that mapped: with which map, whether they ended, whether all was looked through.
    fn after(runs: &[(&str, bool, bool)]) -> Reach {
        let entry = |(number, (mapping, ended, looked)): (usize, &(&str, bool, bool))| RunEntry {
            run: RunId([u8::try_from(number).unwrap(); 16]),
            kind: "plan".into(),
            operator: "ann".into(),
            program: "1".into(),
            mapping: map(mapping),
            started_at_us: 0,
            first: Position(0),
            last: None,
            finished_at_us: ended.then_some(1),
            interrupted: !ended,
            counts: [(LOOKED_THROUGH.to_owned(), u64::from(*looked))].into(),
        };
        let mut entries: Vec<RunEntry> = runs.iter().enumerate().map(entry).collect();
        entries.push(RunEntry { run: OWN, ..entry((0, &("a", false, false))) });
        reach(&entries, OWN, map("a"))
    }

    #[test]
    fn what_was_cut_off_is_gone_through_again() {
        for (runs, expected) in [
            (&[][..], Reach::All),
            (&[("b", true, true)], Reach::All),
            (&[("a", false, false)], Reach::All),
            (&[("a", true, true)], Reach::Queue),
            (&[("a", true, true), ("a", false, false)], Reach::QueueAndGaps),
            // A ledger of an older program: it planned on after it was cut off.
            (&[("a", true, false), ("a", false, false), ("a", true, false)], Reach::QueueAndGaps),
            (&[("a", false, false), ("a", true, true), ("a", true, false)], Reach::Queue),
            // Half of it was mapped with another map.
            (&[("a", true, true), ("b", false, false)], Reach::All),
        ] {
            assert_eq!(after(runs), expected, "{runs:?}");
        }
    }
}
