//! The text form of a private key: PKCS #8 in PEM, as OpenSSL writes and reads it, encrypted if
//! there is a passphrase. A line before the PEM, where readers of PEM expect words for people,
//! keeps the key's name.

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, KeypairBytes};

use super::note::{NoteError, NoteSigner};
use super::secret::Secret;

/// Starts the line that keeps the name.
const NAME_START: &str = "key name: ";
/// Starts every PEM.
const PEM_START: &str = "-----BEGIN ";
/// Starts the PEM of an encrypted key.
const ENCRYPTED_START: &str = "-----BEGIN ENCRYPTED";

/// The key as the text of a file; encrypted if there is a passphrase.
///
/// # Errors
/// If it cannot be encoded or encrypted.
pub fn to_text(signer: &NoteSigner, passphrase: Option<&Secret>) -> Result<String, NoteError> {
    let key = KeypairBytes { secret_key: signer.seed(), public_key: None };
    let pem = match passphrase {
        Some(secret) => key.to_pkcs8_encrypted_pem(secret.reveal(), LineEnding::LF),
        None => key.to_pkcs8_pem(LineEnding::LF),
    };
    let pem = pem.map_err(|_| NoteError::SigningKey("it cannot be encoded"))?;
    Ok(format!("{NAME_START}{}\n{}", signer.verifier().name(), pem.as_str()))
}

/// A key from its text: PEM, encrypted or not, or one of the forms of [`NoteSigner::from_text`].
/// It has the name that the text gives, or else `name`.
///
/// # Errors
/// If the text is no key, or is encrypted and the passphrase is missing or another one.
pub fn from_text(
    name: &str,
    text: &str,
    passphrase: Option<&Secret>,
) -> Result<NoteSigner, NoteError> {
    let Some(start) = text.find(PEM_START) else { return NoteSigner::from_text(name, text) };
    let (before, pem) = text.split_at(start);
    let name = before.lines().find_map(|line| line.strip_prefix(NAME_START)).unwrap_or(name);
    let key = if pem.starts_with(ENCRYPTED_START) {
        let secret =
            passphrase.ok_or(NoteError::Passphrase("it is encrypted and none is given"))?;
        KeypairBytes::from_pkcs8_encrypted_pem(pem, secret.reveal())
            .map_err(|_| NoteError::Passphrase("the one given does not open it"))?
    } else {
        KeypairBytes::from_pkcs8_pem(pem)
            .map_err(|_| NoteError::SigningKey("the PEM holds no Ed25519 private key"))?
    };
    NoteSigner::from_seed(name, &key.secret_key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> NoteSigner {
        NoteSigner::from_seed("project", &[1; 32]).unwrap()
    }

    #[test]
    fn pem_of_openssl_is_read_and_written() {
        // Made with `openssl genpkey -algorithm ed25519` and a seed of 32 bytes of 0x01.
        let pem = "-----BEGIN PRIVATE KEY-----\n\
            MC4CAQAwBQYDK2VwBCIEIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\n\
            -----END PRIVATE KEY-----\n";
        let read = from_text("project", pem, None).unwrap();
        assert_eq!(read.verifier(), signer().verifier());
        assert_eq!(to_text(&read, None).unwrap(), format!("key name: project\n{pem}"));
        let hex = from_text("project", &"01".repeat(32), None).unwrap();
        assert_eq!(hex.verifier(), signer().verifier());
    }

    #[test]
    fn a_key_keeps_its_name() {
        let text = to_text(&signer(), None).unwrap();
        assert_eq!(from_text("other", &text, None).unwrap().verifier().name(), "project");
    }

    #[test]
    fn an_encrypted_key_opens_with_its_passphrase_alone() {
        let secret = Secret::new("correct horse");
        let text = to_text(&signer(), Some(&secret)).unwrap();
        assert!(text.contains("BEGIN ENCRYPTED PRIVATE KEY"));
        assert_eq!(from_text("x", &text, Some(&secret)).unwrap().verifier(), signer().verifier());
        for other in [None, Some(&Secret::new("wrong horse"))] {
            let refused = from_text("x", &text, other).unwrap_err();
            assert!(matches!(refused, NoteError::Passphrase(_)), "{refused:?}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_without_showing_it() {
        let broken = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
        let refused = from_text("x", broken, None).unwrap_err();
        assert!(matches!(refused, NoteError::SigningKey(_)));
        assert!(!refused.to_string().contains("c2VjcmV0"));
    }
}
