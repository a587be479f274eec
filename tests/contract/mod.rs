//! Promises to others.

mod destination;
mod schema;
mod store;
mod vectors;
