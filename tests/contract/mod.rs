//! Promises to others.

mod audit;
mod auditor;
mod budget;
mod destination;
mod export;
mod loader;
mod partial;
mod schema;
mod second_checker;
mod source;
mod store;
mod tampering;
mod templates;
mod text;
mod vectors;
