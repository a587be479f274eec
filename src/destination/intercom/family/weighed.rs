//! Three values of each field: before us, ours, now. What is still ours goes back.

use serde_json::{Map, Value};

use super::super::change::{KeptField, Restore, TakeBack};
use super::super::field::{Fields, Rule, read_value};
use super::super::kind::ReadBack;
use super::super::request::Request;

/// The fields of one request, weighed.
#[derive(Debug, Default)]
pub struct Weighed {
    /// What is still as we sent it.
    body: Map<String, Value>,
    /// What is neither ours nor as before.
    kept: Vec<KeptField>,
    /// A field that we changed is as it was before already.
    restored: bool,
}

impl Weighed {
    /// Weighs the fields of a table; `None` if the request sends none.
    pub fn of(
        table: &Fields,
        before: &ReadBack,
        request: &Request,
        now: &ReadBack,
    ) -> Option<Self> {
        let sent = request.body.as_ref().and_then(Value::as_object)?;
        let mut all = Self::default();
        for row in table.rows {
            let Some(ours) = sent.get(row.0) else { continue };
            let (was, is) = (read_value(&before.object, row), read_value(&now.object, row));
            all.restored |= was == is && !row.2.same(ours, &was);
            all.weigh(row.0, (row.2, ours), was, is);
        }
        if let Some((sent_as, read_as)) = table.attributes
            && let Some(values) = sent.get(sent_as).and_then(Value::as_object)
        {
            let mut inner = Self::default();
            for (name, ours) in values {
                let was = before.object[read_as][name].clone();
                let is = now.object[read_as][name].clone();
                inner.restored |= was == is && !Rule::Value.same(ours, &was);
                inner.weigh(name, (Rule::Value, ours), was, is);
            }
            all.restored |= inner.restored;
            all.kept.extend(inner.kept);
            if !inner.body.is_empty() {
                all.body.insert(sent_as.to_owned(), Value::Object(inner.body));
            }
        }
        Some(all)
    }

    /// One field: it goes back where it is still ours, and is kept where it is neither ours nor
    /// as before.
    pub fn weigh(&mut self, name: &str, (rule, ours): (Rule, &Value), was: Value, is: Value) {
        if was == is || rule.same(ours, &was) {
            return;
        }
        if rule.same(ours, &is) {
            self.still_ours(name, ours);
            return;
        }
        self.keep(name, was, ours.clone(), is);
    }

    /// A field that is as we sent it.
    pub fn still_ours(&mut self, name: &str, ours: &Value) {
        self.body.insert(name.to_owned(), ours.clone());
    }

    /// A field that somebody made something else.
    pub fn keep(&mut self, name: &str, before: Value, ours: Value, now: Value) {
        self.kept.push(KeptField { field: name.to_owned(), before, ours, now });
    }

    /// The request as if it had sent only what is still so.
    pub fn unchanged(&self, request: &Request) -> Request {
        Request { body: Some(Value::Object(self.body.clone())), ..request.clone() }
    }

    /// How the request is taken back, given what putting back takes.
    pub fn taken_back(self, back: Restore, before: &ReadBack, now: &ReadBack) -> TakeBack {
        let mut kept = self.kept;
        for field in back.kept {
            let value = |back: &ReadBack| back.object[field.as_str()].clone();
            let (was, is) = (value(before), value(now));
            let ours = self.body.get(&field).cloned().unwrap_or(Value::Null);
            kept.push(KeptField { before: was, now: is, ours, field });
        }
        TakeBack { requests: back.requests, kept, restored: self.restored }
    }
}
