pub mod databases;
pub mod desk;
pub mod tally;
