//! What only people can move: the records and remarks of each hand-off document, with their
//! content.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::ReportError;
use crate::ledger::Ledger;
use crate::mapping::Context as Rules;
use crate::mapping::document::{CUSTOM_OBJECTS, INTERCOM_SETUP};
use crate::mapping::draft::Draft;
use crate::mapping::instruction::of_record;
use crate::mapping::need::{NeedKind, Needs};
use crate::model::lifecycle::RecordStage;
use crate::model::visible::visible;
use crate::model::{Event, Position, Record, StreamId};
use crate::projection::row::stream_at;
use crate::projection::{RecordState, RecordStates};

/// Records looked at per page.
const PAGE_RECORDS: usize = 2_000;

/// One thing for a person to do or to know.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    /// The record it concerns.
    pub key: String,
    /// What is to be done or known; empty where the record says it itself.
    pub remark: String,
    /// The record, if it is to be made anew by hand.
    pub record: Option<Value>,
}

/// Items by document.
pub type Documents = BTreeMap<String, Vec<Item>>;

#[derive(Deserialize)]
struct ReadPayload {
    record: Value,
}

/// Everything that people have to move or to know, by document; with the rules in force, also how.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn documents(ledger: &Ledger, rules: Option<&Rules>) -> Result<Documents, ReportError> {
    let mut documents = Documents::new();
    let mut sheet = Needs::default();
    let mut from = Vec::new();
    loop {
        let rows = ledger.scan(RecordStates::NAME, &from, None, PAGE_RECORDS).await?;
        let Some((last, _)) = rows.last() else {
            one_sheet(&sheet, rules, &mut documents);
            must_be_there(&sheet, &mut documents);
            return Ok(documents);
        };
        from = [last.as_slice(), &[0]].concat();
        let mut handed = Vec::new();
        let mut drafted = Vec::new();
        for (key, value) in &rows {
            let state = RecordStates::decode(value)?;
            let Some(stream) = stream_at(key, 0) else {
                continue;
            };
            if state.stage == RecordStage::HandedOff {
                handed.push((stream, state));
            } else if let Some(position) = state.draft_at {
                drafted.push(position);
            }
        }
        records(ledger, &handed, rules, &mut documents).await?;
        remarks(ledger, &drafted, &mut sheet, &mut documents).await?;
    }
}

/// Leaves out what the export says of types of custom objects that the sheet asks for: what will be
/// sent counts, and a type is made once.
fn one_sheet(needs: &Needs, rules: Option<&Rules>, documents: &mut Documents) {
    let (Some(rules), Some(items)) = (rules, documents.get_mut(CUSTOM_OBJECTS)) else { return };
    let asked: BTreeSet<&str> = needs
        .iter()
        .filter(|need| need.kind == NeedKind::ObjectType)
        .map(|need| need.name.as_str())
        .collect();
    items.retain(|item| {
        let said = item.record.clone().map(serde_json::from_value::<Record>);
        match said {
            Some(Ok(Record::ObjectDefinition(definition))) => {
                !asked.contains(rules.object_type(&definition.object_type).as_str())
            }
            _ => true,
        }
    });
}

/// What people must have made before the phases that need it; types of custom objects stand with
/// the other remarks on them too.
pub fn must_be_there(needs: &Needs, documents: &mut Documents) {
    for need in needs.iter() {
        let phases: Vec<&str> = need.phases.iter().map(|phase| phase.word()).collect();
        let key = format!("deskledger/{}/{}", need.kind.word(), need.name);
        let item = |remark| Item { key: key.clone(), remark, record: None };
        if need.kind == NeedKind::ObjectType {
            let documents = documents.entry(CUSTOM_OBJECTS.to_owned()).or_default();
            documents.push(item(need.instruction()));
        }
        let remark = format!(
            "{} Needed by the phases {}, {} requests.",
            need.instruction(),
            phases.join(", "),
            need.requests
        );
        documents.entry(INTERCOM_SETUP.to_owned()).or_default().push(item(remark));
    }
}

/// Records that people make anew.
async fn records(
    ledger: &Ledger,
    handed: &[(StreamId, RecordState)],
    rules: Option<&Rules>,
    documents: &mut Documents,
) -> Result<(), ReportError> {
    let streams: Vec<StreamId> = handed.iter().map(|(stream, _)| *stream).collect();
    let keys = ledger.keys(&streams).await?;
    for ((_, state), key) in handed.iter().zip(keys) {
        let Some(settled) = state.settled_at else {
            continue;
        };
        let event = ledger.read_at(&[settled]).await?.pop().flatten();
        let Some(Event::RecordHandedOff(facts)) = event.map(|recorded| recorded.event) else {
            continue;
        };
        let read: Vec<Position> = state.read_at.into_iter().collect();
        let payload = ledger.payloads(&read).await?.pop().flatten();
        let record = payload
            .and_then(|bytes| serde_json::from_slice::<ReadPayload>(&bytes).ok())
            .map(|payload| payload.record);
        let typed = record.clone().and_then(|record| serde_json::from_value::<Record>(record).ok());
        let remark = rules.zip(typed).and_then(|(rules, typed)| of_record(&key, &typed, rules));
        let remark = remark.unwrap_or_default();
        let item = Item { key: key.to_string(), remark, record };
        documents.entry(facts.document).or_default().push(item);
    }
    Ok(())
}

/// Remarks that drafts carry: what a record could not take.
async fn remarks(
    ledger: &Ledger,
    drafted: &[Position],
    sheet: &mut Needs,
    documents: &mut Documents,
) -> Result<(), ReportError> {
    for payload in ledger.payloads(drafted).await?.into_iter().flatten() {
        let Ok(draft) = serde_json::from_slice::<Draft>(&payload) else {
            continue;
        };
        sheet.observe(&draft);
        for remark in draft.hand_off {
            let item = Item { key: remark.subject.to_string(), remark: remark.text, record: None };
            documents.entry(remark.document).or_default().push(item);
        }
    }
    Ok(())
}

/// A document as Markdown.
pub fn markdown(document: &str, items: &[Item]) -> String {
    let mut text = format!("# {document}\n\n{} items.\n", items.len());
    for item in items {
        text.push_str(&format!("\n## {}\n\n", item.key));
        if !item.remark.is_empty() {
            text.push_str(&format!("- [ ] {}\n", item.remark));
        }
        for (name, value) in item.record.as_ref().and_then(Value::as_object).into_iter().flatten() {
            let shown = match value {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            text.push_str(&format!("- {name}: {}\n", shown.replace('\n', "\n  ")));
        }
    }
    visible(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::need::Need;
    use crate::model::event::Phase;

    fn need(kind: NeedKind, name: &str, phases: &[Phase]) -> Need {
        let attributes = match kind {
            NeedKind::ObjectType => [("name", "text"), ("ports", "integer")]
                .map(|(name, kind)| (name.to_owned(), kind.to_owned()))
                .into(),
            _ => std::collections::BTreeMap::new(),
        };
        let phases = phases.iter().copied().collect();
        Need { kind, name: name.to_owned(), attributes, phases, requests: 12 }
    }

    #[test]
    fn the_sheet_says_what_no_api_makes() {
        let needs: Needs = [
            need(NeedKind::ObjectType, "ci", &[Phase::Objects]),
            need(NeedKind::TicketType, "Request", &[Phase::Schema]),
            need(NeedKind::TicketState, "8004", &[Phase::Conversations]),
            need(NeedKind::Teammate, "71", &[Phase::Conversations, Phase::Articles]),
            need(NeedKind::Team, "81", &[Phase::Conversations]),
            need(NeedKind::HelpCentre, "any", &[Phase::Articles]),
        ]
        .into_iter()
        .collect();
        let mut documents = Documents::new();
        must_be_there(&needs, &mut documents);
        assert_eq!(documents[CUSTOM_OBJECTS].len(), 1);
        insta::assert_snapshot!(markdown(INTERCOM_SETUP, &documents[INTERCOM_SETUP]));
    }

    #[test]
    fn a_document_shows_content_and_remarks() {
        let items = [
            Item {
                key: "deskero/workflow/1".into(),
                remark: String::new(),
                record: Some(serde_json::json!({ "name": "Escalate", "active": null })),
            },
            Item { key: "deskero/ticket/2".into(), remark: "re-upload a.zip".into(), record: None },
        ];
        let text = markdown("workflows", &items);
        assert!(text.contains("- name: Escalate\n") && !text.contains("active"), "{text}");
        assert!(text.contains("- [ ] re-upload a.zip"), "{text}");
    }
}
