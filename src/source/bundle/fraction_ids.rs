//! Ids that a program wrote as fractions: it takes a column with gaps for numbers, and `1001`
//! becomes `1001.0`, which is no longer the id that other columns name.

use std::collections::BTreeMap;

use super::layout::Cell;
use super::profile::{ColumnProfile, PartProfile};
use super::survey::Bundle;
use crate::source::finding::{Code, Finding, Severity};

/// Asks about columns of such ids, unless the manifest says what they mean. Where no column names
/// them otherwise nothing is lost, and it is only told.
pub(super) fn questions(bundle: &Bundle, profiles: &[PartProfile]) -> Vec<Finding> {
    if bundle.manifest.whole_ids.is_some() {
        return Vec::new();
    }
    let mut columns: BTreeMap<&str, Vec<(&str, &str, &str, &ColumnProfile)>> = BTreeMap::new();
    for (part, profile) in bundle.parts.iter().zip(profiles) {
        let layout = &bundle.config.objects[part.object];
        for (column, known) in layout.columns.iter().zip(&profile.columns) {
            let of = match column.cell {
                Cell::Id => layout.object,
                Cell::Ref(target) => target,
                _ => continue,
            };
            let named = (&*part.name, layout.object, column.name, known);
            columns.entry(of).or_default().push(named);
        }
    }
    let mut findings = Vec::new();
    for (of, columns) in columns {
        let others = columns.iter().any(|(.., known)| known.whole_ids > 0);
        for (file, object, column, known) in columns {
            let Some(&line) = known.fraction_ids.lines.first() else { continue };
            let count = known.fraction_ids.count;
            let differ = if others { format!(", others of {of} do not") } else { String::new() };
            let reason =
                format!("{count} ids of this column end in .0{differ}: 1001.0 would be 1001.");
            let mut finding = Finding::new(Code::IdFraction, reason).at(file, line);
            if !others {
                finding.severity = Severity::Warning;
            }
            findings.push(finding.object(object).column(column));
        }
    }
    findings
}
