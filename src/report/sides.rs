//! Both sides of each field of a record: what the help desk held, what Intercom was sent, and what
//! the last look at Intercom saw.

use std::collections::BTreeMap;

use serde_json::Value;

use super::error::ReportError;
use super::record_list::{self, steps, steps_named};
use crate::destination::intercom::compare::{FieldComparison, Verdict};
use crate::ledger::Ledger;
use crate::model::event::Counts;
use crate::model::{Event, Position, StreamId};
use crate::projection::{RecordState, StepMap, Verdict as Checked};

/// Fields of one side that are shown; more are counted.
const FIELDS_MAX: usize = 300;

/// Steps of a record whose requests are shown; more are counted.
const STEPS_MAX: usize = 100;

/// A field of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceField {
    /// Column or name, as exported.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Fields sent that hold exactly this value.
    pub sent_as: Vec<String>,
}

/// A field that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentField {
    /// Step and field.
    pub name: String,
    /// Row of the operation table.
    pub operation: String,
    /// What was sent.
    pub value: String,
}

/// A field that was looked at in Intercom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenField {
    /// Its name.
    pub name: String,
    /// What was expected.
    pub sent: String,
    /// What was read back.
    pub seen: String,
    /// Equal, declared under a name, or different.
    pub verdict: String,
}

/// Both sides of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    /// What the help desk held at the latest reading.
    pub source: Vec<SourceField>,
    /// What stands in Intercom as it was sent.
    pub sent: Vec<SentField>,
    /// Every field of the last look, if it found a difference that nobody declared.
    pub seen: Vec<SeenField>,
    /// It is written with the record that it is part of; the last look was at that one.
    pub with_root: bool,
    /// What the last look found, in words.
    pub look: String,
    /// Requests or readings whose bytes are erased.
    pub erased: u64,
    /// Fields and requests that are not shown.
    pub left_out: u64,
}

/// Both sides of a record.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn sides(
    ledger: &Ledger,
    stream: StreamId,
    state: &RecordState,
) -> Result<Sides, ReportError> {
    let mut sides = Sides::default();
    if let Some(at) = state.read_at {
        match json(ledger, at).await? {
            Some(mut read) => {
                let mut fields = Vec::new();
                flatten("", &read["raw"].take(), &mut fields);
                let fields = sides.bounded(fields);
                sides.source = fields
                    .into_iter()
                    .map(|(name, value)| SourceField { name, value, sent_as: Vec::new() })
                    .collect();
            }
            None => sides.erased += 1,
        }
    }
    let root = state.parent.filter(|_| state.draft_at.is_none());
    match root {
        // It is written with the thread that it is part of, by steps that name it.
        Some(root) => {
            let named = format!("part:{}", record_list::key_of(ledger, stream).await?);
            let steps = steps_named(ledger, root, &named, STEPS_MAX + 1).await?;
            sides.sent(ledger, steps).await?;
            if let Some(root) = record_list::state(ledger, root).await? {
                sides.seen(ledger, &root).await?;
            }
            sides.seen.retain(|field| field.name.contains(&named));
            sides.with_root = true;
        }
        None => {
            sides.sent(ledger, steps(ledger, stream, STEPS_MAX + 1).await?).await?;
            sides.seen(ledger, state).await?;
        }
    }
    let mut by_value: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for field in sides.sent.iter().filter(|field| !field.value.is_empty()) {
        by_value.entry(&field.value).or_default().push(&field.name);
    }
    for field in &mut sides.source {
        let same = by_value.get(field.value.as_str()).into_iter().flatten();
        field.sent_as = same.map(|name| (*name).to_owned()).collect();
    }
    Ok(sides)
}

impl Sides {
    fn bounded<T>(&mut self, mut fields: Vec<T>) -> Vec<T> {
        self.left_out += fields.len().saturating_sub(FIELDS_MAX) as u64;
        fields.truncate(FIELDS_MAX);
        fields
    }

    async fn sent(&mut self, ledger: &Ledger, steps: StepMap) -> Result<(), ReportError> {
        self.left_out += u64::from(steps.len() > STEPS_MAX);
        let mut fields = Vec::new();
        for (key, step) in steps.iter().take(STEPS_MAX) {
            for effect in step.standing() {
                let Some(mut request) = json(ledger, effect.intent_at).await? else {
                    self.erased += 1;
                    continue;
                };
                let mut flat = Vec::new();
                flatten("", &request["body"].take(), &mut flat);
                fields.extend(flat.into_iter().map(|(name, value)| SentField {
                    name: format!("{key}: {name}"),
                    operation: effect.operation.clone(),
                    value,
                }));
            }
        }
        self.sent = self.bounded(fields);
        Ok(())
    }

    async fn seen(&mut self, ledger: &Ledger, state: &RecordState) -> Result<(), ReportError> {
        let Some(at) = state.verified_at else {
            self.look = "Intercom was not read back since.".to_owned();
            return Ok(());
        };
        let event = ledger.read_at(&[at]).await?.pop().flatten().map(|recorded| recorded.event);
        let (fields, declared) = match &event {
            Some(Event::FieldsVerified(one)) => (one.fields, &one.declared),
            Some(Event::FieldsDiffered(one)) => (one.fields, &one.declared),
            _ => return Ok(()),
        };
        let declared = declared_words(declared);
        self.look = match state.verdict {
            Checked::Unchecked => {
                format!("It was changed since event {at} read it back; what that saw is past.")
            }
            Checked::Equal => {
                format!("Event {at} read {fields} fields back: all as they were sent{declared}.")
            }
            Checked::Differs => format!(
                "Event {at} read {fields} fields back, and some differ undeclared{declared}."
            ),
        };
        if matches!(event, Some(Event::FieldsDiffered(_))) {
            let Some(value) = json(ledger, at).await? else {
                self.erased += 1;
                return Ok(());
            };
            let compared: Vec<FieldComparison> = serde_json::from_value(value)
                .map_err(|cause| ReportError::Stored { position: at, cause })?;
            self.seen = self.bounded(compared).into_iter().map(SeenField::from).collect();
        }
        Ok(())
    }
}

impl From<FieldComparison> for SeenField {
    fn from(field: FieldComparison) -> Self {
        let verdict = match field.verdict {
            Verdict::Equal => "equal".to_owned(),
            Verdict::Declared(loss) => format!("declared: {loss}"),
            Verdict::Differs => "DIFFERS".to_owned(),
        };
        let (sent, seen) = (shown(&field.expected), shown(&field.actual));
        Self { name: field.field, sent, seen, verdict }
    }
}

fn declared_words(declared: &Counts) -> String {
    if declared.is_empty() {
        return String::new();
    }
    let names: Vec<String> = declared.iter().map(|(name, n)| format!("{name} {n}")).collect();
    format!(", but for what is declared ({})", names.join(", "))
}

/// The payload of an event; none if it has none any more.
async fn json(ledger: &Ledger, at: Position) -> Result<Option<Value>, ReportError> {
    let Some(bytes) = ledger.payloads(&[at]).await?.pop().flatten() else { return Ok(None) };
    let read = serde_json::from_slice(&bytes);
    read.map(Some).map_err(|cause| ReportError::Stored { position: at, cause })
}

/// Scalars with the way to them; blanks are left out.
fn flatten(at: &str, value: &Value, out: &mut Vec<(String, String)>) {
    let step = |name: &str| match at {
        "" => name.to_owned(),
        at => format!("{at}.{name}"),
    };
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| flatten(&step(name), value, out));
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(number, value)| flatten(&step(&number.to_string()), value, out));
        }
        value if shown(value).is_empty() => {}
        value => out.push((at.to_owned(), shown(value))),
    }
}

/// A value as people read it.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_named_by_the_way_to_them() {
        let mut out = Vec::new();
        flatten("", &json!({ "a": { "b": [1, "x", null, ""] }, "c": true }), &mut out);
        let expected = [("a.b.0", "1"), ("a.b.1", "x"), ("c", "true")];
        let expected: Vec<_> = expected.map(|(a, b)| (a.to_owned(), b.to_owned())).into();
        assert_eq!(out, expected);
    }

    #[test]
    fn what_is_beyond_the_bound_is_counted() {
        let mut sides = Sides::default();
        assert_eq!(sides.bounded(vec![0; FIELDS_MAX + 7]).len(), FIELDS_MAX);
        assert_eq!(sides.left_out, 7);
    }
}
