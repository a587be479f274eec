//! The seal of what was given, however it was given: one digest over its parts.

use crate::model::Digest;
use crate::model::digest::Purpose;
use crate::model::event::Counts;
use crate::source::contract::{ExportKind, Seal, SealedFile};

/// A seal over these parts, in this order.
pub fn seal(files: Vec<SealedFile>, export_kind: ExportKind, expected: Counts) -> Seal {
    let mut hasher = Purpose::File.hasher();
    for file in &files {
        hasher.update(format!("{}\0{}\n", file.path, file.digest).as_bytes());
    }
    Seal {
        digest: Digest::finish(&hasher),
        size_bytes: files.iter().map(|file| file.size_bytes).sum(),
        files,
        export_kind,
        expected,
        manifest: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(path: &str, text: &str) -> SealedFile {
        let digest = Digest::of(Purpose::File, text.as_bytes());
        SealedFile { path: path.to_owned(), size_bytes: text.len() as u64, digest }
    }

    #[test]
    fn a_seal_is_over_names_and_digests_in_their_order() {
        let seal = |files| seal(files, ExportKind::Full, Counts::new());
        let first = seal(vec![part("a", "x"), part("b", "yz")]);
        let text = format!(
            "a\0{}\nb\0{}\n",
            Digest::of(Purpose::File, b"x"),
            Digest::of(Purpose::File, b"yz")
        );
        assert_eq!(first.digest, Digest::of(Purpose::File, text.as_bytes()));
        assert_eq!(first.size_bytes, 3);
        for other in [
            vec![part("b", "yz"), part("a", "x")],
            vec![part("a", "x"), part("b", "y")],
            vec![part("a", "x"), part("c", "yz")],
        ] {
            assert_ne!(seal(other).digest, first.digest);
        }
    }
}
