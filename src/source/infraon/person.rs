//! Who is meant by an id, an address or a name: requesters and technicians share ids and
//! addresses.

use super::directory::{Asker, Directory, email_hash};
use super::memory::Memory;
use super::resolve::key;
use crate::model::record::{Author, AuthorRole, PersonRef};
use crate::source::bundle::cells::Cells;
use crate::source::bundle::index::hash;
use crate::source::finding::Code;

/// Columns that name a person.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named {
    pub(super) id: usize,
    pub(super) email: usize,
    pub(super) name: usize,
}

fn written(cells: &mut Cells<'_>, named: Named) -> PersonRef {
    let email = cells.emails(named.email).into_iter().next();
    PersonRef { key: None, email, name: cells.string(named.name) }
}

/// Who asked. A technician may ask too, and then has no requester's record.
pub(super) fn requester(memory: &Memory, cells: &mut Cells<'_>, named: Named) -> PersonRef {
    let person = written(cells, named);
    let people = &memory.people;
    let Some(id) = cells.row.id(named.id) else { return person };
    if !people.is_requester(id) {
        if people.is_technician(id) {
            return people.technician(id, person);
        }
        if people.has_requesters() {
            let code = dangling(memory);
            cells.note_cell(code, named.id, "No such requester is in the export.");
        }
    }
    PersonRef { key: key("requester", id), ..person }
}

/// A technician, by id, else by an address or an unambiguous name.
pub(super) fn technician(memory: &Memory, cells: &mut Cells<'_>, named: Named) -> PersonRef {
    let person = written(cells, named);
    let people = &memory.people;
    if let Some(id) = cells.row.id(named.id) {
        if !people.is_technician(id) && people.has_technicians() {
            let code = dangling(memory);
            cells.note_cell(code, named.id, "No such technician is in the export.");
        }
        return people.technician(id, person);
    }
    let by_email = person.email.as_deref().map(|email| people.technician_of(email));
    let by_name = || people.technician_named(person.name.as_deref()?);
    match by_email.unwrap_or_else(by_name).map(str::to_owned) {
        Some(id) => people.technician(&id, person),
        None => person,
    }
}

fn dangling(memory: &Memory) -> Code {
    if memory.partial { Code::ReferenceOutside } else { Code::DanglingReference }
}

/// Who wrote an entry of a thread: what the row says of itself, else which list the person is on,
/// else whether it is the one who asked. `None` if nothing tells.
pub(super) fn author(
    memory: &Memory,
    cells: &mut Cells<'_>,
    (named, kind): (Named, usize),
    asker: Option<Asker>,
    internal: bool,
) -> Option<Author> {
    let person = written(cells, named);
    let people = &memory.people;
    let id = cells.row.id(named.id).map(str::to_owned);
    let said = cells.row.trimmed(kind).map(str::to_lowercase);
    let role = match said.as_deref() {
        Some("customer" | "requester" | "reporter" | "user") => Some(AuthorRole::Customer),
        Some("agent" | "technician" | "assignee" | "admin") => Some(AuthorRole::Agent),
        Some("system") => return Some(Author { role: AuthorRole::System, person }),
        Some("bot") => return Some(Author { role: AuthorRole::Bot, person }),
        _ => role(people, id.as_deref(), &person, asker, internal),
    };
    let person = match (role?, id) {
        (AuthorRole::Customer, Some(id)) if people.is_technician(&id) => {
            let asks = asker.is_some_and(|asker| asker.id == hash(&id));
            if people.is_requester(&id) {
                PersonRef { key: key("requester", &id), ..person }
            } else if asks {
                people.technician(&id, person)
            } else {
                // The one who asked has a requester's record with the same address.
                PersonRef { key: None, ..people.technician(&id, person) }
            }
        }
        (AuthorRole::Customer, id) => {
            PersonRef { key: id.and_then(|id| key("requester", &id)), ..person }
        }
        (_, Some(id)) => people.technician(&id, person),
        (_, None) => {
            let known = person.email.as_deref().and_then(|email| people.technician_of(email));
            let known = known.or_else(|| people.technician_named(person.name.as_deref()?));
            match known.map(str::to_owned) {
                Some(id) => people.technician(&id, person),
                None => person,
            }
        }
    };
    Some(Author { role: role?, person })
}

/// On whose behalf somebody wrote who may be on either list.
fn role(
    people: &Directory,
    id: Option<&str>,
    person: &PersonRef,
    asker: Option<Asker>,
    internal: bool,
) -> Option<AuthorRole> {
    let email = person.email.as_deref();
    let is = |(its_id, its_email): (u64, u64)| {
        let same_id = id.is_some_and(|id| its_id == hash(id));
        same_id || email.is_some_and(|email| its_email == email_hash(email))
    };
    let asks = asker.is_some_and(|asker| is((asker.id, asker.email)));
    let acts = asker.is_some_and(|asker| is((asker.assignee_id, asker.assignee_email)));
    // Requesters cannot write notes for colleagues.
    if asks && !internal {
        return Some(AuthorRole::Customer);
    }
    let (requesters, technicians) = email.map(|email| people.sharing(email)).unwrap_or_default();
    let is_technician = id.is_some_and(|id| people.is_technician(id)) || technicians > 0;
    let is_requester = id.is_some_and(|id| people.is_requester(id)) || requesters > 0;
    if is_technician || acts || (internal && !person_is_unknown(id, person)) {
        return Some(AuthorRole::Agent);
    }
    if is_requester {
        return Some(AuthorRole::Customer);
    }
    let named = person.name.as_deref().and_then(|name| people.technician_named(name));
    named.map(|_| AuthorRole::Agent)
}

fn person_is_unknown(id: Option<&str>, person: &PersonRef) -> bool {
    id.is_none() && person.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_follow_the_lists_and_the_one_who_asked() {
        let people = Directory::sample();
        let asker = Some(Asker {
            id: hash("r2"),
            email: email_hash("bo@example.com"),
            assignee_id: hash("t9"),
            ..Asker::default()
        });
        let person = |email: &str, name: &str| PersonRef {
            key: None,
            email: Some(email.to_owned()).filter(|email| !email.is_empty()),
            name: Some(name.to_owned()).filter(|name| !name.is_empty()),
        };
        let (agent, customer) = (Some(AuthorRole::Agent), Some(AuthorRole::Customer));
        for (id, email, name, asker, internal, expected) in [
            (Some("t1"), "", "", None, false, agent),
            (Some("r1"), "", "", None, false, customer),
            (None, "ada@example.org", "", None, false, customer),
            (None, "Bo@example.com", "", None, false, agent),
            (None, "Bo@example.com", "", asker, false, customer),
            (None, "Bo@example.com", "", asker, true, agent),
            (Some("r2"), "", "", asker, false, customer),
            (Some("t9"), "", "", asker, false, agent),
            (Some("t9"), "", "", None, false, None),
            (None, "", "Bo Berg", None, false, agent),
            (None, "", "Kim", None, false, None),
            (None, "", "Kim", None, true, agent),
            (None, "new@example.org", "", None, false, None),
            (None, "", "", None, true, None),
        ] {
            let found = role(&people, id, &person(email, name), asker, internal);
            assert_eq!(found, expected, "{id:?} {email} {name} {internal}");
        }
    }
}
