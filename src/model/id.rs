//! Identifiers. Each is a type of its own, so that none can stand in for another.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a text is not an identifier.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum IdError {
    /// A source key is `system/object/id`; the id may itself contain slashes.
    #[error("not a source key (system/object/id): {0:?}")]
    SourceKey(String),
    /// A run or event id is 32 hexadecimal digits.
    #[error("not a 128-bit hexadecimal id: {0:?}")]
    Hex(String),
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
            JsonSchema,
        )]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
        )]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl<T: Into<String>> From<T> for $name {
            fn from(text: T) -> Self {
                Self(text.into())
            }
        }
    };
}

macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 16]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:032x}", u128::from_be_bytes(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                if text.len() != 32 {
                    return Err(IdError::Hex(text.to_owned()));
                }
                u128::from_str_radix(text, 16)
                    .map(|value| Self(value.to_be_bytes()))
                    .map_err(|_| IdError::Hex(text.to_owned()))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"type": "string", "pattern": "^[0-9a-f]{32}$"})
            }
        }
    };
}

number_id! {
    /// Index of an event in the ledger, gapless from 0; also the index of its leaf in the tree.
    Position
}
number_id! {
    /// Number of a stream (all events of one source key), handed out in order of first use.
    StreamId
}
text_id! {
    /// Id of an object in Intercom; opaque text, whatever it looks like (FACTS: contacts are
    /// hexadecimal, conversations decimal).
    DestinationId
}
text_id! {
    /// Names one step of a record's draft, stable across runs: `create`, `part:<source key>`,
    /// `tag:<name>`, `attributes`, `assign`, `state`.
    StepKey
}
hex_id! {
    /// One run of the program over the ledger (UUID v7).
    RunId
}
hex_id! {
    /// One event (UUID v7).
    EventId
}

impl Position {
    /// The position after this one.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Where a record comes from: help desk, kind of object in that help desk's words, and its id.
/// Written `system/object/id`. Clones share one text: a key goes with its record through every
/// stage.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceKey {
    text: Arc<str>,
    system_len: u32,
    object_len: u32,
}

impl SourceKey {
    /// Builds a key. System and object are lower-case words without a slash; the id is any text.
    ///
    /// # Errors
    /// If system or object is empty or has a slash, or the id is empty.
    pub fn new(system: &str, object: &str, id: &str) -> Result<Self, IdError> {
        let word = |text: &str| !text.is_empty() && !text.contains('/');
        if word(system) && word(object) && !id.is_empty() {
            Ok(Self::join(system, object, id))
        } else {
            Err(IdError::SourceKey(format!("{system}/{object}/{id}")))
        }
    }

    /// A key of the ledger's own, for what no source record stands for:
    /// `deskledger/<object>/<id>`. An empty id is written `-`, since a key needs one.
    pub fn own(object: &'static str, id: &str) -> Self {
        debug_assert!(!object.is_empty() && !object.contains('/'), "{object:?} is no object");
        Self::join("deskledger", object, if id.is_empty() { "-" } else { id })
    }

    fn join(system: &str, object: &str, id: &str) -> Self {
        let len = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX);
        let (system_len, object_len) = (len(system), len(object));
        Self { text: [system, "/", object, "/", id].concat().into(), system_len, object_len }
    }

    /// The help desk, for example `deskero`; `deskledger` for the ledger's own streams.
    pub fn system(&self) -> &str {
        &self.text[..self.system_len as usize]
    }

    /// The kind of object, for example `ticket`.
    pub fn object(&self) -> &str {
        let start = self.system_len as usize + 1;
        &self.text[start..start + self.object_len as usize]
    }

    /// The id within system and object.
    pub fn id(&self) -> &str {
        &self.text[(self.system_len + self.object_len) as usize + 2..]
    }

    /// The key as it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// The lengths follow from the text.
impl Hash for SourceKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl fmt::Debug for SourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceKey")
            .field("system", &self.system())
            .field("object", &self.object())
            .field("id", &self.id())
            .finish()
    }
}

impl fmt::Display for SourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// By system, then object, then id.
impl Ord for SourceKey {
    fn cmp(&self, other: &Self) -> Ordering {
        let parts = |key: &Self| (key.system_len, key.object_len);
        if parts(self) == parts(other) {
            return self.text.cmp(&other.text);
        }
        (self.system(), self.object(), self.id()).cmp(&(other.system(), other.object(), other.id()))
    }
}

impl PartialOrd for SourceKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FromStr for SourceKey {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let mut parts = text.splitn(3, '/');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(system), Some(object), Some(id)) => Self::new(system, object, id),
            _ => Err(IdError::SourceKey(text.to_owned())),
        }
    }
}

impl Serialize for SourceKey {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for SourceKey {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for SourceKey {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SourceKey".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^[^/]+/[^/]+/.+$"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_key_round_trips_with_slashes_in_the_id() {
        let key: SourceKey = "deskero/reply/6512/2023/x".parse().unwrap();
        assert_eq!((key.system(), key.object(), key.id()), ("deskero", "reply", "6512/2023/x"));
        assert_eq!(key.to_string().parse::<SourceKey>().unwrap(), key);
    }

    #[test]
    fn source_keys_sort_by_their_parts() {
        let key = |text: &str| text.parse::<SourceKey>().unwrap();
        for (less, more) in [
            ("a/b/c", "a-b/a/a"),
            ("a/b/c", "a/b-c/a"),
            ("a/b/c", "a/b/ca"),
            ("a/b/2", "a/c/1"),
            ("a/b/1", "a/b/2"),
        ] {
            assert!(key(less) < key(more), "{less} {more}");
        }
        assert_eq!(key("a/b/c").cmp(&key("a/b/c")), Ordering::Equal);
    }

    #[test]
    fn source_key_refuses_missing_parts() {
        for text in ["", "deskero", "deskero/ticket", "deskero/ticket/", "/ticket/1", "a//1"] {
            assert!(text.parse::<SourceKey>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn own_keys_round_trip() {
        for id in ["vip", "a/b", ""] {
            let key = SourceKey::own("tag", id);
            assert_eq!(key.to_string().parse::<SourceKey>().unwrap(), key);
        }
    }

    #[test]
    fn run_id_is_32_hex_digits() {
        let id = RunId([7; 16]);
        assert_eq!(id.to_string().len(), 32);
        assert_eq!(id.to_string().parse::<RunId>().unwrap(), id);
        assert!("07".parse::<RunId>().is_err());
    }
}
