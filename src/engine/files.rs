//! The bytes of attachments, from whichever export holds them.

use std::io::Read;
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::error::EngineError;
use crate::destination::intercom::step::FileHole;
use crate::source::SourceReader;

/// Exports that may hold a file, latest first.
#[derive(Clone, Default)]
pub struct Files {
    readers: Vec<Arc<dyn SourceReader>>,
}

impl Files {
    /// Files of these exports, latest first.
    pub fn new(readers: Vec<Arc<dyn SourceReader>>) -> Self {
        Self { readers }
    }

    /// The bytes that `hole` names; `None` if no export holds them as they were read.
    ///
    /// # Errors
    /// If the reading thread is cut short.
    pub async fn fetch(&self, hole: &FileHole) -> Result<Option<Bytes>, EngineError> {
        let readers = self.readers.clone();
        let hole = hole.clone();
        tokio::task::spawn_blocking(move || {
            readers.iter().find_map(|reader| read_from(reader.as_ref(), &hole))
        })
        .await
        .map_err(|_| EngineError::Interrupted("reading a file"))
    }
}

/// The bytes, if this export has them and they are those that were read.
fn read_from(reader: &dyn SourceReader, hole: &FileHole) -> Option<Bytes> {
    let mut bytes = Vec::with_capacity(usize::try_from(hole.size_bytes).ok()?);
    // One byte more than expected tells a grown file without reading it whole.
    let limit = hole.size_bytes.saturating_add(1);
    reader.open_attachment(&hole.path).ok()?.take(limit).read_to_end(&mut bytes).ok()?;
    let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    (digest == hole.sha256).then(|| Bytes::from(bytes))
}
