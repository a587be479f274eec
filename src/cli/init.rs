//! `init`: makes the project folder.

use std::path::PathBuf;

use serde_json::json;

use super::error::{CliError, Exit};
use super::session::Session;
use crate::engine::WriteSettings;
use crate::ledger::is_there;
use crate::project::{DatabaseSettings, INTERCOM_URL_DEFAULT, Project, Settings};

/// Make the folder of a migration: deskledger.toml and decisions.toml.
#[derive(clap::Args)]
pub struct Args {
    /// Help desk: deskero, clickdesk, hesk, infraon, itco.
    #[arg(long, value_name = "NAME")]
    source: String,
    /// Folder or ZIP file of the export.
    #[arg(long, value_name = "PATH")]
    bundle: Option<PathBuf>,
    /// Database of the help desk: mysql://user@host:port/database. The password comes from
    /// DESKLEDGER_SOURCE_PASSWORD.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Folder of the attached files, beside a database.
    #[arg(long, value_name = "PATH", requires = "database")]
    attachments: Option<PathBuf>,
    /// The help desk's own settings file, beside a database.
    #[arg(long, value_name = "PATH", requires = "database")]
    settings: Option<PathBuf>,
    /// Table prefix, where the database holds several installations.
    #[arg(long, value_name = "PREFIX", requires = "database")]
    prefix: Option<String>,
    /// Lock the tables while reading: a copy of one moment, during which the help desk waits.
    #[arg(long, requires = "database")]
    lock_tables: bool,
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
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let absolute = |path: &Option<PathBuf>| path.as_ref().map(std::path::absolute).transpose();
    let bundle = absolute(&args.bundle)?;
    let database = match &args.database {
        Some(url) => Some(DatabaseSettings {
            url: url.clone(),
            attachments: absolute(&args.attachments)?,
            settings: absolute(&args.settings)?,
            prefix: args.prefix.clone(),
            lock_tables: args.lock_tables,
            expected_counts: Default::default(),
        }),
        None => None,
    };
    let settings = Settings {
        export: Default::default(),
        source: args.source.clone(),
        bundle,
        intercom_url: args.intercom_url.clone(),
        ledger: args.ledger.clone(),
        database,
        write: WriteSettings::default(),
    };
    let project = Project::init(&session.folder, settings)?;
    // In a database the first reading makes it: it may not be there yet.
    if is_there(&project.ledger_url())? == Some(false) {
        session.context_to_make(&project).await?;
    }
    let folder = project.folder.display().to_string();
    session.output.result(&json!({ "project": folder, "source": args.source }), || {
        format!("Made {folder}. Next: `deskledger inspect`, then `deskledger read`.")
    });
    Ok(Exit::Done)
}
