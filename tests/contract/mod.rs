//! Promises to others.

mod destination;
