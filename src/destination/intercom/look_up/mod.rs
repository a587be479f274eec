//! Finding out whether a request without a usable answer was carried out (FACTS §9).

mod delays;
mod lane;
mod resolve;
mod target;

pub(super) mod as_read;
pub(super) mod listed;
pub(super) mod look;

pub use delays::LOOKS;
pub(super) use resolve::look_up;
