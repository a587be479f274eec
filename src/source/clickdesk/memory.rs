//! What ClickDesk's records need to know of each other.

use std::collections::{HashMap, HashSet};

use super::agents::Agents;
use super::document::Transcripts;
use crate::model::{SourceKey, Timestamp};
use crate::source::bundle::adapter::Derived;
use crate::source::bundle::cell;
use crate::source::bundle::date::DateRule;
use crate::source::bundle::index::{IdMap, hash};
use crate::source::bundle::row::Row;
use crate::source::bundle::states::{StateWords, fold};
use crate::source::bundle::survey::{Bundle, Form};
use crate::source::bundle::tally::Tally;
use crate::source::contract::{Reading, SourceError};

/// Default rules.
pub const RULES: &str = include_str!("rules.toml");

/// First part of ClickDesk's keys.
pub const SYSTEM: &str = "clickdesk";

/// Words for states, by what they are words of.
#[derive(Debug)]
pub struct States {
    pub(super) chat: StateWords,
    pub(super) ticket: StateWords,
    pub(super) offline: StateWords,
    pub(super) call: StateWords,
}

impl States {
    fn new(reading: &Reading, bundle: &Bundle) -> Result<Self, SourceError> {
        let words = StateWords::of_rules(SYSTEM, RULES)?;
        let with = |column: &str| words.clone().with_maps(column, reading, bundle);
        Ok(Self {
            chat: with("chats.status")?,
            ticket: with("tickets.status")?,
            offline: with("offline_messages.status")?,
            call: with("calls.outcome")?,
        })
    }
}

/// What is remembered over a reading.
#[derive(Debug)]
pub struct Memory {
    /// What words for states mean.
    pub(super) states: States,
    /// Agents and departments by name.
    pub(super) agents: Agents,
    /// Hashes of the addresses of visitors who have a record, with those of their ids; 0 for
    /// several visitors or none.
    pub(super) addresses: HashMap<u64, u64>,
    /// Hash of the first address under which threads name a visitor, by hash of the id.
    pub(super) address_of: HashMap<u64, u64>,
    /// Chats by id.
    pub(super) chats: IdMap<ChatFacts>,
    /// Chats without an id, by visitor and start: rows still to come.
    pub(super) unnamed: HashMap<u64, u32>,
    /// Visitor and start of chats with an id.
    pub(super) named: HashSet<u64>,
    /// Messages of chats met so far, while they stand both in files and inside chats.
    pub(super) met_messages: Option<HashSet<u64>>,
    /// Tickets by id.
    pub(super) tickets: IdMap<TicketFacts>,
    /// Times and ids of tickets by address and text, while there are offline messages.
    pub(super) ticket_texts: Option<HashMap<u64, Vec<(i64, String)>>>,
    /// Messages of tickets by ticket and text, while there are offline messages.
    pub(super) ticket_replies: HashSet<u64>,
    /// Threads on social networks, by id.
    pub(super) threads: HashMap<String, Thread>,
    /// People and threads that were made already, by hash of their key.
    pub(super) made: HashSet<u64>,
    /// What the row just read implies.
    pub(super) derived: Vec<Derived>,
    /// Things counted over many records.
    pub(super) tally: Tally,
    /// Transcripts beside the tables.
    pub(super) transcripts: Transcripts,
    /// How dates in transcripts are read.
    pub(super) dates: DateRule,
}

impl Memory {
    /// For one reading.
    ///
    /// # Errors
    /// If a value map is wrong.
    pub(super) fn new(reading: &Reading, bundle: &Bundle) -> Result<Self, SourceError> {
        let forms = |object: usize| {
            bundle.parts.iter().filter(move |part| part.object == object).map(|part| &part.form)
        };
        let messages = super::layout::object::CHAT_MESSAGES;
        let inside = forms(messages).filter(|form| matches!(form, Form::Embedded { .. })).count();
        let both = inside > 0 && forms(messages).count() > inside;
        let offline = forms(super::layout::object::OFFLINE_MESSAGES).next().is_some();
        Ok(Self {
            states: States::new(reading, bundle)?,
            agents: Agents::default(),
            addresses: HashMap::new(),
            address_of: HashMap::new(),
            chats: IdMap::default(),
            unnamed: HashMap::new(),
            named: HashSet::new(),
            met_messages: both.then(HashSet::new),
            tickets: IdMap::default(),
            ticket_texts: offline.then(HashMap::new),
            ticket_replies: HashSet::new(),
            threads: HashMap::new(),
            made: HashSet::new(),
            derived: Vec::new(),
            tally: Tally::default(),
            transcripts: Transcripts::of(&bundle.container),
            dates: DateRule { order: reading.date_order, zone: reading.time_zone },
        })
    }

    /// First reading: the visitor of a thread, named by id, name and address in these columns.
    pub(super) fn visitor(&mut self, row: &Row, [id, name, email]: [usize; 3]) -> Visitor {
        let id = row.id(id).map_or(0, hash);
        let name = row.trimmed(name).map_or(0, |name| hash(&fold(name)));
        let emails = row.text(email).map(cell::emails).unwrap_or_default();
        let first = emails.iter().find(|email| cell::is_email(email));
        let address = first.map_or(0, |email| address(email));
        if id != 0 && address != 0 {
            self.address_of.entry(id).or_insert(address);
        }
        Visitor { id, name, address }
    }
}

/// Hashes by which a thread's visitor is recognised among authors.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Visitor {
    /// Of the id.
    pub(super) id: u64,
    /// Of the name.
    pub(super) name: u64,
    /// Of the address.
    pub(super) address: u64,
}

/// What is remembered of a chat: some forty bytes with its id.
#[derive(Clone, Debug, Default)]
pub struct ChatFacts {
    /// Rows of messages met in the first reading.
    pub(super) rows: u32,
    /// Its visitor.
    pub(super) visitor: Visitor,
}

/// What is remembered of a ticket.
#[derive(Clone, Debug, Default)]
pub struct TicketFacts {
    /// Hash of its text.
    pub(super) text: u64,
    /// When it began.
    pub(super) created: Option<Timestamp>,
    /// Whether its text was found again as a message.
    pub(super) repeated: bool,
    /// Its visitor.
    pub(super) visitor: Visitor,
}

/// What is remembered of a thread on a social network; such threads are few.
#[derive(Clone, Debug, Default)]
pub struct Thread {
    /// Part of the export and time of each message, as written.
    pub(super) times: Vec<(usize, String)>,
    /// The first message from outside: handle, name, address of its author.
    pub(super) author: Option<[Option<String>; 3]>,
    /// Address of the first post that has one.
    pub(super) permalink: Option<String>,
    /// Who answered last, as written.
    pub(super) agent: Option<String>,
}

/// A key of ClickDesk's.
pub fn key(object: &str, id: &str) -> Option<SourceKey> {
    SourceKey::new(SYSTEM, object, id).ok()
}

/// Hash under which equal addresses meet.
pub(super) fn address(email: &str) -> u64 {
    hash(&email.trim().to_lowercase())
}
