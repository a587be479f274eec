//! Files of messages: sent with a part, ten at a time, or listed for a person.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::destination::intercom::payload::conversation::FILES_PER_REPLY_MAX;
use crate::destination::intercom::step::{FileHole, file_of};
use crate::model::SourceKey;
use crate::model::record::Attachment;

use super::account::Account;
use super::document;
use super::draft::Outcome;
use super::html::{BY_DIGEST, Image};
use super::loss::LossName;

/// A file that goes with a part.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Sent {
    /// A file of the export.
    Stored(FileHole),
    /// An image that stood in the text itself.
    Inside {
        /// Name.
        name: String,
        /// As it is sent.
        body: Value,
    },
}

impl Sent {
    /// Name shown to people.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Stored(file) => &file.name,
            Self::Inside { name, .. } => name,
        }
    }

    /// As it stands in a request.
    pub(super) fn body(&self) -> Value {
        match self {
            Self::Stored(file) => file_of(file),
            Self::Inside { body, .. } => body.clone(),
        }
    }

    /// An image that held its bytes.
    pub(super) fn of_image(image: &Image) -> Option<Self> {
        match image {
            Image::Data { name, content_type, data } => {
                let body = json!({ "content_type": content_type, "name": name, "data": data });
                Some(Self::Inside { name: name.clone(), body })
            }
            Image::Reference(_) => None,
        }
    }
}

/// The files of one conversation, each handed out once, or once to every message that lists it.
pub(super) struct Files<'a> {
    records: BTreeMap<&'a SourceKey, &'a Attachment>,
    order: Vec<&'a SourceKey>,
    taken: BTreeSet<SourceKey>,
    bytes_max: u64,
    by_hand: bool,
}

impl<'a> Files<'a> {
    pub(super) fn new(attachments: &'a [(SourceKey, Attachment)], bytes_max: u64) -> Self {
        Self {
            records: attachments.iter().map(|(key, record)| (key, record)).collect(),
            order: attachments.iter().map(|(key, _)| key).collect(),
            taken: BTreeSet::new(),
            bytes_max,
            by_hand: false,
        }
    }

    /// The same; if `by_hand`, people move all files (decision T4).
    pub(super) fn by_hand(mut self, by_hand: bool) -> Self {
        self.by_hand = by_hand;
        self
    }

    /// The name of the file that an image refers to by content id or old address.
    pub(super) fn named(&self, reference: &str) -> Option<String> {
        if let Some(digest) = reference.strip_prefix(BY_DIGEST) {
            let stored = |record: &&&Attachment| record.sha256.as_deref() == Some(digest);
            return self.records.values().find(stored).map(|record| record.name.clone());
        }
        let bare = reference.trim_start_matches('<').trim_end_matches('>');
        self.records.values().find_map(|record| {
            let cid = record.inline_cid.as_deref().map(|cid| {
                cid.trim_start_matches("cid:").trim_start_matches('<').trim_end_matches('>')
            });
            let known = cid == Some(bare) || record.url.as_deref() == Some(reference);
            known.then(|| record.name.clone())
        })
    }

    /// Files of a message: those it lists, then those that say they hang on it. What cannot be sent
    /// is listed, and its names are given back for the text.
    pub(super) fn of_message(
        &mut self,
        message: &SourceKey,
        listed: &[SourceKey],
        account: &mut Account,
    ) -> (Vec<Sent>, Vec<String>) {
        let hanging: Vec<SourceKey> = self
            .order
            .iter()
            .filter(|key| self.records.get(*key).and_then(|r| r.message.as_ref()) == Some(message))
            .map(|key| (*key).clone())
            .collect();
        // Two messages may carry one file; what one of them lists and what hangs on it is once.
        for key in listed {
            self.taken.remove(key);
        }
        self.take(listed.iter().cloned().chain(hanging), message, account)
    }

    /// All files that nobody has taken yet.
    pub(super) fn rest(
        &mut self,
        subject: &SourceKey,
        listed: &[SourceKey],
        account: &mut Account,
    ) -> (Vec<Sent>, Vec<String>) {
        let others: Vec<SourceKey> = self.order.iter().map(|key| (*key).clone()).collect();
        self.take(listed.iter().cloned().chain(others), subject, account)
    }

    fn take(
        &mut self,
        keys: impl Iterator<Item = SourceKey>,
        subject: &SourceKey,
        account: &mut Account,
    ) -> (Vec<Sent>, Vec<String>) {
        let mut sent = Vec::new();
        let mut left = Vec::new();
        for key in keys {
            if !self.taken.insert(key.clone()) {
                continue;
            }
            match self.records.get(&key) {
                None => {
                    let text = format!("{key} is named but not in the export");
                    account.by_hand(LossName::FileMissing, document::ATTACHMENTS, subject, text);
                    left.push(key.id().to_owned());
                }
                Some(record) => match self.sendable(&key, record) {
                    Ok(file) => sent.push(Sent::Stored(file)),
                    Err((loss, text)) => {
                        account.by_hand(loss, document::ATTACHMENTS, &key, text);
                        account.part(&key, Outcome::handed_off(document::ATTACHMENTS));
                        left.push(record.name.clone());
                    }
                },
            }
        }
        (sent, left)
    }
}

impl Files<'_> {
    fn sendable(
        &self,
        key: &SourceKey,
        record: &Attachment,
    ) -> Result<FileHole, (LossName, String)> {
        if self.by_hand {
            let place = record.path.as_ref().unwrap_or(&record.name);
            return Err((LossName::AttachmentByHand, format!("upload {place} by hand")));
        }
        sendable(key, record, self.bytes_max)
    }
}

fn sendable(
    key: &SourceKey,
    record: &Attachment,
    bytes_max: u64,
) -> Result<FileHole, (LossName, String)> {
    match (&record.path, record.size_bytes, &record.sha256) {
        (Some(path), Some(size_bytes), Some(sha256)) if size_bytes <= bytes_max => Ok(FileHole {
            key: key.clone(),
            name: record.name.clone(),
            content_type: record.content_type.clone(),
            path: path.clone(),
            sha256: sha256.clone(),
            size_bytes,
        }),
        (Some(path), Some(size), _) if size > bytes_max => {
            Err((LossName::OverSizeByHand, format!("{path} has {size} bytes")))
        }
        _ => {
            let place = record.url.as_ref().or(record.path.as_ref()).unwrap_or(&record.name);
            Err((LossName::FileMissing, format!("{place} is not in the export")))
        }
    }
}

/// Files in the groups in which they are sent.
pub(super) fn groups(files: Vec<Sent>, account: &mut Account) -> Vec<Vec<Sent>> {
    let mut groups: Vec<Vec<Sent>> = Vec::new();
    for file in files {
        match groups.last_mut() {
            Some(group) if group.len() < FILES_PER_REPLY_MAX => group.push(file),
            _ => groups.push(vec![file]),
        }
    }
    account.lose_many(LossName::OverTenFilesSplit, groups.len().saturating_sub(1) as u64);
    groups
}
