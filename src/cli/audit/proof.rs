//! `audit prove` and `audit verify-proof`: single events and the course of the ledger, for people
//! who do not have it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::note::{keys_of, note_in, text_of, write_new};
use crate::audit::{self, AuditError, ConsistencyProof, InclusionProof};
use crate::cli::error::{CliError, Exit};
use crate::cli::session::Session;
use crate::model::note::SignedNote;
use crate::model::{Position, SourceKey};
use crate::store::Store;

#[derive(clap::Args)]
pub struct ProveArgs {
    /// Position of an event, or source key (system/object/id) of a record: all its events.
    #[arg(required_unless_present = "from")]
    what: Option<String>,
    /// Prove instead that the latest checkpoint continues this note.
    #[arg(long, value_name = "NOTE", conflicts_with = "what")]
    from: Option<PathBuf>,
    /// New folder for the proofs of a record, or new file for a single proof; a single one is
    /// printed by default.
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// With the bytes beside the events: they are personal data.
    #[arg(long)]
    payloads: bool,
}

#[derive(clap::Args)]
pub struct VerifyArgs {
    /// The proof.
    file: PathBuf,
    /// Public key that must have signed the checkpoint, or the file that holds it.
    #[arg(long, value_name = "KEY", required = true)]
    key: Vec<String>,
    /// The earlier note that a consistency proof starts from.
    #[arg(long, value_name = "NOTE")]
    from: Option<PathBuf>,
}

/// Proves.
///
/// # Errors
/// If nothing has the key, no checkpoint covers it, or the ledger does not continue the note.
pub(super) async fn prove(session: &Session, args: &ProveArgs) -> Result<Exit, CliError> {
    let project = session.project()?;
    let store = audit::open(&project.ledger_url()).await?;
    if let Some(from) = &args.from {
        let proof = audit::prove_consistency(&store, &note_in(from)?).await?;
        let sizes = (proof.old_size, proof.path.len());
        hand_over(
            session,
            args.out.as_deref(),
            &proof.to_string(),
            || json!({ "old_size": sizes.0, "hashes": sizes.1, "proof": proof.to_string() }),
        )?;
        return Ok(Exit::Done);
    }
    let positions = positions(&store, args.what.as_deref().unwrap_or_default()).await?;
    match (&positions[..], &args.out) {
        ([position], out) => {
            let proof = audit::prove(&store, *position, args.payloads).await?.to_string();
            hand_over(
                session,
                out.as_deref(),
                &proof,
                || json!({ "position": position, "proof": proof }),
            )?;
            Ok(Exit::Done)
        }
        (positions, Some(folder)) => prove_all(session, &store, positions, folder, args).await,
        (positions, None) => {
            let what = format!("it has {} events, each with a proof of its own", positions.len());
            Err(CliError::usage("several_proofs", what, "Name a folder for them with --out."))
        }
    }
}

async fn prove_all(
    session: &Session,
    store: &Arc<dyn Store>,
    positions: &[Position],
    folder: &Path,
    args: &ProveArgs,
) -> Result<Exit, CliError> {
    std::fs::create_dir_all(folder)?;
    let (mut proven, mut unsealed) = (Vec::new(), Vec::new());
    for position in positions {
        match audit::prove(store, *position, args.payloads).await {
            Ok(proof) => {
                write_new(&folder.join(format!("{position}.tlog-proof")), &proof.to_string())?;
                proven.push(*position);
            }
            Err(AuditError::Unsealed { .. }) => unsealed.push(*position),
            Err(error) => return Err(error.into()),
        }
    }
    session.output.result(&json!({ "proven": proven, "unsealed": unsealed }), || {
        let mut text = format!("{} proofs written to {}.", proven.len(), folder.display());
        if !unsealed.is_empty() {
            let list = unsealed.iter().map(Position::to_string).collect::<Vec<_>>().join(", ");
            text.push_str(&format!(
                "\nNo checkpoint covers the events at {list} yet: seal with `deskledger audit \
                 checkpoint` and prove again."
            ));
        }
        text
    });
    Ok(if unsealed.is_empty() { Exit::Done } else { Exit::Waiting })
}

/// Positions of what was asked for: at least one.
async fn positions(store: &Arc<dyn Store>, what: &str) -> Result<Vec<Position>, CliError> {
    if let Ok(position) = what.parse() {
        return Ok(vec![Position(position)]);
    }
    let unknown = || {
        let hint = "Give a position, or a source key written system/object/id (`deskledger show`).";
        CliError::usage("unknown_key", format!("no record is called {what}"), hint)
    };
    let key: SourceKey = what.parse().map_err(|_| unknown())?;
    let positions = audit::positions_of(store, &key).await?;
    if positions.is_empty() { Err(unknown()) } else { Ok(positions) }
}

fn hand_over(
    session: &Session,
    out: Option<&Path>,
    proof: &str,
    value: impl FnOnce() -> serde_json::Value,
) -> Result<(), CliError> {
    if let Some(out) = out {
        write_new(out, proof)?;
    }
    session.output.result(&value(), || match out {
        Some(out) => format!("Written to {}.", out.display()),
        None => proof.trim_end().to_owned(),
    });
    Ok(())
}

/// Checks a proof of either kind.
///
/// # Errors
/// If it does not hold.
pub(super) fn verify(session: &Session, args: &VerifyArgs) -> Result<Exit, CliError> {
    let (text, keys) = (text_of(&args.file)?, keys_of(&args.key)?);
    let from: Option<SignedNote> = args.from.as_ref().map(|path| note_in(path)).transpose()?;
    if text.starts_with("old ") {
        let hint = "Name the earlier note with --from.";
        let from = from.ok_or_else(|| {
            CliError::usage("no_note", "it is a consistency proof, and starts from a note", hint)
        })?;
        let proof: ConsistencyProof = text.parse()?;
        let sealed = proof.verify(&from, &keys)?;
        session.output.result(
            &json!({ "holds": true, "old_size": proof.old_size,
            "size": sealed.size, "root": sealed.root.to_string() }),
            || {
                format!(
                    "It holds: the ledger of {} events continues the one of {}.",
                    sealed.size, proof.old_size
                )
            },
        );
        return Ok(Exit::Done);
    }
    let proof: InclusionProof = text.parse()?;
    let proven = proof.verify(&keys)?;
    let size = proven.checkpoint.size;
    session.output.result(
        &json!({ "holds": true, "position": proven.position, "size": size,
            "root": proven.checkpoint.root.to_string(), "signed_by": proven.signed_by,
            "event": proof.event }),
        || {
            format!(
                "It holds: event {} ({}) is in the ledger of {size} events that {} signed.\n{}",
                proven.position,
                proof.event.name,
                proven.signed_by.join(" and "),
                proof.event.facts
            )
        },
    );
    Ok(Exit::Done)
}
