//! `read`: appends what the export says.

use std::path::PathBuf;

use super::error::{CliError, Exit};
use super::output::{grouped, table};
use super::session::Session;
use crate::engine::Context;
use crate::engine::read::{self, Input, ReadReport};
use crate::model::RunId;
use crate::project::Project;
use crate::source::FindingGroup;

/// Findings shown on the terminal; `--json` has all groups.
const FINDINGS_SHOWN: usize = 25;

/// Append source records to the ledger; what it holds already costs nothing. Reading again is
/// always safe.
#[derive(clap::Args)]
pub struct Args {
    /// Another export than the project's.
    #[arg(long, value_name = "PATH")]
    pub bundle: Option<PathBuf>,
    /// The export holds only what changed: what is missing is unchanged.
    #[arg(long)]
    pub delta: bool,
}

/// Runs the command.
///
/// # Errors
/// If the export cannot be read, or the ledger refuses.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let context = session.context_to_make(&project).await?;
    let run = context.begin("read").await?;
    let report = perform(session, &project, &context, run, args).await?;
    report.finish(&context, run).await?;
    session.output.result(&report, || text(&report));
    Ok(if waits(&report.findings) { Exit::Waiting } else { Exit::Done })
}

/// Reads within a run that is already begun.
///
/// # Errors
/// If the export cannot be read, or the ledger refuses.
pub async fn perform(
    session: &Session,
    project: &Project,
    context: &Context,
    run: RunId,
    args: &Args,
) -> Result<ReadReport, CliError> {
    let (reader, path) = project.reader(&session.env, args.bundle.as_deref())?;
    let input = Input {
        reader,
        system: project.settings.source.clone(),
        place: path.display().to_string(),
        partial: args.delta,
    };
    Ok(read::read(context, run, input).await?)
}

/// True if a finding tells of a loss, or must be settled before a plan can be made.
pub fn waits(findings: &[FindingGroup]) -> bool {
    findings.iter().any(|group| group.asks || group.code.loses())
}

/// The report for people.
pub fn text(report: &ReadReport) -> String {
    let counts = table(
        ["records met", "new", "changed", "unchanged", "rejected", "vanished"],
        [vec![
            grouped(report.met),
            grouped(report.new),
            grouped(report.changed),
            grouped(report.unchanged),
            grouped(report.rejected),
            grouped(report.vanished),
        ]],
    );
    format!("{counts}\n{}", findings(&report.findings))
}

/// Findings for people, gravest first.
pub fn findings(groups: &[FindingGroup]) -> String {
    if groups.is_empty() {
        return "No findings.".to_owned();
    }
    let rows = groups.iter().take(FINDINGS_SHOWN).map(|group| {
        let example = group.examples.first();
        let place = example
            .and_then(|finding| finding.at.as_ref())
            .map_or_else(String::new, |at| format!("{}:{}", at.file, at.line));
        vec![
            if group.asks { group.id.clone() } else { String::new() },
            format!("{:?}", group.severity).to_lowercase(),
            group.code.word().to_owned(),
            group.column.clone().unwrap_or_default(),
            grouped(group.count),
            place,
            example.map(|finding| finding.reason.clone()).unwrap_or_default(),
            group.code.advice().to_owned(),
        ]
    });
    let mut text = table(
        ["id", "severity", "finding", "column", "count", "first at", "why", "what to do"],
        rows,
    );
    if groups.iter().any(|group| group.asks) {
        text.push_str(
            "\nThose with an id block the plan: mend them and read again, or accept them with \
             `deskledger findings accept ID`.",
        );
    }
    if groups.len() > FINDINGS_SHOWN {
        text.push_str(&format!("\n… and {} more; see --json.", groups.len() - FINDINGS_SHOWN));
    }
    text
}
