//! Promises to others.

mod destination;
mod schema;
mod source;
mod store;
mod vectors;
