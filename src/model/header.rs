//! The header of an event: a fixed little-endian layout, part of the leaf that is sealed.
//!
//! `ledger-schema/HASHING.md` describes the same bytes for other implementations.

use super::digest::ContentHash;
use super::id::{EventId, IdError, Position, RunId, SourceKey};

/// Version of the layout of header and leaf. Another number needs another reader.
pub const FORMAT_VERSION: u16 = 1;

/// Bytes before the source key: everything of fixed size.
pub const FIXED_LEN: usize = 94;

/// Longest system, object type or source id in bytes: their length has two bytes.
pub const TEXT_LEN_MAX: usize = u16::MAX as usize;

/// Stands for "no cause" in the bytes. No ledger grows this long.
const NO_CAUSE: u64 = u64::MAX;

/// The three parts of a source key, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyParts<'a> {
    /// Help desk.
    pub system: &'a str,
    /// Kind of object in that help desk's words.
    pub object: &'a str,
    /// Id within system and object.
    pub id: &'a str,
}

impl<'a> From<&'a SourceKey> for KeyParts<'a> {
    fn from(key: &'a SourceKey) -> Self {
        Self { system: key.system(), object: key.object(), id: key.id() }
    }
}

impl<'a> KeyParts<'a> {
    fn texts(&self) -> [(&'static str, &'a str); 3] {
        [("source system", self.system), ("object type", self.object), ("source id", self.id)]
    }

    /// The source key.
    ///
    /// # Errors
    /// If the three texts do not make one.
    pub fn key(&self) -> Result<SourceKey, HeaderError> {
        Ok(SourceKey::new(self.system, self.object, self.id)?)
    }
}

/// Who, what, when and about which source record, borrowed from the bytes or from the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// Number of the kind of event.
    pub type_id: u16,
    /// Version of that kind.
    pub version: u16,
    /// Microseconds since 1970-01-01T00:00:00Z. Order is position, never this.
    pub recorded_at_us: i64,
    /// The run that appended it.
    pub run: RunId,
    /// The event's own id.
    pub event: EventId,
    /// The event that made this one necessary.
    pub causation: Option<Position>,
    /// Index within the stream of its source key, gapless from 0.
    pub sequence: u32,
    /// Tells apart equal contents that are meant to be recorded again.
    pub ordinal: u32,
    /// Keyed hash of the content.
    pub content: ContentHash,
    /// The source record that it is about.
    pub key: KeyParts<'a>,
    /// The record that this one is part of.
    pub parent: Option<KeyParts<'a>>,
}

/// Why bytes are not a header, or a header has no bytes.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum HeaderError {
    /// The bytes end too early.
    #[error("header ends after {len} bytes, inside {field}")]
    Short {
        /// What is cut off.
        field: &'static str,
        /// Bytes there are.
        len: usize,
    },
    /// There is more than a header.
    #[error("header is followed by {extra} bytes that do not belong to it")]
    Trailing {
        /// Bytes too many.
        extra: usize,
    },
    /// Written by another program version, or damaged.
    #[error("header format {found}, this program reads {FORMAT_VERSION}")]
    Format {
        /// Format number in the bytes.
        found: u16,
    },
    /// Not UTF-8.
    #[error("{field} in the header is not UTF-8")]
    Text {
        /// Which text.
        field: &'static str,
    },
    /// Too long for its length field.
    #[error("{field} has {len} bytes, at most {TEXT_LEN_MAX} fit")]
    Long {
        /// Which text.
        field: &'static str,
        /// Its bytes.
        len: usize,
    },
    /// System, object type and id do not make a source key.
    #[error("source key in the header: {0}")]
    Key(#[from] IdError),
}

impl<'a> Header<'a> {
    /// Appends the bytes to `to`.
    ///
    /// # Errors
    /// If a part of the source key is longer than [`TEXT_LEN_MAX`]; `to` is then as before.
    pub fn encode(&self, to: &mut Vec<u8>) -> Result<(), HeaderError> {
        let keys = || std::iter::once(self.key).chain(self.parent);
        for (field, text) in keys().flat_map(|key| key.texts()) {
            if text.len() > TEXT_LEN_MAX {
                return Err(HeaderError::Long { field, len: text.len() });
            }
        }
        to.reserve(self.encoded_len());
        to.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        to.extend_from_slice(&self.type_id.to_le_bytes());
        to.extend_from_slice(&self.version.to_le_bytes());
        to.extend_from_slice(&self.recorded_at_us.to_le_bytes());
        to.extend_from_slice(&self.run.0);
        to.extend_from_slice(&self.event.0);
        to.extend_from_slice(&self.causation.map_or(NO_CAUSE, |cause| cause.0).to_le_bytes());
        to.extend_from_slice(&self.sequence.to_le_bytes());
        to.extend_from_slice(&self.ordinal.to_le_bytes());
        to.extend_from_slice(&self.content.0);
        for (_, text) in keys().flat_map(|key| key.texts()) {
            let [low, high, ..] = text.len().to_le_bytes();
            to.extend_from_slice(&[low, high]);
            to.extend_from_slice(text.as_bytes());
        }
        Ok(())
    }

    /// Number of bytes that [`Self::encode`] appends.
    pub fn encoded_len(&self) -> usize {
        let keys = std::iter::once(self.key).chain(self.parent);
        let texts = keys.flat_map(|key| key.texts());
        FIXED_LEN + texts.map(|(_, text)| 2 + text.len()).sum::<usize>()
    }

    /// Reads the bytes of exactly one header.
    ///
    /// # Errors
    /// If the bytes are no header of [`FORMAT_VERSION`], to the last byte.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, HeaderError> {
        let mut rest = Rest { bytes, len: bytes.len() };
        let found = rest.u16("format version")?;
        if found != FORMAT_VERSION {
            return Err(HeaderError::Format { found });
        }
        let header = Self {
            type_id: rest.u16("event type")?,
            version: rest.u16("event version")?,
            recorded_at_us: i64::from_le_bytes(rest.array("time")?),
            run: RunId(rest.array("run id")?),
            event: EventId(rest.array("event id")?),
            causation: match u64::from_le_bytes(rest.array("causation")?) {
                NO_CAUSE => None,
                cause => Some(Position(cause)),
            },
            sequence: u32::from_le_bytes(rest.array("sequence")?),
            ordinal: u32::from_le_bytes(rest.array("ordinal")?),
            content: ContentHash(rest.array("content hash")?),
            key: rest.key()?,
            parent: if rest.bytes.is_empty() { None } else { Some(rest.key()?) },
        };
        match rest.bytes.len() {
            0 => Ok(header),
            extra => Err(HeaderError::Trailing { extra }),
        }
    }

    /// The source keys of the record and of the one it is part of.
    ///
    /// # Errors
    /// If the texts do not make source keys.
    pub fn keys(&self) -> Result<(SourceKey, Option<SourceKey>), HeaderError> {
        Ok((self.key.key()?, self.parent.map(|parent| parent.key()).transpose()?))
    }
}

/// What is left to read, and how long it was.
struct Rest<'a> {
    bytes: &'a [u8],
    len: usize,
}

impl<'a> Rest<'a> {
    fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], HeaderError> {
        let (head, tail) = self
            .bytes
            .split_first_chunk::<N>()
            .ok_or(HeaderError::Short { field, len: self.len })?;
        self.bytes = tail;
        Ok(*head)
    }

    fn u16(&mut self, field: &'static str) -> Result<u16, HeaderError> {
        self.array(field).map(u16::from_le_bytes)
    }

    fn key(&mut self) -> Result<KeyParts<'a>, HeaderError> {
        Ok(KeyParts {
            system: self.text("source system")?,
            object: self.text("object type")?,
            id: self.text("source id")?,
        })
    }

    fn text(&mut self, field: &'static str) -> Result<&'a str, HeaderError> {
        let len = usize::from(self.u16(field)?);
        let (head, tail) =
            self.bytes.split_at_checked(len).ok_or(HeaderError::Short { field, len: self.len })?;
        self.bytes = tail;
        std::str::from_utf8(head).map_err(|_| HeaderError::Text { field })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header() -> Header<'static> {
        Header {
            type_id: 11,
            version: 1,
            recorded_at_us: 1_764_547_200_000_000,
            run: RunId([1; 16]),
            event: EventId([2; 16]),
            causation: None,
            sequence: 3,
            ordinal: 0,
            content: ContentHash([4; 32]),
            key: KeyParts { system: "deskero", object: "ticket", id: "4711" },
            parent: None,
        }
    }

    fn reply() -> Header<'static> {
        let key = KeyParts { system: "deskero", object: "reply", id: "4711/2" };
        Header { key, parent: Some(header().key), ..header() }
    }

    fn encoded(header: &Header<'_>) -> Vec<u8> {
        let mut bytes = Vec::new();
        header.encode(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn the_fixed_part_has_its_length() {
        let bytes = encoded(&header());
        assert_eq!(bytes.len(), header().encoded_len());
        assert_eq!(&bytes[FIXED_LEN..FIXED_LEN + 2], &7u16.to_le_bytes());
    }

    #[test]
    fn every_cut_and_every_extra_byte_is_refused() {
        let bytes = encoded(&reply());
        let without_parent = encoded(&Header { parent: None, ..reply() }).len();
        for len in (0..bytes.len()).filter(|len| *len != without_parent) {
            let decoded = Header::decode(&bytes[..len]);
            assert!(matches!(decoded, Err(HeaderError::Short { .. })), "{len}");
        }
        let bytes = [&bytes[..], &[0]].concat();
        assert_eq!(Header::decode(&bytes), Err(HeaderError::Trailing { extra: 1 }));
    }

    #[test]
    fn another_format_is_refused_by_number() {
        let mut bytes = encoded(&header());
        bytes[0] = 2;
        assert_eq!(Header::decode(&bytes), Err(HeaderError::Format { found: 2 }));
    }

    #[test]
    fn text_that_is_not_utf8_is_refused() {
        let mut bytes = encoded(&header());
        bytes[FIXED_LEN + 2] = 0xff;
        assert_eq!(Header::decode(&bytes), Err(HeaderError::Text { field: "source system" }));
    }

    #[test]
    fn a_source_id_too_long_is_refused_and_nothing_is_written() {
        let id = "x".repeat(TEXT_LEN_MAX + 1);
        let mut bytes = vec![9];
        let key = KeyParts { id: &id, ..header().key };
        for long in [Header { key, ..header() }, Header { parent: Some(key), ..header() }] {
            assert!(matches!(long.encode(&mut bytes), Err(HeaderError::Long { .. })));
        }
        assert_eq!(bytes, [9]);
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(
            numbers in any::<(u16, u16, i64, u32, u32)>(),
            ids in any::<([u8; 16], [u8; 16], [u8; 32])>(),
            cause in proptest::option::of(0..u64::MAX),
            texts in any::<[String; 6]>(),
            has_parent in any::<bool>(),
        ) {
            let parts = |at: usize| KeyParts {
                system: &texts[at],
                object: &texts[at + 1],
                id: &texts[at + 2],
            };
            let header = Header {
                type_id: numbers.0,
                version: numbers.1,
                recorded_at_us: numbers.2,
                run: RunId(ids.0),
                event: EventId(ids.1),
                causation: cause.map(Position),
                sequence: numbers.3,
                ordinal: numbers.4,
                content: ContentHash(ids.2),
                key: parts(0),
                parent: has_parent.then(|| parts(3)),
            };
            prop_assert_eq!(encoded(&header).len(), header.encoded_len());
            let bytes = encoded(&header);
            prop_assert_eq!(Header::decode(&bytes), Ok(header));
        }

        #[test]
        fn any_bytes_are_decoded_to_themselves_or_refused(
            bytes in proptest::collection::vec(any::<u8>(), 0..160),
        ) {
            let mut bytes = bytes;
            if bytes.len() > 2 {
                bytes[..2].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
            }
            if let Ok(header) = Header::decode(&bytes) {
                prop_assert_eq!(encoded(&header), bytes);
            }
        }
    }
}
