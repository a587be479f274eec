//! `resolve`: a person's verdict on what no look-up could tell.

use super::error::{CliError, Exit};
use super::output::table;
use super::session::Session;
use crate::engine::settle::{self, OpenOutcome, Ruling};
use crate::model::{DestinationId, StepKey};
use crate::report::biography;

/// Settle a request of which nobody can tell whether Intercom carried it out. Without a verdict,
/// show what waits for one: what was sent and which objects may be it. After the last verdict on a
/// record, apply goes on with it.
#[derive(clap::Args)]
pub struct Args {
    /// Source key or Intercom id; all records by default.
    key: Option<String>,
    /// What you found in Intercom.
    #[arg(value_enum, requires = "key")]
    verdict: Option<Verdict>,
    /// The object that landed; for a reply or note, the part.
    #[arg(requires = "verdict")]
    id: Option<String>,
    /// The step, where several of a record wait.
    #[arg(long, value_name = "STEP", requires = "verdict")]
    step: Option<String>,
    /// Show what was sent: personal data.
    #[arg(long, conflicts_with = "verdict")]
    payloads: bool,
}

/// What a person found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Verdict {
    /// It was carried out.
    Landed,
    /// It was not, and will be sent again.
    Absent,
}

/// Runs the command.
///
/// # Errors
/// If nothing waits for the verdict, its id is missing or belongs to another record, or the ledger
/// refuses.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let context = match args.verdict {
        Some(_) => session.context(&project).await?,
        None => session.looking(&project).await?,
    };
    let stream = match &args.key {
        Some(word) => biography::find(&context.ledger, word).await?.first().copied(),
        None => None,
    };
    let (Some(stream), Some(verdict)) = (stream, args.verdict) else {
        let open = settle::open(&context, stream, args.payloads).await?;
        session.output.result(&open, || text(&open));
        return Ok(if open.is_empty() { Exit::Done } else { Exit::Waiting });
    };
    let named = args.id.as_deref().map(DestinationId::from);
    let ruling = match (verdict, named) {
        (Verdict::Landed, named) => Ruling::Landed(named),
        (Verdict::Absent, None) => Ruling::Absent,
        (Verdict::Absent, Some(_)) => {
            let why = "what is absent has no id";
            return Err(CliError::usage("absent_id", why, "Say `landed ID`, or `absent` alone."));
        }
    };
    let step = args.step.as_deref().map(StepKey::from);
    let run = context.begin("resolve").await?;
    let settled = settle::decide(&context, run, stream, step.as_ref(), ruling).await?;
    context.finish(run, [("resolved".to_owned(), 1)].into()).await?;
    session.output.result(&settled, || {
        let how = match (settled.landed, &settled.object) {
            (true, Some(object)) => format!("landed as {object}"),
            (true, None) => "landed".to_owned(),
            (false, _) => "is absent and will be sent again".to_owned(),
        };
        format!("Step {} of {} {how}.", settled.step, settled.key)
    });
    Ok(Exit::Done)
}

fn text(open: &[OpenOutcome]) -> String {
    if open.is_empty() {
        return "Nothing waits for a verdict.".to_owned();
    }
    let rows = open.iter().map(|one| {
        let sent = format!("{} ({})", one.sent_at, one.why);
        let on = one.target.as_ref().map(|id| format!(" on {id}")).unwrap_or_default();
        let what = format!("{}{on}", one.operation);
        let asked = one.question.clone().unwrap_or_default();
        vec![one.key.to_string(), one.step.to_string(), what, sent, asked]
    });
    let mut text = table(["record", "step", "request", "sent", "question"], rows);
    for one in open {
        if let Some(request) = &one.request {
            text.push_str(&format!("\n{} {}: {request}", one.key, one.step));
        }
    }
    text.push_str("\nLook in Intercom, then: deskledger resolve KEY landed ID, or KEY absent.");
    text
}
