//! Reads with which the canary tries tags.

use super::super::super::super::contract::Read;

/// All tags.
pub fn list() -> Read {
    Read::get("/tags")
}
