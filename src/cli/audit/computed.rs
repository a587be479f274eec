//! What is computed from the events, held against a rebuild: a rollback and the next plan rely on
//! it.

use crate::audit::{Finding, Place};
use crate::cli::error::CliError;
use crate::cli::session::{self, Session};
use crate::ledger::{Difference, Ledger, LedgerError};
use crate::model::StreamId;
use crate::project::Project;
use crate::projection::row::stream_at;
use crate::projection::{IdMap, StepStates};
use crate::store::ErrorClass;

/// Errors that say nothing of the ledger itself.
const PASSING: [&str; 4] = ["ledger_busy", "ledger_full", "ledger_io", "ledger_locked"];

/// What the comparison came to.
pub(super) enum Computed {
    /// Nobody asked for it.
    LeftOut,
    /// All rows are what the events amount to.
    Agrees,
    /// These are not.
    Differs(Vec<Finding>),
    /// It could not be made, and why.
    Unknown(String),
}

impl Computed {
    /// For scripts.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::LeftOut => "left_out",
            Self::Agrees => "agrees",
            Self::Differs(_) => "differs",
            Self::Unknown(_) => "unknown",
        }
    }

    /// For people.
    pub(super) fn words(&self) -> String {
        match self {
            Self::LeftOut => "What is computed from the events was left out.".to_owned(),
            Self::Agrees => "What is computed from the events equals its rebuild.".to_owned(),
            Self::Differs(findings) => {
                let count = findings.len();
                format!("What is computed from the events differs from its rebuild: {count} rows.")
            }
            Self::Unknown(why) => format!(
                "What is computed from the events was not compared: {why}. Run `deskledger replay` \
                 when no other process writes."
            ),
        }
    }
}

/// Rebuilds everything from event 0 beside the ledger and compares row by row. Writes nothing.
///
/// # Errors
/// If the database does not answer.
pub(super) async fn compare(session: &Session, project: &Project) -> Result<Computed, CliError> {
    let context = match session.context_to_look(project).await {
        Ok(context) => context,
        Err(error) if session::is_not_ready(&error) => return Ok(Computed::Unknown(error.message)),
        Err(error) if PASSING.contains(&error.code.as_str()) => return Err(error),
        Err(error) => return Ok(Computed::Differs(vec![unreadable(error.message)])),
    };
    let ledger = &context.ledger;
    match ledger.rebuild_and_compare().await {
        Ok(differences) if differences.is_empty() => Ok(Computed::Agrees),
        Ok(differences) => {
            let mut findings = Vec::with_capacity(differences.len());
            for difference in &differences {
                findings.push(finding(ledger, difference).await);
            }
            Ok(Computed::Differs(findings))
        }
        Err(error @ LedgerError::Growing) => Ok(Computed::Unknown(error.to_string())),
        Err(error) if error.class() != ErrorClass::Permanent => Err(error.into()),
        Err(error) => Ok(Computed::Differs(vec![unreadable(error.to_string())])),
    }
}

fn unreadable(what: String) -> Finding {
    Finding::error("projection_unreadable", Place::Database, what)
}

async fn finding(ledger: &Ledger, difference: &Difference) -> Finding {
    let Difference { projection, key, stored, rebuilt } = difference;
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let of = match record(projection, key) {
        Some(stream) => match ledger.keys(&[stream]).await {
            Ok(keys) => keys.first().map(|key| format!(" of {key}")).unwrap_or_default(),
            Err(_) => format!(" of stream {}", stream.0),
        },
        None => String::new(),
    };
    let wrong = match (stored, rebuilt) {
        (None, _) => "is missing",
        (Some(_), None) => "is there, and no event makes it",
        (Some(_), Some(_)) => "is not what the events amount to",
    };
    let what = format!("row {hex}{of} {wrong}");
    Finding::error("projection_row", Place::Computed(projection), what)
}

/// The record that a row is about, where a rollback relies on the row.
fn record(projection: &str, key: &[u8]) -> Option<StreamId> {
    match (projection, key.first()?) {
        (IdMap::NAME, b'r') => IdMap::reverse_stream(key),
        (IdMap::NAME, b'f') | (StepStates::NAME, b's' | b'o') => stream_at(key, 1),
        _ => None,
    }
}
