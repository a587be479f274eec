//! `init`: makes the project folder.

use std::path::PathBuf;

use serde_json::json;

use super::error::{CliError, Exit};
use super::session::Session;
use crate::engine::WriteSettings;
use crate::project::{INTERCOM_URL_DEFAULT, Project, Settings};

/// Make the folder of a migration: deskledger.toml and decisions.toml.
#[derive(clap::Args)]
pub struct Args {
    /// Help desk: deskero or itco.
    #[arg(long, value_name = "NAME")]
    source: String,
    /// Folder or ZIP file of the export.
    #[arg(long, value_name = "PATH")]
    bundle: Option<PathBuf>,
    /// Address of Intercom; EU: `https://api.eu.intercom.io`, AU: `https://api.au.intercom.io`.
    #[arg(long, value_name = "URL", default_value = INTERCOM_URL_DEFAULT)]
    intercom_url: String,
    /// Ledger: sqlite:FILE (relative to the project) or postgres://…
    #[arg(long, value_name = "URL", default_value = "sqlite:ledger.db")]
    ledger: String,
}

/// Runs the command.
///
/// # Errors
/// If the folder is a project already, or cannot be written.
pub fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let bundle = match &args.bundle {
        Some(path) => Some(std::path::absolute(path)?),
        None => None,
    };
    let settings = Settings {
        source: args.source.clone(),
        bundle,
        intercom_url: args.intercom_url.clone(),
        ledger: args.ledger.clone(),
        write: WriteSettings::default(),
    };
    let project = Project::init(&session.folder, settings)?;
    let folder = project.folder.display().to_string();
    session.output.result(&json!({ "project": folder, "source": args.source }), || {
        format!("Made {folder}. Next: `deskledger inspect`, then `deskledger read`.")
    });
    Ok(Exit::Done)
}
