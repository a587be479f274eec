//! What is left after a crash, a lost answer, a look-up that cannot tell.

mod creates;
mod drafts;
mod fire;
mod kill;
mod lost;
mod steps;
mod verdict;
mod world;
