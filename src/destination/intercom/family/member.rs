//! Members of an object that its own address names in part or not at all.

use serde_json::Value;

use super::super::kind::ReadBack;

/// What they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Members {
    /// Tags.
    Tags,
    /// Companies.
    Companies,
    /// Notes.
    Notes,
}

impl Members {
    /// The word for one of them.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tags => "tag",
            Self::Companies => "company",
            Self::Notes => "note",
        }
    }
}

/// When a list of members is read at its own address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListedWhen {
    /// Never: the object names them all.
    Never,
    /// If there are more than the object names.
    More(&'static str),
    /// If there are any: the object does not name them as they are needed.
    Any(&'static str),
    /// Always: the object says nothing of them.
    Always(&'static str),
}

/// A list of members of an object.
#[derive(Clone, Copy, Debug)]
pub struct MemberList {
    /// What they are.
    pub members: Members,
    /// The object's field that names them.
    pub field: &'static str,
    /// When they are read elsewhere, and the path, with `{id}`.
    pub when: ListedWhen,
}

impl MemberList {
    /// Tags that the object names.
    pub const NAMED_TAGS: Self =
        Self { members: Members::Tags, field: "tags", when: ListedWhen::Never };

    /// No list but that of the tags, which the object names.
    pub const TAGS_NAMED: &'static [Self] = &[Self::NAMED_TAGS];

    /// The members that the object names itself, if it names them as they are needed.
    pub fn named(&self, object: &Value) -> Vec<Value> {
        match self.when {
            ListedWhen::Never | ListedWhen::More(_) => self.inline(object),
            ListedWhen::Any(_) | ListedWhen::Always(_) => Vec::new(),
        }
    }

    fn inline(&self, object: &Value) -> Vec<Value> {
        let list = &object[self.field];
        let items = [list, &list[self.field], &list["data"]].into_iter().find_map(Value::as_array);
        items.cloned().unwrap_or_default()
    }

    /// Where they have to be read besides.
    pub fn elsewhere(&self, object: &Value) -> Option<&'static str> {
        let list = &object[self.field];
        let named = || self.inline(object).len() as u64;
        let total = || list["total_count"].as_u64().unwrap_or_else(named);
        match self.when {
            ListedWhen::Never => None,
            ListedWhen::Always(path) => Some(path),
            ListedWhen::Any(path) => (total() > 0).then_some(path),
            ListedWhen::More(path) => {
                (list["has_more"] == true || total() > named()).then_some(path)
            }
        }
    }

    /// Puts them where they are looked for.
    pub fn put(&self, back: &mut ReadBack, found: Vec<Value>) {
        match self.members {
            Members::Tags => back.tags = found,
            Members::Companies => back.companies = found,
            Members::Notes => back.notes = found,
        }
    }
}
