//! `doctor`: is the workspace ready?

use serde_json::json;

use super::error::{CliError, Exit};
use super::output::table;
use super::session::Session;
use crate::engine::canary::{self, Learned, Report, Setup};
use crate::engine::claim;
use crate::engine::finding::{Finding, Weight};
use crate::engine::needs;
use crate::engine::preflight::{self, Wanted};
use crate::engine::workspace;
use crate::mapping::need::NeedKind;
use crate::mapping::policy::Policy;

/// Look at the workspace before anything moves: token, scopes, region, limits, admins, teams,
/// attributes, languages, help centers. Changes nothing, unless the canary is let out.
#[derive(clap::Args)]
pub struct Args {
    /// Also try what descriptions leave open, with one contact of our own that is deleted again;
    /// what was learned goes into the ledger.
    #[arg(long)]
    canary: bool,
    /// Address of the canary's contact, whose mailbox somebody looks into: nothing may come.
    #[arg(long, value_name = "ADDRESS", requires = "canary")]
    mailbox: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// If the token is not accepted, Intercom cannot be reached, or the ledger refuses.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let intercom = session.intercom(&project)?;
    let context = match args.canary {
        true => session.context(&project).await?,
        false => session.looking(&project).await?,
    };
    workspace::check(&context, &intercom).await?;
    let admin = project.decisions.answer("G3")?.and_then(|answer| answer.value);
    let needs = needs::of_plan(&context).await?;
    let mut report = Report::default();
    if args.canary {
        let admin = admin.clone().ok_or_else(|| {
            let why = "the canary speaks through the fallback admin";
            CliError::waiting("no_admin", why, "Set it: `deskledger decide set G3 admin:ID`.")
        })?;
        let types = needs.iter().filter(|need| need.kind == NeedKind::ObjectType);
        let object_types = types.cloned().collect();
        let setup = Setup { admin, mailbox: args.mailbox.clone(), object_types };
        // The canary writes too, so the workspace must not be another project's.
        claim::enter(&context, &intercom).await?;
        let run = context.begin("doctor").await?;
        let quota = || intercom.budget().view().limit;
        report = canary::probe(&context, run, &intercom, &setup, &quota).await?;
        let count = report.probes.len() as u64;
        context.finish(run, [("probes".to_owned(), count)].into()).await?;
    }
    let learned = Learned::latest(&context).await?.unwrap_or_default();
    let wanted = Wanted {
        url: &project.settings.intercom_url,
        admin,
        mapping: project.mapping.as_ref(),
        needs,
        learned: learned.clone(),
    };
    let mut findings = preflight::preflight(&context, &intercom, &wanted).await?;
    findings.push(limit(intercom.budget().view().limit));
    findings.extend(learned.findings(Policy::file_bytes_max(&project.decisions)?));
    let value = json!({
        "findings": findings, "probes": report.probes, "left": report.left,
        "to_look_at": report.to_look_at,
    });
    session.output.result(&value, || text(&findings, &report));
    let stands = findings.iter().any(|one| one.weight == Weight::Problem);
    Ok(if stands { Exit::Waiting } else { Exit::Done })
}

fn limit(granted: Option<u32>) -> Finding {
    let (weight, found, advice) = match granted {
        Some(limit) => (Weight::Good, format!("{limit} requests per window"), ""),
        None => {
            let advice = "Writing starts slowly and learns from refusals.";
            (Weight::Note, "no answer named a limit".to_owned(), advice)
        }
    };
    Finding::new("rate_limit", weight, found, advice)
}

fn text(findings: &[Finding], report: &Report) -> String {
    let rows = findings.iter().map(|one| {
        let weight = match one.weight {
            Weight::Good => "ok",
            Weight::Note => "note",
            Weight::Problem => "PROBLEM",
        };
        vec![weight.to_owned(), one.check.clone(), one.found.clone(), one.advice.clone()]
    });
    let mut text = table(["", "check", "found", "what to do"], rows);
    if report.probes.is_empty() {
        return text;
    }
    let rows = report.probes.iter().map(|(probe, word)| vec![probe.clone(), word.clone()]);
    text.push_str(&format!("\n\n{}", table(["probe", "found"], rows)));
    for (title, lines) in
        [("Left behind", &report.left), ("A person has to look", &report.to_look_at)]
    {
        if !lines.is_empty() {
            text.push_str(&format!("\n\n{title}:\n- {}", lines.join("\n- ")));
        }
    }
    text
}
