//! What is left after a crash, a lost answer, a look-up that cannot tell.

mod appends;
mod changed;
mod claim;
mod creates;
mod drafts;
mod fire;
mod full;
mod kill;
mod lost;
mod planning;
mod steps;
mod unsteady;
mod verdict;
mod walks;
mod world;
