//! Given a history, when, then: the real program before a simulated Intercom.

mod delta;
mod first_run;
mod gate;
mod preflight;
mod rollback;
