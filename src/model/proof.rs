//! Proofs over the tree: that an event is in it, and that a later tree continues an earlier one.
//!
//! Shapes as in RFC 6962 sections 2.1.1 and 2.1.2; verification as in RFC 9162 sections 2.1.3.2
//! and 2.1.4.2.

use std::collections::{BTreeMap, BTreeSet};

use super::digest::TreeHash;
use super::merkle::{SUBTREE_LEAVES, empty_root, node, root_of};

/// Why a proof cannot be made or does not hold.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ProofError {
    /// There is no such leaf, or no such earlier tree.
    #[error("{asked} is outside a tree of {size} leaves")]
    Outside {
        /// Index or size asked for.
        asked: u64,
        /// Leaves.
        size: u64,
    },
    /// A part of the tree that the proof needs was not given.
    #[error("leaves {start} to {end} of the tree are missing")]
    Missing {
        /// First leaf.
        start: u64,
        /// First leaf after.
        end: u64,
    },
    /// The proof has too few or too many hashes.
    #[error("a proof of {found} hashes does not fit this tree")]
    Length {
        /// Hashes there are.
        found: usize,
    },
    /// The proof leads to another root.
    #[error("the proof leads to root {found}, not {expected}")]
    Root {
        /// Where it leads.
        found: TreeHash,
        /// Where it should.
        expected: TreeHash,
    },
}

/// As much of a tree as a proof needs: the roots of the full subtrees of [`SUBTREE_LEAVES`]
/// leaves, and the leaves of a few of them.
#[derive(Clone, Debug)]
pub struct PartialTree {
    size: u64,
    subtrees: Vec<TreeHash>,
    leaves: BTreeMap<u64, Vec<TreeHash>>,
}

/// Numbers of the subtrees whose leaves a proof about leaf (or earlier size) `at` needs in a tree
/// of `size` leaves: the one around `at`, and the unfinished one at the right edge.
pub fn subtrees_needed(at: u64, size: u64) -> BTreeSet<u64> {
    [at, size]
        .into_iter()
        .map(|at| at / SUBTREE_LEAVES)
        .filter(|number| number * SUBTREE_LEAVES < size)
        .collect()
}

impl PartialTree {
    /// A tree of `size` leaves with the roots of its full subtrees from the left.
    pub fn new(size: u64, subtrees: Vec<TreeHash>) -> Self {
        Self { size, subtrees, leaves: BTreeMap::new() }
    }

    /// Gives the leaves of subtree `number`, from its first on.
    pub fn with_leaves(mut self, number: u64, leaves: Vec<TreeHash>) -> Self {
        self.leaves.insert(number, leaves);
        self
    }

    /// Root of the tree.
    ///
    /// # Errors
    /// If a part is missing.
    pub fn root(&self) -> Result<TreeHash, ProofError> {
        if self.size == 0 { Ok(empty_root()) } else { self.range(0, self.size) }
    }

    /// Proof that leaf `index` is in the tree: siblings from the leaf up.
    ///
    /// # Errors
    /// If there is no such leaf or a part is missing.
    pub fn inclusion(&self, index: u64) -> Result<Vec<TreeHash>, ProofError> {
        if index >= self.size {
            return Err(ProofError::Outside { asked: index, size: self.size });
        }
        let (mut start, mut len) = (0, self.size);
        let mut from_root = Vec::new();
        while len > 1 {
            let left = split(len);
            if index - start < left {
                from_root.push(self.range(start + left, len - left)?);
                len = left;
            } else {
                from_root.push(self.range(start, left)?);
                start += left;
                len -= left;
            }
        }
        from_root.reverse();
        Ok(from_root)
    }

    /// Proof that this tree continues the tree of its first `old_size` leaves.
    ///
    /// # Errors
    /// If this tree is smaller or a part is missing.
    pub fn consistency(&self, old_size: u64) -> Result<Vec<TreeHash>, ProofError> {
        if old_size > self.size {
            return Err(ProofError::Outside { asked: old_size, size: self.size });
        }
        let mut from_root = Vec::new();
        if old_size == 0 || old_size == self.size {
            return Ok(from_root);
        }
        let (mut start, mut len, mut old, mut whole) = (0, self.size, old_size, true);
        while old != len {
            let left = split(len);
            if old <= left {
                from_root.push(self.range(start + left, len - left)?);
                len = left;
            } else {
                from_root.push(self.range(start, left)?);
                start += left;
                len -= left;
                old -= left;
                whole = false;
            }
        }
        if !whole {
            from_root.push(self.range(start, len)?);
        }
        from_root.reverse();
        Ok(from_root)
    }

    /// Root over `len` > 0 leaves from `start` on, a range that the definition's recursion meets:
    /// up to [`SUBTREE_LEAVES`] leaves never reach into a second subtree.
    fn range(&self, start: u64, len: u64) -> Result<TreeHash, ProofError> {
        if len > SUBTREE_LEAVES {
            let left = split(len);
            return Ok(node(&self.range(start, left)?, &self.range(start + left, len - left)?));
        }
        let number = start / SUBTREE_LEAVES;
        if len == SUBTREE_LEAVES
            && let Some(root) = usize::try_from(number).ok().and_then(|at| self.subtrees.get(at))
        {
            return Ok(*root);
        }
        let from = start % SUBTREE_LEAVES;
        let slice = |leaves: &Vec<TreeHash>| {
            let (from, len) = (usize::try_from(from).ok()?, usize::try_from(len).ok()?);
            leaves.get(from..from + len).map(root_of)
        };
        self.leaves
            .get(&number)
            .and_then(slice)
            .ok_or(ProofError::Missing { start, end: start + len })
    }
}

/// Largest power of two below `len`, for `len` above 1.
fn split(len: u64) -> u64 {
    1 << (len - 1).ilog2()
}

/// Checks that `leaf` is at `index` in the tree of `size` leaves with `root`.
///
/// # Errors
/// If it is not, as far as `path` shows.
pub fn verify_inclusion(
    leaf: &TreeHash,
    index: u64,
    size: u64,
    path: &[TreeHash],
    root: &TreeHash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Outside { asked: index, size });
    }
    let (mut index, mut last) = (index, size - 1);
    let mut found = *leaf;
    for sibling in path {
        if last == 0 {
            return Err(ProofError::Length { found: path.len() });
        }
        if index & 1 == 1 || index == last {
            found = node(sibling, &found);
            skip_to_left_edge(&mut index, &mut last);
        } else {
            found = node(&found, sibling);
        }
        index >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofError::Length { found: path.len() });
    }
    same_root(found, root)
}

/// Checks that the tree of `size` leaves with `root` continues that of `old_size` with `old_root`.
///
/// # Errors
/// If it does not, as far as `path` shows.
pub fn verify_consistency(
    old_size: u64,
    old_root: &TreeHash,
    size: u64,
    root: &TreeHash,
    path: &[TreeHash],
) -> Result<(), ProofError> {
    if old_size > size {
        return Err(ProofError::Outside { asked: old_size, size });
    }
    if old_size == 0 || old_size == size {
        if !path.is_empty() {
            return Err(ProofError::Length { found: path.len() });
        }
        return if old_size == 0 {
            same_root(*old_root, &empty_root())
        } else {
            same_root(*old_root, root)
        };
    }
    // The root of a perfect old tree is a node of the new one and is left out of the proof.
    let with_old = [*old_root];
    let given = if old_size.is_power_of_two() { &with_old[..] } else { &[] };
    let mut hashes = given.iter().chain(path);
    let first = hashes.next().ok_or(ProofError::Length { found: 0 })?;
    let (mut index, mut last) = (old_size - 1, size - 1);
    while index & 1 == 1 {
        index >>= 1;
        last >>= 1;
    }
    let (mut old_found, mut found) = (*first, *first);
    for hash in hashes {
        if last == 0 {
            return Err(ProofError::Length { found: path.len() });
        }
        if index & 1 == 1 || index == last {
            old_found = node(hash, &old_found);
            found = node(hash, &found);
            skip_to_left_edge(&mut index, &mut last);
        } else {
            found = node(&found, hash);
        }
        index >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofError::Length { found: path.len() });
    }
    same_root(old_found, old_root)?;
    same_root(found, root)
}

/// Goes up past the levels where a node on the right edge has no sibling.
fn skip_to_left_edge(index: &mut u64, last: &mut u64) {
    while *index & 1 == 0 && *index != 0 {
        *index >>= 1;
        *last >>= 1;
    }
}

fn same_root(found: TreeHash, expected: &TreeHash) -> Result<(), ProofError> {
    if found == *expected { Ok(()) } else { Err(ProofError::Root { found, expected: *expected }) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::merkle::Frontier;

    fn leaves(count: usize) -> Vec<TreeHash> {
        (0..count).map(|i| TreeHash(*blake3::hash(&i.to_le_bytes()).as_bytes())).collect()
    }

    /// The tree with the leaves that a proof about `at` needs, and no others.
    fn partial(leaves: &[TreeHash], at: u64) -> PartialTree {
        let subtrees = Frontier::default().append_many(leaves);
        let size = leaves.len() as u64;
        let tree = PartialTree::new(size, subtrees.iter().map(|subtree| subtree.root).collect());
        let chunk = |number: u64| leaves.chunks(1024).nth(number as usize).unwrap().to_vec();
        subtrees_needed(at, size)
            .into_iter()
            .fold(tree, |tree, number| tree.with_leaves(number, chunk(number)))
    }

    /// RFC 6962 section 2.1.1, word for word.
    fn naive_path(index: usize, leaves: &[TreeHash]) -> Vec<TreeHash> {
        if leaves.len() == 1 {
            return Vec::new();
        }
        let left = split(leaves.len() as u64) as usize;
        let (mut path, sibling) = if index < left {
            (naive_path(index, &leaves[..left]), &leaves[left..])
        } else {
            (naive_path(index - left, &leaves[left..]), &leaves[..left])
        };
        path.push(root_of(sibling));
        path
    }

    /// RFC 6962 section 2.1.2, word for word.
    fn naive_consistency(old: usize, leaves: &[TreeHash], whole: bool) -> Vec<TreeHash> {
        if old == leaves.len() {
            return if whole { Vec::new() } else { vec![root_of(leaves)] };
        }
        let left = split(leaves.len() as u64) as usize;
        let (mut path, other) = if old <= left {
            (naive_consistency(old, &leaves[..left], whole), &leaves[left..])
        } else {
            (naive_consistency(old - left, &leaves[left..], false), &leaves[..left])
        };
        path.push(root_of(other));
        path
    }

    #[test]
    fn every_proof_of_every_small_tree_is_the_definition_and_holds() {
        let all = leaves(40);
        for size in 1..=all.len() {
            let (leaves, root) = (&all[..size], root_of(&all[..size]));
            let tree = partial(leaves, 0);
            for index in 0..size {
                let path = tree.inclusion(index as u64).unwrap();
                assert_eq!(path, naive_path(index, leaves));
                let (leaf, index) = (&leaves[index], index as u64);
                assert_eq!(verify_inclusion(leaf, index, size as u64, &path, &root), Ok(()));
            }
            for old in 1..=size {
                let path = tree.consistency(old as u64).unwrap();
                assert_eq!(path, naive_consistency(old, leaves, true));
                let (old_root, old) = (root_of(&leaves[..old]), old as u64);
                assert_eq!(verify_consistency(old, &old_root, size as u64, &root, &path), Ok(()));
            }
        }
    }

    #[test]
    fn the_empty_tree_is_continued_by_every_tree() {
        let root = root_of(&leaves(3));
        assert_eq!(verify_consistency(0, &empty_root(), 3, &root, &[]), Ok(()));
        assert!(verify_consistency(0, &root, 3, &root, &[]).is_err());
    }

    #[test]
    fn missing_parts_are_named() {
        let tree = PartialTree::new(2_000, vec![TreeHash([1; 32])]);
        assert_eq!(tree.root(), Err(ProofError::Missing { start: 1024, end: 2_000 }));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn proofs_from_stored_subtrees_hold(
            size in 1usize..9_000,
            at in any::<proptest::sample::Index>(),
        ) {
            let leaves = leaves(size);
            let (at, root) = (at.index(size), root_of(&leaves));
            let tree = partial(&leaves, at as u64);
            prop_assert_eq!(tree.root(), Ok(root));
            let path = tree.inclusion(at as u64).unwrap();
            prop_assert_eq!(&path, &naive_path(at, &leaves));
            let checked = verify_inclusion(&leaves[at], at as u64, size as u64, &path, &root);
            prop_assert_eq!(checked, Ok(()));
            if at > 0 {
                let path = tree.consistency(at as u64).unwrap();
                let old_root = root_of(&leaves[..at]);
                let checked = verify_consistency(at as u64, &old_root, size as u64, &root, &path);
                prop_assert_eq!(checked, Ok(()));
            }
        }

        #[test]
        fn a_changed_proof_never_holds(
            size in 2usize..600,
            at in any::<proptest::sample::Index>(),
            which in any::<proptest::sample::Index>(),
            bit in 0usize..256,
        ) {
            let leaves = leaves(size);
            let (at, root) = (at.index(size - 1) + 1, root_of(&leaves));
            let tree = partial(&leaves, at as u64);
            let flip = |path: &mut Vec<TreeHash>| {
                let which = which.index(path.len());
                path[which].0[bit / 8] ^= 1 << (bit % 8);
            };
            let mut path = tree.inclusion(at as u64).unwrap();
            flip(&mut path);
            let checked = verify_inclusion(&leaves[at], at as u64, size as u64, &path, &root);
            prop_assert!(checked.is_err());
            let mut path = tree.consistency(at as u64).unwrap();
            flip(&mut path);
            let old_root = root_of(&leaves[..at]);
            let checked = verify_consistency(at as u64, &old_root, size as u64, &root, &path);
            prop_assert!(checked.is_err());
        }

        #[test]
        fn a_proof_too_short_or_too_long_is_refused(
            size in 2usize..300,
            extra in any::<[u8; 32]>(),
        ) {
            let leaves = leaves(size);
            let root = root_of(&leaves);
            let mut path = partial(&leaves, 0).inclusion(0).unwrap();
            path.push(TreeHash(extra));
            prop_assert!(verify_inclusion(&leaves[0], 0, size as u64, &path, &root).is_err());
            path.truncate(path.len() - 2);
            prop_assert!(verify_inclusion(&leaves[0], 0, size as u64, &path, &root).is_err());
        }
    }
}
