//! `serve`: the pages on loopback.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::error::{CliError, Exit};
use super::interrupt::Doing;
use super::session::{self, Session};
use crate::audit;
use crate::engine::Context;
use crate::project::Project;
use crate::web::counted::Counted;
use crate::web::{Opened, Server};

/// How long the page of counts waits before it says that they are being made.
const PATIENCE: Duration = Duration::from_secs(2);

/// Look at the ledger in a browser: runs, counts, findings, losses, records with both sides of each
/// field, rollback and residue, proofs. On this machine only, reading only, beside a run if need
/// be; Ctrl-C ends it. Every user of this machine can open the pages while it runs.
#[derive(clap::Args)]
pub struct Args {
    /// Port of the loopback address; 0 takes a free one.
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// Leave out the bytes beside the events: they are personal data.
    #[arg(long)]
    no_payloads: bool,
}

/// Runs the command.
///
/// # Errors
/// If there is no ledger, it cannot be opened, or the port is taken.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    session.interrupt.set(Doing::Serving);
    let context = session.context_to_look(&project).await?;
    let opened = open(&project, context, !args.no_payloads, PATIENCE).await?;
    let server = Server::bind(args.port).await?;
    let url = server.url();
    session.output.result(&json!({ "url": url }), || format!("{url}\nCtrl-C ends it."));
    server.run(Arc::new(opened)).await;
    Ok(Exit::Done)
}

/// A project as the pages see it.
///
/// # Errors
/// If the ledger cannot be opened.
pub async fn open(
    project: &Project,
    context: Context,
    with_payloads: bool,
    patience: Duration,
) -> Result<Opened, CliError> {
    let store = audit::open(&project.ledger_url()).await?;
    let folder = std::path::absolute(&project.folder)?;
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(Opened {
        context,
        store,
        project: name.unwrap_or_else(|| project.settings.source.clone()),
        with_payloads,
        withdrawn: session::withdrawn_policy(project)?,
        counted: Counted::default(),
        patience,
    })
}
