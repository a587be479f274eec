//! `show`: the biography of a source key or Intercom id, and where one field comes from.

use serde_json::Value;

use super::error::{CliError, Exit};
use super::session::Session;
use crate::destination::contract::Destination;
use crate::destination::intercom::client::IntercomClient;
use crate::project::Project;
use crate::report::biography::{self, Biography};
use crate::report::blame::{self, Blame};

/// Show the life of a record: every event. By source key (system/object/id), Intercom id, a
/// person's e-mail address, or a ticket's number.
#[derive(clap::Args)]
pub struct Args {
    /// Source key, Intercom id, e-mail address or ticket number.
    key: String,
    /// The bytes beside the events too: they are personal data.
    #[arg(long)]
    payloads: bool,
    /// Show instead where this field comes from: what Intercom holds, the rule, the place in the
    /// export, the events and digests between. Without a token Intercom is not asked. The values
    /// are personal data.
    #[arg(long, value_name = "NAME", conflicts_with = "payloads")]
    field: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// If nothing has the key, or the ledger cannot be read.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let context = session.looking(&project).await?;
    let streams = biography::find(&context.ledger, &args.key).await?;
    if let Some(field) = &args.field {
        let intercom = intercom(session, &project);
        let asked = intercom.as_ref().map(|client| client as &dyn Destination);
        let (mut found, mut known) = (Vec::new(), Vec::new());
        for stream in streams {
            match blame::blame(&context.ledger, stream, field, asked).await? {
                Some(blame) => found.push(blame),
                None => known.extend(blame::fields(&context.ledger, stream).await?),
            }
        }
        if found.is_empty() {
            let what = format!(
                "no request for {} sent a field {field}; it sent: {}",
                args.key,
                known.join(", ")
            );
            return Err(CliError::usage("unknown_field", what, "Name one of the fields sent."));
        }
        session
            .output
            .result(&found, || found.iter().map(blame_text).collect::<Vec<_>>().join("\n\n"));
        return Ok(Exit::Done);
    }
    let mut lives = Vec::new();
    for stream in streams {
        lives.push(biography::biography(&context.ledger, stream, args.payloads).await?);
    }
    session.output.result(&lives, || lives.iter().map(text).collect::<Vec<_>>().join("\n\n"));
    Ok(Exit::Done)
}

/// Intercom, if there is a token for it.
fn intercom(session: &Session, project: &Project) -> Option<IntercomClient> {
    let token = Project::token().ok()?;
    session.intercom_with(project, token).ok()
}

fn text(life: &Biography) -> String {
    let mut text = life.key.clone();
    for chapter in &life.chapters {
        text.push_str(&format!(
            "\n{:>8}  {}  {:<22} {}",
            chapter.position, chapter.at, chapter.event, chapter.facts
        ));
        if let Some(at) = chapter.erased_at {
            text.push_str(&format!("\n          its bytes were erased by event {at}"));
        }
        if let Some(payload) = &chapter.payload {
            text.push_str(&format!("\n          {payload}"));
        }
    }
    if !life.parts.is_empty() {
        text.push_str(&format!("\nparts: {}", life.parts.join(", ")));
    }
    text
}

fn blame_text(blame: &Blame) -> String {
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let at = |at: Option<u64>| at.map_or_else(|| "none".to_owned(), |at| at.to_string());
    let mut lines = vec![
        format!("{} of {} {} ({})", blame.field, blame.kind.word(), blame.object, blame.key),
        match &blame.now {
            Some(now) => format!("In Intercom now: {}", shown(now)),
            None => "Intercom was not asked: INTERCOM_ACCESS_TOKEN is not set.".to_owned(),
        },
        match blame.same {
            Some(true) => "That is what was sent.".to_owned(),
            Some(false) => format!("It differs from what was sent: {}", shown(&blame.sent)),
            None => format!("Sent: {}", shown(&blame.sent)),
        },
        format!("Rule: {}", blame.rule),
        format!(
            "Map and decisions: {}; the map was confirmed by event {}",
            blame.mapping.as_deref().unwrap_or("none"),
            at(blame.mapping_confirmed_at)
        ),
    ];
    for spot in &blame.source {
        lines.push(format!(
            "Source: {}, {} line {} (event {}, raw cells {})",
            spot.key, spot.file, spot.line, spot.position, spot.raw_digest
        ));
        if let Some(raw) = &spot.raw {
            lines.push(format!("    {raw}"));
        }
    }
    lines.push(format!(
        "Drafted by event {}, sent by event {} (step {}, {}), answered by event {}, last compared \
         by event {}.",
        at(blame.drafted_at),
        blame.sent_at,
        blame.step,
        blame.operation,
        at(blame.answered_at),
        at(blame.verified_at)
    ));
    lines.push(format!(
        "Request {}, answer {}.",
        blame.request_digest,
        blame.answer_digest.as_deref().unwrap_or("none: the outcome was looked up")
    ));
    if !blame.erased.is_empty() {
        let list: Vec<String> = blame.erased.iter().map(u64::to_string).collect();
        lines.push(format!("The bytes of these events are erased: {}.", list.join(", ")));
    }
    lines.join("\n")
}
