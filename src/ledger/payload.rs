//! Payload bytes: packed before they are stored, unpacked and checked when they are read.

use std::cell::RefCell;

use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::get_frame_content_size;

use super::error::LedgerError;
use crate::model::leaf::commitment;
use crate::model::{Commitment, Position};
use crate::store::PayloadRow;

/// Bytes as they are.
const CODEC_PLAIN: u16 = 0;
/// zstd, one frame with its content size.
const CODEC_ZSTD: u16 = 1;

/// The fastest level: the next ones cost more time than the disk saves.
const LEVEL: i32 = 1;

/// A payload is one record, request or answer; more than this is a damaged length field.
const PAYLOAD_LEN_MAX: u64 = 1 << 30;

thread_local! {
    // A compressor's tables take longer to allocate than a record takes to compress.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// The codec and, if it is not plain, the packed bytes.
pub(super) fn pack(bytes: &[u8]) -> (u16, Option<Vec<u8>>) {
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

/// The bytes that were committed to.
///
/// # Errors
/// If they cannot be unpacked, or are not those.
pub(super) fn unpack(
    row: PayloadRow,
    committed: Option<&Commitment>,
) -> Result<Vec<u8>, LedgerError> {
    let position = row.position;
    let wrong = |what: String| LedgerError::Payload { position, what };
    let salt = row.salt;
    let bytes = match row.codec {
        CODEC_PLAIN => row.bytes,
        CODEC_ZSTD => decompress(&row.bytes, position)?,
        codec => return Err(wrong(format!("codec {codec} is not known"))),
    };
    match committed {
        Some(committed) if *committed == commitment(&salt, &bytes) => Ok(bytes),
        Some(_) => Err(wrong("it is not the one that was committed to".to_owned())),
        None => Err(wrong("the event was recorded without one".to_owned())),
    }
}

fn decompress(packed: &[u8], position: Position) -> Result<Vec<u8>, LedgerError> {
    let wrong = |what: String| LedgerError::Payload { position, what };
    let len = match get_frame_content_size(packed) {
        Ok(Some(len)) if len <= PAYLOAD_LEN_MAX => usize::try_from(len).unwrap_or(usize::MAX),
        _ => return Err(wrong("its frame does not tell a possible length".to_owned())),
    };
    DECOMPRESSOR.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = Decompressor::new().ok();
        }
        let decompressor =
            slot.as_mut().ok_or_else(|| wrong("no memory to unpack it".to_owned()))?;
        decompressor.decompress(packed, len).map_err(|cause| wrong(cause.to_string()))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(bytes: &[u8]) -> (PayloadRow, Commitment) {
        let (codec, packed) = pack(bytes);
        let salt = [7; 16];
        let bytes_stored = packed.unwrap_or_else(|| bytes.to_vec());
        let row = PayloadRow { position: Position(3), salt, codec, bytes: bytes_stored };
        (row, commitment(&salt, bytes))
    }

    #[test]
    fn another_salt_or_commitment_is_refused() {
        let (stored, committed) = row(b"a payload");
        let salted = PayloadRow { salt: [8; 16], ..stored.clone() };
        assert!(matches!(unpack(salted, Some(&committed)), Err(LedgerError::Payload { .. })));
        assert!(matches!(unpack(stored, None), Err(LedgerError::Payload { .. })));
    }

    #[test]
    fn repetition_is_packed_and_a_cut_frame_is_refused() {
        let bytes = b"the same words again and again ".repeat(40);
        let (mut stored, committed) = row(&bytes);
        assert_eq!(stored.codec, CODEC_ZSTD);
        assert!(stored.bytes.len() < bytes.len() / 4);
        stored.bytes.pop();
        assert!(matches!(unpack(stored, Some(&committed)), Err(LedgerError::Payload { .. })));
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
            let (stored, committed) = row(&bytes);
            prop_assert_eq!(unpack(stored, Some(&committed)).unwrap(), bytes);
        }
    }
}
