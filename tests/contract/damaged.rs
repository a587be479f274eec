//! What of a migrated workspace is damaged: objects that have what the damage needs.

use serde_json::Value;

use crate::support::desk::{demo_workspace, list, text};

/// Where the help desk's own id of a ticket stands.
pub const ATTRIBUTE: &str = "deskero_original_ticket_id";

pub fn pick<'a>(state: &'a Value, kind: &str, takes: impl Fn(&Value) -> bool) -> &'a Value {
    let found = list(state, kind).iter().find(|one| takes(one));
    found.unwrap_or_else(|| panic!("none of {kind} will do"))
}

/// The state with its lists in an order that the objects themselves give: ids follow the order of
/// their creation, which is another in every run, and the first that will do is to be the same.
pub fn in_order(mut state: Value) -> Value {
    const BY: [&str; 7] =
        ["external_id", "company_id", "email", "name", "title", "created_at", "source"];
    for objects in state.as_object_mut().into_iter().flat_map(|all| all.values_mut()) {
        if let Some(objects) = objects.as_array_mut() {
            objects.sort_by_cached_key(|one| {
                BY.map(|key| {
                    one[key]["body"].as_str().map_or_else(|| text(&one[key]), str::to_owned)
                })
            });
        }
    }
    state
}

/// Messages and notes with words.
pub fn spoken(talk: &Value) -> Vec<&Value> {
    let parts = talk["parts"].as_array().or(talk["ticket_parts"]["ticket_parts"].as_array());
    let words = |part: &&Value| part["body"].as_str().is_some_and(|body| body.len() > 20);
    parts.into_iter().flatten().filter(words).collect()
}

pub fn of_contact(part: &Value) -> bool {
    part["author"]["type"] == "user"
}

/// A conversation in which teammate and contact take turns, without files.
pub fn talk(state: &Value) -> &Value {
    pick(state, "conversations", |one| {
        let said = spoken(one);
        let plain =
            said.iter().all(|part| part["attachments"].as_array().is_some_and(Vec::is_empty));
        said.len() > 2
            && plain
            && of_contact(said[0]) != of_contact(said[1])
            && said[0]["created_at"] != said[1]["created_at"]
            && text(&one["source"]["body"]).len() > 20
            && one["title"].is_string()
            && one["custom_attributes"][ATTRIBUTE].is_string()
    })
}

pub fn closed(state: &Value) -> &Value {
    pick(state, "conversations", |one| one["state"] == "closed" && !spoken(one).is_empty())
}

pub fn opened(state: &Value) -> &Value {
    pick(state, "conversations", |one| one["state"] == "open" && !spoken(one).is_empty())
}

pub fn assigned<'a>(state: &'a Value, field: &str) -> &'a Value {
    pick(state, "conversations", |one| one[field].as_u64().is_some_and(|id| id > 0))
}

pub fn noted(state: &Value) -> (&Value, &Value) {
    let note = |one: &Value| spoken(one).iter().position(|part| part["part_type"] == "note");
    let talk = pick(state, "conversations", |one| {
        note(one).is_some() && one["custom_attributes"][ATTRIBUTE] != AMENDED
    });
    (talk, spoken(talk)[note(talk).expect("a note")])
}

/// The ticket of which the later export tells another wording.
const AMENDED: &str = "6866ac936081415a9fd22299";

pub fn amended(state: &Value) -> (&Value, &Value) {
    let talk = pick(state, "conversations", |one| one["custom_attributes"][ATTRIBUTE] == AMENDED);
    let says = |part: &&Value| text(&part["body"]).contains("dix secondes");
    let note = spoken(talk).into_iter().find(says).expect("the note of the amendment");
    let words = text(&note["body"]);
    // The message is the one whose words, but for what was added, the note repeats.
    let told = |part: &&Value| {
        let body = text(&part["body"]).replace("<p>", "").replace("</p>", "");
        part["id"] != note["id"] && words.contains(body.trim())
    };
    let message = spoken(talk).into_iter().find(told).expect("the message that was amended");
    (talk, message)
}

pub fn tagged(state: &Value) -> &Value {
    pick(state, "conversations", |one| {
        one["tags"]["tags"].as_array().is_some_and(|all| !all.is_empty())
    })
}

pub fn tag(object: &Value) -> String {
    let all = object["tags"]["tags"].as_array().or(object["tags"].as_array());
    text(&all.expect("tags")[0]["id"])
}

pub fn used_tag(state: &Value) -> &Value {
    let id = tag(tagged(state));
    pick(state, "tags", |one| text(&one["id"]) == id)
}

pub fn admin(state: &Value) -> String {
    text(&list(state, "admins")[0]["id"])
}

/// The id of another of a kind.
pub fn other(state: &Value, kind: &str, than: &Value) -> String {
    let than = text(than);
    let ids = list(state, kind).iter().map(|one| text(&one["id"]));
    ids.into_iter().find(|id| *id != than).unwrap_or_else(|| panic!("only one of {kind}"))
}

pub fn ours(one: &Value) -> bool {
    let key = one["external_id"].as_str().or(one["company_id"].as_str());
    key.is_some_and(|key| key.starts_with("deskero:"))
}

pub fn other_contact(state: &Value, thread: &Value) -> String {
    let takes_part = thread["contacts"].to_string();
    let found = pick(state, "contacts", |one| {
        one["role"] == "user" && !takes_part.contains(&text(&one["id"]))
    });
    text(&found["id"])
}

/// Somebody who was in the workspace before: what stood there is kept by decision.
fn was_there(contact: &Value) -> bool {
    let before = demo_workspace();
    list(&before, "contacts").iter().any(|one| {
        ["email", "external_id"].iter().any(|key| one[key].is_string() && one[key] == contact[key])
    })
}

/// A contact that we made, with everything that is damaged.
pub fn person(state: &Value) -> &Value {
    pick(state, "contacts", |one| {
        ours(one)
            && !was_there(one)
            && text(&one["email"]).contains('@')
            && one["phone"].is_string()
            && one["custom_attributes"].as_object().is_some_and(|all| {
                all.values().any(|value| value.as_str().is_some_and(|word| word.len() > 1))
            })
    })
}

pub fn tagged_person(state: &Value) -> &Value {
    pick(state, "contacts", |one| {
        ours(one) && one["tags"].as_array().is_some_and(|all| !all.is_empty())
    })
}

pub fn employed(state: &Value) -> &Value {
    pick(state, "contacts", |one| {
        ours(one) && one["companies"].as_array().is_some_and(|all| !all.is_empty())
    })
}

pub fn remembered(state: &Value) -> &Value {
    pick(state, "contacts", |one| {
        ours(one) && one["notes"].as_array().is_some_and(|all| !all.is_empty())
    })
}

/// A text attribute that is no option of a list.
pub fn word_attribute(object: &Value) -> String {
    let all = object["custom_attributes"].as_object().expect("attributes");
    let word = |value: &Value| value.as_str().is_some_and(|word| word.len() > 1);
    let free = |name: &&String| {
        ["memo", "city", "address", "signature", "name", "description"]
            .iter()
            .any(|known| name.contains(known))
    };
    let words = || all.iter().filter(|(_, value)| word(value)).map(|(name, _)| name);
    words().find(free).or_else(|| words().next()).expect("a text").clone()
}

pub fn company(state: &Value) -> &Value {
    pick(state, "companies", |one| ours(one) && one["archived"] != true)
}

pub fn attribute_names(state: &Value) -> Vec<String> {
    let talks = list(state, "conversations").iter();
    let maps = talks.filter_map(|one| one["custom_attributes"].as_object());
    maps.flat_map(|map| map.keys().cloned()).collect()
}

pub fn own_attribute(state: &Value) -> &Value {
    pick(state, "data_attributes", |one| {
        one["model"] == "contact" && one["archived"] == false && one["name"] == "address"
            || text(&one["name"]).contains("loyalty")
    })
}

pub fn top(state: &Value) -> &Value {
    pick(state, "collections", |one| {
        let id = text(&one["id"]);
        one["parent_id"].is_null()
            && list(state, "collections")
                .iter()
                .any(|other| other["parent_id"].is_null() && text(&other["id"]) != id)
    })
}

pub fn published(state: &Value) -> &Value {
    pick(state, "articles", |one| {
        one["state"] == "published"
            && one["parent_ids"].as_array().is_some_and(|all| !all.is_empty())
            && text(&one["body"]).len() > 60
    })
}

pub fn ticket(state: &Value) -> &Value {
    pick(state, "tickets", |one| {
        one["ticket_attributes"].get("itco_original_ticket_id").is_some()
            || one["linked_objects"]["total_count"].as_u64() > Some(0)
    })
}

/// A ticket of ours that is in its first state, or one that was moved on.
pub fn ticket_in(state: &Value, is_first: bool) -> &Value {
    let first = pick(state, "ticket_states", |one| one["category"] == "submitted");
    pick(state, "tickets", |one| {
        one["ticket_attributes"].get("itco_original_ticket_id").is_some()
            && (text(&one["ticket_state"]["id"]) == text(&first["id"])) == is_first
    })
}

pub fn said_in_ticket(ticket: &Value) -> &Value {
    spoken(ticket)[0]
}

pub fn object(state: &Value) -> &Value {
    pick(state, "custom_object_instances", |one| {
        let values = one["custom_attributes"].as_object();
        values.is_some_and(|all| {
            all.values().any(|value| value.as_str().is_some_and(|w| w.len() > 1))
        })
    })
}

pub fn referring(state: &Value) -> (&Value, String) {
    let name = |one: &Value| {
        let values = one["custom_attributes"].as_object()?;
        let full = |value: &Value| value.as_array().is_some_and(|ids| !ids.is_empty());
        values.iter().find(|(_, value)| full(value)).map(|(name, _)| name.clone())
    };
    let one = pick(state, "custom_object_instances", |one| name(one).is_some());
    (one, name(one).expect("a reference"))
}

/// The first half of a text.
pub fn cut(body: &Value) -> String {
    let body = text(body);
    let words: Vec<&str> = body.split(' ').collect();
    words[..words.len() / 2].join(" ")
}
