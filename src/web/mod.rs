//! The ledger as pages: one renderer, for a server on loopback and for a folder of files.

pub mod address;
pub mod counted;
pub mod draw;
pub mod error;
pub mod folder;
pub mod frame;
pub mod html;
pub mod links;
pub mod opened;
pub mod page;
pub mod server;

pub use error::WebError;
pub use opened::Opened;
pub use server::Server;
