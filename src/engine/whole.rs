//! Whether what was read is whole: a reading that was killed, stopped or refused halfway leaves
//! records out without a word, so nothing is planned on it until a reading has ended.

use serde::Serialize;

use super::context::{Context, own_key};
use super::error::EngineError;
use super::load;
use crate::model::event::SourceSealed;
use crate::model::{Digest, Event, RunId};
use crate::projection::RunEntry;
use crate::source::ExportKind;

/// Count of a finished reading that says that it did not hold everything.
pub const PARTIAL: &str = "partial";

/// A reading that did not end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CutOff {
    /// Its run.
    pub run: RunId,
    /// Where it read.
    pub place: String,
    /// The command that goes on with it.
    pub command: String,
    /// What it was to read; none if it stopped before it had looked at the whole export.
    #[serde(skip)]
    digest: Option<Digest>,
}

/// What the readings so far amount to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Readings {
    /// The last that held everything and ended.
    pub last_whole: Option<RunEntry>,
    /// Readings since that did not end, oldest first.
    pub cut_off: Vec<CutOff>,
    /// Whether any reading ended.
    #[serde(skip)]
    any_ended: bool,
}

/// What a reading sealed before it read.
pub(super) struct Sealed {
    facts: SourceSealed,
    /// Where it read.
    pub(super) place: String,
    partial: bool,
    /// Ids of findings that the export's own manifest says are known.
    pub(super) accepted: Vec<String>,
}

impl Readings {
    /// The readings of a source. `own_place`: what is read if no export is named.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn of(context: &Context, system: &str, own_place: &str) -> Result<Self, EngineError> {
        let mut readings = Self::default();
        for run in context.runs().await? {
            if matches!(run.kind.as_str(), "read" | "delta") {
                let sealed = sealed(context, system, run.run).await?;
                readings.add(run, sealed, own_place);
            }
        }
        Ok(readings)
    }

    fn add(&mut self, run: RunEntry, sealed: Option<Sealed>, own_place: &str) {
        let ended = run.finished_at_us.is_some();
        self.any_ended |= ended;
        let Some(sealed) = sealed else {
            // One that stopped before it sealed the export appended no record, but what it was to
            // bring is not there either: the next that ends lifts it.
            if !ended {
                let (place, command) = ("an export".to_owned(), "deskledger read".to_owned());
                self.cut_off.push(CutOff { run: run.run, place, command, digest: None });
            }
            return;
        };
        let digest = sealed.facts.digest;
        if !ended {
            let (command, digest) = (command(&sealed, own_place), Some(digest));
            self.cut_off.push(CutOff { run: run.run, place: sealed.place, command, digest });
        } else if is_whole(&run, &sealed) {
            self.cut_off.clear();
            self.last_whole = Some(run);
        } else {
            // A part says nothing of what the rest of another export holds.
            self.cut_off.retain(|one| one.digest.is_some_and(|other| other != digest));
        }
    }

    /// Refuses to go on with a reading that did not end.
    ///
    /// # Errors
    /// [`EngineError::ReadingCutOff`] or [`EngineError::NothingRead`].
    pub fn check(&self) -> Result<(), EngineError> {
        if let Some(one) = self.cut_off.first() {
            let (place, command) = (one.place.clone(), one.command.clone());
            return Err(EngineError::ReadingCutOff { place, command });
        }
        if self.any_ended { Ok(()) } else { Err(EngineError::NothingRead) }
    }
}

/// Whether a finished reading read everything that there is.
pub(super) fn is_whole(run: &RunEntry, sealed: &Sealed) -> bool {
    let partial = run.counts.get(PARTIAL).is_some_and(|count| *count > 0);
    !partial && !sealed.partial && sealed.facts.export_kind == ExportKind::Full.word()
}

/// The reading again, as it was begun.
fn command(sealed: &Sealed, own_place: &str) -> String {
    let delta = if sealed.partial { " --delta" } else { "" };
    match sealed.place == own_place {
        true => format!("deskledger read{delta}"),
        false => format!("deskledger read{delta} --bundle {}", sealed.place),
    }
}

/// What a run sealed; `None` if it read nothing.
///
/// # Errors
/// If the ledger cannot be read.
pub(super) async fn sealed(
    context: &Context,
    system: &str,
    run: RunId,
) -> Result<Option<Sealed>, EngineError> {
    let key = own_key("source", &format!("{system}:{run}"))?;
    let Some(stream) = context.ledger.streams(std::slice::from_ref(&key)).await?.pop().flatten()
    else {
        return Ok(None);
    };
    for recorded in context.ledger.read_stream(stream).await? {
        let Event::SourceSealed(facts) = recorded.event else { continue };
        let payload = context.ledger.payloads(&[recorded.position]).await?.pop().flatten();
        let told = match payload {
            Some(bytes) => load::parse::<serde_json::Value>("seal", &key, &bytes)?,
            None => serde_json::Value::Null,
        };
        let place = told["place"].as_str().unwrap_or("the export").to_owned();
        let partial = told["partial"] == true;
        let accepted = told["seal"]["manifest"]["accepted"].as_array().into_iter().flatten();
        let accepted = accepted.filter_map(|id| Some(id.as_str()?.to_owned())).collect();
        return Ok(Some(Sealed { facts, place, partial, accepted }));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Position;
    use crate::model::digest::Purpose;
    use crate::model::event::Counts;

    fn run(number: u8, ended: bool, partial: bool) -> RunEntry {
        RunEntry {
            run: RunId([number; 16]),
            kind: "read".into(),
            operator: "ann".into(),
            program: "1".into(),
            mapping: None,
            started_at_us: 0,
            first: Position(0),
            last: None,
            finished_at_us: ended.then_some(1),
            interrupted: !ended,
            counts: Counts::from([(PARTIAL.to_owned(), u64::from(partial))]),
        }
    }

    fn sealed(export: &[u8], partial: bool) -> Option<Sealed> {
        let facts = SourceSealed {
            digest: Digest::of(Purpose::File, export),
            files: 1,
            size_bytes: 1,
            export_kind: "full".into(),
            expected: Counts::new(),
        };
        Some(Sealed { facts, place: "/there".into(), partial, accepted: Vec::new() })
    }

    /// Readings of these exports: which one, ended, partial.
    fn readings(list: &[(&[u8], bool, bool)]) -> Readings {
        let mut readings = Readings::default();
        for (number, (export, ended, partial)) in list.iter().enumerate() {
            let number = u8::try_from(number).unwrap();
            readings.add(run(number, *ended, *partial), sealed(export, *partial), "/there");
        }
        readings
    }

    fn code(readings: &Readings) -> &'static str {
        readings.check().map_or_else(|error| error.code(), |()| "whole")
    }

    #[test]
    fn a_reading_that_did_not_end_is_lifted_by_one_that_reads_it_all() {
        let (all, part) = (&b"all"[..], &b"part"[..]);
        for (list, expected) in [
            (&[][..], "nothing_read"),
            (&[(all, true, false)], "whole"),
            (&[(all, false, false)], "reading_cut_off"),
            (&[(all, false, false), (all, true, false)], "whole"),
            // A part says nothing of the rest of what was cut off …
            (&[(all, false, false), (part, true, true)], "reading_cut_off"),
            // … but read as a part to its end, it is read.
            (&[(all, false, false), (all, true, true)], "whole"),
            (&[(all, true, false), (part, false, true)], "reading_cut_off"),
            (&[(all, true, false), (part, false, true), (part, true, true)], "whole"),
            (&[(all, true, false), (part, false, true), (all, true, false)], "whole"),
        ] {
            assert_eq!(code(&readings(list)), expected, "{list:?}");
        }
    }

    #[test]
    fn the_last_whole_reading_stays_when_a_later_one_is_cut_off() {
        let found =
            readings(&[(b"all", true, false), (b"part", true, true), (b"new", false, false)]);
        assert_eq!(found.last_whole.unwrap().run, RunId([0; 16]));
        assert_eq!(found.cut_off[0].command, "deskledger read");
    }

    #[test]
    fn what_stopped_before_it_sealed_the_export_is_read_by_the_next_that_ends() {
        for partial in [false, true] {
            let mut found = readings(&[(b"all", true, false)]);
            found.add(run(1, false, false), None, "/there");
            assert_eq!(code(&found), "reading_cut_off");
            found.add(run(2, true, partial), sealed(b"part", partial), "/there");
            assert_eq!(code(&found), "whole");
        }
    }
}
