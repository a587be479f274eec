//! Keys and values of projection rows: big-endian numbers so that rows sort as numbers do, and
//! postcard for values, which are rebuilt whenever their layout changes.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ledger::{ProjectionError, Rows};
use crate::model::StreamId;
use crate::model::lifecycle::LifecycleError;

/// Bytes that most values fit in.
const VALUE_ROOM: usize = 128;

/// Key of a stream's row.
pub fn stream_key(stream: StreamId) -> Vec<u8> {
    stream.0.to_be_bytes().to_vec()
}

/// A stream number at `at` of a key; `None` if the key is too short.
pub fn stream_at(key: &[u8], at: usize) -> Option<StreamId> {
    let bytes = key.get(at..at + 8)?;
    Some(StreamId(u64::from_be_bytes(bytes.try_into().ok()?)))
}

/// A row's value in its stored form.
///
/// # Errors
/// If the value cannot be encoded.
pub fn encode<T: Serialize>(
    projection: &'static str,
    value: &T,
) -> Result<Vec<u8>, ProjectionError> {
    postcard::to_extend(value, Vec::with_capacity(VALUE_ROOM))
        .map_err(|cause| ProjectionError::Row(format!("{projection}: {cause}")))
}

/// A row's value from its stored form.
///
/// # Errors
/// If the bytes are not such a value.
pub fn decode<T: DeserializeOwned>(
    projection: &'static str,
    bytes: &[u8],
) -> Result<T, ProjectionError> {
    postcard::from_bytes(bytes)
        .map_err(|cause| ProjectionError::Row(format!("{projection}: {cause}")))
}

/// The row at `key`, or the default where there is none.
///
/// # Errors
/// If the stored bytes are not such a value.
pub fn load<T: DeserializeOwned + Default>(
    projection: &'static str,
    rows: &mut dyn Rows,
    key: &[u8],
) -> Result<T, ProjectionError> {
    rows.get(key).map_or_else(|| Ok(T::default()), |bytes| decode(projection, bytes))
}

/// A step of a lifecycle that the table does not admit refuses the append.
pub fn refused(cause: LifecycleError) -> ProjectionError {
    ProjectionError::Refused { rule: "lifecycle", reason: cause.to_string() }
}
