//! Whole migrations under everything that may happen to them, judged by an oracle.
//!
//! From one seed come a small desk, a workspace with things already in it, and a sequence of
//! steps. After each step the oracle (`tools/oracle`, no code of the product) looks at what the
//! simulated workspace holds; at the end everything is rolled back.
//!
//! **Faults allowed**: a connection closed before or after a request was carried out, reset,
//! answered with an error before or after, with nothing, with half an answer, late, with 429, and
//! once with 401, 403 or 422; the program killed at any request; teammates who reply, tag, rename
//! and close meanwhile; the desk edited, and records withdrawn from it; readings cut off.
//!
//! **Properties checked.** At any time: no person, thread, message, article, collection, company,
//! tag or attribute twice; no message in another's place, order, time, words or voice; nothing
//! that nobody made; what was there before is there, changed only as far as a migration may; what
//! teammates did stands; nobody is notified; the program ends with 0, 2 or 3. After a whole pass:
//! everything of the desk is there, as at the desk, and the same pass again writes nothing. After
//! the rollback of a slice: nothing outside it changed, and after the rollback of the newest runs
//! the workspace is as it was before them. After the rollback of all: the workspace is as it would
//! be had there been no migration, and the difference is the residue, as a set, both ways. At the
//! end: the ledger is whole and its projections equal their rebuild.
//!
//! **Properties not checked**: files, inline images and links; exports of other help desks and in
//! other forms; tickets and custom objects of Intercom; snoozing, assignment and participants;
//! dates of contacts; two programs at once; PostgreSQL; the search's delay; request budgets.

/// What may happen, by class.
mod classes;
/// One step's command, with what strikes it.
mod command;
/// The judge catches what it must: bugs planted in the state of a good run.
mod planted;
/// Rolling back a slice, and what may change by it.
mod rollback;
/// A sequence, performed.
mod run;
/// The seeds of every build, and those run by hand.
mod seeds;
/// A failing sequence, made shorter.
mod shrink;
/// Steps, and sequences made from a seed.
mod step;
/// A desk, the two workspaces and what is known of them.
mod world;
