//! A bundle or an exported log, checked without the ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use zip::ZipArchive;

use super::accuracy;
use super::bundle::{
    ACCURACY, CERTIFICATES, CHECKPOINTS, EVENT_END, EVENTS, NOTE_END, PROOF_END, PROOFS,
    is_of_words,
};
use super::consistency::{ConsistencyProof, checkpoint_of};
use super::error::AuditError;
use super::export::ExportedEvent;
use super::inclusion::InclusionProof;
use super::log_check::{LogCheck, Problem, sizes};
use crate::model::TreeHash;
use crate::model::accuracy::AccuracyCertificate;
use crate::model::note::{SignedNote, VerifierKey};

/// First bytes of every ZIP file.
const ZIP_START: &[u8] = b"PK";

/// A small file of a bundle is no larger: a certificate with its payload.
const SMALL_LEN_MAX: u64 = 64 << 20;

/// What the check of a bundle or log found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleReport {
    /// Events.
    pub events: u64,
    /// Root over them.
    pub root: TreeHash,
    /// Payloads that came along.
    pub payloads: u64,
    /// Checkpoints.
    pub checkpoints: u64,
    /// Signatures of given keys that fit.
    pub signatures: u64,
    /// Events covered by them.
    pub sealed: u64,
    /// Proofs that hold.
    pub proofs: u64,
    /// What does not fit.
    pub problems: Vec<Problem>,
}

/// Checks a bundle, or a log as `audit export` writes it. With `keys` each checkpoint must be
/// signed by one of them, and there must be one; the ledger must continue each of the notes `kept`.
///
/// # Errors
/// If the file cannot be read, or a note kept is none. Whatever else it says is at worst a problem.
pub fn verify_bundle(
    path: &Path,
    keys: &[VerifierKey],
    kept: &[SignedNote],
) -> Result<BundleReport, AuditError> {
    verify_bundle_with(path, keys, kept, &[])
}

/// The same, with certificates of accuracy whose signatures are checked already: the log must say
/// what they say.
///
/// # Errors
/// As [`verify_bundle`].
pub fn verify_bundle_with(
    path: &Path,
    keys: &[VerifierKey],
    kept: &[SignedNote],
    certificates: &[AccuracyCertificate],
) -> Result<BundleReport, AuditError> {
    let mut start = Vec::new();
    File::open(path)?.take(ZIP_START.len() as u64).read_to_end(&mut start)?;
    let mut kept_sizes = BTreeSet::new();
    for note in kept {
        kept_sizes.insert(checkpoint_of(note)?.size);
    }
    kept_sizes.extend(certificates.iter().map(|certificate| certificate.size));
    let (mut log, proofs) = if start == ZIP_START {
        let mut bundle = Bundle::open(path)?;
        let checked = bundle.log(keys, kept_sizes).and_then(|log| bundle.check(log, keys));
        checked.map_err(damaged)?
    } else {
        let open = || Ok::<_, AuditError>(BufReader::new(File::open(path)?));
        let mut asked = sizes(open()?)?;
        asked.extend(kept_sizes);
        (LogCheck::read(open()?, keys, &asked, &BTreeSet::new())?, 0)
    };
    for note in kept {
        continues(&mut log, note, keys)?;
    }
    for certificate in certificates {
        for what in accuracy::against_log(certificate, &log.roots, &log.verified) {
            log.wrong("certificate", what);
        }
    }
    Ok(BundleReport {
        events: log.tree.size(),
        root: log.tree.root(),
        payloads: log.payloads,
        checkpoints: log.notes.len() as u64,
        signatures: log.signatures,
        sealed: log.sealed,
        proofs,
        problems: log.problems,
    })
}

/// Whether the ledger continues a note that somebody kept.
fn continues(
    log: &mut LogCheck,
    note: &SignedNote,
    keys: &[VerifierKey],
) -> Result<(), AuditError> {
    let said = checkpoint_of(note)?;
    let at = format!("note of {}", said.size);
    match log.roots.get(&said.size) {
        Some(root) if *root == said.root => {}
        Some(_) => log.wrong(&at, "the ledger does not continue it"),
        None => log.wrong(&at, format!("there are only {} events", log.tree.size())),
    }
    if !keys.is_empty()
        && let Err(error) = note.verify(keys)
    {
        log.wrong(&at, error.to_string());
    }
    Ok(())
}

struct Bundle {
    zip: ZipArchive<BufReader<File>>,
    names: Vec<String>,
}

impl Bundle {
    fn open(path: &Path) -> Result<Self, AuditError> {
        let zip = ZipArchive::new(BufReader::new(File::open(path)?)).map_err(unreadable)?;
        let names = zip.file_names().map(|name| name.map(std::borrow::Cow::into_owned));
        let names = names.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
        Ok(Self { zip, names })
    }

    fn group(&self, folder: &str, end: &str) -> Vec<String> {
        let inside = |name: &&String| name.starts_with(folder) && name.ends_with(end);
        self.names.iter().filter(inside).cloned().collect()
    }

    fn log(
        &mut self,
        keys: &[VerifierKey],
        mut kept_sizes: BTreeSet<u64>,
    ) -> Result<LogCheck, AuditError> {
        for name in self.group(ACCURACY, NOTE_END) {
            let text = self.text(&name)?;
            kept_sizes.extend(accuracy_of(&text, keys).map(|one| one.size));
        }
        let certificates = self.group(CERTIFICATES, EVENT_END);
        let positions = certificates.iter().filter_map(|name| position(name, EVENT_END)).collect();
        let mut asked = sizes(BufReader::new(self.zip.by_name(EVENTS).map_err(unreadable)?))?;
        asked.extend(kept_sizes);
        let lines = BufReader::new(self.zip.by_name(EVENTS).map_err(unreadable)?);
        LogCheck::read(lines, keys, &asked, &positions)
    }

    /// Everything beside the log; gives the number of proofs that hold.
    fn check(
        &mut self,
        mut log: LogCheck,
        keys: &[VerifierKey],
    ) -> Result<(LogCheck, u64), AuditError> {
        let mut notes = BTreeMap::new();
        let mut proofs = 0;
        let in_log: BTreeSet<&String> = log.notes.iter().collect();
        let mut wrong = Vec::new();
        for name in self.group(CHECKPOINTS, NOTE_END) {
            let text = self.text(&name)?;
            let size = text.parse().ok().and_then(|note| Some(checkpoint_of(&note).ok()?.size));
            let expected = size.map(|size| format!("{CHECKPOINTS}{size:012}{NOTE_END}"));
            if expected.as_ref() != Some(&name) || !in_log.contains(&text) {
                wrong.push((name, "it is not the checkpoint of the log".to_owned()));
            }
            notes.extend(size.zip(Some(text)));
        }
        if notes.len() != log.notes.len() {
            let what = "the checkpoints of the log and of the bundle are not the same";
            wrong.push((CHECKPOINTS.to_owned(), what.to_owned()));
        }
        for name in self.group(CERTIFICATES, EVENT_END) {
            let event = ExportedEvent::from_json(self.text(&name)?.as_bytes()).ok();
            let leaf = event.as_ref().and_then(|event| event.leaf().ok());
            let at = position(&name, EVENT_END);
            let in_log = at.and_then(|at| log.leaves.get(&at)).copied();
            if leaf.is_none() || leaf != in_log || event.map(|event| event.position) != at {
                wrong.push((name, "it is not the event of the log".to_owned()));
            }
        }
        for name in self.group(CERTIFICATES, PROOF_END) {
            match includes(&self.text(&name)?, keys, &log) {
                Ok(()) => proofs += 1,
                Err(error) => wrong.push((name, error.to_string())),
            }
        }
        for name in self.group(PROOFS, PROOF_END) {
            match follows(&self.text(&name)?, keys, &notes) {
                Ok(()) => proofs += 1,
                Err(error) => wrong.push((name, error.to_string())),
            }
        }
        for name in self.group(ACCURACY, NOTE_END) {
            match accuracy_of(&self.text(&name)?, keys) {
                Ok(one) => {
                    let found = accuracy::against_log(&one, &log.roots, &log.verified);
                    wrong.extend(found.into_iter().map(|what| (name.clone(), what)));
                }
                Err(error) => wrong.push((name, error.to_string())),
            }
        }
        for name in self.names.iter().filter(|name| !is_known(name)) {
            wrong.push((name.clone(), "a file that no bundle has".to_owned()));
        }
        wrong.into_iter().for_each(|(name, what)| log.wrong(&name, what));
        Ok((log, proofs))
    }

    fn text(&mut self, name: &str) -> Result<String, AuditError> {
        let file = self.zip.by_name(name).map_err(unreadable)?;
        let mut bytes = Vec::new();
        file.take(SMALL_LEN_MAX).read_to_end(&mut bytes)?;
        // What is no text fits nothing that is looked for.
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The position that the name of a file says.
fn position(name: &str, end: &str) -> Option<u64> {
    let word = name.strip_prefix(CERTIFICATES)?.strip_suffix(end)?;
    let digits = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| word.parse().ok()).flatten()
}

fn is_known(name: &str) -> bool {
    let inside = |folder: &str, end: &str| name.starts_with(folder) && name.ends_with(end);
    name == EVENTS
        || is_of_words(name)
        || inside(CHECKPOINTS, NOTE_END)
        || inside(PROOFS, PROOF_END)
        || inside(ACCURACY, NOTE_END)
        || inside(CERTIFICATES, EVENT_END)
        || inside(CERTIFICATES, PROOF_END)
}

/// The certificate of accuracy of a note; without keys nobody asks who signed.
fn accuracy_of(text: &str, keys: &[VerifierKey]) -> Result<AccuracyCertificate, AuditError> {
    let note: SignedNote = text.parse()?;
    if keys.is_empty() {
        let what = "it is no certificate of accuracy";
        return note.text.parse().map_err(|_| AuditError::Malformed(what));
    }
    Ok(AccuracyCertificate::open(&note, keys)?)
}

fn includes(text: &str, keys: &[VerifierKey], log: &LogCheck) -> Result<(), AuditError> {
    let proof: InclusionProof = text.parse()?;
    let proven = proof.verify(keys)?;
    let leaf = proof.event.leaf().map_err(AuditError::ProofEvent)?;
    if log.leaves.get(&proven.position) == Some(&leaf) {
        Ok(())
    } else {
        Err(AuditError::Malformed("it proves no event of the log"))
    }
}

fn follows(
    text: &str,
    keys: &[VerifierKey],
    notes: &BTreeMap<u64, String>,
) -> Result<(), AuditError> {
    let proof: ConsistencyProof = text.parse()?;
    let from = notes.get(&proof.old_size);
    let from = from.ok_or(AuditError::Malformed("it starts from no checkpoint of the bundle"))?;
    proof.verify(&from.parse()?, keys).map(drop)
}

/// What cannot be unpacked does not fit the sums of the archive.
fn damaged(error: AuditError) -> AuditError {
    match error {
        AuditError::Write(cause) => AuditError::Archive(cause.to_string()),
        error => error,
    }
}

fn unreadable(error: zip::result::ZipError) -> AuditError {
    AuditError::Archive(error.to_string())
}
