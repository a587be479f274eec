//! The search for what people made in Intercom: what it asks for, whom rows name, which record
//! became an object.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::context::Context;
use super::error::EngineError;
use super::reading;
use crate::destination::contract::Destination;
use crate::destination::intercom::family::read::{ReadPerson, beside, changed_at};
use crate::destination::intercom::object::{ObjectKind, Target};
use crate::model::event::{Counts, Phase};
use crate::model::returned::{LeftBehind, Returned, ReturnedId, ReturnedKind, ReturnedPerson};
use crate::model::{AliasKind, DestinationId, SourceKey, StreamId};
use crate::projection::find::{of_alias, of_object};

/// People kept at hand; beyond, they are asked for again.
const PEOPLE_MAX: usize = 50_000;
/// Records of one object that are looked at.
const RECORDS_MAX: usize = 16;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The help desk: first word of its keys.
    pub system: &'a str,
    /// Its word for contacts in keys.
    pub contact: &'a str,
    /// Its word for new threads in keys.
    pub thread: &'a str,
    /// Objects that nobody touched since are left alone; seconds since 1970.
    pub since: i64,
}

/// What was found, by kind.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// What people made since.
    pub found: Counts,
    /// Contacts and threads that others made before, untouched since.
    pub older: u64,
}

impl Found {
    /// Counts one more.
    pub fn add(&mut self, what: &str) {
        *self.found.entry(what.to_owned()).or_default() += 1;
    }

    /// Counts what another look found.
    pub fn join(&mut self, other: Self) {
        self.older += other.older;
        for (what, count) in other.found {
            *self.found.entry(what).or_default() += count;
        }
    }
}

/// What the search needs to know.
pub struct Returning<'a> {
    /// The ledger.
    pub context: &'a Context,
    /// Intercom.
    pub destination: &'a dyn Destination,
    /// What is asked for.
    pub asked: Asked<'a>,
    /// Intercom's name of the workspace.
    pub app: String,
    /// Its teammates by id.
    pub admins: HashMap<String, ReadPerson>,
    /// People met so far.
    pub people: Mutex<HashMap<String, ReturnedPerson>>,
}

impl Returning<'_> {
    /// The id under which an object goes back.
    pub fn id(&self, kind: ReturnedKind, id: &str) -> String {
        ReturnedId::new(&self.app, kind, id).to_string()
    }

    /// Whether somebody made or touched it since.
    pub fn is_new(&self, one: &Value) -> bool {
        changed_at(one).is_none_or(|at| at >= self.asked.since)
    }

    /// The record that became an object, which is of one phase.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn origin(
        &self,
        id: &str,
        phase: Phase,
    ) -> Result<Option<(StreamId, SourceKey)>, EngineError> {
        let ledger = &self.context.ledger;
        let became = of_object(ledger, &DestinationId::from(id), RECORDS_MAX).await?;
        let standing = became.iter().filter(|one| one.stands);
        let streams: Vec<StreamId> = standing.map(|one| one.stream).collect();
        let states = self.context.states(&streams).await?;
        let of_phase = streams.iter().zip(states).find(|(_, state)| state.phase == Some(phase));
        let Some((stream, _)) = of_phase else { return Ok(None) };
        let key = ledger.keys(&[*stream]).await?.pop();
        Ok(key.map(|key| (*stream, key)))
    }

    /// The help desk's own key behind a key of ours.
    pub fn of_source(&self, key: &SourceKey) -> Option<SourceKey> {
        match key.system() == self.asked.system {
            true => Some(key.clone()),
            false => key
                .id()
                .parse::<SourceKey>()
                .ok()
                .filter(|inner| inner.system() == self.asked.system),
        }
    }

    /// A contact as rows name them.
    ///
    /// # Errors
    /// If Intercom or the ledger cannot be read.
    pub async fn customer(&self, id: &str) -> Result<ReturnedPerson, EngineError> {
        if let Some(known) = self.known(id) {
            return Ok(known);
        }
        let target = Target::new(ObjectKind::Contact, DestinationId::from(id));
        let back = reading::find(self.context, self.destination, &target).await?;
        let object = back.map(|back| back.object).unwrap_or_default();
        let ours = self.origin(id, Phase::Contacts).await?;
        let own = ours.as_ref().and_then(|(_, key)| self.of_source(key));
        let own = own.filter(|key| key.object() == self.asked.contact);
        let new = ours.is_none() && !object.is_null() && self.is_new(&object);
        let ReadPerson { name, email, .. } = ReadPerson::of(&object);
        let id_there = match own {
            Some(key) => Some(key.id().to_owned()),
            None => new.then(|| self.id(ReturnedKind::Contact, id)),
        };
        let person = ReturnedPerson { id: id_there, email, name };
        self.keep(id, &person);
        Ok(person)
    }

    /// A teammate as rows name them.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn teammate(
        &self,
        id: &str,
        author: &ReadPerson,
    ) -> Result<ReturnedPerson, EngineError> {
        let own = format!("admin {id}");
        if let Some(known) = self.known(&own) {
            return Ok(known);
        }
        let ReadPerson { name, email, .. } = self.admins.get(id).unwrap_or(author).clone();
        let mut person = ReturnedPerson { id: None, email, name };
        if let Some(email) = &person.email {
            let ledger = &self.context.ledger;
            let streams = of_alias(ledger, AliasKind::TeammateEmail, email).await?;
            let keys = ledger.keys(&streams).await?;
            let key = keys.into_iter().find(|key| key.system() == self.asked.system);
            person.id = key.map(|key| key.id().to_owned());
        }
        self.keep(&own, &person);
        Ok(person)
    }

    fn known(&self, id: &str) -> Option<ReturnedPerson> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    fn keep(&self, id: &str, person: &ReturnedPerson) {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        if people.len() >= PEOPLE_MAX {
            people.clear();
        }
        people.insert(id.to_owned(), person.clone());
    }
}

/// What stands beside the words of a new object and has no column of its own.
pub fn left_fields(one: &Value, of: &str) -> Vec<Returned> {
    let left = beside(one).into_iter().map(|(id, count)| {
        Returned::Left(LeftBehind {
            what: "field",
            id,
            of: of.to_owned(),
            reason: "the layout's rows of what goes back have no such column",
            detail: count.map_or_else(String::new, |count| count.to_string()),
        })
    });
    left.collect()
}
