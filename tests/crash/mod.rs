//! What is left after a crash.

mod kill;
