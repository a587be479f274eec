//! Who somebody is to the ledger: the records of a person, and the words by which other records
//! name them.

use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;

use super::context::Context;
use super::error::EngineError;
use super::load::parse;
use crate::model::alias::fold;
use crate::model::record::{Contact, PersonRef};
use crate::model::{AliasKind, Event, Record, RecordKind, SourceKey, StreamId};
use crate::projection::find::{find, object_of, of_alias};

/// Shorter ids name many things besides.
const ID_CHARS_MIN: usize = 6;
/// Shorter numbers are no telephone numbers.
const PHONE_DIGITS_MIN: usize = 7;
/// Fields of a customer that hold a name or address of their own on a network.
const NETWORKS: [&str; 7] =
    ["twitter", "facebook", "skype", "linkedin", "instagram", "whatsapp", "telegram"];
/// Object of derived records that are people.
pub const DERIVED_PERSON: &str = "contact";

/// A person.
pub struct Person {
    /// Their own records.
    pub streams: BTreeSet<StreamId>,
    /// Keys of these.
    pub keys: BTreeSet<SourceKey>,
    /// Their names in full, which others may share.
    pub names: BTreeSet<String>,
    emails: BTreeSet<String>,
    words: Vec<String>,
    finder: AhoCorasick,
}

/// What a record says of its person.
#[derive(serde::Deserialize)]
struct ReadPayload {
    record: Record,
}

impl Person {
    /// The person whom `word` names, by source key, e-mail address or Intercom id; `also` are words
    /// by which others name them. None if nobody is named.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn find(
        context: &Context,
        word: &str,
        also: &[String],
    ) -> Result<Option<Self>, EngineError> {
        let mut gathering = Gathering::default();
        let found = people_of(context, find(&context.ledger, word).await?).await?;
        let by_address = word.contains('@');
        if found.is_empty() && !by_address {
            return Ok(None);
        }
        if by_address {
            gathering.emails.insert(fold(word));
        }
        gathering.gather(context, found).await?;
        gathering.finish(also).map(Some)
    }

    /// Whether these bytes name the person.
    pub fn is_named_in(&self, payload: &[u8]) -> bool {
        self.finder.find_overlapping_iter(payload).any(|found| {
            let word = &self.words[found.pattern().as_usize()];
            stands_alone(payload, found.start(), found.end(), word.contains('@'))
        })
    }

    /// Whether a thread's customer is the person.
    pub fn is(&self, customer: &PersonRef) -> bool {
        customer.key.as_ref().is_some_and(|key| self.keys.contains(key))
            || customer.email.as_ref().is_some_and(|email| self.emails.contains(&fold(email)))
    }

    /// Whether bytes hold one of the person's names in full.
    pub fn is_called_in(&self, payload: &[u8]) -> bool {
        if self.names.is_empty() {
            return false;
        }
        let text = String::from_utf8_lossy(payload).to_lowercase();
        self.names.iter().any(|name| text.contains(name.as_str()))
    }
}

#[derive(Default)]
struct Gathering {
    streams: BTreeSet<StreamId>,
    keys: BTreeSet<SourceKey>,
    names: BTreeSet<String>,
    emails: BTreeSet<String>,
    words: BTreeSet<String>,
}

impl Gathering {
    /// Follows every address of the person to the other records that have it.
    async fn gather(
        &mut self,
        context: &Context,
        streams: Vec<StreamId>,
    ) -> Result<(), EngineError> {
        let mut next = streams;
        let mut asked = BTreeSet::new();
        loop {
            for stream in std::mem::take(&mut next) {
                if self.streams.insert(stream) {
                    self.record(context, stream).await?;
                }
            }
            let new: Vec<String> = self.emails.difference(&asked).cloned().collect();
            for email in new {
                for kind in [AliasKind::ContactEmail, AliasKind::TeammateEmail] {
                    next.extend(of_alias(&context.ledger, kind, &email).await?);
                }
                asked.insert(email);
            }
            next = people_of(context, next).await?;
            next.retain(|stream| !self.streams.contains(stream));
            if next.is_empty() {
                return Ok(());
            }
        }
    }

    /// What all readings of one record say, as far as they are still there.
    async fn record(&mut self, context: &Context, stream: StreamId) -> Result<(), EngineError> {
        for key in context.ledger.keys(&[stream]).await? {
            self.word(&key.to_string(), 1);
            self.word(key.id(), ID_CHARS_MIN);
            self.keys.insert(key);
        }
        if let Some(id) = object_of::<EngineError>(&context.ledger, stream).await? {
            self.word(id.as_str(), ID_CHARS_MIN);
        }
        let events = context.ledger.read_stream(stream).await?;
        let read = |event: &Event| matches!(event, Event::RecordRead(_));
        let at: Vec<_> =
            events.iter().filter(|one| read(&one.event)).map(|one| one.position).collect();
        for bytes in context.ledger.payloads(&at).await?.into_iter().flatten() {
            match parse::<ReadPayload>("record", &"a person", &bytes)?.record {
                Record::Contact(contact) => self.contact(&contact),
                Record::Teammate(teammate) => {
                    self.emails.extend(teammate.email.iter().map(|email| fold(email)));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn contact(&mut self, contact: &Contact) {
        self.emails.extend(contact.emails.iter().map(|email| fold(email)));
        for phone in &contact.phones {
            for number in std::iter::once(&phone.raw).chain(&phone.e164) {
                if number.chars().filter(char::is_ascii_digit).count() >= PHONE_DIGITS_MIN {
                    self.word(number.trim(), 1);
                }
            }
        }
        let of_network = |name: &str| NETWORKS.iter().any(|word| name.contains(word));
        for (_, value) in contact.standard.iter().filter(|(name, _)| of_network(name)) {
            let value = value.trim().trim_end_matches('/');
            self.word(value, ID_CHARS_MIN);
            self.word(value.rsplit('/').next().unwrap_or(value), ID_CHARS_MIN);
        }
        // One word alone is anybody's.
        let name = contact.name.as_deref().map(str::trim).filter(|name| name.contains(' '));
        self.names.extend(name.map(str::to_lowercase));
    }

    fn word(&mut self, word: &str, chars_min: usize) {
        if !word.is_empty() && word.chars().count() >= chars_min {
            self.words.insert(word.to_owned());
        }
    }

    fn finish(self, also: &[String]) -> Result<Person, EngineError> {
        let Self { streams, keys, names, emails, words } = self;
        let all = words.into_iter().chain(emails.iter().cloned()).chain(also.iter().cloned());
        let all = all.filter(|word| !word.trim().is_empty());
        let mut words = BTreeSet::new();
        for word in all {
            // As it stands inside a JSON text.
            let quoted = serde_json::to_string(&word).unwrap_or_else(|_| format!("\"{word}\""));
            words.insert(quoted.trim_matches('"').to_owned());
        }
        let words: Vec<String> = words.into_iter().collect();
        let finder = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(&words)
            .map_err(|error| EngineError::Output(error.to_string()))?;
        Ok(Person { streams, keys, names, emails, words, finder })
    }
}

/// Those of the streams that are people's own.
async fn people_of(
    context: &Context,
    streams: Vec<StreamId>,
) -> Result<Vec<StreamId>, EngineError> {
    let states = context.states(&streams).await?;
    let keys = context.ledger.keys(&streams).await?;
    let mut people = Vec::new();
    for ((stream, state), key) in streams.into_iter().zip(states).zip(keys) {
        let read = matches!(state.kind, Some(RecordKind::Contact | RecordKind::Teammate));
        if read || key == SourceKey::own(DERIVED_PERSON, key.id()) {
            people.push(stream);
        }
    }
    Ok(people)
}

/// Whether a match is not the middle of a longer word, number or address.
fn stands_alone(text: &[u8], start: usize, end: usize, address: bool) -> bool {
    let of_address = |byte: u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(&byte);
    let of_word = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    let before = start.checked_sub(1).and_then(|at| text.get(at)).copied();
    let (after, then) = (text.get(end).copied(), text.get(end + 1).copied());
    if address {
        let dotted = after == Some(b'.') && then.is_some_and(|byte| byte.is_ascii_alphanumeric());
        return !before.is_some_and(of_address) && !after.is_some_and(of_word) && !dotted;
    }
    !before.is_some_and(of_word) && !after.is_some_and(of_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(words: &[&str]) -> Person {
        let mut gathering = Gathering::default();
        for word in words {
            gathering.word(word, 1);
        }
        gathering.finish(&[]).unwrap()
    }

    #[test]
    fn a_person_is_told_from_those_of_similar_names() {
        let person = person(&["ann@x.com", "hesk/customer/1", "+39 347 555"]);
        for named in [
            r#"{"email":"Ann@X.com"}"#,
            "mail ann@x.com.",
            "<ann@x.com>",
            r#""hesk/customer/1""#,
            "call +39 347 555!",
        ] {
            assert!(person.is_named_in(named.as_bytes()), "{named}");
        }
        for other in [
            "joann@x.com",
            "j.ann@x.com",
            "ann@x.com.au",
            "ann@x.company",
            "hesk/customer/12",
            "+39 347 5551",
        ] {
            assert!(!person.is_named_in(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn words_are_looked_for_as_json_has_them() {
        let person = person(&["says \"hi\""]);
        assert!(person.is_named_in(br#"{"x":"says \"hi\""}"#));
    }
}
