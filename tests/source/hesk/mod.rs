//! Hesk on a real MariaDB: tables from our own description of four families, invented rows for
//! every trap.

mod beside;
mod both;
mod caused;
mod changes;
mod checked;
mod export;
pub(crate) mod family;
mod reading;
mod rows;
mod scenario;
pub(crate) mod site;
mod workbook;
