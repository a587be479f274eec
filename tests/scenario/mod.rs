//! Given a history, when, then: the real program before a simulated Intercom.

mod clickdesk;
mod delta;
mod first_run;
mod gate;
mod handoff;
mod infraon;
mod itco;
mod objects;
mod preflight;
mod rollback;
mod tickets;
