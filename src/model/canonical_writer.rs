//! Writes canonical JSON straight into one buffer: members that come in the right order are not
//! moved again, and records are laid out so that most do.

use std::cmp::Ordering;
use std::fmt::Display;

use serde::ser::{self, Serialize};

/// Whole numbers up to this are the same as a double and as text (2^53).
const WHOLE_MAX: u64 = 1 << 53;

/// A value that has no canonical JSON form (a non-finite number, a non-text map key).
#[derive(Debug, thiserror::Error)]
#[error("no canonical JSON form: {0}")]
pub struct CanonicalJsonError(String);

impl CanonicalJsonError {
    fn new(reason: impl Display) -> Self {
        Self(reason.to_string())
    }
}

/// Room kept for the next value; what a larger one needed is given back.
const ROOM_KEPT: usize = 1 << 20;

/// Bytes looked at together when a text is searched for what must be escaped.
const LANE: usize = 32;

/// A member of an object being written.
#[derive(Clone, Copy)]
struct Member {
    /// Start of a key that sorts as its bytes do; 0 for others. Nearly always enough to tell two
    /// keys apart.
    start_of_key: u64,
    /// Where its quoted key begins.
    start: usize,
    /// Where its quoted key ends.
    key_end: usize,
    /// Where its value ends.
    end: usize,
}

/// The bytes so far, and the members of all objects not yet closed.
#[derive(Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
    members: Vec<Member>,
    scratch: Vec<u8>,
}

/// An array or an object that is open.
pub(super) struct Open<'a> {
    writer: &'a mut Writer,
    /// First of its members; unused for an array.
    first: usize,
    empty: bool,
    /// Written after it: the end of what stands around an enum's value.
    close: &'static [u8],
}

impl Writer {
    /// What was written.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Forgets what was written; the room for it is kept for the next value.
    pub(super) fn clear(&mut self) {
        self.members.clear();
        for room in [&mut self.bytes, &mut self.scratch] {
            room.clear();
            room.shrink_to(ROOM_KEPT);
        }
    }

    fn raw(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn signed(&mut self, number: i64) -> Result<(), CanonicalJsonError> {
        if number.unsigned_abs() > WHOLE_MAX {
            return self.double(number as f64);
        }
        self.raw(itoa::Buffer::new().format(number));
        Ok(())
    }

    fn unsigned(&mut self, number: u64) -> Result<(), CanonicalJsonError> {
        if number > WHOLE_MAX {
            return self.double(number as f64);
        }
        self.raw(itoa::Buffer::new().format(number));
        Ok(())
    }

    fn double(&mut self, number: f64) -> Result<(), CanonicalJsonError> {
        if !number.is_finite() {
            return Err(CanonicalJsonError::new("a number is not finite"));
        }
        self.raw(ryu_js::Buffer::new().format_finite(number));
        Ok(())
    }

    fn text(&mut self, text: &str) {
        write_text(&mut self.bytes, text);
    }

    /// A key is a string, or a number or truth value in quotes.
    fn key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), CanonicalJsonError> {
        let start = self.bytes.len();
        key.serialize(&mut *self)?;
        match self.bytes.get(start) {
            Some(b'"') => Ok(()),
            Some(b'-' | b'0'..=b'9' | b't' | b'f') => {
                self.bytes.insert(start, b'"');
                self.bytes.push(b'"');
                Ok(())
            }
            _ => Err(CanonicalJsonError::new("a key is not text")),
        }
    }

    fn array(&mut self) -> Open<'_> {
        self.bytes.push(b'[');
        Open { first: self.members.len(), writer: self, empty: true, close: b"]" }
    }

    fn object(&mut self) -> Open<'_> {
        self.bytes.push(b'{');
        Open { first: self.members.len(), writer: self, empty: true, close: b"}" }
    }

    /// An enum's value: an object with the variant as its only key.
    fn variant(&mut self, variant: &str) {
        self.bytes.push(b'{');
        self.text(variant);
        self.bytes.push(b':');
    }

    /// Puts the members from `first` on in order.
    fn sort(&mut self, first: usize) {
        let Self { bytes, members, scratch } = self;
        let own = &mut members[first..];
        let in_order = own.is_sorted_by(|a, b| compare(bytes, a, b) == Ordering::Less);
        if let (false, [begin, .., _]) = (in_order, &own[..]) {
            let start = begin.start;
            // Stable: of equal keys the first written is kept.
            own.sort_by(|a, b| compare(bytes, a, b));
            scratch.clear();
            let mut last: Option<&Member> = None;
            for member in &*own {
                if last.is_some_and(|last| compare(bytes, last, member) == Ordering::Equal) {
                    continue;
                }
                if last.is_some() {
                    scratch.push(b',');
                }
                scratch.extend_from_slice(&bytes[member.start..member.end]);
                last = Some(member);
            }
            bytes.truncate(start);
            bytes.extend_from_slice(scratch);
        }
        members.truncate(first);
    }
}

/// A text as canonical JSON.
pub fn write_text(to: &mut Vec<u8>, text: &str) {
    to.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = first_escape(rest) {
        to.extend_from_slice(&rest[..at]);
        escape(to, rest[at]);
        rest = &rest[at + 1..];
    }
    to.extend_from_slice(rest);
    to.push(b'"');
}

fn escape(to: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let short = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        0x09 => b't',
        0x0a => b'n',
        0x0c => b'f',
        0x0d => b'r',
        _ => {
            to.extend_from_slice(b"\\u00");
            to.push(HEX[usize::from(byte >> 4)]);
            return to.push(HEX[usize::from(byte & 15)]);
        }
    };
    to.extend_from_slice(&[b'\\', short]);
}

fn must_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Where the first byte that must be escaped stands.
fn first_escape(text: &[u8]) -> Option<usize> {
    let clean = |lane: &&[u8]| !lane.iter().fold(false, |any, byte| any | must_escape(*byte));
    let from = text.chunks_exact(LANE).take_while(clean).count() * LANE;
    text[from..].iter().position(|byte| must_escape(*byte)).map(|at| from + at)
}

/// The first bytes of a key as a number that sorts as they do, if it is all plain ASCII.
fn start_of_key(key: &[u8]) -> u64 {
    if !key.iter().all(|byte| byte.is_ascii() && *byte != b'\\') {
        return 0;
    }
    let mut start = [0; 8];
    let len = key.len().min(8);
    start[..len].copy_from_slice(&key[..len]);
    u64::from_be_bytes(start)
}

/// Order of keys: by UTF-16 code units (RFC 8785 §3.2.3), which for ASCII is the order of bytes.
fn compare(bytes: &[u8], a: &Member, b: &Member) -> Ordering {
    let key = |member: &Member| &bytes[member.start + 1..member.key_end - 1];
    if a.start_of_key != 0 && b.start_of_key != 0 {
        let order = a.start_of_key.cmp(&b.start_of_key);
        return order.then_with(|| key(a).cmp(key(b)));
    }
    let units = |member: &Member| -> Vec<u16> {
        let quoted = &bytes[member.start..member.key_end];
        // What was written here a moment ago is a JSON string.
        let text: String = serde_json::from_slice(quoted).unwrap_or_default();
        text.encode_utf16().collect()
    };
    units(a).cmp(&units(b))
}

impl Open<'_> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CanonicalJsonError> {
        if !std::mem::take(&mut self.empty) {
            self.writer.bytes.push(b',');
        }
        value.serialize(&mut *self.writer)
    }

    fn begin_member<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), CanonicalJsonError> {
        if !std::mem::take(&mut self.empty) {
            self.writer.bytes.push(b',');
        }
        let start = self.writer.bytes.len();
        self.writer.key(key)?;
        let key_end = self.writer.bytes.len();
        self.writer.bytes.push(b':');
        let start_of_key = start_of_key(&self.writer.bytes[start + 1..key_end - 1]);
        self.writer.members.push(Member { start_of_key, start, key_end, end: key_end });
        Ok(())
    }

    fn end_member<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CanonicalJsonError> {
        value.serialize(&mut *self.writer)?;
        let end = self.writer.bytes.len();
        if let Some(member) = self.writer.members.last_mut() {
            member.end = end;
        }
        Ok(())
    }

    fn member<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), CanonicalJsonError> {
        self.begin_member(key)?;
        self.end_member(value)
    }

    fn close(self) {
        self.writer.sort(self.first);
        self.writer.bytes.extend_from_slice(self.close);
    }
}

impl ser::Error for CanonicalJsonError {
    fn custom<T: Display>(reason: T) -> Self {
        Self::new(reason)
    }
}

/// Scalars that are written by one call.
macro_rules! scalars {
    ($($method:ident($kind:ty) $write:ident as $wide:ty;)*) => {
        $(fn $method(self, value: $kind) -> Result<(), CanonicalJsonError> {
            self.$write(<$wide>::from(value))
        })*
    };
}

impl<'a> ser::Serializer for &'a mut Writer {
    type Ok = ();
    type Error = CanonicalJsonError;
    type SerializeSeq = Open<'a>;
    type SerializeTuple = Open<'a>;
    type SerializeTupleStruct = Open<'a>;
    type SerializeTupleVariant = Open<'a>;
    type SerializeMap = Open<'a>;
    type SerializeStruct = Open<'a>;
    type SerializeStructVariant = Open<'a>;

    scalars! {
        serialize_i8(i8) signed as i64;
        serialize_i16(i16) signed as i64;
        serialize_i32(i32) signed as i64;
        serialize_i64(i64) signed as i64;
        serialize_u8(u8) unsigned as u64;
        serialize_u16(u16) unsigned as u64;
        serialize_u32(u32) unsigned as u64;
        serialize_u64(u64) unsigned as u64;
        serialize_f32(f32) double as f64;
        serialize_f64(f64) double as f64;
    }

    fn serialize_bool(self, value: bool) -> Result<(), CanonicalJsonError> {
        self.raw(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), CanonicalJsonError> {
        self.text(value.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), CanonicalJsonError> {
        self.text(value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), CanonicalJsonError> {
        let mut array = self.array();
        value.iter().try_for_each(|byte| array.element(byte))?;
        array.close();
        Ok(())
    }

    fn serialize_none(self) -> Result<(), CanonicalJsonError> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), CanonicalJsonError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), CanonicalJsonError> {
        self.raw("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), CanonicalJsonError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), CanonicalJsonError> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), CanonicalJsonError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), CanonicalJsonError> {
        self.variant(variant);
        value.serialize(&mut *self)?;
        self.bytes.push(b'}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Open<'a>, CanonicalJsonError> {
        Ok(self.array())
    }

    fn serialize_tuple(self, _: usize) -> Result<Open<'a>, CanonicalJsonError> {
        Ok(self.array())
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Open<'a>, CanonicalJsonError> {
        Ok(self.array())
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Open<'a>, CanonicalJsonError> {
        self.variant(variant);
        Ok(Open { close: b"]}", ..self.array() })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Open<'a>, CanonicalJsonError> {
        Ok(self.object())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Open<'a>, CanonicalJsonError> {
        Ok(self.object())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Open<'a>, CanonicalJsonError> {
        self.variant(variant);
        Ok(Open { close: b"}}", ..self.object() })
    }
}

/// Compound forms: which method takes a value and how it is written.
macro_rules! compounds {
    (elements: $($tuple:ident.$element:ident),*; members: $($record:ident),*) => {
        $(impl ser::$tuple for Open<'_> {
            type Ok = ();
            type Error = CanonicalJsonError;

            fn $element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Self::Error> {
                self.element(value)
            }

            fn end(self) -> Result<(), Self::Error> {
                self.close();
                Ok(())
            }
        })*
        $(impl ser::$record for Open<'_> {
            type Ok = ();
            type Error = CanonicalJsonError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), Self::Error> {
                self.member(key, value)
            }

            fn end(self) -> Result<(), Self::Error> {
                self.close();
                Ok(())
            }
        })*
    };
}

compounds! {
    elements: SerializeSeq.serialize_element, SerializeTuple.serialize_element,
        SerializeTupleStruct.serialize_field, SerializeTupleVariant.serialize_field;
    members: SerializeStruct, SerializeStructVariant
}

impl ser::SerializeMap for Open<'_> {
    type Ok = ();
    type Error = CanonicalJsonError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Self::Error> {
        self.begin_member(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Self::Error> {
        self.end_member(value)
    }

    fn end(self) -> Result<(), Self::Error> {
        self.close();
        Ok(())
    }
}
