//! Files of private keys: made only when asked for, where the operator says, for its owner alone.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use super::error::LedgerError;
use crate::env::Env;
use crate::model::note::NoteSigner;
use crate::model::{Secret, signing_key};

/// A key file is a PEM of some hundred bytes.
const KEY_LEN_MAX: u64 = 4096;

/// Makes a private key named `name` in a new file, encrypted if there is a passphrase.
///
/// # Errors
/// If the name is none, there is such a file, or it cannot be written.
pub fn make_key(
    path: &Path,
    name: &str,
    passphrase: Option<&Secret>,
    env: &Env,
) -> Result<NoteSigner, LedgerError> {
    let signer = NoteSigner::from_seed(name, &env.random_bytes())?;
    let text = signing_key::to_text(&signer, passphrase)?;
    write_private(path, &text).map_err(|cause| LedgerError::key_file(path, cause))?;
    Ok(signer)
}

/// The private key in a file. It has the name that the file gives, or else `name`.
///
/// # Errors
/// If there is none, others may read it, or it is encrypted and the passphrase does not open it.
pub fn read_key(
    path: &Path,
    name: &str,
    passphrase: Option<&Secret>,
) -> Result<NoteSigner, LedgerError> {
    let failed = |cause| LedgerError::key_file(path, cause);
    let file = File::open(path).map_err(failed)?;
    check_private(&file, path)?;
    let mut text = String::new();
    file.take(KEY_LEN_MAX).read_to_string(&mut text).map_err(failed)?;
    Ok(signing_key::from_text(name, &text, passphrase)?)
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(unix)]
fn check_private(file: &File, path: &Path) -> Result<(), LedgerError> {
    use std::os::unix::fs::MetadataExt;
    let metadata = file.metadata().map_err(|cause| LedgerError::key_file(path, cause))?;
    if metadata.mode() & 0o077 == 0 {
        Ok(())
    } else {
        Err(LedgerError::KeyOpen { path: path.display().to_string() })
    }
}

#[cfg(not(unix))]
fn check_private(_: &File, _: &Path) -> Result<(), LedgerError> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::model::Timestamp;

    #[test]
    fn the_file_is_its_owners_alone_and_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let (path, env) = (folder.path().join("operator.pem"), Env::fixed(Timestamp(0), 7));
        let made = make_key(&path, "origin", None, &env).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(read_key(&path, "other", None).unwrap().verifier(), made.verifier());
        assert!(make_key(&path, "origin", None, &env).is_err());
        assert_eq!(read_key(&path, "other", None).unwrap().verifier(), made.verifier());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let open = read_key(&path, "origin", None).unwrap_err();
        assert!(matches!(open, LedgerError::KeyOpen { .. }), "{open:?}");
    }

    #[test]
    fn without_a_file_none_is_made() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read_key(&folder.path().join("key"), "origin", None).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
