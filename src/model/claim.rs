//! The workspace's mark of the project that writes it: a tag `deskledger PROJECT · SIZE`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::digest::{Digest, Purpose};

/// What every claim's name begins with.
const PREFIX: &str = "deskledger ";
/// What stands between project and size.
const SEPARATOR: &str = " · ";
/// Digits of a project's short id: enough that no two projects, and no tag by chance, share one.
const PROJECT_DIGITS: usize = 12;

/// What is done with a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClaimAct {
    /// It is made, or says the ledger's new size.
    Set,
    /// A person takes it, whoever holds it.
    Take,
    /// It is removed.
    Release,
}

/// What came of an attempt at a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClaimOutcome {
    /// It is done.
    Done,
    /// It is not done.
    Refused,
    /// Nobody knows yet.
    Unknown,
}

/// Short id of a project: what its ledger is known by outside.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProjectId(String);

impl ProjectId {
    /// The id of the ledger with this key; the key cannot be told from it.
    pub fn of(project_key: &[u8; 32]) -> Self {
        let digest = Digest::of(Purpose::Project, project_key).to_string();
        Self(digest[..PROJECT_DIGITS].to_owned())
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let fits = text.len() == PROJECT_DIGITS && text.bytes().all(|b| b.is_ascii_hexdigit());
        fits.then_some(Self(text))
    }
}

impl fmt::Display for ProjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Name of a claim's tag.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClaimName {
    /// Whose it is.
    pub project: ProjectId,
    /// Events of that project's ledger when it was set.
    pub size: u64,
}

impl ClaimName {
    /// Reads a tag's name; `None` if it is an ordinary tag. Names do not differ by case.
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.trim();
        let (prefix, rest) = name.split_at_checked(PREFIX.len())?;
        if !prefix.eq_ignore_ascii_case(PREFIX) {
            return None;
        }
        let (project, size) = rest.split_once(SEPARATOR)?;
        let plain = !size.is_empty() && size.bytes().all(|b| b.is_ascii_digit());
        let size = plain.then(|| size.parse().ok()).flatten()?;
        Some(Self { project: ProjectId::parse(project)?, size })
    }
}

impl fmt::Display for ClaimName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}{SEPARATOR}{}", self.project, self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written() {
        let name = ClaimName { project: ProjectId::of(&[7; 32]), size: 1_204 };
        assert_eq!(ClaimName::parse(&name.to_string()), Some(name.clone()));
        let shouted = name.to_string().to_uppercase();
        assert_eq!(ClaimName::parse(&format!(" {shouted} ")), Some(name));
    }

    #[test]
    fn ordinary_tags_are_no_claims() {
        for tag in [
            "",
            "vip",
            "deskledger",
            "deskledger 0123456789ab",
            "deskledger north · 7",
            "deskledger 0123456789ab · ",
            "deskledger 0123456789ab · +7",
            "deskledger 0123456789ab · 7 of 9",
            "deskledger 0123456789abc · 7",
            "deskledger 0123456789ab - 7",
            "my deskledger 0123456789ab · 7",
            "déskledger 0123456789ab · 7",
            "deskledger 0123456789ab · 99999999999999999999999",
        ] {
            assert_eq!(ClaimName::parse(tag), None, "{tag}");
        }
    }

    #[test]
    fn projects_are_told_apart() {
        assert_ne!(ProjectId::of(&[1; 32]), ProjectId::of(&[2; 32]));
    }
}
