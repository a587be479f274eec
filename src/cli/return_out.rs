//! `return`: what people made in Intercom since, in the help desk's own layout.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use super::error::{CliError, Exit};
use super::output::{grouped, table};
use super::session::Session;
use crate::engine::returner::{Asked, Found};
use crate::engine::returning;
use crate::engine::{Context, EngineError, workspace};
use crate::model::event::Counts;
use crate::model::returned::Returned;
use crate::report::return_files::{LEFT_FILE, ReturnFiles, ReturnSummary};

/// Export what people made in Intercom since the migration began, in the help desk's own import
/// layout: new conversations, replies of customers and teammates in those that were moved, new
/// contacts. Their ids begin with `intercom-`, by which `read` and `delta` know them again: moving
/// forward once more doubles nothing. Changes nothing, in Intercom or in the ledger.
///
/// Exit code 3: something cannot go back; left_out.csv names each with the reason.
#[derive(clap::Args)]
pub struct Args {
    /// New folder for the files.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Leave alone what nobody touched since this day or time (RFC 3339); by default since the
    /// first run that wrote.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
}

const NO_LAYOUT: &str = "Move by hand what `verify --all --strict` names.";
const WHEN: &str = "Give a day (2026-01-31) or a time (2026-01-31T09:00:00Z).";
const NOTHING_MOVED: &str = "Nothing goes back before something was moved: `deskledger apply`.";

/// Runs the command.
///
/// # Errors
/// If the help desk has no such layout, nothing was moved yet, or Intercom cannot be read.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let source = project.source()?;
    let Some(layout) = source.return_layout() else {
        let what = format!("{} reads no files that conversations could go back in", source.title());
        return Err(CliError::waiting("no_return_layout", what, NO_LAYOUT));
    };
    let intercom = session.intercom(&project)?;
    let context = session.context_to_look(&project).await?;
    workspace::check(&context, &intercom).await?;
    let since = match &args.since {
        Some(since) => parse(since)?,
        None => began(&context).await?,
    };
    let asked = Asked {
        system: source.name(),
        contact: layout.contacts.object,
        thread: layout.threads.object,
        since,
    };
    let mut files = ReturnFiles::new(&args.out, layout)?;
    let mut take =
        |made: Returned| files.take(&made).map_err(|error| EngineError::Output(error.to_string()));
    let found = returning::gather(&context, &intercom, asked, &mut take).await?;
    let written = files.finish(source.name(), session.env.now())?;
    let closes = closes(&found, &written);
    let value = json!({
        "found": found.found, "older": found.older, "closes": closes,
        "written": written.written, "left_out": written.left_out, "files": written.files,
    });
    session.output.result(&value, || words(args, &found, &written, closes));
    Ok(match (closes, written.left_out.is_empty()) {
        (false, _) => Exit::NotWhole,
        (true, false) => Exit::Waiting,
        (true, true) => Exit::Done,
    })
}

/// Seconds since 1970.
fn parse(text: &str) -> Result<i64, CliError> {
    let time = DateTime::parse_from_rfc3339(text).map(|time| time.with_timezone(&Utc));
    let day = || {
        let day = text.parse::<NaiveDate>().ok()?;
        Some(day.and_hms_opt(0, 0, 0)?.and_utc())
    };
    let time = time.ok().or_else(day);
    let wrong = || CliError::usage("time", format!("{text:?} is no time"), WHEN);
    time.map(|time| time.timestamp()).ok_or_else(wrong)
}

/// When the first run began that wrote, in seconds since 1970.
async fn began(context: &Context) -> Result<i64, CliError> {
    let runs = context.runs().await?;
    let wrote = runs.iter().find(|run| run.kind == "apply");
    let began = wrote.map(|run| run.started_at_us.div_euclid(1_000_000));
    began.ok_or_else(|| CliError::waiting("nothing_moved", "nothing was moved yet", NOTHING_MOVED))
}

/// Whether everything found is written or listed.
fn closes(found: &Found, written: &ReturnSummary) -> bool {
    let mut ended = written.written.clone();
    for (what, count) in &written.left_out {
        *ended.entry(what.clone()).or_default() += count;
    }
    ended == found.found
}

fn words(args: &Args, found: &Found, written: &ReturnSummary, closes: bool) -> String {
    let of = |counts: &Counts, what: &str| grouped(counts.get(what).copied().unwrap_or(0));
    let rows = found.found.keys().map(|what| {
        let (written, left) = (of(&written.written, what), of(&written.left_out, what));
        vec![what.clone(), of(&found.found, what), written, left]
    });
    let mut text = match found.found.is_empty() {
        true => "Nobody made anything in Intercom since.".to_owned(),
        false => table(["what", "found", "written", "left out"], rows),
    };
    text.push_str(&format!(
        "\n\nWritten to {}. {} contacts and threads that others made earlier were left alone.",
        args.out.display(),
        grouped(found.older)
    ));
    if !written.left_out.is_empty() {
        text.push_str(&format!("\n{LEFT_FILE} names what does not go back, with the reason."));
    }
    if !closes {
        text.push_str("\nThe counts do not close: do not rely on these files.");
    }
    text
}
