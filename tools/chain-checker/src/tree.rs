//! HASHING.md section 5: roots and inclusion.

use crate::event::Hash;

/// Parent of two nodes.
pub fn node(left: &Hash, right: &Hash) -> Hash {
    blake3::derive_key("deskledger 2026-11 node", &[*left, *right].concat())
}

/// Perfect subtrees of the leaves so far, largest first, each with its number of leaves.
#[derive(Default)]
pub struct Tree(Vec<(u64, Hash)>);

impl Tree {
    /// Adds a leaf.
    pub fn add(&mut self, leaf: Hash) {
        self.0.push((1, leaf));
        while let [.., (left_size, left), (right_size, right)] = self.0[..] {
            if left_size != right_size {
                break;
            }
            self.0.truncate(self.0.len() - 2);
            self.0.push((left_size * 2, node(&left, &right)));
        }
    }

    /// Leaves so far.
    pub fn size(&self) -> u64 {
        self.0.iter().map(|(size, _)| size).sum()
    }

    /// Root over them.
    pub fn root(&self) -> Hash {
        let mut peaks = self.0.iter().rev().map(|(_, hash)| *hash);
        match peaks.next() {
            Some(last) => peaks.fold(last, |right, left| node(&left, &right)),
            None => blake3::derive_key("deskledger 2026-11 node", &[]),
        }
    }
}

/// Root to which an inclusion proof leads, by the recursion of RFC 6962 section 2.1.1.
pub fn root_by_path(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Result<Hash, String> {
    if index >= size {
        return Err(format!("index {index} is outside a tree of {size}"));
    }
    match (size, path) {
        (1, []) => Ok(leaf),
        (1, _) => Err("proof too long".into()),
        (_, []) => Err("proof too short".into()),
        (_, [below @ .., sibling]) => {
            let left = largest_power_below(size);
            if index < left {
                Ok(node(&root_by_path(leaf, index, left, below)?, sibling))
            } else {
                Ok(node(sibling, &root_by_path(leaf, index - left, size - left, below)?))
            }
        }
    }
}

/// Largest power of two smaller than `size`, for `size` above 1.
pub fn largest_power_below(size: u64) -> u64 {
    let mut power = 1;
    while power < size - power {
        power *= 2;
    }
    power
}
