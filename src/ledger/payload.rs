//! Payload bytes: unpacked and checked against their commitment when they are read.

use super::error::LedgerError;
use crate::model::Commitment;
use crate::model::leaf::commitment;
use crate::store::{self, PayloadRow};

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
    let mut unpacked = Vec::new();
    let bytes = store::unpack(row.codec.into(), &row.bytes, &mut unpacked);
    let bytes = bytes.map_err(|cause| wrong(cause.to_string()))?.to_vec();
    match committed {
        Some(committed) if *committed == commitment(&salt, &bytes) => Ok(bytes),
        Some(_) => Err(wrong("it is not the one that was committed to".to_owned())),
        None => Err(wrong("the event was recorded without one".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Position;
    use crate::store::pack;

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
    fn a_cut_frame_is_refused() {
        let bytes = b"the same words again and again ".repeat(40);
        let (mut stored, committed) = row(&bytes);
        assert_eq!(unpack(stored.clone(), Some(&committed)).unwrap(), bytes);
        stored.bytes.pop();
        assert!(matches!(unpack(stored, Some(&committed)), Err(LedgerError::Payload { .. })));
    }
}
