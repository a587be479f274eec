//! `findings`: what the readings noticed, and a person's word on it.

use serde_json::json;

use super::error::{CliError, Exit};
use super::output::{grouped, table};
use super::session::Session;
use crate::engine::question::{self, Question, Questions};
use crate::project::Project;
use crate::source::Severity;

/// What the last readings noticed. Findings by which something would be lost keep `plan` from
/// being made until the export is mended and read again, the project or the manifest says how it is
/// meant, or somebody accepts the loss.
#[derive(clap::Subcommand)]
pub enum Args {
    /// All findings with their ids, those that block first.
    List,
    /// One finding: where it stands, what was lost, and the ways to go on.
    Show {
        /// Its id, as `findings list` shows it.
        id: String,
    },
    /// Accept findings as they are: what they say is lost stays behind. Other findings, or the same
    /// with more rows, have another id and ask again.
    Accept {
        /// Their ids.
        #[arg(required = true)]
        ids: Vec<String>,
    },
}

/// Runs the command.
///
/// # Errors
/// If nothing was read, a finding is unknown or cannot be accepted, or the ledger refuses.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    match args {
        Args::List => list(session, &project).await,
        Args::Show { id } => show(session, &project, id).await,
        Args::Accept { ids } => accept(session, &project, ids).await,
    }
}

/// What was noticed in a project's readings.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn questions(
    context: &crate::engine::Context,
    project: &Project,
) -> Result<Questions, CliError> {
    let settings = &project.settings;
    Ok(Questions::of(context, &settings.source, &settings.export.accepted).await?)
}

async fn list(session: &Session, project: &Project) -> Result<Exit, CliError> {
    let context = session.looking(project).await?;
    let mut found = questions(&context, project).await?;
    found.all.sort_by_key(|one| (!one.is_open(), std::cmp::Reverse(one.finding.severity)));
    session.output.result(&found.all, || {
        if found.all.is_empty() {
            return "No findings.".to_owned();
        }
        let rows = found.all.iter().map(|one| {
            let finding = &one.finding;
            vec![
                finding.id.clone(),
                standing(one),
                finding.code.word().to_owned(),
                subject(one),
                grouped(finding.count),
                place(one),
                reason(one),
            ]
        });
        let head = ["id", "", "finding", "of", "count", "first at", "why"];
        format!(
            "{}\n`deskledger findings show ID` says more, `deskledger findings accept ID` accepts \
             it.",
            table(head, rows)
        )
    });
    Ok(if found.open().next().is_some() { Exit::Waiting } else { Exit::Done })
}

async fn show(session: &Session, project: &Project, id: &str) -> Result<Exit, CliError> {
    let context = session.looking(project).await?;
    let found = questions(&context, project).await?;
    let one = found.all.iter().find(|one| one.finding.id == id).ok_or_else(|| unknown(id))?;
    session.output.result(one, || {
        let finding = &one.finding;
        let mut text = format!(
            "{} {} ({}), {}\n{}\nin {}\n",
            finding.id,
            finding.code.word(),
            grouped(finding.count),
            standing(one),
            subject(one),
            one.place
        );
        let rows = finding.examples.iter().map(|example| {
            let at = example.at.as_ref();
            let at = at.map_or_else(String::new, |at| format!("{}:{}", at.file, at.line));
            vec![at, example.value.clone().unwrap_or_default(), example.reason.clone()]
        });
        text.push_str(&table(["at", "value", "why"], rows));
        let shown = finding.examples.len() as u64;
        if finding.count > shown {
            text.push_str(&format!("\n… and {} more.", grouped(finding.count - shown)));
        }
        text.push_str(&format!("\n{}", ways(one)));
        text
    });
    Ok(if one.is_open() { Exit::Waiting } else { Exit::Done })
}

async fn accept(session: &Session, project: &Project, ids: &[String]) -> Result<Exit, CliError> {
    let context = session.context(project).await?;
    let found = questions(&context, project).await?;
    for id in ids {
        let one = found.all.iter().find(|one| one.finding.id == *id).ok_or_else(|| unknown(id))?;
        if one.finding.code.needs_answer() {
            let advice = one.finding.code.advice();
            let message =
                format!("{} cannot be accepted as it is. {advice}", one.finding.code.word());
            return Err(CliError::waiting("finding_needs_answer", message, READ_AGAIN));
        }
    }
    let run = context.begin("findings").await?;
    question::accept(&context, run, ids).await?;
    context.finish(run, [("accepted".to_owned(), ids.len() as u64)].into()).await?;
    let left = questions(&context, project).await?.open().count();
    session.output.result(&json!({ "accepted": ids, "open": left }), || {
        let rest = match left {
            0 => "Nothing else of the readings blocks: `deskledger plan`.".to_owned(),
            left => format!("{left} still block: `deskledger findings list`."),
        };
        format!("Accepted: {}. {rest}", ids.join(", "))
    });
    Ok(Exit::Done)
}

const READ_AGAIN: &str = "Answer it, then `deskledger read` again.";

fn unknown(id: &str) -> CliError {
    CliError::usage(
        "finding_unknown",
        format!("no finding of the last readings has the id {id}"),
        "See `deskledger findings list`: findings that changed have another id.",
    )
}

/// How a finding stands, in words.
fn standing(one: &Question) -> String {
    match &one.accepted_by {
        Some(by) => format!("accepted by {by}"),
        None if one.finding.asks => "blocks".to_owned(),
        None => word(one.finding.severity).to_owned(),
    }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Reject => "reject",
        Severity::Blocking => "later",
    }
}

fn subject(one: &Question) -> String {
    let parts = [&one.finding.object, &one.finding.column];
    parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(".")
}

fn place(one: &Question) -> String {
    let first = one.finding.examples.first().and_then(|example| example.at.as_ref());
    first.map_or_else(String::new, |at| format!("{}:{}", at.file, at.line))
}

fn reason(one: &Question) -> String {
    one.finding.examples.first().map(|example| example.reason.clone()).unwrap_or_default()
}

/// What can be done about a finding.
fn ways(one: &Question) -> String {
    let advice = one.finding.code.advice();
    let id = &one.finding.id;
    match (one.is_open(), one.finding.code.needs_answer()) {
        (false, _) => advice.to_owned(),
        (true, true) => format!("{advice} {READ_AGAIN}"),
        (true, false) => {
            format!("{advice} Or accept it: `deskledger findings accept {id}`.")
        }
    }
}

/// Questions named in the words of an error; more would not be read.
const NAMED_MAX: usize = 25;

/// What blocks, one line each: where it stands, why, and the way to go on.
pub fn named(found: &Questions) -> String {
    let mut said = String::new();
    for one in found.open().take(NAMED_MAX) {
        let (id, code, count) = (&one.finding.id, one.finding.code.word(), one.finding.count);
        let (of, at) = (subject(one), place(one));
        let of = if of.is_empty() { of } else { format!(" [{of}]") };
        let at = if at.is_empty() { at } else { format!(" at {at}") };
        said.push_str(&format!("\n  {id} {code}{of} ({count}){at}: {} {}", reason(one), ways(one)));
    }
    let more = found.open().count().saturating_sub(NAMED_MAX);
    if more > 0 {
        said.push_str(&format!("\n  … and {more} more: `deskledger findings list`."));
    }
    said
}
