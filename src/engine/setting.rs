//! What a stage may be told, with named defaults.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::destination::intercom::LOOKS;

/// Records written side by side: enough to fill 1,667 requests per 10 s at 300 ms an answer.
pub const CONCURRENCY_DEFAULT: usize = 64;

/// Records per page of a stage: bounds memory, amortises queries.
pub const PAGE_RECORDS: usize = 500;

/// Source items per batch between the reading thread and the ledger.
pub const READ_BATCH_ITEMS: usize = 1_000;

/// Batches that may wait between the reading thread and the ledger.
pub const READ_QUEUE_BATCHES: usize = 2;

/// Batches that are prepared and looked up side by side, before they are compared.
pub const READ_BATCHES_AHEAD: usize = 2;

/// Batches that are being appended while the next one is compared: one is written, one is put in
/// sequence, and a few wait or are encoded, so that a transaction has several. More of them only
/// take memory.
pub const READ_APPENDS_MAX: usize = 5;

/// Length of Intercom's request windows in milliseconds (FACTS §2).
pub const WINDOW_MS: u64 = 10_000;

/// Attempts at one step that Intercom refuses for now, before a person must look.
pub const ATTEMPTS_MAX: u32 = 12;

/// Refusals for want of room in the window before a request is given up: each takes at least what
/// is left of a window.
pub const LIMITED_MAX: u32 = 100;

/// Settings of the stages that write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WriteSettings {
    /// Records written side by side.
    pub concurrency: usize,
    /// Largest file sent, in bytes; larger ones are for a person (FACTS §5.4: 20 MB is safe).
    pub attachment_size_bytes_max: u64,
    /// Requests per window never exceeded, whatever the server grants; 0: as granted.
    pub rate_ceiling_per_window: u32,
    /// Share of the granted window left to the customer's own traffic, in percent.
    pub rate_reserve_percent: u32,
    /// Length of the server's request windows, in milliseconds; only a simulator has others than
    /// Intercom.
    pub rate_window_ms: u64,
    /// When to look for a write whose answer was lost, in milliseconds after it was sent, before
    /// it is believed not to have been carried out. Intercom's search is minutes behind; only a
    /// simulator can do with less.
    pub look_up_after_ms: Vec<u64>,
    /// A message edited at the source after it was moved is left as it is, instead of a note with
    /// the new text.
    pub ignore_edits: bool,
    /// What people changed in Intercom since our last write is overwritten by the source, instead
    /// of waiting for a person.
    pub source_wins: bool,
    /// A rollback deletes contacts for good instead of archiving them; their identity then stays
    /// locked for days (FACTS §5.2).
    pub rollback_deletes_contacts: bool,
    /// A rollback empties messages that were appended to threads which stay; otherwise they stay as
    /// they are, and are listed. Intercom can take no message out of a thread.
    pub rollback_redacts_messages: bool,
    /// Operations that may notify somebody and are allowed to, by name.
    pub waivers: Vec<String>,
}

impl WriteSettings {
    /// When to look for a write whose answer was lost, counted from its sending.
    pub fn looks(&self) -> Vec<Duration> {
        self.look_up_after_ms.iter().map(|ms| Duration::from_millis(*ms)).collect()
    }
}

impl Default for WriteSettings {
    fn default() -> Self {
        Self {
            concurrency: CONCURRENCY_DEFAULT,
            attachment_size_bytes_max: 20 * 1024 * 1024,
            rate_ceiling_per_window: 0,
            rate_reserve_percent: 0,
            rate_window_ms: WINDOW_MS,
            look_up_after_ms: LOOKS.iter().map(|look| look.as_millis() as u64).collect(),
            ignore_edits: false,
            source_wins: false,
            rollback_deletes_contacts: false,
            rollback_redacts_messages: false,
            waivers: Vec::new(),
        }
    }
}
