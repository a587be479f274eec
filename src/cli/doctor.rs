//! `doctor`: is the workspace ready?

use serde_json::json;

use super::error::{CliError, Exit};
use super::output::table;
use super::session::Session;
use crate::engine::canary::{self, Probes};
use crate::engine::preflight::{self, Finding, Wanted, Weight};

/// Look at the workspace before anything moves: token, scopes, region, limits, admins, teams,
/// attributes, languages, help centers. Changes nothing, unless the canary is let out.
#[derive(clap::Args)]
pub struct Args {
    /// Also try what descriptions leave open, with one contact of our own that is deleted again;
    /// what was learned goes into the ledger.
    #[arg(long)]
    canary: bool,
}

/// Runs the command.
///
/// # Errors
/// If the token is not accepted, Intercom cannot be reached, or the ledger refuses.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let intercom = session.intercom(&project)?;
    let context = session.context(&project).await?;
    let admin = project.decisions.answer("G3")?.and_then(|answer| answer.value);
    let wanted = Wanted {
        url: &project.settings.intercom_url,
        admin: admin.clone(),
        mapping: project.mapping.as_ref(),
    };
    let mut findings = preflight::preflight(&context, &intercom, &wanted).await?;
    findings.push(limit(intercom.budget().view().limit));
    let mut probes = Probes::new();
    if args.canary {
        let admin = admin.ok_or_else(|| {
            let why = "the canary speaks through the fallback admin";
            CliError::waiting("no_admin", why, "Set it: `deskledger decide set G3 admin:ID`.")
        })?;
        let run = context.begin("doctor").await?;
        probes = canary::probe(&context, run, &intercom, &admin).await?;
        context.finish(run, [("probes".to_owned(), probes.len() as u64)].into()).await?;
    }
    let value = json!({ "findings": findings, "probes": probes });
    session.output.result(&value, || text(&findings, &probes));
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
    Finding { check: "rate_limit".to_owned(), weight, found, advice: advice.to_owned() }
}

fn text(findings: &[Finding], probes: &Probes) -> String {
    let rows = findings.iter().map(|one| {
        let weight = match one.weight {
            Weight::Good => "ok",
            Weight::Note => "note",
            Weight::Problem => "PROBLEM",
        };
        vec![weight.to_owned(), one.check.clone(), one.found.clone(), one.advice.clone()]
    });
    let mut text = table(["", "check", "found", "what to do"], rows);
    if !probes.is_empty() {
        let rows = probes.iter().map(|(probe, word)| vec![probe.clone(), word.clone()]);
        text.push_str(&format!("\n\n{}", table(["probe", "found"], rows)));
    }
    text
}
