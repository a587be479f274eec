//! `audit export` and `audit verify-bundle`: the log for other people's checkers.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;

use super::note::{follow, keys_of, note_in, private_file};
use crate::audit::{self, BundleReport};
use crate::cli::error::{CliError, Exit};
use crate::cli::output::{grouped, table};
use crate::cli::session::Session;
use crate::model::note::{SignedNote, VerifierKey};
use crate::store::Store;

#[derive(clap::Args)]
pub struct ExportArgs {
    /// The file; it is made, for its owner alone.
    file: PathBuf,
    /// With the bytes beside the events: they are personal data.
    #[arg(long)]
    payloads: bool,
    /// A ZIP file with all that an outsider needs: events, checkpoints, proofs, certificates,
    /// schemas and how to check them.
    #[arg(long)]
    bundle: bool,
    /// Public key to be named in the bundle, or the file that holds it.
    #[arg(long, value_name = "KEY", requires = "bundle")]
    key: Vec<String>,
    /// A certificate of accuracy (`verify --certificate`) to be put into the bundle.
    #[arg(long, value_name = "FILE", requires = "bundle")]
    certificate: Vec<PathBuf>,
}

#[derive(clap::Args)]
pub struct VerifyArgs {
    /// The bundle, or an export.
    file: PathBuf,
    /// Public key that must have signed the checkpoints, or the file that holds it. Get it by
    /// another way than the bundle.
    #[arg(long, value_name = "KEY", required = true)]
    key: Vec<String>,
    /// A note by which one --key was replaced by another (`audit key rotate`).
    #[arg(long, value_name = "NOTE")]
    rotation: Vec<PathBuf>,
    /// A note that you kept: the ledger must continue it.
    #[arg(long, value_name = "NOTE")]
    checkpoint: Vec<PathBuf>,
}

/// Writes the log out.
///
/// # Errors
/// If the ledger cannot be read, or the file cannot be made.
pub(super) async fn export(session: &Session, args: &ExportArgs) -> Result<Exit, CliError> {
    let project = session.project()?;
    project.present()?;
    let store = audit::open(&project.ledger_url()).await?;
    let keys = keys_of(&args.key)?;
    let certificates: Vec<SignedNote> =
        args.certificate.iter().map(|path| note_in(path)).collect::<Result<_, _>>()?;
    let to = std::io::BufWriter::new(private_file(&args.file)?);
    let written = write(session, args, &store, (&keys, &certificates), to).await;
    if written.is_err() {
        // A part of a log must not be taken for one.
        std::fs::remove_file(&args.file)?;
    }
    written
}

async fn write(
    session: &Session,
    args: &ExportArgs,
    store: &Arc<dyn Store>,
    (keys, certificates): (&[VerifierKey], &[SignedNote]),
    mut to: std::io::BufWriter<std::fs::File>,
) -> Result<Exit, CliError> {
    let file = args.file.display();
    if args.bundle {
        let held = audit::export_bundle(store, args.payloads, keys, certificates, &mut to).await?;
        to.flush()?;
        let value = json!({ "events": held.events, "checkpoints": held.checkpoints,
            "certificates": held.certificates, "proofs": held.proofs });
        session.output.result(&value, || {
            let mut text = format!(
                "{} events, {} checkpoints, {} certificates and {} proofs written to {file}.",
                grouped(held.events),
                grouped(held.checkpoints),
                grouped(held.certificates),
                grouped(held.proofs)
            );
            if held.checkpoints == 0 {
                text.push_str(
                    "\nNothing is sealed: nobody can check who wrote it. Seal with `deskledger \
                     audit checkpoint` first.",
                );
            }
            text
        });
        return Ok(if held.checkpoints == 0 { Exit::Waiting } else { Exit::Done });
    }
    let events = audit::export(store, args.payloads, &mut to).await?;
    session.output.result(&json!({ "events": events }), || {
        format!("{} events written to {file}.", grouped(events))
    });
    Ok(Exit::Done)
}

/// Checks a bundle without the ledger.
///
/// # Errors
/// If the file cannot be read.
pub(super) fn verify(session: &Session, args: &VerifyArgs) -> Result<Exit, CliError> {
    let mut keys = keys_of(&args.key)?;
    follow(&mut keys, &args.rotation)?;
    let kept = args.checkpoint.iter().map(|path| note_in(path)).collect::<Result<Vec<_>, _>>()?;
    let report = audit::verify_bundle(&args.file, &keys, &kept)?;
    let whole = report.problems.is_empty();
    let value = json!({ "whole": whole, "events": report.events, "root": report.root.to_string(),
        "payloads": report.payloads, "checkpoints": report.checkpoints,
        "signatures": report.signatures, "sealed": report.sealed, "proofs": report.proofs,
        "problems": report.problems });
    session.output.result(&value, || words(&report));
    Ok(if whole { Exit::Done } else { Exit::NotWhole })
}

fn words(report: &BundleReport) -> String {
    let mut text = format!(
        "{} events, {} payloads, {} checkpoints, {} signatures, {} proofs checked; root {}.\n\
         The signature of a given key covers {} events; {} follow it.",
        grouped(report.events),
        grouped(report.payloads),
        grouped(report.checkpoints),
        grouped(report.signatures),
        grouped(report.proofs),
        report.root,
        grouped(report.sealed),
        grouped(report.events.saturating_sub(report.sealed))
    );
    if report.problems.is_empty() {
        text.push_str("\nNothing is wrong.");
    } else {
        let rows = report.problems.iter().map(|one| vec![one.at.clone(), one.what.clone()]);
        text.push_str(&format!("\n{}", table(["where", "what"], rows)));
    }
    text
}
