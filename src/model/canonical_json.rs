//! The one byte form that is hashed: RFC 8785 (JSON Canonicalization Scheme).

use serde::Serialize;

/// A value that has no canonical JSON form (a non-finite number, a non-text map key).
#[derive(Debug, thiserror::Error)]
#[error("no canonical JSON form: {0}")]
pub struct CanonicalJsonError(String);

/// The canonical bytes of `value`.
///
/// # Errors
/// If the value holds what JSON cannot (a non-finite number, a non-text key).
pub fn canonical_json<T: Serialize>(value: &T) -> Result<Vec<u8>, CanonicalJsonError> {
    serde_json_canonicalizer::to_vec(value).map_err(|error| CanonicalJsonError(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_and_whitespace_is_gone() {
        let value: serde_json::Value = serde_json::from_str(r#"{ "b": 1.0, "a": "ü" }"#).unwrap();
        assert_eq!(canonical_json(&value).unwrap(), r#"{"a":"ü","b":1}"#.as_bytes());
    }
}
