//! What one event becomes in the tree: payload commitment, leaf, idempotency key.
//!
//! Every input has a BLAKE3 `derive_key` context of its own, so that nothing can pass for
//! something else. The contexts are derived once per process.

use std::sync::LazyLock;

use blake3::hazmat::{ContextKey, HasherExt, hash_derive_key_context};

use super::digest::{Commitment, ContentHash, TreeHash};

/// Context of payload commitments.
pub const PAYLOAD_CONTEXT: &str = "deskledger 2026-11 payload";
/// Context of leaves.
pub const LEAF_CONTEXT: &str = "deskledger 2026-11 leaf";
/// Context of idempotency keys.
pub const IDEMPOTENCY_CONTEXT: &str = "deskledger 2026-11 idempotency";

/// Bytes of random salt before a payload: enough that a short payload cannot be guessed from its
/// commitment once salt and bytes are erased.
pub const SALT_LEN: usize = 16;

static PAYLOAD: LazyLock<ContextKey> = LazyLock::new(|| hash_derive_key_context(PAYLOAD_CONTEXT));
static LEAF: LazyLock<ContextKey> = LazyLock::new(|| hash_derive_key_context(LEAF_CONTEXT));
static IDEMPOTENCY: LazyLock<ContextKey> =
    LazyLock::new(|| hash_derive_key_context(IDEMPOTENCY_CONTEXT));

/// Commitment to the uncompressed payload: salt, then bytes.
pub fn commitment(salt: &[u8; SALT_LEN], payload: &[u8]) -> Commitment {
    let mut hasher = blake3::Hasher::new_from_context_key(&PAYLOAD);
    hasher.update(salt).update(payload);
    Commitment(*hasher.finalize().as_bytes())
}

/// Leaf of one event: header, facts and commitment, each after its length (u64, little-endian).
/// An event without payload has a commitment of length 0.
pub fn leaf(header: &[u8], facts: &[u8], commitment: Option<&Commitment>) -> TreeHash {
    let commitment = commitment.map_or(&[][..], |commitment| &commitment.0);
    let mut hasher = blake3::Hasher::new_from_context_key(&LEAF);
    for part in [header, facts, commitment] {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    TreeHash(*hasher.finalize().as_bytes())
}

/// What is kept of a leaf beside its event: the first eight bytes (little-endian). The root tells
/// that something was changed; this tells which event.
pub fn leaf_column(leaf: &TreeHash) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = leaf.0;
    i64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// Key under which a stream holds an event at most once: the first eight bytes (little-endian) of
/// a hash over event type, content hash and ordinal. Signed, because databases have no other
/// 64-bit integer.
pub fn idempotency_key(type_id: u16, content: &ContentHash, ordinal: u32) -> i64 {
    let mut input = [0; 38];
    input[..2].copy_from_slice(&type_id.to_le_bytes());
    input[2..34].copy_from_slice(&content.0);
    input[34..].copy_from_slice(&ordinal.to_le_bytes());
    let mut hasher = blake3::Hasher::new_from_context_key(&IDEMPOTENCY);
    let hash = hasher.update(&input).finalize();
    let [a, b, c, d, e, f, g, h, ..] = *hash.as_bytes();
    i64::from_le_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn contexts_are_the_ones_of_derive_key() {
        let expected = blake3::derive_key(PAYLOAD_CONTEXT, &[&[7; 16][..], b"bytes"].concat());
        assert_eq!(commitment(&[7; 16], b"bytes").0, expected);
    }

    #[test]
    fn no_payload_is_not_a_payload_of_zeros() {
        assert_ne!(leaf(b"h", b"f", None), leaf(b"h", b"f", Some(&Commitment([0; 32]))));
    }

    #[test]
    fn idempotency_depends_on_each_part() {
        let content = ContentHash([1; 32]);
        let key = idempotency_key(11, &content, 0);
        assert_ne!(key, idempotency_key(12, &content, 0));
        assert_ne!(key, idempotency_key(11, &ContentHash([2; 32]), 0));
        assert_ne!(key, idempotency_key(11, &content, 1));
    }

    proptest! {
        #[test]
        fn moving_bytes_between_header_and_facts_changes_the_leaf(
            bytes in proptest::collection::vec(any::<u8>(), 1..80),
            cuts in any::<(proptest::sample::Index, proptest::sample::Index)>(),
        ) {
            let (a, b) = (cuts.0.index(bytes.len()), cuts.1.index(bytes.len()));
            prop_assume!(a != b);
            prop_assert_ne!(
                leaf(&bytes[..a], &bytes[a..], None),
                leaf(&bytes[..b], &bytes[b..], None)
            );
        }
    }
}
