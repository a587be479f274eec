//! A site on the server, with its folder, and readings of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use deskledger::model::record::{Conversation, Message};
use deskledger::model::{Record, Secret, Timestamp};
use deskledger::source::{
    DatabasePlace, Finding, Item, Place, ReadSummary, Reading, SourceError, SourceReader,
    SourceSettings, find,
};

use super::family::{Family, tables};
use super::rows::{FILES, rows};
use crate::support::mariadb::{Maria, PASSWORD};

/// 2026-01-01.
pub const NOW: Timestamp = Timestamp(1_767_225_600_000);

/// A site.
pub struct Site {
    pub maria: Maria,
    pub folder: tempfile::TempDir,
}

/// What a reading yields.
pub struct Found {
    pub items: Vec<Item>,
    pub summary: ReadSummary,
}

impl Site {
    /// A site of a family, as a fresh installation: all tables MyISAM. None without a server.
    pub async fn new(family: Family) -> Option<Self> {
        Self::with(family, "hesk_", "MyISAM").await
    }

    pub async fn with(family: Family, prefix: &str, engine: &str) -> Option<Self> {
        let site = Self::empty(family, prefix, engine).await?;
        site.maria.run(&rows(family, prefix)).await;
        Some(site)
    }

    pub async fn empty(family: Family, prefix: &str, engine: &str) -> Option<Self> {
        let maria = Maria::new().await?;
        maria.run(&tables(family, prefix, engine)).await;
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in FILES {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        Some(Self { maria, folder })
    }

    pub async fn run(&self, statements: &[&str]) {
        let statements: Vec<String> = statements.iter().map(|sql| (*sql).to_owned()).collect();
        self.maria.run(&statements).await;
    }

    pub fn place(&self) -> DatabasePlace {
        DatabasePlace {
            url: self.maria.url(),
            password: Some(Secret::new(PASSWORD)),
            attachments: Some(self.folder.path().to_owned()),
            settings: None,
            prefix: None,
            lock_tables: false,
            export: None,
            expected: BTreeMap::new(),
        }
    }

    /// Reads it on a thread of its own, as the engine does.
    pub async fn read(&self) -> Found {
        read(self.place()).await.unwrap()
    }
}

pub fn open(place: DatabasePlace) -> Result<Box<dyn SourceReader>, SourceError> {
    let place = Place::Database(Box::new(place));
    find("hesk").unwrap().open(&SourceSettings { place, reading: Reading::undecided(NOW) })
}

pub async fn read(place: DatabasePlace) -> Result<Found, SourceError> {
    on_thread(place, |_| {}).await
}

/// Reads; `each` is called before each item, with the number of those before it.
pub async fn on_thread(
    place: DatabasePlace,
    mut each: impl FnMut(usize) + Send + 'static,
) -> Result<Found, SourceError> {
    let reading = tokio::task::spawn_blocking(move || {
        let mut reader = open(place)?;
        let mut items = Vec::new();
        let summary = reader.read(&mut |item| {
            each(items.len());
            items.push(item);
            ControlFlow::Continue(())
        })?;
        Ok(Found { items, summary })
    });
    reading.await.unwrap()
}

impl Found {
    /// The last of each record, by key.
    pub fn records(&self) -> BTreeMap<String, Record> {
        let record = |item: &Item| match item {
            Item::Record(found) => Some((found.key.to_string(), found.record.clone())),
            Item::Rejected(_) => None,
        };
        self.items.iter().filter_map(record).collect()
    }

    pub fn findings(&self) -> Vec<Finding> {
        let of = |item: &Item| match item {
            Item::Record(found) => found.findings.clone(),
            Item::Rejected(row) => row.findings.clone(),
        };
        self.items.iter().flat_map(of).chain(self.summary.findings.iter().cloned()).collect()
    }

    pub fn codes(&self) -> BTreeSet<&'static str> {
        self.findings().iter().map(|finding| finding.code.word()).collect()
    }

    /// All bytes that go into the ledger.
    pub fn everything(&self) -> String {
        let mut text = String::new();
        for item in &self.items {
            match item {
                Item::Record(found) => {
                    text.push_str(&String::from_utf8_lossy(&found.raw));
                    text.push_str(&serde_json::to_string(&found.record).unwrap());
                }
                Item::Rejected(row) => text.push_str(&String::from_utf8_lossy(&row.raw)),
            }
        }
        text + &serde_json::to_string(&self.findings()).unwrap()
    }

    pub fn ticket(&self, id: u32) -> Conversation {
        match self.records().remove(&format!("hesk/ticket/{id}")) {
            Some(Record::Conversation(ticket)) => ticket,
            other => panic!("ticket {id}: {other:?}"),
        }
    }

    pub fn message(&self, key: &str) -> Message {
        match self.records().remove(&format!("hesk/{key}")) {
            Some(Record::Message(message)) => message,
            other => panic!("{key}: {other:?}"),
        }
    }
}
