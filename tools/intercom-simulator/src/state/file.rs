//! Files that came with replies, and their signed-looking addresses.

use bytes::Bytes;
use std::collections::HashMap;

/// A file as it came in a request.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) data: Bytes,
    pub(crate) sha256: [u8; 32],
}

/// A file or image on a message.
#[derive(Debug, Clone)]
pub(crate) struct Attachment {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) size: usize,
    pub(crate) sha256: Option<[u8; 32]>,
}

/// The bytes of the files, by attachment id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Files {
    next: u64,
    stored: HashMap<u64, (String, Bytes)>,
}

impl Files {
    pub(crate) fn store(&mut self, upload: &Upload) -> Attachment {
        self.next += 1;
        self.stored.insert(self.next, (upload.content_type.clone(), upload.data.clone()));
        Attachment {
            id: self.next,
            name: upload.name.clone(),
            content_type: upload.content_type.clone(),
            size: upload.data.len(),
            sha256: Some(upload.sha256),
        }
    }

    /// An image fetched from an address: its bytes are not known here.
    pub(crate) fn fetched(&mut self, name: &str, content_type: &str) -> Attachment {
        self.next += 1;
        Attachment {
            id: self.next,
            name: name.to_owned(),
            content_type: content_type.to_owned(),
            size: 0,
            sha256: None,
        }
    }

    pub(crate) fn get(&self, id: u64) -> Option<&(String, Bytes)> {
        self.stored.get(&id)
    }

    /// Turns the bytes of a file round: of the same length, and others.
    pub(crate) fn spoil(&mut self, id: u64) {
        if let Some((_, data)) = self.stored.get_mut(&id) {
            *data = data.iter().rev().copied().collect();
        }
    }

    pub(crate) fn forget(&mut self, id: u64) {
        self.stored.remove(&id);
    }
}

/// The word that makes an attachment's address look signed; checked when it is fetched.
pub(crate) fn signature(id: u64) -> String {
    crate::witness::hex(&crate::witness::digest(&id.to_le_bytes())[..8])
}
