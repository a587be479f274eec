//! Reads an input as the program does: sealed, counted, read, its files opened.

use std::io::Read as _;
use std::ops::ControlFlow;
use std::path::Path;

use deskledger::model::{Record, Timestamp};
use deskledger::source::{Item, Place, Reading, SourceError, SourceReader, SourceSettings, find};

/// 2026-01-01.
const NOW: Timestamp = Timestamp(1_767_225_600_000);

/// Reads it all; what must not be, in words.
pub fn read(source: &str, place: &Path, whole: bool) -> Result<(), String> {
    let place = Place::Bundle(place.to_owned());
    let settings = SourceSettings { place, reading: Reading::undecided(NOW) };
    let mut reader = match find(source).unwrap().open(&settings) {
        Ok(reader) => reader,
        Err(error) => return allowed(&error, whole),
    };
    let all = [reader.seal().err(), reader.inventory().err(), counted(reader.as_mut(), whole)?];
    all.into_iter().flatten().try_for_each(|error| allowed(&error, whole))
}

/// Rows and what became of them must agree, and every file that a record names can be opened.
fn counted(reader: &mut dyn SourceReader, whole: bool) -> Result<Option<SourceError>, String> {
    let (mut given, mut paths) = (0_u64, Vec::new());
    let summary = reader.read(&mut |item| {
        given += 1;
        if let Item::Record(found) = item
            && let Record::Attachment(attachment) = found.record
        {
            // A file that is missing keeps its path and has no size.
            paths.extend(attachment.path.filter(|_| attachment.size_bytes.is_some()));
        }
        ControlFlow::Continue(())
    });
    let summary = match summary {
        Ok(summary) => summary,
        Err(error) => return Ok(Some(error)),
    };
    let counted: u64 = summary.objects.values().map(|one| one.records + one.rejected).sum();
    if counted != given {
        return Err(format!("{given} rows were given, {counted} counted"));
    }
    for (object, one) in &summary.objects {
        if one.rows != one.records + one.rejected + one.duplicates {
            return Err(format!("{object} does not close: {one:?}"));
        }
    }
    for path in paths {
        let opened = reader.open_attachment(&path);
        let read = opened.map(|mut file| file.read_to_end(&mut Vec::new()));
        if whole && !matches!(read, Ok(Ok(_))) {
            return Err(format!("{path} cannot be read"));
        }
    }
    Ok(None)
}

/// A broken manifest, one whose value maps lead nowhere, another product and an archive that is
/// damaged or whose paths lead out of it may end a reading; nothing else may.
fn allowed(error: &SourceError, whole: bool) -> Result<(), String> {
    let ends = match error.code() {
        "manifest_invalid" | "rules_invalid" | "other_product" => true,
        "zip_damaged" | "source_unreadable" | "not_a_bundle" | "path_escapes" => !whole,
        _ => false,
    };
    if ends { Ok(()) } else { Err(format!("{}: {error}", error.code())) }
}
