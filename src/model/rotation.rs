//! A new key in the place of an old one: a note that both have signed, so that whoever holds the
//! old public key can learn the new one.

use super::note::{NoteError, NoteSigner, SignedNote, VerifierKey};

/// First line.
const FIRST_LINE: &str = "deskledger key rotation";

/// The note that says so: first line, old public key, new public key; signed by both.
///
/// # Errors
/// If a key's name cannot stand in a note.
pub fn rotation(old: &NoteSigner, new: &NoteSigner) -> Result<SignedNote, NoteError> {
    let text = format!("{FIRST_LINE}\n{}\n{}\n", old.verifier(), new.verifier());
    let mut note = SignedNote::sign(text, old)?;
    note.cosign(new);
    Ok(note)
}

/// Adds the new key of a rotation to `keys`, if one of them is its old key and both have signed.
///
/// # Errors
/// If the note is no rotation, its old key is unknown, or a signature does not fit.
pub fn take_over(keys: &mut Vec<VerifierKey>, note: &SignedNote) -> Result<(), NoteError> {
    let lines: Vec<&str> = note.text.lines().collect();
    let [FIRST_LINE, old, new] = lines[..] else {
        return Err(NoteError::Malformed("the note is about no change of keys"));
    };
    let (old, new): (VerifierKey, VerifierKey) = (old.parse()?, new.parse()?);
    if !keys.contains(&old) {
        return Err(NoteError::Malformed("the key that it replaces is none of those given"));
    }
    note.verify(std::slice::from_ref(&old))?;
    note.verify(std::slice::from_ref(&new))?;
    keys.push(new);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(byte: u8) -> NoteSigner {
        NoteSigner::from_seed("operator", &[byte; 32]).unwrap()
    }

    #[test]
    fn the_old_key_vouches_for_the_new_one_and_for_no_other() {
        let (old, new, other) = (signer(1), signer(2), signer(3));
        let note = rotation(&old, &new).unwrap();
        let mut keys = vec![old.verifier()];
        take_over(&mut keys, &note).unwrap();
        assert_eq!(keys, [old.verifier(), new.verifier()]);
        let mut strangers = vec![other.verifier()];
        assert!(take_over(&mut strangers, &note).is_err());
        // Signed by another than it names.
        let text = note.text.clone();
        for signers in [[&old, &other], [&other, &new]] {
            let mut forged = SignedNote::sign(text.clone(), signers[0]).unwrap();
            forged.cosign(signers[1]);
            assert!(take_over(&mut vec![old.verifier()], &forged).is_err());
        }
    }
}
