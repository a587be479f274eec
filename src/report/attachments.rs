//! Files of help desks that are copied by hand: which are still to be moved, and which tickets have
//! most of them.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::cell::csv_of;
use super::error::ReportError;
use crate::ledger::Ledger;
use crate::model::lifecycle::RecordStage;
use crate::model::record::Attachment;
use crate::model::{Position, Record, RecordKind, StreamId};
use crate::projection::row::stream_at;
use crate::projection::{RecordState, RecordStates};

/// Records looked at per page.
const PAGE_RECORDS: usize = 2_000;

/// Tickets of so many files are always listed: below that, a person sees them at a glance.
const HEAVY_FILES_MIN: u64 = 5;

/// So many tickets are listed, even if they have fewer files.
const HEAVY_TICKETS: usize = 20;

/// Where a file stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Moved by the program.
    Moved,
    /// Moved by hand, as the template says.
    MovedByHand,
    /// Saved by hand; to be uploaded by hand.
    ToUpload,
    /// Neither saved nor uploaded.
    ToDownload,
    /// Its ticket has not been moved yet.
    Waiting,
}

impl Standing {
    fn of(stage: RecordStage, file: &Attachment) -> Self {
        let said = |name: &str| file.standard.get(name).is_some_and(|word| word == "true");
        match stage {
            RecordStage::Written | RecordStage::Merged => Self::Moved,
            _ if said("reuploaded") => Self::MovedByHand,
            RecordStage::HandedOff if said("downloaded") || file.size_bytes.is_some() => {
                Self::ToUpload
            }
            RecordStage::HandedOff => Self::ToDownload,
            _ => Self::Waiting,
        }
    }

    /// The word for it in the checklist.
    pub fn word(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::MovedByHand => "moved by hand",
            Self::ToUpload => "to upload",
            Self::ToDownload => "to download and upload",
            Self::Waiting => "waiting for its ticket",
        }
    }
}

/// A file on the checklist.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FileLine {
    /// Id of its ticket, or of the article or customer it belongs to.
    pub ticket: String,
    /// Id of its message, if it hangs on one.
    pub message: String,
    /// Name on the screen.
    pub file_name: String,
    /// Name in the folder of attachments.
    pub saved_as: String,
    /// Bytes, if the file is there.
    pub size_bytes: Option<u64>,
    /// Where it stands, in words.
    pub status: &'static str,
}

/// A ticket with many files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TicketLine {
    /// Its id.
    pub ticket: String,
    /// Files listed, or as many as the ticket says, whichever is more.
    pub files: u64,
    /// Bytes of those that are there.
    pub size_bytes: u64,
    /// Files that the program has not moved.
    pub by_hand: u64,
}

/// The checklist and the tickets with many files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Files {
    /// Files, by ticket.
    pub files: Vec<FileLine>,
    /// Tickets, those with most files first.
    pub heavy: Vec<TicketLine>,
}

#[derive(Deserialize)]
struct ReadPayload {
    record: Record,
}

/// All files, and the tickets with many of them.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn attachments(ledger: &Ledger) -> Result<Files, ReportError> {
    let mut found = Found::default();
    let mut from = Vec::new();
    loop {
        let rows = ledger.scan(RecordStates::NAME, &from, None, PAGE_RECORDS).await?;
        let Some((last, _)) = rows.last() else {
            return Ok(found.finish());
        };
        from = [last.as_slice(), &[0]].concat();
        let mut wanted: Vec<(StreamId, RecordState)> = Vec::new();
        for (key, value) in &rows {
            let state = RecordStates::decode(value)?;
            let kind =
                matches!(state.kind, Some(RecordKind::Attachment | RecordKind::Conversation));
            if let Some(stream) = stream_at(key, 0).filter(|_| kind && state.read_at.is_some()) {
                wanted.push((stream, state));
            }
        }
        let streams: Vec<StreamId> = wanted.iter().map(|(stream, _)| *stream).collect();
        let keys = ledger.keys(&streams).await?;
        let places: Vec<Position> = wanted.iter().filter_map(|(_, state)| state.read_at).collect();
        let payloads = ledger.payloads(&places).await?;
        for (((stream, state), key), payload) in wanted.iter().zip(keys).zip(payloads) {
            let payload = payload.and_then(|b| serde_json::from_slice::<ReadPayload>(&b).ok());
            match payload.map(|payload| payload.record) {
                Some(Record::Attachment(file)) => found.file(state, &file),
                Some(Record::Conversation(ticket)) => {
                    found.stages.insert(*stream, state.stage);
                    let said = ticket.standard.get("attachment_count");
                    let said = said.and_then(|count| count.parse().ok());
                    found.said(key.id(), said.unwrap_or(0));
                }
                _ => {}
            }
        }
    }
}

#[derive(Default)]
struct Found {
    /// Files with their stage and what they are part of.
    files: Vec<(RecordStage, Option<StreamId>, Attachment)>,
    /// Where tickets stand.
    stages: HashMap<StreamId, RecordStage>,
    tickets: BTreeMap<String, TicketLine>,
    said: BTreeMap<String, u64>,
}

impl Found {
    fn file(&mut self, state: &RecordState, file: &Attachment) {
        self.files.push((state.stage, state.parent, file.clone()));
    }

    /// A file that was not handed to people moves with its ticket.
    fn stage(&self, own: RecordStage, parent: Option<StreamId>) -> RecordStage {
        let of_ticket = parent.and_then(|parent| self.stages.get(&parent)).copied();
        if own == RecordStage::HandedOff { own } else { of_ticket.unwrap_or(own) }
    }

    fn line(&mut self, stage: RecordStage, file: &Attachment) -> FileLine {
        let standing = Standing::of(stage, file);
        let ticket = file.parent.id().to_owned();
        let line = self.tickets.entry(ticket.clone()).or_default();
        line.files += 1;
        line.size_bytes += file.size_bytes.unwrap_or(0);
        line.by_hand += u64::from(standing != Standing::Moved);
        FileLine {
            ticket,
            message: file.message.as_ref().map_or_else(String::new, |key| key.id().to_owned()),
            file_name: file.name.clone(),
            saved_as: file.standard.get("new_file_name").cloned().unwrap_or_default(),
            size_bytes: file.size_bytes,
            status: standing.word(),
        }
    }

    fn said(&mut self, ticket: &str, files: u64) {
        if files > 0 {
            self.said.insert(ticket.to_owned(), files);
        }
    }

    fn finish(mut self) -> Files {
        let mut files = Vec::with_capacity(self.files.len());
        for (own, parent, file) in std::mem::take(&mut self.files) {
            let stage = self.stage(own, parent);
            files.push(self.line(stage, &file));
        }
        for (ticket, said) in self.said {
            let line = self.tickets.entry(ticket).or_default();
            line.by_hand += said.saturating_sub(line.files);
            line.files = line.files.max(said);
        }
        let tickets = self.tickets.into_iter();
        let mut heavy: Vec<TicketLine> =
            tickets.map(|(ticket, line)| TicketLine { ticket, ..line }).collect();
        heavy.sort_by_key(|line| std::cmp::Reverse((line.files, line.size_bytes)));
        let many = heavy.iter().take_while(|line| line.files >= HEAVY_FILES_MIN).count();
        heavy.truncate(many.max(HEAVY_TICKETS));
        files.sort();
        Files { files, heavy }
    }
}

/// Lines as CSV with a header; nothing for no lines.
///
/// # Errors
/// If a line cannot be written as a row.
pub fn csv<T: Serialize>(lines: &[T]) -> Result<Vec<u8>, ReportError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |error: csv::Error| ReportError::Page(error.to_string());
    for line in lines {
        writer.serialize(line).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|error| ReportError::Page(error.to_string()))?;
    let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
    let rows: Result<Vec<csv::StringRecord>, csv::Error> = rows.records().collect();
    csv_of(&rows.map_err(failed)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SourceKey;

    fn file(ticket: &str, name: &str, size: Option<u64>, marks: &[(&str, &str)]) -> Attachment {
        Attachment {
            parent: SourceKey::new("itco", "ticket", ticket).unwrap(),
            message: None,
            name: name.to_owned(),
            path: None,
            url: None,
            content_type: "text/plain".to_owned(),
            size_bytes: size,
            sha256: None,
            inline_cid: None,
            standard: marks.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        }
    }

    #[test]
    fn a_file_stands_where_ledger_and_template_say() {
        for (stage, size, marks, word) in [
            (RecordStage::Written, Some(1), &[][..], "moved"),
            (RecordStage::HandedOff, Some(1), &[], "to upload"),
            (RecordStage::HandedOff, None, &[("downloaded", "true")], "to upload"),
            (RecordStage::HandedOff, None, &[("downloaded", "false")], "to download and upload"),
            (RecordStage::HandedOff, None, &[("reuploaded", "true")], "moved by hand"),
            (RecordStage::Read, Some(1), &[], "waiting for its ticket"),
        ] {
            let found = Standing::of(stage, &file("T-1", "a", size, marks));
            assert_eq!(found.word(), word, "{stage:?} {marks:?}");
        }
    }

    #[test]
    fn tickets_with_many_files_come_first() {
        let mut found = Found::default();
        let written = RecordState { stage: RecordStage::Written, ..RecordState::default() };
        for number in 0..30 {
            found.file(&written, &file(&format!("T-{number}"), "a", Some(1), &[]));
        }
        let handed = RecordState { stage: RecordStage::HandedOff, ..RecordState::default() };
        found.file(&handed, &file("T-7", "b", Some(90), &[]));
        found.file(&written, &file("T-8", "b", Some(10), &[]));
        found.said("T-3", 6);
        let files = found.finish();
        let first: Vec<_> = files.heavy.iter().take(3).map(|line| line.ticket.as_str()).collect();
        assert_eq!(first, ["T-3", "T-7", "T-8"]);
        assert_eq!((files.heavy[0].files, files.heavy[0].by_hand), (6, 5));
        assert_eq!(files.heavy[1].by_hand, 1);
        assert_eq!(files.heavy.len(), HEAVY_TICKETS);
        let text = String::from_utf8(csv(&files.files[..1]).unwrap()).unwrap();
        assert_eq!(text, "ticket,message,file_name,saved_as,size_bytes,status\nT-0,,a,,1,moved\n");
    }
}
