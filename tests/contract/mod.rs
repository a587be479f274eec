//! Promises to others.

mod audit;
mod destination;
mod schema;
mod store;
mod vectors;
