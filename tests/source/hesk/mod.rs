//! Hesk on a real MariaDB: tables from our own description of four families, invented rows for
//! every trap.

mod beside;
mod changes;
mod export;
mod family;
mod reading;
mod rows;
mod scenario;
mod site;
