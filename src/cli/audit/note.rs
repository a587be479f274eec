//! Notes, public keys and private keys as people hand them over.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::cli::error::CliError;
use crate::ledger::read_key;
use crate::model::note::{NoteError, NoteSigner, SignedNote, VerifierKey};
use crate::model::{Secret, rotation, signing_key};

/// Environment variable that brings a signing key instead of a file: PKCS #8 in PEM, 64
/// hexadecimal digits, or `PRIVATE+KEY+…`.
pub(super) const KEY_VARIABLE: &str = "DESKLEDGER_CHECKPOINT_KEY";

/// Environment variable that brings the passphrase of a key file.
pub(super) const PASSPHRASE_VARIABLE: &str = "DESKLEDGER_KEY_PASSPHRASE";

/// A file that must be there, as text.
pub(super) fn text_of(path: &Path) -> Result<String, CliError> {
    std::fs::read_to_string(path).map_err(|error| {
        CliError::usage("file", format!("{}: {error}", path.display()), "Check the path.")
    })
}

/// Writes a file that only its owner can read.
pub(in crate::cli) fn write_new(path: &Path, text: &str) -> Result<(), CliError> {
    let failed = |error: std::io::Error| {
        CliError::usage("file", format!("{}: {error}", path.display()), "Choose another file.")
    };
    let mut file = private_file(path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

/// A new file that only its owner can read; one that is there is not overwritten.
pub(super) fn private_file(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A signed note in a file.
pub(super) fn note_in(path: &Path) -> Result<SignedNote, CliError> {
    text_of(path)?.parse().map_err(|error: NoteError| {
        let what = format!("{}: {error}", path.display());
        CliError::usage("note_unreadable", what, "Give the file as `audit checkpoint` wrote it.")
    })
}

/// Public keys from the command line, each a key or the file of one.
pub(super) fn keys_of(given: &[String]) -> Result<Vec<VerifierKey>, CliError> {
    given.iter().map(|text| key_of(text)).collect()
}

fn key_of(text: &str) -> Result<VerifierKey, CliError> {
    let from_file = || std::fs::read_to_string(text).ok()?.trim().parse().ok();
    text.parse().or_else(|error: NoteError| {
        from_file().ok_or_else(|| {
            let hint = "Copy it from `audit key show`, or name the file that holds it.";
            CliError::usage("verifier_key", error.to_string(), hint)
        })
    })
}

/// Adds the keys that took over from those given, in the order of the files.
pub(super) fn follow(keys: &mut Vec<VerifierKey>, rotations: &[PathBuf]) -> Result<(), CliError> {
    for path in rotations {
        let note = note_in(path)?;
        rotation::take_over(keys, &note).map_err(|error| {
            let what = format!("{}: {error}", path.display());
            CliError::not_whole("rotation", what, "Ask the operator how the key was changed.")
        })?;
    }
    Ok(())
}

/// The passphrase of key files, if the environment brings one.
pub(super) fn passphrase() -> Option<Secret> {
    std::env::var(PASSPHRASE_VARIABLE).ok().filter(|text| !text.is_empty()).map(Secret::new)
}

/// The private keys to sign with: those of the files, or else that of the environment. A key that
/// has no name of its own is called `name`.
pub(in crate::cli) fn signers(files: &[PathBuf], name: &str) -> Result<Vec<NoteSigner>, CliError> {
    if !files.is_empty() {
        let secret = passphrase();
        let read = |path: &PathBuf| Ok(read_key(path, name, secret.as_ref())?);
        return files.iter().map(read).collect();
    }
    let hint = "Make one with `deskledger audit key new FILE`, away from the data, and name it \
                with --key-file; or set DESKLEDGER_CHECKPOINT_KEY.";
    match std::env::var(KEY_VARIABLE) {
        Ok(text) if !text.is_empty() => {
            let signer = signing_key::from_text(name, &text, passphrase().as_ref());
            Ok(vec![
                signer.map_err(|error| CliError::usage("signing_key", error.to_string(), hint))?,
            ])
        }
        _ => Err(CliError::usage("no_signing_key", "no signing key is given", hint)),
    }
}
