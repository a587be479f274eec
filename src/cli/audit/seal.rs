//! `audit checkpoint`, `audit cosign`, `audit add-signatures`: sealing, and witnesses of it.

use std::path::PathBuf;

use serde_json::json;

use super::note::{keys_of, note_in, signers, text_of, write_new};
use crate::audit::{ConsistencyProof, Seen, may_cosign};
use crate::cli::error::{CliError, Exit};
use crate::cli::session::Session;
use crate::model::Checkpoint;
use crate::model::note::SignedNote;

#[derive(clap::Args)]
pub struct CheckpointArgs {
    /// File of the signing key (`audit key new`). Twice: both sign.
    #[arg(long, value_name = "FILE")]
    key_file: Vec<PathBuf>,
    /// Also write the note into this new file.
    #[arg(long, value_name = "NOTE")]
    out: Option<PathBuf>,
}

#[derive(clap::Args)]
pub struct CosignArgs {
    /// The note to sign.
    note: PathBuf,
    /// Public key of the operator, or the file that holds it.
    #[arg(long, value_name = "KEY", required = true)]
    key: Vec<String>,
    /// File of the witness's own signing key.
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// The note that you signed last.
    #[arg(long, value_name = "NOTE", required_unless_present = "first")]
    seen: Option<PathBuf>,
    /// Proof that the note continues it (`audit prove --from`).
    #[arg(long, value_name = "FILE", requires = "seen")]
    proof: Option<PathBuf>,
    /// Nothing was signed before.
    #[arg(long, conflicts_with = "seen")]
    first: bool,
    /// Write the cosigned note into this new file instead of printing it.
    #[arg(long, value_name = "NOTE")]
    out: Option<PathBuf>,
}

#[derive(clap::Args)]
pub struct AddArgs {
    /// The cosigned note.
    note: PathBuf,
    /// Public key that must have signed it, or the file that holds it.
    #[arg(long, value_name = "KEY", required = true)]
    key: Vec<String>,
}

/// Seals the ledger.
///
/// # Errors
/// If there is no key, or the ledger cannot be written.
pub(super) async fn checkpoint(session: &Session, args: &CheckpointArgs) -> Result<Exit, CliError> {
    let project = session.project()?;
    let origin = Checkpoint::origin_of(&project.settings.source);
    let signers = signers(&args.key_file, &origin)?;
    let context = session.context(&project).await?;
    let run = context.begin("checkpoint").await?;
    context.finish(run, Default::default()).await?;
    let row = context.ledger.seal(run, &origin, &signers).await?;
    if let Some(out) = &args.out {
        write_new(out, &row.note)?;
    }
    let keys: Vec<String> = signers.iter().map(|key| key.verifier().to_string()).collect();
    let value = json!({ "size": row.size, "note": row.note, "key": keys[0], "keys": keys });
    session.output.result(&value, || format!("{}\npublic key: {}", row.note, keys.join("\n")));
    Ok(Exit::Done)
}

/// Signs somebody else's checkpoint.
///
/// # Errors
/// If it does not continue what was signed before.
pub(super) fn cosign(session: &Session, args: &CosignArgs) -> Result<Exit, CliError> {
    let (mut note, keys) = (note_in(&args.note)?, keys_of(&args.key)?);
    let before = args.seen.as_ref().map(|path| note_in(path)).transpose()?;
    let proof = args.proof.as_ref().map(|path| text_of(path)).transpose()?;
    let proof: Option<ConsistencyProof> = proof.map(|text| text.parse()).transpose()?;
    let seen = before.as_ref().map(|note| Seen { note, proof: proof.as_ref() });
    let sealed = may_cosign(&note, &keys, seen)?;
    let files: Vec<PathBuf> = args.key_file.iter().cloned().collect();
    let signers = signers(&files, "witness")?;
    signers.iter().for_each(|signer| note.cosign(signer));
    let text = note.to_string();
    if let Some(out) = &args.out {
        write_new(out, &text)?;
    }
    let value = json!({ "size": sealed.size, "root": sealed.root.to_string(), "note": text });
    session.output.result(&value, || match &args.out {
        Some(out) => format!("Signed: {} events, {}.", sealed.size, out.display()),
        None => text.trim_end().to_owned(),
    });
    Ok(Exit::Done)
}

/// Keeps a witness's signature beside the checkpoint that it is about.
///
/// # Errors
/// If the key has not signed, or there is no such checkpoint.
pub(super) async fn add(session: &Session, args: &AddArgs) -> Result<Exit, CliError> {
    let keys = keys_of(&args.key)?;
    let note = note_in(&args.note)?;
    let signed = note.verify(&keys).map_err(crate::audit::AuditError::from)?;
    // Only what was checked is taken in.
    let names: Vec<String> = signed.iter().map(|name| (*name).to_owned()).collect();
    let checked = SignedNote {
        signatures: note
            .signatures
            .iter()
            .filter(|line| names.contains(&line.name))
            .cloned()
            .collect(),
        text: note.text.clone(),
    };
    let context = session.context(&session.project()?).await?;
    let row = context.ledger.add_signatures(&checked).await?;
    session
        .output
        .result(&json!({ "size": row.size, "note": row.note, "signed_by": names }), || {
            format!("Kept beside the checkpoint of {} events: {}.", row.size, names.join(", "))
        });
    Ok(Exit::Done)
}
