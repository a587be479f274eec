//! deskledger.
