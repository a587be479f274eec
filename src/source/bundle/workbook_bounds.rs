//! Bounds of a workbook, before it is opened: what it unpacks to, and what it claims to hold. A
//! small file may unpack to many times the memory there is.

use std::fmt;
use std::io::{self, Read, Seek};

use zip::ZipArchive;

use super::container::ReadSeek;
use crate::source::finding::Code;

/// Shared texts are held in memory whole; this much is more than any sheet of people holds.
const TEXTS_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Everything else is streamed, but must end.
const UNPACKED_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// The list of shared texts.
const TEXTS: &str = "sharedstrings.xml";

/// The shortest text in the list is `<si/>`.
const TEXT_BYTES_MIN: u64 = 5;

/// Bytes in which the list says how many texts follow.
const HEAD_BYTES: u64 = 4096;

/// Why a workbook is not opened.
#[derive(Debug)]
pub enum BoundsFault {
    /// No workbook, or it is damaged.
    Damaged(String),
    /// It unpacks to more than this many bytes.
    Unpacked(u64),
    /// Its list of texts claims more than it can hold.
    Claims(u64),
}

impl BoundsFault {
    /// The finding's code.
    pub fn code(&self) -> Code {
        match self {
            Self::Unpacked(_) => Code::FileTooLarge,
            Self::Damaged(_) | Self::Claims(_) => Code::FileDamaged,
        }
    }
}

impl fmt::Display for BoundsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(reason) => write!(f, "The workbook cannot be read: {reason}."),
            Self::Unpacked(bytes) => write!(f, "It unpacks to more than {bytes} bytes."),
            Self::Claims(texts) => {
                write!(f, "It claims {texts} texts, more than its bytes can hold.")
            }
        }
    }
}

/// Unpacks a workbook once, keeping nothing, and goes back to its start.
///
/// # Errors
/// If it is no workbook, or exceeds a bound.
pub fn check(file: &mut Box<dyn ReadSeek>) -> Result<(), BoundsFault> {
    let damaged = |error: &dyn fmt::Display| BoundsFault::Damaged(error.to_string());
    let mut archive = ZipArchive::new(&mut *file).map_err(|error| damaged(&error))?;
    let mut left = UNPACKED_BYTES_MAX;
    for number in 0..archive.len() {
        let entry = archive.by_index(number).map_err(|error| damaged(&error))?;
        let name = entry.name().map_err(|error| damaged(&error))?.to_lowercase();
        let is_texts = name.rsplit('/').next() == Some(TEXTS);
        let most = if is_texts { left.min(TEXTS_BYTES_MAX) } else { left };
        let mut entry = entry.take(most + 1);
        let mut head = Vec::new();
        entry.by_ref().take(HEAD_BYTES).read_to_end(&mut head).map_err(|error| damaged(&error))?;
        let rest = io::copy(&mut entry, &mut io::sink()).map_err(|error| damaged(&error))?;
        let bytes = head.len() as u64 + rest;
        if bytes > most {
            return Err(BoundsFault::Unpacked(most));
        }
        left -= bytes;
        let claimed = claimed(&head).filter(|_| is_texts);
        if let Some(texts) = claimed.filter(|texts| texts.saturating_mul(TEXT_BYTES_MIN) > bytes) {
            return Err(BoundsFault::Claims(texts));
        }
    }
    file.rewind().map_err(|error| damaged(&error))
}

/// The number in `uniqueCount="…"`; one that is no number claims everything.
fn claimed(head: &[u8]) -> Option<u64> {
    let head = String::from_utf8_lossy(head);
    let (_, after) = head.split_once("uniqueCount")?;
    let value = after.trim_start().strip_prefix('=')?.trim_start();
    let value = value.trim_start_matches(['"', '\'']);
    let digits: String = value.chars().take_while(char::is_ascii_digit).collect();
    Some(digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::*;

    fn workbook(name: &str, head: &str, zeros: usize) -> Box<dyn ReadSeek> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(head.as_bytes()).unwrap();
        let piece = vec![b' '; 1024 * 1024];
        for _ in 0..zeros {
            archive.write_all(&piece).unwrap();
        }
        Box::new(archive.finish().unwrap())
    }

    #[test]
    fn workbooks_are_bounded_before_they_are_opened() {
        for (name, head, zeros, code) in [
            ("xl/sharedStrings.xml", "<sst uniqueCount=\"2\"><si/><si/></sst>", 1, None),
            ("xl/sharedStrings.xml", "<sst>", 257, Some(Code::FileTooLarge)),
            ("xl/SharedStrings.xml", "<sst uniqueCount='4294967295'>", 1, Some(Code::FileDamaged)),
            (
                "xl/sharedStrings.xml",
                "<sst uniqueCount=\"99999999999999999999999\">",
                1,
                Some(Code::FileDamaged),
            ),
            ("xl/worksheets/sheet1.xml", "<x uniqueCount=\"9999999999\">", 257, None),
        ] {
            let mut file = workbook(name, head, zeros);
            let found = check(&mut file).err().map(|fault| fault.code());
            assert_eq!(found, code, "{name} {head}");
        }
        let mut other: Box<dyn ReadSeek> = Box::new(Cursor::new(b"no workbook".to_vec()));
        assert!(matches!(check(&mut other), Err(BoundsFault::Damaged(_))));
    }
}
