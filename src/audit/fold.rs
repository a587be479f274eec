//! Events against their neighbours: sequences, source keys, lifecycles, erasures, seals.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::event::{Folded, PayloadState};
use super::finding::{Finding, Findings, Place};
use super::once::Once;
use crate::model::lifecycle::{RecordStage, StepStage, step_of};
use crate::model::{Event, TreeHash};

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
    streams: HashMap<i64, Stream>,
    /// Steps by a stand-in for stream and step.
    steps: HashMap<u64, StepStage>,
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
            self.name(place, parent, key, findings);
        }
        if let Some(event) = &folded.event {
            self.about_others(position, event, findings);
        }
        if !self.name(place, stream, folded.key, findings) {
            // What another stream's event says of sequence and stage would only mislead.
            return;
        }
        let state = self.streams.entry(stream).or_default();
        if sequence != state.next_sequence {
            let expected = state.next_sequence;
            let what = format!("sequence {sequence} in its stream, where {expected} should be");
            findings.push(Finding::error("sequence", place, what));
        }
        state.next_sequence = sequence.saturating_add(1);
        if let Some(event) = folded.event {
            self.lifecycle(place, stream, &event, findings);
        }
    }

    /// An event says that a stream stands for a source key. True if it does.
    fn name(&mut self, place: Place, stream: i64, key: u64, findings: &mut Findings) -> bool {
        let known = self.streams.entry(stream).or_insert_with(|| {
            findings.push(Finding::error("stream_missing", Place::Stream(stream), "not stored"));
            Stream { key, ..Stream::default() }
        });
        let agreed = known.key == key;
        if agreed {
            known.named = Use::Agreed;
        } else {
            if known.named == Use::Unused {
                known.named = Use::Other;
            }
            let what = format!("stream {stream} stands for another source key");
            findings.push(Finding::error("stream_column", place, what));
        }
        agreed
    }

    fn lifecycle(&mut self, place: Place, stream: i64, event: &Event, findings: &mut Findings) {
        let state = self.streams.entry(stream).or_default();
        match state.stage.after(event) {
            Ok(stage) => state.stage = stage,
            Err(error) => {
                findings.push(Finding::error("record_lifecycle", place, error.to_string()));
            }
        }
        let Some(step) = step_of(event) else { return };
        let mut hasher = DefaultHasher::new();
        (stream, step.as_str()).hash(&mut hasher);
        let state = self.steps.entry(hasher.finish()).or_default();
        match state.after(event) {
            Ok(stage) => *state = stage,
            Err(error) => {
                findings.push(Finding::error("step_lifecycle", place, error.to_string()));
            }
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

    /// Streams that no event names, or none with the stored source key.
    pub(super) fn check_streams(&self, findings: &mut Findings) {
        findings.extend(self.streams.iter().filter_map(|(stream, state)| {
            let place = Place::Stream(*stream);
            match state.named {
                Use::Agreed => None,
                Use::Other => {
                    let what = "all its events have another source key";
                    Some(Finding::error("stream_key", place, what))
                }
                Use::Unused => Some(Finding::warning("stream_unused", place, "no event names it")),
            }
        }));
    }
}
