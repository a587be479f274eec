//! Certificates of accuracy, held against the log: what the run that they name recorded is counted
//! again.

use std::collections::BTreeMap;

use serde_json::Value;

use super::export::ExportedEvent;
use crate::model::accuracy::AccuracyCertificate;
use crate::model::event::CATALOGUE;
use crate::model::{RunId, SourceKey, TreeHash};

/// What the verifications of one run recorded.
#[derive(Clone, Debug, Default)]
pub(super) struct Verified {
    equal: u64,
    declared: u64,
    fields: u64,
    fields_declared: u64,
    wrong: BTreeMap<String, Vec<String>>,
    /// Counts at the end of the run.
    counts: BTreeMap<String, u64>,
    /// What could not be read.
    unreadable: u64,
}

fn type_id(name: &str) -> Option<u16> {
    CATALOGUE.iter().find(|kind| kind.name == name).map(|kind| kind.type_id)
}

/// Counts an event of the log, if it is one of a verification.
pub(super) fn count(runs: &mut BTreeMap<RunId, Verified>, event: &ExportedEvent) {
    let is = |name: &str| type_id(name) == Some(event.type_id());
    let (equal, differs, ends) = (is("FieldsVerified"), is("FieldsDiffered"), is("RunFinished"));
    if !(equal || differs || ends) {
        return;
    }
    let run = runs.entry(event.run()).or_default();
    let (system, object, id) = event.stream();
    let (Ok(facts), Ok(key)) =
        (serde_json::from_str::<Value>(&event.facts), SourceKey::new(system, object, id))
    else {
        run.unreadable += 1;
        return;
    };
    if ends {
        let counts = facts["counts"].as_object().into_iter().flatten();
        let counts = counts.filter_map(|(name, count)| Some((name.clone(), count.as_u64()?)));
        run.counts = counts.collect();
        return;
    }
    let declared = facts["declared"].as_object().into_iter().flatten();
    let declared: u64 = declared.filter_map(|(_, count)| count.as_u64()).sum();
    run.fields += facts["fields"].as_u64().unwrap_or(0);
    run.fields_declared += declared;
    if differs {
        let fields = facts["undeclared"].as_array().into_iter().flatten();
        let fields = fields.filter_map(Value::as_str).map(str::to_owned).collect();
        run.wrong.insert(key.to_string(), fields);
    } else if declared > 0 {
        run.declared += 1;
    } else {
        run.equal += 1;
    }
}

/// What in a certificate is not as the log has it; nothing in a good one.
pub(super) fn against_log(
    certificate: &AccuracyCertificate,
    roots: &BTreeMap<u64, TreeHash>,
    runs: &BTreeMap<RunId, Verified>,
) -> Vec<String> {
    let mut wrong = certificate.contradictions();
    match roots.get(&certificate.size) {
        Some(root) if root.to_string() == certificate.root => {}
        Some(_) => wrong.push("the ledger that it names is not this one".to_owned()),
        None => wrong.push(format!("the log has no {} events", certificate.size)),
    }
    let run = certificate.run.parse::<RunId>().ok().and_then(|run| runs.get(&run));
    let Some(run) = run else {
        wrong.push("the log has no verification of its run".to_owned());
        return wrong;
    };
    let counts = &certificate.counts;
    let total = |name: &str| run.counts.get(name).copied();
    let checks = [
        ("equal", counts.equal, Some(run.equal)),
        ("declared", counts.declared, Some(run.declared)),
        ("wrong", counts.wrong, Some(run.wrong.len() as u64)),
        ("fields", counts.fields, Some(run.fields)),
        ("fields_declared", counts.fields_declared, Some(run.fields_declared)),
        ("written", counts.written, total("population")),
        ("chosen", counts.chosen, total("chosen")),
        ("skipped", counts.skipped, total("skipped")),
        ("unreadable", 0, Some(run.unreadable)),
    ];
    for (name, said, found) in checks.into_iter().filter(|(_, said, found)| Some(*said) != *found) {
        let found = found.map_or_else(|| "nothing".to_owned(), |found| found.to_string());
        wrong.push(format!("{name}: it says {said}, the log says {found}"));
    }
    if certificate.wrong != run.wrong {
        wrong.push("the records that are wrong are others in the log".to_owned());
    }
    wrong
}
