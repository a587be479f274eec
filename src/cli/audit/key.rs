//! `audit key`: made where the operator says, shown, and replaced.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::note::{PASSPHRASE_VARIABLE, passphrase, write_new};
use crate::cli::error::{CliError, Exit};
use crate::cli::session::Session;
use crate::ledger::{make_key, read_key};
use crate::model::rotation::rotation;
use crate::model::{Checkpoint, Secret};

#[derive(clap::Subcommand)]
pub enum Args {
    /// Make a signing key in a new file (PKCS #8, for its owner alone), encrypted with the
    /// passphrase in DESKLEDGER_KEY_PASSPHRASE if there is one. Prints the public key.
    ///
    /// Keep the file away from the ledger: whoever has both can write another history and seal it.
    New {
        /// The file.
        file: PathBuf,
        /// Name in signatures; by default that of the project in --project.
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
    /// Print the public key of a signing key.
    Show {
        /// The file.
        file: PathBuf,
    },
    /// Make a new key in the place of an old one, with a note that both have signed.
    Rotate {
        /// File of the old key.
        old: PathBuf,
        /// File of the new key; it is made.
        new: PathBuf,
        /// File for the note; it is made. Whoever holds the old public key needs it.
        #[arg(long, value_name = "NOTE")]
        out: PathBuf,
    },
}

/// Runs the command.
///
/// # Errors
/// If a file cannot be read or made.
pub(super) fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let secret = passphrase();
    match args {
        Args::New { file, name } => {
            let name = match name {
                Some(name) => name.clone(),
                None => Checkpoint::origin_of(&session.project()?.settings.source),
            };
            let signer = make_key(file, &name, secret.as_ref(), &session.env)?;
            warn(session, file, secret.as_ref());
            show(session, file, &signer.verifier().to_string());
        }
        Args::Show { file } => {
            let signer = read_key(file, "deskledger", secret.as_ref())?;
            show(session, file, &signer.verifier().to_string());
        }
        Args::Rotate { old, new, out } => {
            let old = read_key(old, "deskledger", secret.as_ref())?;
            let name = old.verifier().name().to_owned();
            let signer = make_key(new, &name, secret.as_ref(), &session.env)?;
            let note = rotation(&old, &signer).map_err(crate::ledger::LedgerError::from)?;
            write_new(out, &note.to_string())?;
            warn(session, new, secret.as_ref());
            show(session, new, &signer.verifier().to_string());
        }
    }
    Ok(Exit::Done)
}

fn show(session: &Session, file: &Path, key: &str) {
    let value = json!({ "file": file.display().to_string(), "key": key });
    session.output.result(&value, || key.to_owned());
}

/// What the operator should know about where the key lies.
fn warn(session: &Session, file: &Path, secret: Option<&Secret>) {
    if secret.is_none() {
        session.output.say(&format!(
            "The key is not encrypted: {PASSPHRASE_VARIABLE} is not set. Its file is its owner's \
             alone."
        ));
    }
    let (Ok(file), Ok(folder)) = (file.canonicalize(), session.folder.canonicalize()) else {
        return;
    };
    if file.starts_with(&folder) && session.project().is_ok() {
        session.output.say(
            "The key lies in the project's folder, beside the data: whoever copies the one has the \
             other. Move it elsewhere.",
        );
    }
}
