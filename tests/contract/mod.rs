//! Promises to others.

mod audit;
mod budget;
mod destination;
mod export;
mod loader;
mod partial;
mod schema;
mod source;
mod store;
mod templates;
mod text;
mod vectors;
