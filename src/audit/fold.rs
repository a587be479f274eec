//! Events against their neighbours: sequences, source keys, lifecycles, erasures, seals.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

use super::event::{Folded, Kind, PayloadState};
use super::finding::{Finding, Findings, Place};
use super::once::Once;
use crate::model::lifecycle::{RecordStage, StepLife, step_of};
use crate::model::{Event, Header, TreeHash, upcast};
use crate::store::RawEvent;

/// Hashes one number by multiplying it: stream numbers are handed out in order, and the others
/// are hashes already. Nobody gains by collisions but slowness of their own check.
#[derive(Debug, Default)]
struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, number: u64) {
        // An odd number with its bits well spread (2^64 divided by the golden ratio).
        self.0 = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_i64(&mut self, number: i64) {
        self.write_u64(number.cast_unsigned());
    }
}

type Numbers<K, V> = HashMap<K, V, BuildHasherDefault<NumberHasher>>;

/// What is known of a stream so far.
#[derive(Clone, Copy, Debug, Default)]
struct Stream {
    /// Stands for its source key, as the table says, or its first event if the table lacks it.
    key: u64,
    next_sequence: u32,
    stage: RecordStage,
    /// Whether events name it.
    named: Use,
}

/// What events say of a stream's source key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Use {
    /// No event names the stream.
    #[default]
    Unused,
    /// All that name it so far mean another source key.
    Other,
    /// At least one means the same.
    Agreed,
}

/// Everything that one event tells about others.
#[derive(Debug, Default)]
pub(super) struct Fold {
    streams: Numbers<i64, Stream>,
    /// Steps by a stand-in for stream and step.
    steps: Numbers<u64, StepLife>,
    pub(super) once: Once,
    /// Positions whose payload is gone.
    gone: BTreeSet<u64>,
    /// Positions whose payload is erased, and by which event.
    erased: BTreeMap<u64, u64>,
    /// Roots that events say were sealed, by size, and by which event.
    pub(super) sealed: BTreeMap<u64, (u64, TreeHash)>,
}

impl Fold {
    /// Takes the next event in.
    pub(super) fn event(&mut self, folded: Folded, findings: &mut Findings) {
        let Folded { position, stream, sequence, .. } = folded;
        let place = Place::Event(position);
        if folded.payload == PayloadState::Gone {
            self.gone.insert(position);
        }
        self.once.push(folded.once);
        if let (Some(parent), Some(key)) = (folded.parent, folded.parent_key) {
            name(&mut self.streams, place, parent, key, findings);
        }
        if let Some(Kind::Other(event)) = &folded.event {
            self.about_others(position, event, findings);
        }
        let Some(state) = name(&mut self.streams, place, stream, folded.key, findings) else {
            // What another stream's event says of sequence and stage would only mislead.
            return;
        };
        if sequence != state.next_sequence {
            let expected = state.next_sequence;
            let what = format!("sequence {sequence} in its stream, where {expected} should be");
            findings.push(Finding::error("sequence", place, what));
        }
        state.next_sequence = sequence.saturating_add(1);
        match folded.event {
            // Possible in every stage.
            Some(Kind::Read) => state.stage = RecordStage::Read,
            Some(Kind::Other(event)) => {
                match state.stage.after(&event) {
                    Ok(stage) => state.stage = stage,
                    Err(error) => {
                        findings.push(Finding::error("record_lifecycle", place, error.to_string()));
                    }
                }
                self.step(place, stream, &event, findings);
            }
            None => {}
        }
    }

    fn step(&mut self, place: Place, stream: i64, event: &Event, findings: &mut Findings) {
        let Some(step) = step_of(event) else { return };
        let mut hasher = DefaultHasher::new();
        (stream, step.as_str()).hash(&mut hasher);
        let state = self.steps.entry(hasher.finish()).or_default();
        match state.after(event) {
            Ok(life) => *state = life,
            Err(error) => {
                findings.push(Finding::error("step_lifecycle", place, error.to_string()));
            }
        }
    }

    /// Takes in an event that was appended after the check began: it may say that a payload was
    /// erased meanwhile.
    pub(super) fn later_event(&mut self, row: &RawEvent) {
        let Ok(header) = Header::decode(&row.header) else { return };
        let event = upcast::event(header.type_id, header.version, &row.facts);
        if let Ok(Event::PayloadErased(erased)) = event {
            self.erased.insert(erased.position.0, row.position.cast_unsigned());
        }
    }

    /// Events that are about other events.
    fn about_others(&mut self, position: u64, event: &Event, findings: &mut Findings) {
        let later = match event {
            Event::PayloadErased(erased) => {
                self.erased.insert(erased.position.0, position);
                erased.position.0 >= position
            }
            Event::CheckpointSealed(sealed) => {
                self.sealed.insert(sealed.size, (position, sealed.root));
                sealed.size > position
            }
            _ => false,
        };
        if later {
            let what = format!("{} is about events that are not before it", event.name());
            findings.push(Finding::error("about_later", Place::Event(position), what));
        }
    }

    /// Reports payloads that are gone without a word. Gives the events whose payload was erased
    /// and is not gone, each with the event that says so: they have a payload, or never had one.
    pub(super) fn check_erasures(&self, findings: &mut Findings) -> Vec<(u64, u64)> {
        let unsaid = self.gone.iter().filter(|position| !self.erased.contains_key(position));
        findings.extend(unsaid.map(|position| {
            let what = "payload is gone and no event says that it was erased";
            Finding::error("payload_missing", Place::Event(*position), what)
        }));
        let kept = self.erased.iter().filter(|(position, _)| !self.gone.contains(position));
        kept.map(|(position, by)| (*position, *by)).collect()
    }

    /// Takes a row of the stream table in; `key` stands for its source key. All rows come before
    /// the first event.
    pub(super) fn stream(&mut self, stream: i64, key: u64) {
        self.streams.insert(stream, Stream { key, ..Stream::default() });
    }

    /// Streams that no event names.
    pub(super) fn check_unused(&self, findings: &mut Findings) {
        let unused = self.streams.iter().filter(|(_, state)| state.named == Use::Unused);
        findings.extend(unused.map(|(stream, _)| {
            Finding::warning("stream_unused", Place::Stream(*stream), "no event names it")
        }));
    }

    /// Streams that events name, but none with the stored source key.
    pub(super) fn check_streams(&self, findings: &mut Findings) {
        let other = self.streams.iter().filter(|(_, state)| state.named == Use::Other);
        findings.extend(other.map(|(stream, _)| {
            let what = "all its events have another source key";
            Finding::error("stream_key", Place::Stream(*stream), what)
        }));
    }
}

/// An event says that a stream stands for a source key. Gives the stream if it does.
fn name<'s>(
    streams: &'s mut Numbers<i64, Stream>,
    place: Place,
    stream: i64,
    key: u64,
    findings: &mut Findings,
) -> Option<&'s mut Stream> {
    let known = match streams.entry(stream) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(missing) => {
            findings.push(Finding::error("stream_missing", Place::Stream(stream), "not stored"));
            missing.insert(Stream { key, ..Stream::default() })
        }
    };
    if known.key == key {
        known.named = Use::Agreed;
        return Some(known);
    }
    if known.named == Use::Unused {
        known.named = Use::Other;
    }
    let what = format!("stream {stream} stands for another source key");
    findings.push(Finding::error("stream_column", place, what));
    None
}
