//! deskledger.
fn main() {}
