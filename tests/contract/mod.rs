//! Promises to others.

mod accuracy;
mod audit;
mod auditor;
mod budget;
mod damage;
mod damaged;
mod destination;
mod export;
mod loader;
mod mutations;
mod partial;
mod schema;
mod second_checker;
mod source;
mod store;
mod tampering;
mod templates;
mod text;
mod vectors;
