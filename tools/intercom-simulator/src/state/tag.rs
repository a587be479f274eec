//! Tags: names are unique without regard to case.

use std::collections::{BTreeMap, HashMap};

#[derive(Debug, Clone)]
pub(crate) struct Tag {
    pub(crate) id: u64,
    pub(crate) name: String,
    /// Names of segments that depend on it; such a tag can't be deleted.
    pub(crate) segments: Vec<String>,
}

/// A tag on an object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TagLink {
    pub(crate) tag: u64,
    pub(crate) applied_at: i64,
    pub(crate) applied_by: u64,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Tags {
    pub(crate) by_id: BTreeMap<u64, Tag>,
    by_name: HashMap<String, u64>,
}

impl Tags {
    pub(crate) fn find(&self, name: &str) -> Option<u64> {
        self.by_name.get(&name.to_lowercase()).copied()
    }

    pub(crate) fn insert(&mut self, tag: Tag) {
        self.by_name.insert(tag.name.to_lowercase(), tag.id);
        self.by_id.insert(tag.id, tag);
    }

    pub(crate) fn rename(&mut self, id: u64, name: &str) {
        if let Some(tag) = self.by_id.get_mut(&id) {
            self.by_name.remove(&tag.name.to_lowercase());
            self.by_name.insert(name.to_lowercase(), id);
            name.clone_into(&mut tag.name);
        }
    }

    pub(crate) fn remove(&mut self, id: u64) {
        if let Some(tag) = self.by_id.remove(&id) {
            self.by_name.remove(&tag.name.to_lowercase());
        }
    }

    pub(crate) fn name(&self, id: u64) -> &str {
        self.by_id.get(&id).map_or("", |tag| tag.name.as_str())
    }
}

/// Adds a tag unless it is there already. Tells whether it was added.
pub(crate) fn attach(links: &mut Vec<TagLink>, link: TagLink) -> bool {
    let new = !links.iter().any(|l| l.tag == link.tag);
    if new {
        links.push(link);
    }
    new
}

/// Takes a tag off. Tells which link went.
pub(crate) fn detach(links: &mut Vec<TagLink>, tag: u64) -> Option<TagLink> {
    let at = links.iter().position(|l| l.tag == tag)?;
    Some(links.remove(at))
}
