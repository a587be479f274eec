//! Promises to others.

mod audit;
mod destination;
mod partial;
mod schema;
mod source;
mod store;
mod templates;
mod vectors;
