pub mod databases;
pub mod desk;
pub mod program;
pub mod tally;
