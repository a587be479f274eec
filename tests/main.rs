//! All tests that need more than one room, in one program. Where does a new test go? To the
//! lowest of these that can hold it; a test of one room stands in that room's file.

/// The house rules: floors, lengths, doorplates, forgotten files.
mod tidy;
