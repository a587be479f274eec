//! Promises to others.

mod audit;
mod schema;
mod store;
mod vectors;
