//! How payload bytes are packed in their rows.

use std::cell::RefCell;
use std::sync::LazyLock;

use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe::get_frame_content_size;

/// Bytes as they are.
pub const CODEC_PLAIN: u16 = 0;
/// zstd, one frame with its content size.
pub const CODEC_ZSTD: u16 = 1;
/// The same with `ledger-schema/payload-1.dict`, and a check sum behind it. A payload is short and
/// its field names are known: with them at hand it becomes a third smaller, in less time.
pub const CODEC_ZSTD_DICTIONARY: u16 = 2;

/// The fastest level: the next ones cost more time than the disk saves.
const LEVEL: i32 = 1;

/// A payload is one record, request or answer; more than this is a damaged length field.
const PAYLOAD_LEN_MAX: u64 = 1 << 30;

/// Bytes of BLAKE3 over the frame that stand behind it. The commitment covers what the frame
/// unpacks to; a frame has bits that change nothing, and these are to be missed by nobody either.
const SUM_LEN: usize = 4;

/// Room kept between payloads; what a larger one needed is given back.
const ROOM_KEPT: usize = 1 << 20;

/// Trained on the shipped samples, never on what somebody stored: bytes of a dictionary cannot be
/// erased. A ledger holds frames made with it, so it never changes; another one gets its own codec.
static DICTIONARY: &[u8] = include_bytes!("../../ledger-schema/payload-1.dict");
static ENCODER: LazyLock<Option<EncoderDictionary<'static>>> =
    LazyLock::new(|| EncoderDictionary::try_copy(DICTIONARY, LEVEL).ok());
static DECODER: LazyLock<Option<DecoderDictionary<'static>>> =
    LazyLock::new(|| DecoderDictionary::try_copy(DICTIONARY).ok());

thread_local! {
    // A compressor's tables take longer to allocate than a record takes to compress.
    static COMPRESSOR: RefCell<Option<Packer>> = const { RefCell::new(None) };
    static PLAIN: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
    static WITH_DICTIONARY: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// A compressor and room for what it writes.
struct Packer {
    compressor: Compressor<'static>,
    room: Vec<u8>,
}

impl Packer {
    fn new() -> Option<Self> {
        let compressor = Compressor::with_prepared_dictionary(ENCODER.as_ref()?).ok()?;
        Some(Self { compressor, room: Vec::new() })
    }

    fn pack(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.room.clear();
        self.room.reserve(zstd::zstd_safe::compress_bound(bytes.len()));
        self.compressor.compress_to_buffer(bytes, &mut self.room).ok()?;
        let packed = (self.room.len() + SUM_LEN < bytes.len())
            .then(|| [self.room.as_slice(), &sum(&self.room)].concat());
        self.room.clear();
        self.room.shrink_to(ROOM_KEPT);
        packed
    }
}

/// Why stored bytes cannot be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// Written by a newer program, or damaged.
    #[error("codec {0} is not known")]
    Unknown(i64),
    /// Not what the codec writes.
    #[error("it cannot be unpacked: {0}")]
    Damaged(String),
}

/// The codec and, if it is not plain, the packed bytes.
pub fn pack(bytes: &[u8]) -> (u16, Option<Vec<u8>>) {
    let packed = COMPRESSOR.with_borrow_mut(|slot| kept(slot, Packer::new)?.pack(bytes));
    match packed {
        Some(packed) => (CODEC_ZSTD_DICTIONARY, Some(packed)),
        None => (CODEC_PLAIN, None),
    }
}

/// The bytes that were packed: as they are, or unpacked into `to`, whose room is used again.
///
/// # Errors
/// If the codec is unknown or the bytes are not what it writes.
pub fn unpack<'b>(
    codec: i64,
    bytes: &'b [u8],
    to: &'b mut Vec<u8>,
) -> Result<&'b [u8], CodecError> {
    match u16::try_from(codec) {
        Ok(CODEC_PLAIN) => return Ok(bytes),
        Ok(CODEC_ZSTD) => PLAIN.with_borrow_mut(|slot| {
            let decompressor = kept(slot, || Decompressor::new().ok());
            decompress(decompressor, bytes, to)
        })?,
        Ok(CODEC_ZSTD_DICTIONARY) => WITH_DICTIONARY.with_borrow_mut(|slot| {
            let make = || Decompressor::with_prepared_dictionary(DECODER.as_ref()?).ok();
            decompress(kept(slot, make), whole(bytes)?, to)
        })?,
        _ => return Err(CodecError::Unknown(codec)),
    }
    Ok(to)
}

fn sum(frame: &[u8]) -> [u8; SUM_LEN] {
    let [a, b, c, d, ..] = *blake3::hash(frame).as_bytes();
    [a, b, c, d]
}

/// The frame before its check sum.
fn whole(bytes: &[u8]) -> Result<&[u8], CodecError> {
    match bytes.split_last_chunk() {
        Some((frame, found)) if *found == sum(frame) => Ok(frame),
        _ => Err(CodecError::Damaged("it does not fit its check sum".to_owned())),
    }
}

/// What the slot holds, made the first time.
fn kept<T>(slot: &mut Option<T>, make: impl FnOnce() -> Option<T>) -> Option<&mut T> {
    if slot.is_none() {
        *slot = make();
    }
    slot.as_mut()
}

fn decompress(
    decompressor: Option<&mut Decompressor<'static>>,
    packed: &[u8],
    to: &mut Vec<u8>,
) -> Result<(), CodecError> {
    let wrong = |what: &str| CodecError::Damaged(what.to_owned());
    let decompressor = decompressor.ok_or_else(|| wrong("no memory"))?;
    let len = match get_frame_content_size(packed) {
        Ok(Some(len)) if len <= PAYLOAD_LEN_MAX => usize::try_from(len).unwrap_or(usize::MAX),
        _ => return Err(wrong("its frame does not tell a possible length")),
    };
    to.clear();
    to.try_reserve_exact(len).map_err(|_| wrong("no memory"))?;
    let done = decompressor.decompress_to_buffer(packed, to);
    done.map(drop).map_err(|cause| CodecError::Damaged(cause.to_string()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn repetition_is_packed_and_a_cut_frame_is_refused() {
        let bytes = b"the same words again and again ".repeat(40);
        let (codec, packed) = pack(&bytes);
        let packed = packed.unwrap();
        assert_eq!(codec, CODEC_ZSTD_DICTIONARY);
        assert!(packed.len() < bytes.len() / 4);
        assert!(unpack(codec.into(), &packed[..packed.len() - 1], &mut Vec::new()).is_err());
    }

    #[test]
    fn no_bit_of_a_packed_payload_can_change_unseen() {
        let bytes = br#"{"record":{"kind":"message"},"body":"the same words, the same words"}"#;
        let (codec, packed) = pack(bytes);
        let packed = packed.unwrap();
        for bit in 0..packed.len() * 8 {
            let mut flipped = packed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(unpack(codec.into(), &flipped, &mut Vec::new()).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn unknown_codecs_are_refused() {
        for codec in [-1, 3, 1 << 40] {
            assert!(matches!(unpack(codec, b"", &mut Vec::new()), Err(CodecError::Unknown(_))));
        }
    }

    #[test]
    fn frames_without_a_dictionary_are_still_read() {
        let bytes = b"the same words again and again ".repeat(40);
        let packed = Compressor::new(LEVEL).unwrap().compress(&bytes).unwrap();
        assert_eq!(unpack(CODEC_ZSTD.into(), &packed, &mut Vec::new()).unwrap(), bytes);
    }

    #[test]
    fn the_dictionary_is_the_one_that_ledgers_were_written_with() {
        let known = "b41a1e0a14723e349ea350251a93c1455736d77e25293dc5ccb7bbec634091b7";
        assert_eq!(blake3::hash(DICTIONARY).to_hex().as_str(), known);
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
            let (codec, packed) = pack(&bytes);
            let stored = packed.as_deref().unwrap_or(&bytes);
            let mut to = Vec::new();
            prop_assert_eq!(unpack(codec.into(), stored, &mut to).unwrap(), &bytes[..]);
        }
    }
}
