//! What only people can rebuild: canned responses, the widget, automations, reports.

use std::collections::BTreeMap;

use serde_json::json;

use super::columns::{canned, report, widget};
use super::memory::{Memory, key};
use crate::model::event::Location;
use crate::model::record::{Body, BodyFormat, ConfigurationItem, SavedReply};
use crate::source::bundle::adapter::{Derived, Made, Outcome};
use crate::source::bundle::cells::Cells;
use crate::source::bundle::common;
use crate::source::bundle::index::hash;
use crate::source::bundle::placeholder::placeholders;
use crate::source::bundle::states::fold;
use crate::source::finding::{Code, Finding};

/// A canned response.
pub(super) fn canned(cells: &mut Cells<'_>) -> Outcome {
    let title = cells.string(canned::TITLE).or_else(|| cells.string(canned::SHORTCUT));
    let Some(name) = title else {
        cells.note_cell(Code::NameMissing, canned::TITLE, "It has neither title nor shortcut.");
        return Outcome::Reject(None);
    };
    let own = cells.row.id(canned::ID).map(str::to_owned);
    let shortcut = cells.string(canned::SHORTCUT);
    let natural = own.is_none().then(|| shortcut.unwrap_or_else(|| fold(&name)));
    let id = own.or_else(|| natural.clone()).unwrap_or_default();
    let Some(key) = key("canned_response", &id) else { return Outcome::Reject(None) };
    let body = cells.body(canned::BODY, Some(canned::BODY_FORMAT));
    if body.is_none() {
        cells.note_cell(Code::RequiredMissing, canned::BODY, "The response has no text.");
    }
    let body = body.unwrap_or(Body { format: BodyFormat::Text, content: String::new() });
    let placeholders = placeholders(&body.content);
    if !placeholders.is_empty() {
        let reason = format!("{} placeholders are not translated.", placeholders.len());
        cells.note_cell(Code::PlaceholderFound, canned::BODY, reason);
    }
    let visible_to = match cells.boolean(canned::SHARED) {
        Some(true) => Some("all".to_owned()),
        Some(false) | None => cells.string(canned::OWNER),
    };
    let category = cells.string(canned::CATEGORY);
    let record = SavedReply { name, body, category, visible_to, placeholders };
    Outcome::Record(Made { key, natural, record: record.into() })
}

/// A setting of the widget.
pub(super) fn widget(cells: &mut Cells<'_>) -> Outcome {
    let Some(name) = cells.string(widget::ID) else { return Outcome::Reject(None) };
    let Some(key) = key("widget_setting", &name) else { return Outcome::Reject(None) };
    let slots = [widget::VALUE, widget::SCREEN, widget::EVIDENCE, widget::NOTES];
    let details = cells.standard(&slots);
    let record = ConfigurationItem { kind: "widget".to_owned(), name, active: None, details };
    Outcome::Record(Made { key, natural: None, record: record.into() })
}

/// An automation; those that do not say what they are count as greetings.
pub(super) fn automation(cells: &mut Cells<'_>) -> Outcome {
    let Some(mut record) = common::workflow_of(cells) else { return Outcome::Reject(None) };
    let Some(key) = key("automation", &record.name) else { return Outcome::Reject(None) };
    if cells.row.trimmed(common::workflow::KIND).is_none() {
        "greeting".clone_into(&mut record.kind);
    }
    Outcome::Record(Made { key, natural: None, record: record.into() })
}

/// Reports that a customer will miss unless they are captured in time.
const METRICS: [&str; 4] = ["chat volume", "response time", "handle time", "satisfaction"];

/// Folder of captured reports.
const EVIDENCE: &str = "evidence/reports/";

/// A line of the list of captured reports.
pub(super) fn report(memory: &mut Memory, cells: &mut Cells<'_>) -> Outcome {
    let Some(name) = cells.string(report::ID) else { return Outcome::Reject(None) };
    let Some(key) = key("report", &fold(&name)) else { return Outcome::Reject(None) };
    let mut details =
        cells.standard(&[report::PERIOD, report::EVIDENCE, report::VALUE, report::NOTES]);
    let captured = cells.boolean(report::CAPTURED);
    let captured = captured.unwrap_or_else(|| capture(memory, &name).is_some());
    if !captured {
        cells.note_cell(Code::ReportGap, report::CAPTURED, "The report was not captured.");
    }
    details.insert("captured".to_owned(), yes_or_no(captured));
    memory.made.insert(hash(&key.to_string()));
    Outcome::Record(Made { key, natural: None, record: item(name, details).into() })
}

/// The metrics of which the list says nothing.
pub(super) fn reports(memory: &mut Memory, partial: bool) -> Vec<Derived> {
    let mut made = Vec::new();
    for metric in METRICS {
        let Some(key) = key("report", metric) else { continue };
        let listed = memory.made.contains(&hash(&key.to_string()));
        let evidence = capture(memory, metric);
        // A partial export says nothing by what it lacks.
        if listed || (partial && evidence.is_none()) {
            continue;
        }
        let captured = yes_or_no(evidence.is_some());
        let mut details = BTreeMap::from([("captured".to_owned(), captured)]);
        let mut findings = Vec::new();
        match &evidence {
            Some(path) => {
                details.insert("evidence_file".to_owned(), path.clone());
            }
            None => {
                let reason = "No capture of it is listed or stands in evidence/reports.";
                let finding = Finding::new(Code::ReportGap, reason);
                findings.push(finding.object("reports").column("metric").value(metric));
            }
        }
        let at = evidence.map(|file| Location { file, line: 1 });
        let raw = json!({ "metric": metric, "details": details });
        let record = item(metric.to_owned(), details).into();
        let object = "reports";
        made.push(Derived { object, before: false, key, at, raw, record, findings });
    }
    made
}

fn item(name: String, details: BTreeMap<String, String>) -> ConfigurationItem {
    ConfigurationItem { kind: "report".to_owned(), name, active: None, details }
}

fn yes_or_no(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}

/// The capture whose file is named after a metric.
fn capture(memory: &Memory, metric: &str) -> Option<String> {
    let letters =
        |text: &str| -> String { fold(text).chars().filter(|c| c.is_alphanumeric()).collect() };
    let wanted = letters(metric);
    let files = memory.transcripts.files_in(EVIDENCE).into_iter();
    files.filter(|path| letters(path).contains(&wanted)).map(str::to_owned).next()
}
