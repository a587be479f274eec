//! What the ledger knows of its claim, what the workspace holds, and whether the two agree.

use std::collections::BTreeSet;

use serde_json::Value;

use super::context::{Context, own_key};
use super::error::EngineError;
use super::reading::patiently;
use crate::destination::contract::{Destination, Read};
use crate::destination::intercom::family::Entry;
use crate::destination::intercom::pages::list_all;
use crate::model::event::{ClaimAct, ClaimOutcome};
use crate::model::{ClaimName, DestinationId, Event, ProjectId};

/// The claim's own stream.
pub const STREAM: (&str, &str) = ("claim", "workspace");

/// Path of the list of tags.
pub const TAGS: &str = "/tags";

/// A claim as it stands in the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Its id.
    pub id: DestinationId,
    /// Its name.
    pub name: ClaimName,
}

/// What the ledger knows of its own claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Every name that was ever to be set.
    ever: BTreeSet<String>,
    /// What may stand now: the name set last, and those of which it is not known whether they
    /// were; none where nothing may stand.
    now: BTreeSet<Option<String>>,
    /// Events so far: the ordinal of the next.
    pub events: u32,
}

impl Known {
    /// What the ledger says.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn of(context: &Context) -> Result<Self, EngineError> {
        let (object, id) = STREAM;
        let key = own_key(object, id)?;
        let stream = context.ledger.streams(&[key]).await?.pop().flatten();
        let recorded = match stream {
            Some(stream) => context.ledger.read_stream(stream).await?,
            None => Vec::new(),
        };
        Ok(Self::fold(recorded.iter().map(|recorded| &recorded.event)))
    }

    fn fold<'a>(events: impl Iterator<Item = &'a Event>) -> Self {
        let mut known = Self { now: BTreeSet::from([None]), ..Self::default() };
        // What is tried, and whether that might stand without it.
        let mut open = None;
        for event in events {
            known.events += 1;
            match event {
                Event::ClaimStarted(started) => {
                    let goes = started.act == ClaimAct::Release;
                    let name = (!goes).then(|| started.name.clone());
                    known.ever.insert(started.name.clone());
                    let is_new = known.now.insert(name.clone());
                    open = Some((name, is_new));
                }
                Event::ClaimEnded(ended) => match (ended.outcome, &open) {
                    (ClaimOutcome::Done, Some((name, _))) => {
                        known.now = BTreeSet::from([name.clone()]);
                    }
                    (ClaimOutcome::Refused, Some((name, true))) => {
                        known.now.remove(name);
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        known
    }
}

/// What a look at the workspace found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Claims of this project, the newest first.
    pub ours: Vec<Tag>,
    /// Claims of others.
    pub others: Vec<Tag>,
}

impl Found {
    /// Looks at the tags of the workspace.
    ///
    /// # Errors
    /// If Intercom cannot be read.
    pub async fn look(
        context: &Context,
        destination: &dyn Destination,
        project: &ProjectId,
    ) -> Result<Self, EngineError> {
        let read = Read::get(TAGS);
        let tags = patiently(context, || list_all(destination, read.clone())).await?;
        let mut found = Self::default();
        for tag in tags.iter().filter_map(tag_of) {
            let list =
                if tag.name.project == *project { &mut found.ours } else { &mut found.others };
            list.push(tag);
        }
        found.ours.sort_by_key(|tag| std::cmp::Reverse(tag.name.size));
        Ok(found)
    }

    /// Refuses what is not this ledger's own claim as it was set last.
    ///
    /// # Errors
    /// The claim is another's, of another copy, or gone.
    pub fn admit(&self, known: &Known, head: u64) -> Result<(), EngineError> {
        if let Some(other) = self.others.first() {
            return Err(EngineError::ClaimOther { project: other.name.project.to_string() });
        }
        if let Some(strange) = self.ours.iter().find(|tag| !known.ever.contains(&tag.text())) {
            let size = strange.name.size;
            return Err(match size > head {
                true => EngineError::ClaimAhead { size, head },
                false => EngineError::ClaimForked { size },
            });
        }
        let stands = |name: &Option<String>| match name {
            Some(name) => self.ours.iter().any(|tag| tag.text() == *name),
            None => self.ours.is_empty(),
        };
        match known.now.iter().any(stands) {
            true => Ok(()),
            false if self.ours.is_empty() => Err(EngineError::ClaimGone),
            // One that was set before the last: whoever set that back is another copy.
            false => Err(EngineError::ClaimForked { size: self.ours[0].name.size }),
        }
    }
}

impl Tag {
    /// Its name as text.
    pub fn text(&self) -> String {
        self.name.to_string()
    }
}

/// The claim that a listed tag is; `None` for an ordinary tag.
pub fn tag_of(tag: &Value) -> Option<Tag> {
    let tag = Entry::of(tag);
    Some(Tag { id: tag.id?, name: ClaimName::parse(tag.name?)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::{ClaimEnded, ClaimStarted};

    fn name(size: u64) -> String {
        ClaimName { project: ProjectId::of(&[1; 32]), size }.to_string()
    }

    fn started(act: ClaimAct, size: u64) -> Event {
        ClaimStarted { act, name: name(size), tag: None }.into()
    }

    fn ended(outcome: ClaimOutcome) -> Event {
        ClaimEnded { outcome, tag: None, code: "x".into() }.into()
    }

    fn tag(project: u8, size: u64) -> Tag {
        let name = ClaimName { project: ProjectId::of(&[project; 32]), size };
        Tag { id: DestinationId(size.to_string()), name }
    }

    /// What the ledger says of a workspace that holds claims of these sizes.
    fn admit(events: &[Event], sizes: &[u64], head: u64) -> Result<(), String> {
        let found =
            Found { ours: sizes.iter().map(|size| tag(1, *size)).collect(), ..Found::default() };
        let known = Known::fold(events.iter());
        found.admit(&known, head).map_err(|error| error.code().to_owned())
    }

    #[test]
    fn the_claim_must_be_the_one_that_was_set_last() {
        use ClaimAct::{Release, Set};
        use ClaimOutcome::{Done, Refused, Unknown};
        let set = [started(Set, 5), ended(Done)];
        assert_eq!(admit(&[], &[], 3), Ok(()));
        assert_eq!(admit(&set, &[5], 9), Ok(()));
        assert_eq!(admit(&set, &[], 9), Err("claim_gone".into()));
        assert_eq!(admit(&set, &[12], 9), Err("claim_ahead".into()));
        assert_eq!(admit(&set, &[7], 9), Err("claim_forked".into()));
        assert_eq!(admit(&[], &[12], 9), Err("claim_ahead".into()));
        // An intent without an outcome, and one of which nobody knows: either may stand.
        for rest in [vec![started(Set, 8)], vec![started(Set, 8), ended(Unknown)]] {
            let events = [set.to_vec(), rest].concat();
            assert_eq!(admit(&events, &[5], 9), Ok(()));
            assert_eq!(admit(&events, &[8], 9), Ok(()));
            assert_eq!(admit(&events, &[], 9), Err("claim_gone".into()));
        }
        let refused = [set.to_vec(), vec![started(Release, 5), ended(Refused)]].concat();
        assert_eq!(admit(&refused, &[], 9), Err("claim_gone".into()));
        let gone = [set.to_vec(), vec![started(Release, 5), ended(Done)]].concat();
        assert_eq!(admit(&gone, &[], 9), Ok(()));
        assert_eq!(admit(&gone, &[5], 9), Err("claim_forked".into()));
        let again = [set.to_vec(), vec![started(Set, 8), ended(Done)]].concat();
        assert_eq!(admit(&again, &[5], 9), Err("claim_forked".into()));
        assert_eq!(admit(&again, &[8, 5], 9), Ok(()), "what is left of an older one");
    }

    #[test]
    fn another_project_goes_before_all_else() {
        let found = Found { ours: vec![tag(1, 5)], others: vec![tag(2, 1)] };
        let known = Known::fold([started(ClaimAct::Set, 5), ended(ClaimOutcome::Done)].iter());
        assert_eq!(found.admit(&known, 9).unwrap_err().code(), "claim_other");
    }
}
