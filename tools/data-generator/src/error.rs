//! What can go wrong.

use std::path::PathBuf;

/// Why a bundle was not written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A CSV row could not be written.
    #[error("{path}: {source}")]
    Csv {
        /// To which file.
        path: PathBuf,
        /// Why.
        source: csv::Error,
    },
    /// JSON could not be written or understood.
    #[error("{path}: {source}")]
    Json {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// The folder to write to already holds something.
    #[error("{0} is not empty")]
    NotEmpty(PathBuf),
    /// The recipe asks for something impossible.
    #[error("{0}")]
    Recipe(&'static str),
}
