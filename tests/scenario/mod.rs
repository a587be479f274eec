//! Given a history, when, then: the real program before a simulated Intercom.

mod anchor;
mod back_and_forth;
mod canary;
mod claim;
mod clickdesk;
mod collections;
mod cut_off;
mod delta;
mod effects;
mod findings;
mod first_run;
mod forms;
mod gate;
mod handoff;
mod history;
mod infraon;
mod itco;
mod needs;
mod objects;
mod official_clients;
mod preflight;
mod rollback;
mod shared_budget;
mod there_before;
mod tickets;
mod withdrawal;
