//! `audit`: checks, seals and exports the ledger.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;

use super::error::{CliError, Exit};
use super::output::{grouped, table};
use super::session::Session;
use crate::audit::{self, CheckSettings};
use crate::ledger::{KEY_VARIABLE, signer};
use crate::model::Checkpoint;
use crate::model::Secret;
use crate::model::note::VerifierKey;
use crate::store::{self, Mode, Store};

/// Check, seal and export the ledger, so that others can prove it without trusting us.
#[derive(clap::Subcommand)]
pub enum Args {
    /// Check every event, the tree, payloads, lifecycles and checkpoints from the stored bytes
    /// alone. Needs neither secrets nor write access.
    Check {
        /// Public key that checkpoints must be signed with (printed by `audit checkpoint`).
        #[arg(long, value_name = "KEY")]
        key: Vec<String>,
        /// Also let the database check its own pages.
        #[arg(long)]
        deep: bool,
    },
    /// Seal the ledger as it is with a signed note, and print the note and the public key.
    Checkpoint,
    /// Write the log as JSON lines, for other people's checkers.
    Export {
        /// The file.
        file: PathBuf,
        /// With the bytes beside the events: they are personal data.
        #[arg(long)]
        payloads: bool,
    },
}

/// Runs the command.
///
/// # Errors
/// If the database does not answer, or a file cannot be written.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    match args {
        Args::Check { key, deep } => {
            let store = store::open(&project.ledger_url(), Mode::Read).await?;
            check(session, &store, key, *deep).await
        }
        Args::Checkpoint => {
            let context = session.context(&project).await?;
            let origin = Checkpoint::origin_of(&project.settings.source);
            let given = std::env::var(KEY_VARIABLE).ok().map(Secret::new);
            let signer = signer(&project.folder, &origin, given.as_ref(), &session.env)?;
            let run = context.begin("checkpoint").await?;
            context.finish(run, Default::default()).await?;
            let row = context.ledger.seal(run, &signer).await?;
            let key = signer.verifier().to_string();
            let value = json!({ "size": row.size, "note": row.note, "key": key });
            session.output.result(&value, || format!("{}\npublic key: {key}", row.note));
            Ok(Exit::Done)
        }
        Args::Export { file, payloads } => {
            let store = store::open(&project.ledger_url(), Mode::Read).await?;
            let mut to = std::io::BufWriter::new(std::fs::File::create(file)?);
            let events = audit::export(&store, *payloads, &mut to).await?;
            session.output.result(&json!({ "events": events }), || {
                format!("{} events written to {}.", grouped(events), file.display())
            });
            Ok(Exit::Done)
        }
    }
}

async fn check(
    session: &Session,
    store: &Arc<dyn Store>,
    keys: &[String],
    deep: bool,
) -> Result<Exit, CliError> {
    let keys: Vec<VerifierKey> = keys
        .iter()
        .map(|text| text.parse())
        .collect::<Result<_, _>>()
        .map_err(|error: crate::model::note::NoteError| {
            CliError::usage("verifier_key", error.to_string(), "Copy it from `audit checkpoint`.")
        })?;
    let report = audit::check(store, &CheckSettings { keys, deep }, |_| {}).await?;
    let value = json!({
        "whole": report.is_whole(), "events": report.events, "root": report.root.to_string(),
        "payloads": report.payloads, "checkpoints": report.checkpoints,
        "signatures": report.signatures, "findings": report.findings,
        "more_findings": report.more_findings,
    });
    session.output.result(&value, || {
        let mut text = format!(
            "{} events, {} payloads, {} checkpoints, {} signatures checked; root {}.",
            grouped(report.events),
            grouped(report.payloads),
            grouped(report.checkpoints),
            grouped(report.signatures),
            report.root
        );
        if report.findings.is_empty() {
            text.push_str("\nNothing is wrong.");
        } else {
            let rows = report.findings.iter().map(|finding| {
                vec![finding.place.to_string(), finding.code.to_owned(), finding.what.clone()]
            });
            text.push_str(&format!("\n{}", table(["where", "finding", "what"], rows)));
        }
        text
    });
    Ok(if report.is_whole() { Exit::Done } else { Exit::NotWhole })
}
