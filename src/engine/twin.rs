//! Twins: one message that two readings gave under two keys. The same thread in another form, or by
//! another program, names its messages by other ids; what was said, by whom and when, is the same.
//! The key that came first stays, and the later one is merged into it.

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use super::error::EngineError;
use super::load::{self, Loaded};
use crate::destination::intercom::normalise::Content;
use crate::model::record::{BodyFormat, Message};
use crate::model::{Position, Record, SourceKey};

/// Why a later key is merged.
pub const SAME_MESSAGE: &str = "same_message";

const MINUTE_S: i64 = 60;

/// Where in the log readings begin: what was read before and after one came by two readings.
#[derive(Debug)]
pub struct Readings(Vec<Position>);

impl Readings {
    /// The readings so far.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn of(context: &Context) -> Result<Self, EngineError> {
        let runs = context.runs().await?.into_iter();
        let reads = runs.filter(|run| matches!(run.kind.as_str(), "read" | "delta"));
        Ok(Self(reads.map(|run| run.first).collect()))
    }

    fn number(&self, at: Position) -> usize {
        self.0.partition_point(|first| *first <= at)
    }
}

/// What a part of a thread says.
struct Said {
    /// Place among the parts.
    part: usize,
    message: Message,
    /// In which reading it was met with these words.
    reading: usize,
    /// It is no longer in the export.
    gone: bool,
}

/// Later keys by place, with the place of the message that each of them is. A message that is gone
/// from the export counts if the thread is written already.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn find(
    context: &Context,
    readings: &Readings,
    (parts, is_written): (&[Loaded], bool),
) -> Result<BTreeMap<usize, usize>, EngineError> {
    let read_in = |part: &Loaded| part.state.read_at.map(|at| readings.number(at));
    let distinct: BTreeSet<_> = parts.iter().filter_map(read_in).collect();
    if distinct.len() < 2 {
        return Ok(BTreeMap::new());
    }
    let mut said = Vec::new();
    for (place, part) in parts.iter().enumerate() {
        let Some(reading) = read_in(part) else { continue };
        let gone = part.record.is_none();
        let record = match &part.record {
            Some(record) => Some(record.clone()),
            None if is_written => load::last(context, part).await?,
            None => None,
        };
        if let Some(Record::Message(message)) = record {
            said.push(Said { part: place, message, reading, gone });
        }
    }
    Ok(pairs(said))
}

/// Each message of a later reading with the first of an earlier one that says the same.
fn pairs(mut said: Vec<Said>) -> BTreeMap<usize, usize> {
    said.sort_by_key(|one| one.reading);
    let mut found = BTreeMap::new();
    let mut firsts: BTreeMap<Option<i64>, Vec<Said>> = BTreeMap::new();
    for reading in said.chunk_by(|one, other| one.reading == other.reading) {
        let mut taken = BTreeSet::new();
        let mut fresh = Vec::new();
        for one in reading {
            let earlier = firsts.get(&minute(&one.message)).into_iter().flatten();
            let mut same = earlier.filter(|first| is_same(&first.message, &one.message));
            // One that is gone has none in its place; one that still stands is a message more only
            // where the later reading gives both.
            match same.find(|first| !one.gone && !taken.contains(&first.part)) {
                Some(first) => {
                    taken.insert(first.part);
                    found.insert(one.part, first.part);
                }
                None => fresh.push(one),
            }
        }
        for one in fresh {
            let Said { part, message, reading, gone } = one;
            let one =
                Said { part: *part, message: message.clone(), reading: *reading, gone: *gone };
            firsts.entry(minute(&one.message)).or_default().push(one);
        }
    }
    found
}

/// The minute of a message: those that are the same surely have it in common.
fn minute(message: &Message) -> Option<i64> {
    message.created_at.map(|at| at.seconds().div_euclid(MINUTE_S))
}

/// Whether two messages of one minute are one: of one side, of one second (or one of the forms has
/// no seconds), and with the same words.
fn is_same(one: &Message, other: &Message) -> bool {
    let side = |message: &Message| (message.author.role, message.internal, message.kind);
    if side(one) != side(other) {
        return false;
    }
    let second = |message: &Message| message.created_at.map(|at| at.seconds());
    let (first, second) = match (second(one), second(other)) {
        (Some(first), Some(second)) => (first, second),
        // Without a time nothing tells that they are not two.
        _ => return false,
    };
    let whole = |at: i64| at.rem_euclid(MINUTE_S) == 0;
    (first == second || whole(first) || whole(second)) && words(one) == words(other)
}

fn words(message: &Message) -> Vec<String> {
    let Some(body) = &message.body else { return Vec::new() };
    let text = match body.format {
        BodyFormat::Html => Content::of_html(&body.content).text,
        BodyFormat::Text | BodyFormat::Markdown => body.content.clone(),
    };
    text.split_whitespace().map(str::to_owned).collect()
}

/// Puts what the later keys hold in the place of the first ones: the words of those that are gone,
/// the files of all.
pub fn settle(parts: &mut [Loaded], twins: &BTreeMap<usize, usize>) -> Vec<(SourceKey, SourceKey)> {
    let mut merged = Vec::new();
    let firsts: BTreeMap<SourceKey, SourceKey> = twins
        .iter()
        .map(|(later, first)| (parts[*later].key.clone(), parts[*first].key.clone()))
        .collect();
    for (later, first) in twins {
        let (into, key) = (parts[*first].key.clone(), parts[*later].key.clone());
        let record = parts[*later].record.take();
        if parts[*first].record.is_none() {
            parts[*first].record = record;
        }
        merged.push((key, into));
    }
    let mut held: BTreeMap<Held, SourceKey> = BTreeMap::new();
    for (hung, part) in files(parts).filter(|(hung, _)| !firsts.contains_key(hung)) {
        if let Some(held_as) = held_as(hung, part) {
            held.entry(held_as).or_insert_with(|| part.key.clone());
        }
    }
    for part in parts.iter_mut() {
        let Some(Record::Attachment(file)) = &mut part.record else { continue };
        let Some(first) = file.message.as_ref().and_then(|hung| firsts.get(hung)) else { continue };
        file.message = Some(first.clone());
        if let Some(into) = held_as(first, part).and_then(|held_as| held.get(&held_as)) {
            merged.push((part.key.clone(), into.clone()));
            part.record = None;
        }
    }
    merged
}

/// A file of a message: by its bytes and name.
type Held = (SourceKey, String, String);

fn held_as(hung: &SourceKey, part: &Loaded) -> Option<Held> {
    let Some(Record::Attachment(file)) = &part.record else { return None };
    Some((hung.clone(), file.name.to_lowercase(), file.sha256.clone()?))
}

/// Files with the messages on which they hang.
fn files(parts: &[Loaded]) -> impl Iterator<Item = (&SourceKey, &Loaded)> {
    parts.iter().filter_map(|part| match &part.record {
        Some(Record::Attachment(file)) => Some((file.message.as_ref()?, part)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;
    use crate::model::record::{Author, AuthorRole, Body, MessageKind, PersonRef};

    fn message(role: AuthorRole, second: i64, text: &str) -> Message {
        Message {
            conversation: "clickdesk/chat/c1".parse().unwrap(),
            kind: MessageKind::Message,
            author: Author { role, person: PersonRef::default() },
            body: Some(Body { format: BodyFormat::Text, content: text.to_owned() }),
            internal: false,
            created_at: Some(Timestamp::from_seconds(second)),
            sequence: None,
            event: None,
            attachments: Vec::new(),
            channel: None,
            social_ids: Vec::new(),
            assigned_to: PersonRef::default(),
            reminder_at: None,
        }
    }

    /// Messages of readings as `(reading, second, text)`; pairs by place.
    fn found(list: &[(usize, i64, &str)]) -> Vec<(usize, usize)> {
        let said = list.iter().enumerate().map(|(part, (reading, second, text))| Said {
            part,
            message: message(AuthorRole::Customer, *second, text),
            reading: *reading,
            gone: false,
        });
        pairs(said.collect()).into_iter().collect()
    }

    #[test]
    fn the_nth_of_a_later_reading_is_the_nth_of_an_earlier_one() {
        // Twice the same in one reading are two messages.
        assert_eq!(found(&[(1, 65, "ok"), (1, 65, "ok")]), []);
        assert_eq!(
            found(&[(1, 65, "ok"), (1, 65, "ok"), (2, 65, "ok"), (2, 65, "ok"), (2, 65, "ok")]),
            [(2, 0), (3, 1)]
        );
        assert_eq!(found(&[(1, 65, "a  b"), (2, 65, "a\nb"), (3, 65, "a b")]), [(1, 0), (2, 0)]);
        // A form without seconds; another minute; other words.
        assert_eq!(found(&[(1, 75, "hi"), (2, 60, "hi")]), [(1, 0)]);
        assert_eq!(found(&[(1, 75, "hi"), (2, 76, "hi")]), []);
        assert_eq!(found(&[(1, 75, "hi"), (2, 120, "hi")]), []);
        assert_eq!(found(&[(1, 75, "hi"), (2, 75, "ho")]), []);
    }

    #[test]
    fn sides_and_formats_are_told_apart() {
        let one = message(AuthorRole::Customer, 61, "a b");
        assert!(!is_same(&one, &message(AuthorRole::Agent, 61, "a b")));
        let mut other = one.clone();
        other.body = Some(Body { format: BodyFormat::Html, content: "<p>a <b>b</b></p>".into() });
        assert!(is_same(&one, &other));
        other.created_at = None;
        assert!(!is_same(&one, &other));
    }
}
