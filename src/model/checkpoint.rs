//! The text of a checkpoint, as the C2SP `tlog-checkpoint` specification has it: origin, size and
//! root, one a line.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::digest::TreeHash;

/// What a checkpoint says: the ledger called `origin` had `size` events with this root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Names the ledger and says that its tree is made with BLAKE3, see [`Self::origin_of`].
    pub origin: String,
    /// Events covered.
    pub size: u64,
    /// Root over them.
    pub root: TreeHash,
}

/// Why a text is not a checkpoint.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a checkpoint: {0}")]
pub struct CheckpointError(&'static str);

impl Checkpoint {
    /// The origin of a project's ledger. Readers that expect the SHA-256 of other logs see from
    /// the name that this tree is another. Characters that key names must not have become `-`.
    pub fn origin_of(project: &str) -> String {
        let clean = |c: char| if c.is_whitespace() || c.is_control() || c == '+' { '-' } else { c };
        format!("deskledger-blake3/{}", project.chars().map(clean).collect::<String>())
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, STANDARD.encode(self.root.0))
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    /// Extension lines are allowed and say nothing about the tree.
    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let text = text.strip_suffix('\n').ok_or(CheckpointError("no newline at the end"))?;
        let mut lines = text.split('\n');
        let origin = lines.next().filter(|line| !line.is_empty());
        let size = lines.next().filter(|size| *size == "0" || !size.starts_with(['0', '+']));
        let root = lines.next().and_then(|line| STANDARD.decode(line).ok());
        if lines.any(str::is_empty) {
            return Err(CheckpointError("empty extension line"));
        }
        Ok(Self {
            origin: origin.ok_or(CheckpointError("no origin"))?.to_owned(),
            size: size.and_then(|size| size.parse().ok()).ok_or(CheckpointError("no size"))?,
            root: root
                .and_then(|root| root.try_into().ok())
                .map(TreeHash)
                .ok_or(CheckpointError("no root of 32 bytes"))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_is_read_and_written() {
        let text = "example.com/behind-the-sofa\n20852163\n\
            CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        let checkpoint: Checkpoint = text.parse().unwrap();
        assert_eq!(
            (checkpoint.origin.as_str(), checkpoint.size),
            ("example.com/behind-the-sofa", 20_852_163)
        );
        assert_eq!(checkpoint.to_string(), text);
        assert_eq!(format!("{text}extension\n").parse(), Ok(checkpoint));
    }

    #[test]
    fn what_is_not_a_checkpoint_is_refused() {
        let root = STANDARD.encode([0; 32]);
        for text in [
            String::new(),
            format!("\n1\n{root}\n"),
            format!("o\n01\n{root}\n"),
            format!("o\n+1\n{root}\n"),
            format!("o\n-1\n{root}\n"),
            format!("o\n1\n{root}"),
            format!("o\n1\n{}\n", STANDARD.encode([0; 31])),
            format!("o\n1\n{root}\n\n"),
        ] {
            assert!(text.parse::<Checkpoint>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_origin_is_a_key_name() {
        assert_eq!(Checkpoint::origin_of("Two words+"), "deskledger-blake3/Two-words-");
    }
}
