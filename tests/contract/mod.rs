//! Promises to others.

mod schema;
mod store;
mod vectors;
