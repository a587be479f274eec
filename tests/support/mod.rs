pub mod archive;
pub mod content;
pub mod databases;
pub mod desk;
pub mod export;
pub mod mariadb;
pub mod program;
pub mod tally;
