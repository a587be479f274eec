//! Promises to others.

mod schema;
mod vectors;
