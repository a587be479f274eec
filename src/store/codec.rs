//! How payload bytes are packed in their rows.

use std::cell::RefCell;

use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::get_frame_content_size;

/// Bytes as they are.
pub const CODEC_PLAIN: u16 = 0;
/// zstd, one frame with its content size.
pub const CODEC_ZSTD: u16 = 1;

/// The fastest level: the next ones cost more time than the disk saves.
const LEVEL: i32 = 1;

/// A payload is one record, request or answer; more than this is a damaged length field.
const PAYLOAD_LEN_MAX: u64 = 1 << 30;

thread_local! {
    // A compressor's tables take longer to allocate than a record takes to compress.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
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
    let packed = COMPRESSOR.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = Compressor::new(LEVEL).ok();
        }
        slot.as_mut().and_then(|compressor| compressor.compress(bytes).ok())
    });
    match packed {
        Some(packed) if packed.len() < bytes.len() => (CODEC_ZSTD, Some(packed)),
        _ => (CODEC_PLAIN, None),
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
        Ok(CODEC_PLAIN) => Ok(bytes),
        Ok(CODEC_ZSTD) => {
            decompress(bytes, to)?;
            Ok(to)
        }
        _ => Err(CodecError::Unknown(codec)),
    }
}

fn decompress(packed: &[u8], to: &mut Vec<u8>) -> Result<(), CodecError> {
    let wrong = |what: &str| CodecError::Damaged(what.to_owned());
    let len = match get_frame_content_size(packed) {
        Ok(Some(len)) if len <= PAYLOAD_LEN_MAX => usize::try_from(len).unwrap_or(usize::MAX),
        _ => return Err(wrong("its frame does not tell a possible length")),
    };
    to.clear();
    to.try_reserve_exact(len).map_err(|_| wrong("no memory"))?;
    DECOMPRESSOR.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = Decompressor::new().ok();
        }
        let decompressor = slot.as_mut().ok_or_else(|| wrong("no memory"))?;
        let done = decompressor.decompress_to_buffer(packed, to);
        done.map(drop).map_err(|cause| CodecError::Damaged(cause.to_string()))
    })
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
        assert_eq!(codec, CODEC_ZSTD);
        assert!(packed.len() < bytes.len() / 4);
        assert!(unpack(codec.into(), &packed[..packed.len() - 1], &mut Vec::new()).is_err());
    }

    #[test]
    fn unknown_codecs_are_refused() {
        for codec in [-1, 2, 1 << 40] {
            assert!(matches!(unpack(codec, b"", &mut Vec::new()), Err(CodecError::Unknown(_))));
        }
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
