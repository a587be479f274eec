//! `audit check`: is the ledger whole.

use std::path::PathBuf;

use serde_json::json;

use super::computed::{self, Computed};
use super::note::{follow, keys_of, note_in};
use crate::audit::{self, CheckSettings, Report};
use crate::cli::error::{CliError, Exit};
use crate::cli::output::{grouped, table};
use crate::cli::session::Session;
use crate::ledger::Head;

#[derive(clap::Args)]
pub struct Args {
    /// Public key that checkpoints must be signed with, or the file that holds it (printed by
    /// `audit key show`). Get it by another way than the ledger.
    #[arg(long, value_name = "KEY")]
    key: Vec<String>,
    /// Public key of a witness: a checkpoint must be cosigned by it.
    #[arg(long, value_name = "KEY")]
    witness: Vec<String>,
    /// A note that you kept: the ledger must continue it. Several are compared each.
    #[arg(long, value_name = "NOTE")]
    checkpoint: Vec<PathBuf>,
    /// A note by which one --key was replaced by another (`audit key rotate`).
    #[arg(long, value_name = "NOTE", requires = "key")]
    rotation: Vec<PathBuf>,
    /// Also let the database check its own pages.
    #[arg(long)]
    deep: bool,
    /// Leave out what is computed from the events (which object a record became, which steps are
    /// done): beside a process that writes it cannot be compared.
    #[arg(long)]
    events_only: bool,
}

/// Runs the command.
///
/// # Errors
/// If the database does not answer, or a note or key cannot be read.
pub(super) async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let mut settings = CheckSettings {
        keys: keys_of(&args.key)?,
        witnesses: keys_of(&args.witness)?,
        anchors: args.checkpoint.iter().map(|path| note_in(path)).collect::<Result<_, _>>()?,
        deep: args.deep,
    };
    follow(&mut settings.keys, &args.rotation)?;
    let project = session.project()?;
    let anchor = project.present()?;
    let store = audit::open(&project.ledger_url()).await?;
    let mut report = audit::check(&store, &settings, |_| {}).await?;
    store.close().await;
    let computed = match args.events_only {
        true => Computed::LeftOut,
        false => computed::compare(session, &project).await?,
    };
    if let Computed::Differs(findings) = &computed {
        report.findings.extend(findings.iter().cloned());
    }
    // Events that are whole may still be fewer than there were.
    let head = Head { size: report.events, root: report.root };
    let anchored = anchor.map_or(Ok(()), |anchor| anchor.check_head(&head));
    tell(session, &settings, &report, &computed, anchored.is_ok());
    anchored?;
    Ok(match computed {
        _ if !report.is_whole() => Exit::NotWhole,
        Computed::Unknown(_) => Exit::Waiting,
        _ => Exit::Done,
    })
}

fn tell(
    session: &Session,
    settings: &CheckSettings,
    report: &Report,
    computed: &Computed,
    anchored: bool,
) {
    let value = json!({
        "whole": report.is_whole() && anchored, "events": report.events,
        "root": report.root.to_string(),
        "payloads": report.payloads, "checkpoints": report.checkpoints,
        "signatures": report.signatures, "sealed": report.sealed, "witnessed": report.witnessed,
        "notes": settings.anchors.len(), "computed": computed.word(),
        "findings": report.findings, "more_findings": report.more_findings,
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
        for (given, covered, who) in [
            (&settings.keys, report.sealed, "The signature of a given key"),
            (&settings.witnesses, report.witnessed, "The signature of a witness"),
        ] {
            if !given.is_empty() {
                let (covered, left) = (grouped(covered), grouped(report.events - covered));
                text.push_str(&format!("\n{who} covers {covered} events; {left} follow it."));
            }
        }
        text.push_str(&format!("\n{}", computed.words()));
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
}
