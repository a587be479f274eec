//! `claim`: takes and releases the workspace's mark of this project.

use serde_json::json;

use super::error::{CliError, Exit};
use super::session::Session;
use crate::engine::{EngineError, claim};

/// Take or release the workspace's mark of this project: a tag `deskledger PROJECT · SIZE` that a
/// writing run sets by itself. Another project, or an older copy of this ledger, is refused by it.
#[derive(clap::Subcommand)]
pub enum Args {
    /// Take it over, whoever holds it. What others wrote is not known here, and a record that they
    /// moved would be moved again.
    Take {
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Remove it, so that another project may write the workspace. What this project moved stays.
    Release {
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

/// Runs the command.
///
/// # Errors
/// If nobody approves, the workspace is not the ledger's, the claim to be released is not its own,
/// or Intercom or the ledger refuses.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let intercom = session.intercom(&project)?;
    let context = session.context(&project).await?;
    match args {
        Args::Take { yes } => {
            let gate = claim::look(&context, &intercom).await?;
            let was = gate.standing();
            approve(session, "Take", gate.project().as_str(), &was, *yes)?;
            let run = context.begin("claim").await?;
            let name = gate.take(run).await?;
            context.finish(run, [("taken".to_owned(), 1)].into()).await?;
            session.output.result(&json!({ "taken": name, "was": was }), || {
                format!("The workspace is claimed: {name}.")
            });
        }
        Args::Release { yes } => {
            let gate = claim::enter(&context, &intercom).await?;
            let was = gate.standing();
            approve(session, "Release", gate.project().as_str(), &was, *yes)?;
            let run = context.begin("claim").await?;
            let any = gate.begin(run).release().await?;
            context.finish(run, [("released".to_owned(), u64::from(any))].into()).await?;
            session.output.result(&json!({ "released": was }), || match any {
                true => "The workspace is free.".to_owned(),
                false => "This project held no claim.".to_owned(),
            });
        }
    }
    Ok(Exit::Done)
}

/// Asks for approval, unless it was given.
fn approve(
    session: &Session,
    what: &str,
    project: &str,
    standing: &[String],
    yes: bool,
) -> Result<(), CliError> {
    let now = if standing.is_empty() { "none".to_owned() } else { standing.join(", ") };
    let question = format!("{what} the claim; now there is: {now}. Type {project} to go on:");
    if yes || session.ask(&question).as_deref() == Some(project) {
        return Ok(());
    }
    Err(EngineError::NotApproved(format!("{} the claim", what.to_lowercase())).into())
}
