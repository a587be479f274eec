//! The levels of the knowledge base: category, folder, article.

use std::collections::{BTreeMap, BTreeSet};

use super::resolve::key;
use crate::model::SourceKey;
use crate::source::bundle::states::fold;

/// Folders below folders are followed so far; more is a circle or not made by people.
const DEPTH_MAX: usize = 100;

#[derive(Debug)]
struct Folder {
    name: String,
    category: Option<String>,
    parent: Option<String>,
}

/// Where a folder hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Below a category.
    Fine,
    /// Below nothing.
    Loose,
    /// Below another folder.
    Deep,
    /// Below itself.
    Circle,
}

/// Categories and folders.
#[derive(Debug, Default)]
pub(super) struct Levels {
    categories: BTreeMap<String, String>,
    folders: BTreeMap<String, Folder>,
    /// Containers by folded path; `None` if several have it.
    paths: BTreeMap<String, Option<SourceKey>>,
}

impl Levels {
    /// Takes a category.
    pub(super) fn add_category(&mut self, id: &str, name: &str) {
        self.categories.insert(id.to_owned(), name.to_owned());
    }

    /// Takes a folder.
    pub(super) fn add_folder(
        &mut self,
        id: &str,
        name: &str,
        category: Option<&str>,
        parent: Option<&str>,
    ) {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let (category, parent) = (owned(category), owned(parent));
        self.folders.insert(id.to_owned(), Folder { name: name.to_owned(), category, parent });
    }

    /// Where a folder hangs.
    pub(super) fn place(&self, id: &str) -> Place {
        let mut seen = BTreeSet::from([id]);
        let mut folder = self.folders.get(id);
        let mut depth = 0;
        while let Some(parent) = folder.and_then(|folder| folder.parent.as_deref()) {
            depth += 1;
            if !seen.insert(parent) || depth > DEPTH_MAX {
                return Place::Circle;
            }
            folder = self.folders.get(parent);
        }
        match (depth, folder.is_some_and(|folder| folder.category.is_some())) {
            (0, true) => Place::Fine,
            (0, false) => Place::Loose,
            _ => Place::Deep,
        }
    }

    /// All containers were seen: paths of names lead to them.
    pub(super) fn finish(&mut self) {
        let mut paths: BTreeMap<String, Option<SourceKey>> = BTreeMap::new();
        let mut add = |path: String, key: Option<SourceKey>| {
            paths.entry(path).and_modify(|known| *known = None).or_insert(key);
        };
        for (id, name) in &self.categories {
            add(fold(name), key("kb_category", id));
        }
        for (id, folder) in &self.folders {
            let above = folder.category.as_ref().and_then(|id| self.categories.get(id));
            let path = match above {
                Some(above) => joined(&[above, &folder.name]),
                None => fold(&folder.name),
            };
            add(path, key("kb_folder", id));
        }
        self.paths = paths;
    }

    /// The container of a path, if exactly one has it.
    pub(super) fn at(&self, path: &[String]) -> Option<SourceKey> {
        let labels: Vec<&String> = path.iter().collect();
        self.paths.get(&joined(&labels))?.clone()
    }
}

fn joined(labels: &[&String]) -> String {
    labels.iter().map(|label| fold(label)).collect::<Vec<_>>().join(" > ")
}

/// The labels of a path `Category > Folder`.
pub(super) fn labels(path: &str) -> Vec<String> {
    let labels = path.split('>').map(str::trim).filter(|label| !label.is_empty());
    labels.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_hang_somewhere() {
        let mut levels = Levels::default();
        levels.add_category("c1", "IT Help");
        levels.add_folder("f1", "Mail", Some("c1"), None);
        levels.add_folder("f2", "Loose", None, None);
        levels.add_folder("f3", "Deep", None, Some("f1"));
        levels.add_folder("f4", "Round", None, Some("f5"));
        levels.add_folder("f5", "And round", None, Some("f4"));
        levels.add_folder("f6", "Self", Some("c1"), Some("f6"));
        levels.add_folder("f7", "mail ", Some("c1"), None);
        levels.finish();
        for (id, place) in [
            ("f1", Place::Fine),
            ("f2", Place::Loose),
            ("f3", Place::Deep),
            ("f4", Place::Circle),
            ("f6", Place::Circle),
        ] {
            assert_eq!(levels.place(id), place, "{id}");
        }
        assert_eq!(levels.at(&labels("it help")), key("kb_category", "c1"));
        assert_eq!(levels.at(&labels("IT help > Deep")), None);
        assert_eq!(levels.at(&labels("Loose")), key("kb_folder", "f2"));
        assert_eq!(levels.at(&labels("IT Help > Mail")), None, "two folders of one name");
        assert_eq!(labels(" A >B> "), ["A", "B"]);
    }
}
