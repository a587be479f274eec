//! Finding out whether a request without a usable answer was carried out (FACTS §9).

mod delays;
mod lane;
mod listed;
mod look;
mod resolve;
mod searched;
mod target;

pub use delays::LOOKS;
pub(super) use resolve::look_up;
