//! HASHING.md section 7: checkpoints and their signatures.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::event::Hash;

/// A public key and the name and id it has in signature lines.
pub struct Key {
    name: String,
    id: Vec<u8>,
    key: VerifyingKey,
}

/// Size and root that a checkpoint states, and how many of the given keys have signed it.
pub struct Checkpoint {
    /// Events covered.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
    /// Keys that have signed.
    pub signed: usize,
}

impl Key {
    /// Reads `name+id+base64`.
    pub fn read(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.trim().splitn(3, '+').collect();
        let [name, id, key] = parts[..] else { return Err("key: not name+id+base64".into()) };
        let typed = STANDARD.decode(key).map_err(|_| "key: not base64")?;
        let Some((1, key)) = typed.split_first() else { return Err("key: not Ed25519".into()) };
        let key = key.try_into().map_err(|_| "key: not 32 bytes")?;
        let key = VerifyingKey::from_bytes(&key).map_err(|_| "key: not a public key")?;
        let hash = Sha256::digest([name.as_bytes(), b"\n", &typed].concat());
        let expected: String = hash[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        if expected != id {
            return Err(format!("key: its id is {expected}, not {id}"));
        }
        Ok(Self { name: name.into(), id: hash[..4].to_vec(), key })
    }
}

/// Reads a note and checks the signatures of `keys`.
pub fn read(note: &str, keys: &[Key]) -> Result<Checkpoint, String> {
    let (text, signatures) = note.rsplit_once("\n\n").ok_or("checkpoint: no blank line")?;
    let text = format!("{text}\n");
    let mut signed = 0;
    for line in signatures.lines() {
        let parts: Vec<&str> = line.split(' ').collect();
        let ["\u{2014}", name, signature] = parts[..] else {
            return Err("checkpoint: not a signature line".into());
        };
        let bytes = STANDARD.decode(signature).map_err(|_| "checkpoint: signature not base64")?;
        let known = keys.iter().find(|key| key.name == name && bytes.starts_with(&key.id));
        if let Some(key) = known {
            let fits = Signature::from_slice(&bytes[4..])
                .and_then(|signature| key.key.verify_strict(text.as_bytes(), &signature));
            fits.map_err(|_| format!("checkpoint: the signature of {name} does not fit"))?;
            signed += 1;
        }
    }
    let mut lines = text.lines();
    let origin = lines.next().unwrap_or_default();
    if !origin.starts_with("deskledger-blake3/") {
        return Err("checkpoint: its tree is not ours".into());
    }
    let size = lines.next().and_then(|size| size.parse().ok()).ok_or("checkpoint: no size")?;
    let root = lines
        .next()
        .and_then(|root| STANDARD.decode(root).ok()?.try_into().ok())
        .ok_or("checkpoint: no root")?;
    Ok(Checkpoint { size, root, signed })
}
