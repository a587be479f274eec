//! What a reading of the database holds of that which an export can say too. Kept as hashes, eight
//! bytes a value: enough to tell whether an export says the same, without keeping it.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono_tz::Tz;

use super::time;
use crate::model::Timestamp;
use crate::model::record::{Conversation, FieldValue};

/// Columns about people, which nobody brings back where Hesk or a customer took them out.
const PEOPLE: [&str; 3] = ["name", "email", "followers"];

/// Before the column of a custom field.
pub const FIELD: &str = "custom";

/// A column and what it says, in a form in which both ways in agree: white space aside, times as
/// the site's clock shows them, addresses in lower case.
pub type Said = (String, String);

/// What a record says, column by column, under the names that the columns have in Hesk. `message`:
/// its plain text, since no export holds HTML.
pub fn said(record: &Conversation, message: &str, zone: Option<Tz>) -> Vec<Said> {
    let mut said: Vec<Said> = Vec::with_capacity(24);
    let mut put = |column: &str, value: Option<&str>| {
        if let Some(value) = value.map(words).filter(|value| !value.is_empty()) {
            said.push((column.to_owned(), value));
        }
    };
    let address = |email: &Option<String>| email.as_deref().map(str::to_lowercase);
    let mut followers: Vec<String> =
        record.copies.iter().filter_map(|person| address(&person.email)).collect();
    followers.sort_unstable();
    followers.dedup();
    let standard = |name: &str| record.standard.get(name).map(String::as_str);
    put("trackid", standard("tracking_id"));
    put("name", record.customer.name.as_deref());
    put("email", address(&record.customer.email).as_deref());
    put("followers", Some(&followers.join(" ")));
    put("category", record.team.as_deref());
    put("subject", record.subject.as_deref());
    put("message", Some(message));
    put("owner", record.assignee.name.as_deref());
    put("time_worked", standard("time_worked"));
    put("due_date", standard("due_date"));
    put("replies", record.reply_count.map(|count| count.to_string()).as_deref());
    let first = standard("first_reply_at").and_then(|text| {
        Some(Timestamp::from(chrono::DateTime::parse_from_rfc3339(text).ok()?.to_utc()))
    });
    for (column, time) in [
        ("dt", record.created_at),
        ("lastchange", record.updated_at),
        ("closedat", record.closed_at),
        ("firstreply", first),
    ] {
        put(column, time.and_then(|time| time::wall(time, zone?)).as_deref());
    }
    said
}

/// Text with single spaces.
pub fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A custom field's value in the form in which both ways in agree.
pub fn value(value: &FieldValue) -> String {
    match value {
        FieldValue::Text(text) | FieldValue::Decimal(text) | FieldValue::Date(text) => words(text),
        FieldValue::List(list) => words(&list.join(" ")),
        FieldValue::Integer(number) => number.to_string(),
        FieldValue::Boolean(is) => is.to_string(),
        FieldValue::DateTime(time) => time.to_rfc3339(),
    }
}

/// What the database says of a value of the export's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The same.
    Same,
    /// Something else.
    Other,
    /// Nothing.
    Nothing,
    /// Nothing, since the ticket's people are held apart.
    HeldApart,
}

/// The hashes, in order once they are complete.
#[derive(Debug, Default)]
pub struct Held {
    said: Vec<(u32, u32)>,
    apart: HashSet<u32>,
}

impl Held {
    /// Takes a ticket.
    pub fn ticket(&mut self, id: u32, record: &Conversation, message: &str, zone: Option<Tz>) {
        if record.standard.contains_key("anonymised") {
            self.apart.insert(id);
        }
        for (column, value) in said(record, message, zone) {
            self.put(id, &column, &value);
        }
        self.put(id, "status", &record.status);
        if let Some(priority) = record.standard.get("priority") {
            self.put(id, "priority", priority);
        }
        for (column, found) in &record.fields {
            self.put(id, column, &value(found));
        }
    }

    /// Takes a reply or a line of history: when, by the site's clock, and what.
    pub fn part(&mut self, id: u32, kind: &str, wall: Option<&str>, text: &str) {
        self.said.push((id, hash(kind, &part(wall, text))));
    }

    fn put(&mut self, id: u32, column: &str, value: &str) {
        self.said.extend([(id, hash(column, value)), (id, hash(column, ""))]);
    }

    /// Says that everything was taken.
    pub fn complete(&mut self) {
        self.said.sort_unstable();
        self.said.dedup();
    }

    /// What the database says of a value of the export's.
    pub fn verdict(&self, id: u32, column: &str, value: &str) -> Verdict {
        let is_personal = PEOPLE.contains(&column) || column.starts_with(FIELD);
        match () {
            () if self.has(id, hash(column, value)) => Verdict::Same,
            () if self.has(id, hash(column, "")) => Verdict::Other,
            () if is_personal && self.apart.contains(&id) => Verdict::HeldApart,
            () => Verdict::Nothing,
        }
    }

    /// Whether the database has a reply or a line of history.
    pub fn has_part(&self, id: u32, kind: &str, wall: Option<&str>, text: &str) -> bool {
        self.has(id, hash(kind, &part(wall, text)))
    }

    /// Whether a ticket's people are held apart.
    pub fn is_apart(&self, id: u32) -> bool {
        self.apart.contains(&id)
    }

    fn has(&self, id: u32, hash: u32) -> bool {
        self.said.binary_search(&(id, hash)).is_ok()
    }
}

fn part(wall: Option<&str>, text: &str) -> String {
    format!("{} {}", wall.unwrap_or_default(), words(text))
}

/// The upper half of a hash: of some thirty values of a ticket, one is taken for another once in a
/// hundred million.
fn hash(column: &str, value: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    (column, value).hash(&mut hasher);
    (hasher.finish() >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_the_same_another_or_missing() {
        let mut held = Held::default();
        held.put(1, "subject", "A");
        held.put(2, "name", "B");
        held.part(1, "reply", Some("2023-01-01 10:00:00"), "Hello\n you");
        held.apart.insert(3);
        held.complete();
        for (id, column, value, verdict) in [
            (1, "subject", "A", Verdict::Same),
            (1, "subject", "B", Verdict::Other),
            (1, "name", "B", Verdict::Nothing),
            (2, "subject", "A", Verdict::Nothing),
            (3, "name", "B", Verdict::HeldApart),
            (3, "custom1", "B", Verdict::HeldApart),
            (3, "subject", "B", Verdict::Nothing),
        ] {
            assert_eq!(held.verdict(id, column, value), verdict, "{id} {column} {value}");
        }
        let time = Some("2023-01-01 10:00:00");
        assert!(held.has_part(1, "reply", time, " Hello you"));
        assert!(!held.has_part(1, "history", time, "Hello you"));
        assert!(!held.has_part(1, "reply", None, "Hello you"));
        assert!(!held.has_part(2, "reply", time, "Hello you"));
    }

    #[test]
    fn values_have_one_form() {
        let text = |text: &str| FieldValue::Text(text.to_owned());
        assert_eq!(value(&text("a\n  b")), "a b");
        assert_eq!(value(&FieldValue::List(vec!["a".into(), "b c".into()])), "a b c");
        assert_eq!(value(&FieldValue::Date("2023-01-01".into())), value(&text("2023-01-01")));
    }
}
