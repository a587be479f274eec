//! Damaged input: what people and programs write, changed at random places, through the loaders
//! and parsers. Nothing may panic, lose a row or take memory without bound. A test run tries some
//! cases of each; `tools/fuzz.sh` tries for ten minutes each.

mod archive;
mod edit;
mod hesk;
mod reading;
mod run;
mod seed;
mod tables;
mod transcript;
