//! Reading an object back.

use serde_json::Value;

use crate::model::DestinationId;

use super::super::contract::{Destination, DestinationError, Read};
use super::family;
use super::pages::list_all;
use super::request::{Request, id_text};

pub use super::kind::{ObjectKind, ReadBack};

/// Which object to read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// What it is.
    pub kind: ObjectKind,
    /// Its id.
    pub id: DestinationId,
    /// Parameters of its path besides its id (help centre, type of custom object).
    pub within: Vec<(String, String)>,
}

impl Target {
    /// An object that needs nothing but its id.
    pub fn new(kind: ObjectKind, id: DestinationId) -> Self {
        Self { kind, id, within: Vec::new() }
    }

    /// The object that a request made or changed.
    pub fn of(request: &Request, id: DestinationId) -> Self {
        let kind = ObjectKind::of(request.operation);
        let (path, own) = family::of_kind(kind).place();
        let needed = |name: &String| path.contains(&format!("{{{name}}}")) && name != own;
        let within = request.path.iter().filter(|(name, _)| needed(name)).cloned().collect();
        Self { kind, id, within }
    }
}

/// Reads an object back, with everything that its own address does not give in full.
///
/// # Errors
/// If it is not there, or cannot be read now.
pub async fn read_back(
    destination: &dyn Destination,
    target: &Target,
) -> Result<ReadBack, DestinationError> {
    let object = read_object(destination, target).await?;
    let mut back = ReadBack::bare(target.kind, target.id.clone(), object);
    for list in family::of_kind(target.kind).member_lists() {
        let found = match list.elsewhere(&back.object) {
            Some(path) => list_all(destination, Read::get(path).with("id", &target.id)).await?,
            None => list.named(&back.object),
        };
        list.put(&mut back, found);
    }
    Ok(back)
}

async fn read_object(
    destination: &dyn Destination,
    target: &Target,
) -> Result<Value, DestinationError> {
    let family = family::of_kind(target.kind);
    let (path, own) = family.place();
    if family.is_only_listed() {
        let read = Read::get(path).query("include_archived", true);
        let all = list_all(destination, read).await?;
        let ours = all.into_iter().find(|one| id_text(&one["id"]) == Some(target.id.0.clone()));
        return ours.ok_or(DestinationError::Absent { path });
    }
    let mut read = Read::get(path).with(own, &target.id);
    read.values.extend(target.within.iter().cloned());
    if let Some((name, value)) = family.asked() {
        read = read.query(name, value);
    }
    destination.read(&read).await.found(path)
}

#[cfg(test)]
mod tests {
    use super::super::operation::Operation;
    use super::*;

    #[test]
    fn every_operation_has_a_kind_and_its_path_names_the_object() {
        for &operation in Operation::ALL {
            let kind = ObjectKind::of(operation);
            let (_, own) = family::of_kind(kind).place();
            let names: Vec<_> = operation.spec().path_names().collect();
            if !names.is_empty() && kind != ObjectKind::Redirect && kind != ObjectKind::Object {
                assert_eq!(names[0], own, "{}", operation.name());
            }
        }
    }

    #[test]
    fn a_redirect_is_found_within_its_help_centre() {
        let request = Request::new(Operation::RedirectCreate).with("help_center_id", 7);
        let target = Target::of(&request, "26".into());
        assert_eq!(target.within, [("help_center_id".to_owned(), "7".to_owned())]);
    }
}
