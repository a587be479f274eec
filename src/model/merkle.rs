//! The tree over all events: the shape of RFC 6962 with BLAKE3.
//!
//! A leaf is already hashed (see [`super::leaf`]). A node is hashed under a context of its own
//! instead of RFC 6962's prefix bytes. The accumulator keeps the right frontier only.

use std::sync::LazyLock;

use blake3::hazmat::{ContextKey, HasherExt, hash_derive_key_context};

use super::digest::TreeHash;

/// Context of inner nodes.
pub const NODE_CONTEXT: &str = "deskledger 2026-11 node";

/// Height of the subtrees whose roots are stored.
pub const SUBTREE_HEIGHT: u32 = 10;

/// Leaves of one stored subtree. A proof recomputes at most so many leaves twice: those around
/// the event and those at the right edge.
pub const SUBTREE_LEAVES: u64 = 1 << SUBTREE_HEIGHT;

static NODE: LazyLock<ContextKey> = LazyLock::new(|| hash_derive_key_context(NODE_CONTEXT));

/// Parent of two nodes.
pub fn node(left: &TreeHash, right: &TreeHash) -> TreeHash {
    let mut both = [0; 64];
    both[..32].copy_from_slice(&left.0);
    both[32..].copy_from_slice(&right.0);
    let mut hasher = blake3::Hasher::new_from_context_key(&NODE);
    TreeHash(*hasher.update(&both).finalize().as_bytes())
}

/// Root of the tree without leaves: a node over no bytes.
pub fn empty_root() -> TreeHash {
    TreeHash(*blake3::Hasher::new_from_context_key(&NODE).finalize().as_bytes())
}

/// Root of a tree with these leaves.
pub fn root_of(leaves: &[TreeHash]) -> TreeHash {
    let mut frontier = Frontier::default();
    for leaf in leaves {
        frontier.append(*leaf);
    }
    frontier.root()
}

/// A stored subtree that an append completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subtree {
    /// Its number: leaves `index * SUBTREE_LEAVES` and following.
    pub index: u64,
    /// Its root.
    pub root: TreeHash,
}

/// The right edge of a tree: all that is needed to append and to tell the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Roots of the perfect subtrees from left to right, largest first: one for each 1 bit of
    /// `size`.
    peaks: Vec<TreeHash>,
}

/// Stored bytes that are not a frontier.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("frontier of {size} leaves needs {expected} bytes, there are {found}")]
pub struct FrontierError {
    /// Leaves.
    pub size: u64,
    /// Bytes needed.
    pub expected: usize,
    /// Bytes found.
    pub found: usize,
}

impl Frontier {
    /// From its size and the bytes of [`Self::to_bytes`].
    ///
    /// # Errors
    /// If the number of bytes does not go with the size.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Result<Self, FrontierError> {
        let expected = size.count_ones() as usize * 32;
        let (peaks, rest) = bytes.as_chunks::<32>();
        if bytes.len() != expected || !rest.is_empty() {
            return Err(FrontierError { size, expected, found: bytes.len() });
        }
        Ok(Self { size, peaks: peaks.iter().map(|peak| TreeHash(*peak)).collect() })
    }

    /// The peaks, 32 bytes each, largest first.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.peaks.iter().flat_map(|peak| peak.0).collect()
    }

    /// Leaves so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf on the right. Gives the stored subtree that this completes, if it does.
    pub fn append(&mut self, leaf: TreeHash) -> Option<Subtree> {
        let mut carry = leaf;
        let mut completed = None;
        for height in 1..=self.size.trailing_ones() {
            // There is a peak for each 1 bit of the size, so this never breaks.
            let Some(left) = self.peaks.pop() else { break };
            carry = node(&left, &carry);
            if height == SUBTREE_HEIGHT {
                completed = Some(Subtree { index: self.size / SUBTREE_LEAVES, root: carry });
            }
        }
        self.peaks.push(carry);
        self.size += 1;
        completed
    }

    /// Adds leaves in order. Gives the stored subtrees that this completes.
    pub fn append_many(&mut self, leaves: &[TreeHash]) -> Vec<Subtree> {
        leaves.iter().filter_map(|leaf| self.append(*leaf)).collect()
    }

    /// Adds a whole stored subtree on the right of a tree of whole subtrees; without effect on a
    /// tree that ends inside one.
    pub fn append_subtree(&mut self, root: TreeHash) {
        if !self.size.is_multiple_of(SUBTREE_LEAVES) {
            return;
        }
        let carries = (self.size / SUBTREE_LEAVES).trailing_ones();
        let carry = (0..carries).fold(root, |carry, _| match self.peaks.pop() {
            Some(left) => node(&left, &carry),
            None => carry,
        });
        self.peaks.push(carry);
        self.size += SUBTREE_LEAVES;
    }

    /// Root of the tree.
    pub fn root(&self) -> TreeHash {
        self.peaks
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| node(&left, &right))
            .unwrap_or_else(empty_root)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition of RFC 6962 section 2.1, word for word.
    fn naive(leaves: &[TreeHash]) -> TreeHash {
        match leaves {
            [] => TreeHash(blake3::derive_key(NODE_CONTEXT, b"")),
            [leaf] => *leaf,
            _ => {
                let mut split = 1;
                while split * 2 < leaves.len() {
                    split *= 2;
                }
                let (left, right) = (naive(&leaves[..split]), naive(&leaves[split..]));
                TreeHash(blake3::derive_key(NODE_CONTEXT, &[left.0, right.0].concat()))
            }
        }
    }

    fn leaves(count: usize) -> Vec<TreeHash> {
        (0..count).map(|i| TreeHash(*blake3::hash(&i.to_le_bytes()).as_bytes())).collect()
    }

    #[test]
    fn every_small_tree_has_the_root_of_the_definition() {
        let leaves = leaves(70);
        for size in 0..=leaves.len() {
            assert_eq!(root_of(&leaves[..size]), naive(&leaves[..size]), "{size}");
        }
    }

    #[test]
    fn completed_subtrees_are_reported_with_their_roots() {
        let leaves = leaves(5 * 1024 + 7);
        let found = Frontier::default().append_many(&leaves);
        let expected: Vec<_> = leaves
            .chunks_exact(1024)
            .zip(0..)
            .map(|(chunk, index)| Subtree { index, root: naive(chunk) })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn whole_subtrees_may_be_appended_by_their_roots() {
        let leaves = leaves(7 * 1024 + 5);
        let (mut by_leaf, mut by_root) = (Frontier::default(), Frontier::default());
        for subtree in by_leaf.append_many(&leaves) {
            by_root.append_subtree(subtree.root);
        }
        by_root.append_many(&leaves[7 * 1024..]);
        assert_eq!(by_root, by_leaf);
        by_root.append_subtree(leaves[0]);
        assert_eq!(by_root, by_leaf);
    }

    #[test]
    fn stored_bytes_of_another_size_are_refused() {
        assert!(Frontier::from_bytes(3, &[0; 64]).is_ok());
        assert!(Frontier::from_bytes(4, &[0; 64]).is_err());
        assert!(Frontier::from_bytes(1, &[0; 31]).is_err());
    }

    proptest! {
        #[test]
        fn appending_in_pieces_and_through_storage_changes_nothing(
            size in 0usize..3_000,
            cut in any::<proptest::sample::Index>(),
        ) {
            let leaves = leaves(size);
            let cut = cut.index(size + 1);
            let mut frontier = Frontier::default();
            frontier.append_many(&leaves[..cut]);
            let mut frontier =
                Frontier::from_bytes(frontier.size(), &frontier.to_bytes()).unwrap();
            frontier.append_many(&leaves[cut..]);
            prop_assert_eq!(frontier.root(), naive(&leaves));
            prop_assert_eq!(frontier.size(), size as u64);
        }
    }
}
