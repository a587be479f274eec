//! Signed notes: text with Ed25519 signatures, as the C2SP `signed-note` specification and Go's
//! `golang.org/x/mod/sumdb/note` have them, so that existing readers can check ours.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

/// Type byte of plain Ed25519 signatures.
const ED25519: u8 = 1;

/// Before every signature: em dash, space.
const SIGNATURE_START: &str = "\u{2014} ";

/// More signature lines than this are refused. The specification asks for at least 16.
pub const SIGNATURES_MAX: usize = 100;

/// Before the encoded key in Go's form of a signer.
const SIGNER_START: &str = "PRIVATE+KEY+";

/// Why a text is not a note, a key or a signature of one. Never holds private key material.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum NoteError {
    /// Not text, blank line, signature lines.
    #[error("not a signed note: {0}")]
    Malformed(&'static str),
    /// A key name has spaces or `+`, or is empty.
    #[error("not a key name (no spaces, no +, not empty): {0:?}")]
    Name(String),
    /// Not `name+hash+key`.
    #[error("not a verifier key (name+id+key): {0}")]
    VerifierKey(&'static str),
    /// Not a private key in any of the accepted forms.
    #[error("not a signing key (PRIVATE+KEY+…, PKCS #8 PEM or 64 hexadecimal digits): {0}")]
    SigningKey(&'static str),
    /// The private key's passphrase is missing or another one.
    #[error("the passphrase of the signing key: {0}")]
    Passphrase(&'static str),
    /// A known key's signature does not fit the text.
    #[error("signature of {0} does not fit the text")]
    Signature(String),
    /// No known key has signed.
    #[error("no signature by a known key")]
    Unsigned,
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Name of the key.
    pub name: String,
    /// Key id, which depends on name, type and key.
    pub key_id: u32,
    /// The signature itself; 64 bytes for Ed25519.
    pub bytes: Vec<u8>,
}

/// A text and its signatures, known or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    /// What is signed; ends in a newline.
    pub text: String,
    /// One per line, in order.
    pub signatures: Vec<Signature>,
}

impl SignedNote {
    /// A note with one signature.
    ///
    /// # Errors
    /// If the text does not end in a newline or has control characters.
    pub fn sign(text: String, signer: &NoteSigner) -> Result<Self, NoteError> {
        check_text(&text)?;
        let signatures = vec![signer.signature(&text)];
        Ok(Self { text, signatures })
    }

    /// Adds a signature, for example a witness's, unless the same key has signed already.
    pub fn cosign(&mut self, signer: &NoteSigner) {
        let signature = signer.signature(&self.text);
        if !self.signatures.contains(&signature) {
            self.signatures.push(signature);
        }
    }

    /// Checks the signatures of `known` keys; those of other keys are ignored, as the
    /// specification demands. Gives the names of the keys that have signed.
    ///
    /// # Errors
    /// If none of the keys has signed, or one has and the signature does not fit.
    pub fn verify<'k>(&self, known: &'k [VerifierKey]) -> Result<Vec<&'k str>, NoteError> {
        let mut signed = Vec::new();
        for signature in &self.signatures {
            let known =
                known.iter().find(|key| key.name == signature.name && key.id == signature.key_id);
            let Some(key) = known else { continue };
            let fits = ed25519_dalek::Signature::from_slice(&signature.bytes)
                .and_then(|bytes| key.key.verify_strict(self.text.as_bytes(), &bytes));
            fits.map_err(|_| NoteError::Signature(key.name.clone()))?;
            signed.push(key.name.as_str());
        }
        if signed.is_empty() { Err(NoteError::Unsigned) } else { Ok(signed) }
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for signature in &self.signatures {
            let mut bytes = signature.key_id.to_be_bytes().to_vec();
            bytes.extend_from_slice(&signature.bytes);
            writeln!(f, "{SIGNATURE_START}{} {}", signature.name, STANDARD.encode(bytes))?;
        }
        Ok(())
    }
}

impl FromStr for SignedNote {
    type Err = NoteError;

    fn from_str(note: &str) -> Result<Self, NoteError> {
        let blank = note.rfind("\n\n").ok_or(NoteError::Malformed("no blank line"))?;
        let (text, rest) = note.split_at(blank + 1);
        check_text(text)?;
        let lines = rest
            .strip_prefix('\n')
            .and_then(|lines| lines.strip_suffix('\n'))
            .ok_or(NoteError::Malformed("no signature, or no newline after the last"))?;
        let signatures = lines.split('\n').map(signature_line).collect::<Result<Vec<_>, _>>()?;
        if signatures.len() > SIGNATURES_MAX {
            return Err(NoteError::Malformed("too many signatures"));
        }
        Ok(Self { text: text.to_owned(), signatures })
    }
}

fn check_text(text: &str) -> Result<(), NoteError> {
    if !text.ends_with('\n') {
        return Err(NoteError::Malformed("text does not end in a newline"));
    }
    if text.bytes().any(|byte| byte < b' ' && byte != b'\n') {
        return Err(NoteError::Malformed("control character"));
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), NoteError> {
    let good = !name.is_empty()
        && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+');
    if good { Ok(()) } else { Err(NoteError::Name(name.to_owned())) }
}

fn signature_line(line: &str) -> Result<Signature, NoteError> {
    let (name, encoded) = line
        .strip_prefix(SIGNATURE_START)
        .and_then(|line| line.split_once(' '))
        .ok_or(NoteError::Malformed("signature line"))?;
    check_name(name)?;
    let bytes = STANDARD.decode(encoded).map_err(|_| NoteError::Malformed("signature base64"))?;
    match bytes.split_first_chunk::<4>() {
        Some((id, bytes)) if !bytes.is_empty() => Ok(Signature {
            name: name.to_owned(),
            key_id: u32::from_be_bytes(*id),
            bytes: bytes.to_vec(),
        }),
        _ => Err(NoteError::Malformed("signature too short")),
    }
}

/// A public key with its name; written `name+id+base64`, as Go's note package has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: u32,
    key: VerifyingKey,
}

impl VerifierKey {
    fn new(name: &str, key: VerifyingKey) -> Result<Self, NoteError> {
        check_name(name)?;
        Ok(Self { name: name.to_owned(), id: key_id(name, &typed(key.as_bytes())), key })
    }

    /// Name of the key.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = STANDARD.encode(typed(self.key.as_bytes()));
        write!(f, "{}+{:08x}+{key}", self.name, self.id)
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let (name, id, bytes) = named_key(text).map_err(NoteError::VerifierKey)?;
        let key = VerifyingKey::from_bytes(&bytes)
            .map_err(|_| NoteError::VerifierKey("not a point of the curve"))?;
        let verifier = Self::new(name, key)?;
        if verifier.id == id {
            Ok(verifier)
        } else {
            Err(NoteError::VerifierKey("the id is not that of the key"))
        }
    }
}

/// A private key with its name. Never prints.
#[derive(Clone)]
pub struct NoteSigner {
    name: String,
    key: SigningKey,
}

impl NoteSigner {
    /// From a seed of 32 random bytes.
    ///
    /// # Errors
    /// If the name has spaces or `+`, or is empty.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        check_name(name)?;
        Ok(Self { name: name.to_owned(), key: SigningKey::from_bytes(seed) })
    }

    /// From Go's form (`PRIVATE+KEY+name+id+base64`, which brings its own name), or from 64
    /// hexadecimal digits. [`super::signing_key`] reads PEM too.
    ///
    /// # Errors
    /// If the text is none of these.
    pub fn from_text(name: &str, text: &str) -> Result<Self, NoteError> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix(SIGNER_START) {
            let (name, id, seed) = named_key(rest).map_err(NoteError::SigningKey)?;
            let signer = Self::from_seed(name, &seed)?;
            return if signer.verifier().id == id {
                Ok(signer)
            } else {
                Err(NoteError::SigningKey("the id is not that of the key"))
            };
        }
        Self::from_seed(name, &hex_seed(text)?)
    }

    /// The private key itself, for the one place that writes it down.
    pub(super) fn seed(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    /// Go's form of the private key.
    pub fn reveal(&self) -> String {
        let key = STANDARD.encode(typed(self.key.as_bytes()));
        format!("{SIGNER_START}{}+{:08x}+{key}", self.name, self.verifier().id)
    }

    /// The public key.
    pub fn verifier(&self) -> VerifierKey {
        let key = self.key.verifying_key();
        VerifierKey { name: self.name.clone(), id: key_id(&self.name, &typed(key.as_bytes())), key }
    }

    fn signature(&self, text: &str) -> Signature {
        Signature {
            name: self.name.clone(),
            key_id: self.verifier().id,
            bytes: self.key.sign(text.as_bytes()).to_bytes().to_vec(),
        }
    }
}

impl fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoteSigner({})", self.name)
    }
}

/// Type byte, then key.
fn typed(key: &[u8; 32]) -> [u8; 33] {
    let mut bytes = [ED25519; 33];
    bytes[1..].copy_from_slice(key);
    bytes
}

/// First four bytes of SHA-256 over name, newline, type and public key.
fn key_id(name: &str, typed_key: &[u8; 33]) -> u32 {
    let hash = Sha256::new().chain_update(name).chain_update("\n").chain_update(typed_key);
    let [a, b, c, d, ..] = <[u8; 32]>::from(hash.finalize());
    u32::from_be_bytes([a, b, c, d])
}

/// Takes `name+id+base64(type, key)` apart.
fn named_key(text: &str) -> Result<(&str, u32, [u8; 32]), &'static str> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err("not three parts");
    };
    let id = Some(id)
        .filter(|id| id.len() == 8)
        .and_then(|id| u32::from_str_radix(id, 16).ok())
        .ok_or("the id is not 8 hexadecimal digits")?;
    let bytes = STANDARD.decode(key).map_err(|_| "the key is not base64")?;
    match bytes.split_first() {
        Some((&ED25519, key)) => {
            Ok((name, id, key.try_into().map_err(|_| "the key has not 32 bytes")?))
        }
        _ => Err("the key's type is not Ed25519"),
    }
}

fn hex_seed(text: &str) -> Result<[u8; 32], NoteError> {
    blake3::Hash::from_hex(text)
        .map(|bytes| *bytes.as_bytes())
        .map_err(|_| NoteError::SigningKey("not 64 hexadecimal digits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Example of the package documentation of golang.org/x/mod/sumdb/note.
    const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n";
    const SIGNER: &str =
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const VERIFIER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const LINE: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUg\
        YN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    fn signer(name: &str, byte: u8) -> NoteSigner {
        NoteSigner::from_seed(name, &[byte; 32]).unwrap()
    }

    #[test]
    fn the_example_of_gos_note_package_is_signed_and_verified() {
        let signer = NoteSigner::from_text("ignored", SIGNER).unwrap();
        assert_eq!(signer.reveal(), SIGNER);
        assert_eq!(signer.verifier().to_string(), VERIFIER);
        let note = SignedNote::sign(TEXT.into(), &signer).unwrap();
        assert_eq!(note.to_string(), format!("{TEXT}\n{LINE}"));
        let read: SignedNote = note.to_string().parse().unwrap();
        assert_eq!(read, note);
        assert_eq!(read.verify(&[VERIFIER.parse().unwrap()]), Ok(vec!["PeterNeumann"]));
    }

    #[test]
    fn unknown_signatures_are_kept_and_ignored() {
        let (project, witness) = (signer("project", 1), signer("witness", 2));
        let mut note = SignedNote::sign(TEXT.into(), &project).unwrap();
        note.cosign(&witness);
        note.cosign(&witness);
        let note: SignedNote = note.to_string().parse().unwrap();
        assert_eq!(note.signatures.len(), 2);
        assert_eq!(note.verify(&[project.verifier()]), Ok(vec!["project"]));
        let both = [witness.verifier(), project.verifier()];
        assert_eq!(note.verify(&both), Ok(vec!["project", "witness"]));
        assert_eq!(note.verify(&[signer("other", 3).verifier()]), Err(NoteError::Unsigned));
    }

    #[test]
    fn a_changed_text_or_signature_is_refused() {
        let note = SignedNote::sign(TEXT.into(), &signer("project", 1)).unwrap();
        let refused = Err(NoteError::Signature("project".into()));
        let keys = [signer("project", 1).verifier()];
        let changed = SignedNote { text: TEXT.replace("know", "knew"), ..note.clone() };
        assert_eq!(changed.verify(&keys), refused);
        let mut changed = note;
        changed.signatures[0].bytes[5] ^= 1;
        assert_eq!(changed.verify(&keys), refused);
    }

    #[test]
    fn what_is_not_a_note_is_refused() {
        let notes = [
            "",
            "text\n",
            "text\n\n",
            "text\n\nno signature line\n",
            "text\n\n\u{2014} name AAAA\n",
            "text\n\n\u{2014} name AAAAAAA=",
            "te\txt\n\n\u{2014} name AAAAAAA=\n",
            "text\n\n\u{2014} a+b AAAAAAA=\n",
        ];
        for note in notes {
            assert!(note.parse::<SignedNote>().is_err(), "{note:?}");
        }
        let line = "\u{2014} name AAAAAAA=\n";
        assert!(format!("text\n\n{}", line.repeat(100)).parse::<SignedNote>().is_ok());
        assert!(format!("text\n\n{}", line.repeat(101)).parse::<SignedNote>().is_err());
    }

    #[test]
    fn wrong_keys_are_refused_without_showing_them() {
        let secret = "ab".repeat(31);
        let error = NoteSigner::from_text("project", &secret).unwrap_err();
        assert!(!error.to_string().contains("abab"));
        assert!(VERIFIER.replace("c74f20a3", "c74f20a4").parse::<VerifierKey>().is_err());
        assert!(NoteSigner::from_text("x", &SIGNER.replace("c74f", "c74e")).is_err());
        assert!(NoteSigner::from_seed("two words", &[0; 32]).is_err());
        assert!(!format!("{:?}", signer("project", 1)).contains("PRIVATE"));
    }
}
