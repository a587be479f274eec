//! Everything that an outsider needs to check the ledger, in one ZIP file.

use std::io::{Seek, Write};
use std::sync::Arc;

use include_dir::{Dir, include_dir};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::checker::checker_page;
use super::error::AuditError;
use super::export::{exported, head_and_checkpoints, write_log};
use super::prove::{prove, prove_between};
use crate::model::event::CATALOGUE;
use crate::model::note::{SignedNote, VerifierKey};
use crate::model::{Frontier, Position};
use crate::store::{CheckpointRow, EventQuery, Store, StoreError};

static SCHEMAS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/ledger-schema/events");

/// Files of words, which nothing is checked by.
const WORDS: [(&str, &str); 3] = [
    (README, include_str!("bundle-readme.md")),
    ("HASHING.md", include_str!("../../ledger-schema/HASHING.md")),
    ("CATALOGUE.md", include_str!("../../ledger-schema/CATALOGUE.md")),
];
const README: &str = "README.md";
/// The page that checks a proof in a browser.
const CHECKER: &str = "check-proof.html";
/// The log.
pub(super) const EVENTS: &str = "events.jsonl";
/// Public keys as the maker of the bundle names them.
pub(super) const KEYS: &str = "public-keys.txt";
pub(super) const CHECKPOINTS: &str = "checkpoints/";
pub(super) const PROOFS: &str = "proofs/";
pub(super) const CERTIFICATES: &str = "certificates/";
/// Certificates of accuracy.
pub(super) const ACCURACY: &str = "accuracy/";
pub(super) const SCHEMA_FOLDER: &str = "schemas/";
/// End of the names of proofs.
pub(super) const PROOF_END: &str = ".tlog-proof";
/// End of the names of notes.
pub(super) const NOTE_END: &str = ".note";
/// End of the names of events that stand alone.
pub(super) const EVENT_END: &str = ".json";

/// The event that is a certificate.
const CERTIFICATE: &str = "ResidueCertified";

/// Certificates read at a time.
const CERTIFICATES_MAX: u32 = 10_000;

/// What a bundle holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BundleContents {
    /// Events.
    pub events: u64,
    /// Checkpoints.
    pub checkpoints: u64,
    /// Certificates.
    pub certificates: u64,
    /// Proofs.
    pub proofs: u64,
}

/// Names of the files of words.
pub(super) fn is_of_words(name: &str) -> bool {
    name == KEYS
        || name == CHECKER
        || WORDS.iter().any(|(known, _)| *known == name)
        || name.starts_with(SCHEMA_FOLDER) && name.ends_with(EVENT_END)
}

/// Writes a bundle of the ledger as it stands at the start. Payloads only if `with_payloads`: they
/// may be personal. `keys` are named in it, for convenience alone; certificates of `accuracy` come
/// along.
///
/// # Errors
/// If the database does not answer, what it answers is damaged, or `to` cannot be written.
pub async fn export_bundle(
    store: &Arc<dyn Store>,
    with_payloads: bool,
    keys: &[VerifierKey],
    accuracy: &[SignedNote],
    to: impl Write + Seek + Send,
) -> Result<BundleContents, AuditError> {
    let (head, checkpoints) = head_and_checkpoints(store).await?;
    let mut zip = ZipWriter::new(to);
    for (name, words) in WORDS {
        put(&mut zip, name, words.as_bytes())?;
    }
    put(&mut zip, CHECKER, checker_page().as_bytes())?;
    let lines: String = keys.iter().map(|key| format!("{key}\n")).collect();
    put(&mut zip, KEYS, lines.as_bytes())?;
    for file in SCHEMAS.files() {
        let name = file.path().file_name().and_then(|name| name.to_str());
        if let Some(name) = name {
            put(&mut zip, &format!("{SCHEMA_FOLDER}{name}"), file.contents())?;
        }
    }
    begin(&mut zip, EVENTS)?;
    let frontier = Frontier::from_bytes(head.size, &head.frontier)
        .map_err(|error| StoreError::damaged(error.to_string()))?;
    write_log(store, &frontier, &checkpoints, with_payloads, &mut zip).await?;
    let mut contents = BundleContents {
        events: head.size,
        checkpoints: checkpoints.len() as u64,
        ..BundleContents::default()
    };
    put_checkpoints(store, &checkpoints, &mut zip, &mut contents).await?;
    let sealed = checkpoints.last().map_or(0, |row| row.size);
    put_certificates(store, (head.size, sealed), with_payloads, &mut zip, &mut contents).await?;
    for (note, number) in accuracy.iter().zip(1..) {
        put(&mut zip, &format!("{ACCURACY}{number}{NOTE_END}"), note.to_string().as_bytes())?;
        contents.certificates += 1;
    }
    zip.finish().map_err(unwritten)?;
    Ok(contents)
}

async fn put_checkpoints<W: Write + Seek + Send>(
    store: &Arc<dyn Store>,
    rows: &[CheckpointRow],
    zip: &mut ZipWriter<W>,
    contents: &mut BundleContents,
) -> Result<(), AuditError> {
    for row in rows {
        put(zip, &format!("{CHECKPOINTS}{:012}{NOTE_END}", row.size), row.note.as_bytes())?;
    }
    for pair in rows.windows(2) {
        let (old, new) = (&pair[0], &pair[1]);
        let from: SignedNote = old.note.parse()?;
        let proof = prove_between(store, &from, new).await?.to_string();
        let name = format!("{PROOFS}{:012}-{:012}{PROOF_END}", old.size, new.size);
        put(zip, &name, proof.as_bytes())?;
        contents.proofs += 1;
    }
    Ok(())
}

async fn put_certificates<W: Write + Seek + Send>(
    store: &Arc<dyn Store>,
    (size, sealed): (u64, u64),
    with_payloads: bool,
    zip: &mut ZipWriter<W>,
    contents: &mut BundleContents,
) -> Result<(), AuditError> {
    let types = CATALOGUE.iter().filter(|kind| kind.name == CERTIFICATE).map(|kind| kind.type_id);
    let query = EventQuery {
        from: Position(0),
        to: Position(size),
        types: Some(types.collect()),
        limit: CERTIFICATES_MAX,
    };
    for row in store.events(&query).await? {
        let at = row.position.0;
        for event in exported(store, at, at + 1, with_payloads).await? {
            let json = serde_json::to_vec(&event).map_err(std::io::Error::from)?;
            put(zip, &format!("{CERTIFICATES}{at}{EVENT_END}"), &json)?;
            contents.certificates += 1;
        }
        if at < sealed {
            let proof = prove(store, row.position, false).await?.to_string();
            put(zip, &format!("{CERTIFICATES}{at}{PROOF_END}"), proof.as_bytes())?;
            contents.proofs += 1;
        }
    }
    Ok(())
}

fn begin<W: Write + Seek>(zip: &mut ZipWriter<W>, name: &str) -> Result<(), AuditError> {
    // A log can be larger than 4 GiB.
    let options = SimpleFileOptions::default().large_file(true).unix_permissions(0o600);
    zip.start_file(name, options).map_err(unwritten)
}

fn put<W: Write + Seek>(
    zip: &mut ZipWriter<W>,
    name: &str,
    bytes: &[u8],
) -> Result<(), AuditError> {
    begin(zip, name)?;
    Ok(zip.write_all(bytes)?)
}

fn unwritten(error: zip::result::ZipError) -> AuditError {
    AuditError::Write(std::io::Error::other(error))
}
