//! `reconcile`: counts that close.

use super::error::{CliError, Exit};
use super::output::{grouped, table};
use super::session::Session;
use crate::projection::Disposition;
use crate::report::reconciliation::{self, Reconciliation};

/// Waiting records shown on the terminal; `--json` has more.
const WAITING_SHOWN: usize = 20;

/// Count where every record ended: read = written + merged + excluded + rejected + waiting + by
/// hand. Lists what waits and what is declared lost.
#[derive(clap::Args)]
pub struct Args {}

/// Runs the command.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn run(session: &Session, _: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let context = session.context(&project).await?;
    let report = reconciliation::reconcile(&context.ledger).await?;
    session.output.result(&report, || text(&report));
    Ok(exit(&report))
}

/// What the counts mean for scripts.
pub fn exit(report: &Reconciliation) -> Exit {
    if !report.closes || report.differing() > 0 {
        Exit::NotWhole
    } else if report.waiting_count > 0 {
        Exit::Waiting
    } else {
        Exit::Done
    }
}

/// The report for people.
pub fn text(report: &Reconciliation) -> String {
    let mut text = table(
        [
            "kind",
            "read",
            "written",
            "merged",
            "excluded",
            "rejected",
            "waiting",
            "by hand",
            "rolled back",
            "closes",
        ],
        report.kinds.iter().map(|row| {
            let mut cells =
                vec![row.kind.map_or("unknown", |kind| kind.word()).to_owned(), grouped(row.read)];
            cells.extend(
                Disposition::ALL.map(|end| grouped(row.ended.get(&end).copied().unwrap_or(0))),
            );
            cells.push(if row.closes { "yes" } else { "NO" }.to_owned());
            cells
        }),
    );
    if !report.derived.is_empty() {
        let rows = report.derived.iter().map(|(phase, (drafted, written))| {
            vec![phase.clone(), grouped(*drafted), grouped(*written)]
        });
        let made = table(["made besides (attributes, tags …)", "drafted", "written"], rows);
        text.push_str(&format!("\n\n{made}"));
    }
    for (title, counts) in [("verified", &report.verified), ("declared loss", &report.losses)] {
        if !counts.is_empty() {
            let rows = counts.iter().map(|(name, count)| vec![name.clone(), grouped(*count)]);
            text.push_str(&format!("\n\n{}", table([title, "count"], rows)));
        }
    }
    if report.waiting_count > 0 {
        let rows = report
            .waiting
            .iter()
            .take(WAITING_SHOWN)
            .map(|one| vec![one.key.clone(), one.reason.clone(), one.release.clone()]);
        text.push_str(&format!("\n\n{}", table(["waiting", "reason", "what releases it"], rows)));
        let hidden = report.waiting_count.saturating_sub(WAITING_SHOWN as u64);
        if hidden > 0 {
            text.push_str(&format!("\n… and {} more; see --json.", grouped(hidden)));
        }
    }
    text
}
