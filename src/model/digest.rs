//! Digests: BLAKE3, 32 bytes, one derived key per purpose, never interchangeable.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a digest is taken over. Each purpose has a BLAKE3 `derive_key` context of its own, so that
/// equal bytes give different digests for different purposes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Raw bytes of one source record.
    Raw,
    /// A draft: all that is to be done for one record.
    Draft,
    /// One step of a draft.
    Step,
    /// A field map with its value maps.
    Mapping,
    /// A plan.
    Plan,
    /// A request body, holes filled.
    Request,
    /// A response body.
    Response,
    /// What a verification or a comparison looked at.
    Compared,
    /// Settings of a run.
    Settings,
    /// A file of the export.
    File,
    /// Whose request budget is drawn from.
    Budget,
    /// What a project is known by outside.
    Project,
}

impl Purpose {
    fn context(self) -> &'static str {
        match self {
            Self::Raw => "deskledger 2026-11 raw record",
            Self::Draft => "deskledger 2026-11 draft",
            Self::Step => "deskledger 2026-11 step",
            Self::Mapping => "deskledger 2026-11 mapping",
            Self::Plan => "deskledger 2026-11 plan",
            Self::Request => "deskledger 2026-11 request",
            Self::Response => "deskledger 2026-11 response",
            Self::Compared => "deskledger 2026-11 compared",
            Self::Settings => "deskledger 2026-11 settings",
            Self::File => "deskledger 2026-11 file",
            Self::Budget => "deskledger 2026-11 budget",
            Self::Project => "deskledger 2026-11 project",
        }
    }

    /// A hasher for this purpose, for input that comes in pieces.
    pub fn hasher(self) -> blake3::Hasher {
        blake3::Hasher::new_derive_key(self.context())
    }
}

/// Why a text is not a digest.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a digest (64 hexadecimal digits): {0:?}")]
pub struct DigestError(pub String);

macro_rules! digest {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 32]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = DigestError;

            fn from_str(text: &str) -> Result<Self, DigestError> {
                blake3::Hash::from_hex(text)
                    .map(|hash| Self(*hash.as_bytes()))
                    .map_err(|_| DigestError(text.to_owned()))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                if to.is_human_readable() {
                    to.serialize_str(&blake3::Hash::from_bytes(self.0).to_hex())
                } else {
                    self.0.serialize(to)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                if from.is_human_readable() {
                    let text = std::borrow::Cow::<str>::deserialize(from)?;
                    text.parse().map_err(serde::de::Error::custom)
                } else {
                    <[u8; 32]>::deserialize(from).map(Self)
                }
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"type": "string", "pattern": "^[0-9a-f]{64}$"})
            }
        }
    };
}

digest! {
    /// Keyed digest of a record's canonical form. The key is the project's and stays in the
    /// ledger, so that nobody outside can guess a short value from its hash.
    ContentHash
}
digest! {
    /// Unkeyed digest of bytes for one [`Purpose`].
    Digest
}

digest! {
    /// Salted digest of a payload's bytes. It stays when they are erased.
    Commitment
}
digest! {
    /// Node of the tree over all events: a leaf, a subtree's root, or the root.
    TreeHash
}

impl Digest {
    /// Digest of `bytes` for `purpose`.
    pub fn of(purpose: Purpose, bytes: &[u8]) -> Self {
        let mut hasher = purpose.hasher();
        hasher.update(bytes);
        Self::finish(&hasher)
    }

    /// Digest of what `hasher` has seen.
    pub fn finish(hasher: &blake3::Hasher) -> Self {
        Self(*hasher.finalize().as_bytes())
    }
}

impl ContentHash {
    /// The hash of events that carry no content of their own.
    pub const NONE: Self = Self([0; 32]);

    /// Keyed hash of a record's canonical form.
    pub fn keyed(project_key: &[u8; 32], canonical: &[u8]) -> Self {
        Self(*blake3::keyed_hash(project_key, canonical).as_bytes())
    }
}

impl From<Digest> for ContentHash {
    /// A draft's, plan's or request's digest as the content an event is about.
    fn from(digest: Digest) -> Self {
        Self(digest.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_do_not_mix() {
        assert_ne!(Digest::of(Purpose::Draft, b"x"), Digest::of(Purpose::Plan, b"x"));
    }

    #[test]
    fn text_form_round_trips() {
        let digest = Digest::of(Purpose::Raw, b"x");
        assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
        assert!("abc".parse::<Digest>().is_err());
    }

    #[test]
    fn content_hash_depends_on_the_project_key() {
        assert_ne!(ContentHash::keyed(&[1; 32], b"x"), ContentHash::keyed(&[2; 32], b"x"));
    }
}
