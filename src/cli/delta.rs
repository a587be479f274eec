//! `delta`: read, plan, apply, verify for what changed.

use std::path::PathBuf;

use serde_json::json;

use super::error::{CliError, Exit};
use super::output::grouped;
use super::session::{self, Session};
use super::{apply, plan, read, verify};
use crate::destination::contract::Destination;
use crate::engine::Context;
use crate::engine::verify::Scope;
use crate::engine::{claim, recover};
use crate::project::Project;

/// Read the export again, plan and write what changed, and verify it. Unchanged records cost no
/// write; doing it twice writes nothing the second time.
#[derive(Default, clap::Args)]
pub struct Args {
    /// Another export than the project's.
    #[arg(long, value_name = "PATH")]
    pub bundle: Option<PathBuf>,
    /// The export holds only what changed.
    #[arg(long)]
    pub partial: bool,
    /// Approve the plan without asking.
    #[arg(long)]
    pub yes: bool,
}

/// What each stage of a pass did.
pub struct Pass {
    /// What was read.
    pub read: crate::engine::read::ReadReport,
    /// What was planned.
    pub plan: crate::engine::plan::Plan,
    /// Records of this pass that a person must decide on before they can be planned.
    pub queued: u64,
    /// Records that wait for a person, from this pass or an earlier one.
    pub waiting: u64,
    /// What was written.
    pub apply: crate::engine::write::ApplyReport,
    /// What was compared.
    pub verify: crate::engine::verify::VerifyReport,
}

/// Runs the command.
///
/// # Errors
/// If a stage stops.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let intercom = session.intercom(&project)?;
    let context = session.context(&project).await?;
    let pass = perform(session, &project, &context, &intercom, args).await?;
    let value = json!({
        "read": pass.read, "plan": pass.plan, "queued": pass.queued,
        "waiting": pass.waiting, "apply": pass.apply,
        "verify": pass.verify,
    });
    session.output.result(&value, || {
        [
            read::text(&pass.read),
            plan::text(&pass.plan),
            apply::text(&pass.apply),
            verify::text(&pass.verify),
            queued_text(pass.waiting),
        ]
        .join("\n\n")
        .trim_end()
        .to_owned()
    });
    Ok(match verify::exit(&pass.verify) {
        Exit::Done if pass.waiting > 0 || !pass.apply.waiting.is_empty() => Exit::Waiting,
        exit => exit,
    })
}

/// What was read but cannot be planned before a person decides.
fn queued_text(waiting: u64) -> String {
    match waiting {
        0 => String::new(),
        waiting => {
            format!("{} records wait for a person: see deskledger reconcile.", grouped(waiting))
        }
    }
}

/// One pass: read, plan, apply, verify.
///
/// # Errors
/// If a stage stops.
pub async fn perform(
    session: &Session,
    project: &Project,
    context: &Context,
    intercom: &dyn Destination,
    args: &Args,
) -> Result<Pass, CliError> {
    let rules = session::rules(context, project).await?;
    let policy = session::write_policy(context, project, &rules).await?;
    session::check_fit(context, &rules).await?;
    let gate = claim::enter(context, intercom).await?;

    let run = context.begin("read").await?;
    let reading = read::Args { bundle: args.bundle.clone(), delta: args.partial };
    let read = read::perform(session, project, context, run, &reading).await?;
    read.finish(context, run).await?;

    let run = context.begin("plan").await?;
    // What an earlier run left open is settled first: the plan is about what stands.
    let files = session::files(session, context, project).await?;
    recover::recover(context, run, intercom, &files, &policy).await?;
    let planning = plan::Args { out: None };
    let planned = plan::perform(context, run, &rules, project, &planning).await;
    let (plan, counts) = match planned {
        Err(error) => return Err(plan::named(error, context, project).await?),
        Ok(planned) => planned,
    };
    let queued = counts.get("queued").copied().unwrap_or_default();
    context.finish(run, counts).await?;

    let sealed = crate::engine::plan::current(context).await?;
    crate::engine::plan::check_waivers(&sealed.sealed, &policy.waivers)?;
    let run = context.begin("apply").await?;
    apply::approve(session, context, run, &sealed, args.yes).await?;
    let applying = apply::Args::default();
    let claimed = gate.begin(run);
    let written = apply::perform(context, run, &claimed, &files, &policy, &applying).await;
    let apply = session::left(&claimed, written).await?;
    context.finish(run, apply.counts()).await?;

    let run = context.begin("verify").await?;
    let scope = Scope::Unverified;
    let verify =
        crate::engine::verify::verify(context, Some(run), intercom, &policy, scope).await?;
    context.finish(run, verify.counts()).await?;
    let waiting = context.waiting().await?;
    Ok(Pass { read, plan, queued, waiting, apply, verify })
}
