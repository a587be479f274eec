//! HASHING.md section 8: a proof bundle.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::event::{Hash, leaf_of};
use crate::note::{self, Key};
use crate::tree::root_by_path;

/// First line of a bundle.
pub const FIRST_LINE: &str = "deskledger/tlog-proof-blake3@v1";

/// Checks a bundle and gives position and tree size of the event in it, and how many keys have
/// signed.
pub fn check(bundle: &str, keys: &[Key]) -> Result<(u64, u64, usize), String> {
    let (proof, note) = bundle.split_once("\n\n").ok_or("no blank line before the checkpoint")?;
    let mut lines = proof.lines();
    if lines.next() != Some(FIRST_LINE) {
        return Err("not a proof bundle".into());
    }
    let extra = lines.next().and_then(|line| line.strip_prefix("extra ")).ok_or("no event")?;
    let extra = STANDARD.decode(extra).map_err(|_| "event: not base64")?;
    let event: Value = serde_json::from_slice(&extra).map_err(|_| "event: not JSON")?;
    let index = lines
        .next()
        .and_then(|line| line.strip_prefix("index "))
        .and_then(|index| index.parse().ok())
        .ok_or("no index")?;
    let hash = |line: &str| STANDARD.decode(line).ok()?.try_into().ok();
    let path: Option<Vec<Hash>> = lines.map(hash).collect();
    let path = path.ok_or("a line of the proof is no hash")?;
    let checkpoint = note::read(note, keys)?;
    if !keys.is_empty() && checkpoint.signed == 0 {
        return Err("the checkpoint is signed by none of the given keys".into());
    }
    if root_by_path(leaf_of(&event)?, index, checkpoint.size, &path)? != checkpoint.root {
        return Err("the proof does not lead to the checkpoint's root".into());
    }
    Ok((index, checkpoint.size, checkpoint.signed))
}
