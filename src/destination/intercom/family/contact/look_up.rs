//! Finding out whether a contact was created (FACTS §9).

use serde_json::Value;

use super::super::super::super::contract::{LookUp, Read};
use super::super::super::compare::differing;
use super::super::super::kind::ObjectKind;
use super::super::super::look_up::as_read::as_read;
use super::super::super::look_up::look::{Look, Looked, landed};
use super::super::super::pages::list;
use super::super::search::{SEARCH_PAGES, filter, query};
use super::rules::{FOUND_BY, KEY, key_of, looks_like};

/// By its key; leads and contacts without one by what a search finds.
pub async fn contact(look: &Look<'_>) -> Looked {
    let request = look.request;
    if let Some(key) = key_of(request) {
        let path = "/contacts/find_by_external_id/{external_id}";
        let found = look.object(Read::get(path).with(KEY, key)).await?;
        let Some(found) = found else { return Ok(LookUp::Absent) };
        // One that was there before answers to the same key, and is not what was made.
        if !look.is_recent(&found) {
            return Ok(LookUp::Absent);
        }
        let back = as_read(ObjectKind::Contact, found);
        return Ok(match differing(request, &back).is_empty() {
            true => landed(back.object),
            false => LookUp::Ambiguous { candidates: vec![back.id] },
        });
    }
    let Some((field, value)) =
        FOUND_BY.iter().find_map(|name| Some((*name, request.field(name)?.clone())))
    else {
        return Ok(LookUp::Absent);
    };
    let search = Read::search("/contacts/search", query(vec![filter(field, "=", &value)]));
    let found = list(look.destination, search, SEARCH_PAGES, |_| false).await?;
    let fits = |contact: &Value| look.is_recent(contact) && looks_like(request, contact);
    Ok(look.one_of(found.into_iter().filter(fits).collect()))
}
