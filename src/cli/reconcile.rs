//! `reconcile`: counts that close.

use std::collections::BTreeSet;

use serde::Serialize;

use super::error::{CliError, Exit};
use super::output::{grouped, table};
use super::session::{self, Session};
use crate::engine::Context;
use crate::engine::whole::{CutOff, Readings};
use crate::engine::withdrawal::{Action, Withdrawal};
use crate::model::{RunId, StreamId};
use crate::projection::Disposition;
use crate::report::reconciliation::{self, Reconciliation};

/// Waiting records shown on the terminal; `--json` has more.
const WAITING_SHOWN: usize = 20;

/// Count where every record ended: read = written + merged + kept + excluded + rejected + waiting +
/// by hand + rolled back. Kept is what stands in Intercom although the source has withdrawn it.
/// Lists what waits and what is declared lost.
#[derive(clap::Args)]
pub struct Args {}

/// Runs the command.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn run(session: &Session, _: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let context = session.looking(&project).await?;
    let readings = Readings::of(&context, &project.settings.source, &project.place()).await?;
    let withdrawn = session::withdrawn(&context, &project).await?;
    let streams = withdrawn.iter().map(|one| one.stream).collect();
    let (report, grew) = counted(&context, &streams).await?;
    let whole = Against::of(&readings);
    let told = Told { reading: &whole, report: &report, withdrawn: &withdrawn, grew };
    session.output.result(&told, || {
        let grew = if grew { GREW } else { "" };
        format!("{}{}{}{grew}", text(&report), withdrawn_text(&withdrawn), whole.text())
    });
    // Nothing is settled while it is open what becomes of it, or while it waits to be taken back.
    let open = withdrawn.iter().any(|one| match one.action {
        Action::Undecided | Action::Remove => true,
        Action::Keep | Action::Stays => false,
    });
    Ok(match exit(&report) {
        // Half of what did not close may have come while the other half was counted.
        Exit::NotWhole if grew && report.differing() == 0 => Exit::Waiting,
        Exit::Done if open || !whole.cut_off.is_empty() => Exit::Waiting,
        exit => exit,
    })
}

/// Said where another process kept writing.
const GREW: &str = "\n\nThe ledger grew while it was counted: another process writes. What does \
                    not close may be on its way; count again when it has ended.";

/// Times that the records are counted before a count of a growing ledger is taken as it is.
const COUNTS_MAX: usize = 3;

/// The counts, and whether the ledger grew meanwhile without their closing.
async fn counted(
    context: &Context,
    withdrawn: &BTreeSet<StreamId>,
) -> Result<(Reconciliation, bool), CliError> {
    let mut tries = 0;
    loop {
        tries += 1;
        let before = context.ledger.head().await?.size;
        let report = reconciliation::reconcile(&context.ledger, withdrawn).await?;
        let grew = !report.closes && context.ledger.head().await?.size != before;
        if !grew || tries == COUNTS_MAX {
            return Ok((report, grew));
        }
    }
}

/// The counts, and the reading that they are held against.
#[derive(Serialize)]
struct Told<'a> {
    reading: &'a Against,
    #[serde(flatten)]
    report: &'a Reconciliation,
    /// What stands in Intercom although the source has withdrawn it.
    withdrawn: &'a [Withdrawal],
    /// The ledger grew while it was counted, and the counts do not close.
    grew: bool,
}

/// What the counts are held against.
#[derive(Serialize)]
struct Against {
    /// The last reading that held everything and ended.
    last_whole: Option<RunId>,
    /// Records that it met.
    met: Option<u64>,
    /// Readings since that did not end: what they had not read yet is in no count.
    cut_off: Vec<CutOff>,
}

impl Against {
    fn of(readings: &Readings) -> Self {
        let last = readings.last_whole.as_ref();
        Self {
            last_whole: last.map(|run| run.run),
            met: last.and_then(|run| run.counts.get("met")).copied(),
            cut_off: readings.cut_off.clone(),
        }
    }

    fn text(&self) -> String {
        let mut text = match (self.last_whole, self.met) {
            (Some(run), Some(met)) => {
                format!("\n\nThe last whole reading, {run}, met {} records.", grouped(met))
            }
            _ => "\n\nNo whole reading has ended yet.".to_owned(),
        };
        for one in &self.cut_off {
            text.push_str(&format!(
                "\nThe reading {} of {} did not end: what it had not read yet is in no count. \
                 `{}` goes on with it.",
                one.run, one.place, one.command
            ));
        }
        text
    }
}

/// What stands in Intercom although the source has withdrawn it, for people.
fn withdrawn_text(withdrawn: &[Withdrawal]) -> String {
    if withdrawn.is_empty() {
        return String::new();
    }
    let rows = withdrawn.iter().take(WAITING_SHOWN).map(|one| {
        let becomes = match one.action {
            Action::Keep => "kept by decision",
            Action::Remove => "taken back by the next delta",
            Action::Stays => "stays: see deskledger rollback status",
            Action::Undecided => "waits for decision G14",
        };
        vec![one.key.to_string(), one.why.words(), becomes.to_owned()]
    });
    let head = ["withdrawn at the source, and in Intercom", "why", "what becomes of it"];
    let mut text = format!("\n\n{}", table(head, rows));
    if withdrawn.len() > WAITING_SHOWN {
        let more = grouped((withdrawn.len() - WAITING_SHOWN) as u64);
        text.push_str(&format!("\n… and {more} more; see --json."));
    }
    text
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
            "kept",
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
