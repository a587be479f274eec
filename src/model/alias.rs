//! Aliases: other names under which a record is looked for (an e-mail address, a company's name).
//! They are kept as keyed hashes, so that the ledger's facts hold no personal data.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::Timestamp;
use super::record::{Conversation, Record};

/// What kind of name an alias stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AliasKind {
    /// A customer's e-mail address.
    ContactEmail,
    /// A teammate's e-mail address.
    TeammateEmail,
    /// A company's name.
    CompanyName,
}

/// Keyed hash of a name: 32 hexadecimal digits.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Alias(String);

impl Alias {
    /// The alias of `name`, compared without regard to case, width and spacing.
    pub fn of(project_key: &[u8; 32], kind: AliasKind, name: &str) -> Self {
        let kind = match kind {
            AliasKind::ContactEmail => "contact-email",
            AliasKind::TeammateEmail => "teammate-email",
            AliasKind::CompanyName => "company-name",
        };
        let text = format!("{kind}\n{}", fold(name));
        let hash = blake3::keyed_hash(project_key, text.as_bytes()).to_hex();
        Self(hash[..32].to_owned())
    }

    /// The alias of a thread's start: who asked, and in which second. The second comes first, so
    /// that aliases of an export in order of time are in order too.
    pub fn of_start(project_key: &[u8; 32], who: &str, at: Timestamp) -> Self {
        let hash = blake3::keyed_hash(project_key, format!("start\n{who}").as_bytes()).to_hex();
        Self(format!("{:010x}{}", at.seconds().max(0), &hash[..22]))
    }

    /// The hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Folds a name for comparison: NFKC, lower case, single spaces, no final punctuation.
pub fn fold(name: &str) -> String {
    let folded: String = name.nfkc().collect::<String>().to_lowercase();
    let words: Vec<&str> = folded.split_whitespace().collect();
    words.join(" ").trim_end_matches(['.', ',', ';', ':', '!']).to_owned()
}

/// The aliases under which `record` is looked for.
pub fn aliases(project_key: &[u8; 32], record: &Record) -> Vec<Alias> {
    match record {
        Record::Contact(contact) => contact
            .emails
            .first()
            .map(|email| Alias::of(project_key, AliasKind::ContactEmail, email))
            .into_iter()
            .collect(),
        Record::Teammate(teammate) => teammate
            .email
            .iter()
            .map(|email| Alias::of(project_key, AliasKind::TeammateEmail, email))
            .collect(),
        Record::Company(company) => {
            vec![Alias::of(project_key, AliasKind::CompanyName, &company.name)]
        }
        Record::Conversation(thread) => start(project_key, thread).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The alias under which threads of one customer that start in the same second are found.
pub fn start(project_key: &[u8; 32], thread: &Conversation) -> Option<Alias> {
    let customer = &thread.customer;
    let who = match (&customer.key, &customer.email) {
        (Some(key), _) => key.to_string(),
        (None, Some(email)) => fold(email),
        (None, None) => return None,
    };
    Some(Alias::of_start(project_key, &who, thread.created_at?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_share_an_alias() {
        let alias = |name| Alias::of(&[1; 32], AliasKind::CompanyName, name);
        assert_eq!(alias("Ruote  Veloci S.r.l."), alias("ruote veloci s.r.l"));
        assert_ne!(alias("Ruote Veloci"), alias("Ruote Lente"));
        assert_ne!(
            Alias::of(&[1; 32], AliasKind::ContactEmail, "a@example.org"),
            Alias::of(&[1; 32], AliasKind::TeammateEmail, "a@example.org")
        );
    }
}
