//! Probe 6: how large files may be, how many, and what addresses may lead to.

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::probe::{Came, Canary};
use crate::destination::intercom::family::conversation::probe::{attach_addresses, attach_files};
use crate::destination::intercom::request::Request;
use crate::destination::intercom::step::{FileHole, file_of};
use crate::engine::error::EngineError;
use crate::model::DestinationId;

/// Sizes that are tried, in megabytes, until one is refused (FACTS §12.6).
const SIZES_MB: [usize; 4] = [1, 5, 20, 40];
const MEGABYTE: usize = 1024 * 1024;

/// One more than a message may carry (FACTS §5.4).
const MANY: usize = 11;

impl Canary<'_> {
    pub(super) async fn files(
        &mut self,
        talk: &DestinationId,
        begun_s: i64,
    ) -> Result<(), EngineError> {
        let at_s = begun_s + 120;
        let mut largest = 0;
        for size_mb in SIZES_MB {
            let request = self.with_files(talk, at_s, &[size_mb * MEGABYTE]);
            match self.send(request).await? {
                Came::Done { .. } => largest = size_mb,
                Came::Refused(refusal) => {
                    let word = format!("{}_{}", refusal.status, refusal.code);
                    self.found("file_refusal", word);
                    break;
                }
                other => {
                    self.found("file_refusal", other.word());
                    break;
                }
            }
        }
        self.found("file_mb_taken", largest.to_string());
        let many = self.with_files(talk, at_s, &[1; MANY]);
        self.taken("eleven_files", many).await?;
        let mut request = self.note(talk, "address", at_s);
        let address = "https://example.com/deskledger-canary.pdf";
        attach_addresses(&mut request, &[address]);
        self.taken("address_of_no_image", request).await?;
        Ok(())
    }

    fn with_files(&self, talk: &DestinationId, at_s: i64, sizes: &[usize]) -> Request {
        let mut request = self.note(talk, "files", at_s);
        let mut holes = Vec::new();
        for (number, size) in sizes.iter().enumerate() {
            let bytes = Bytes::from(vec![b'x'; *size]);
            let digest = Sha256::digest(&bytes);
            let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            holes.push(file_of(&FileHole {
                key: self.key.clone(),
                name: format!("canary-{number}.txt"),
                content_type: "text/plain".to_owned(),
                path: String::new(),
                sha256: sha256.clone(),
                size_bytes: *size as u64,
            }));
            request.files.insert(sha256, bytes);
        }
        attach_files(&mut request, holes);
        request
    }
}
