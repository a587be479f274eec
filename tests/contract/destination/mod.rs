//! The client against the simulator, and its requests against the published description.

mod bodies;
mod client;
mod drift;
mod rows;
mod sample;
mod support;
mod undone;
mod unknown;
mod walk;
mod written;
