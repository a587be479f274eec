//! Damage to a migrated workspace, one kind a row: what is done, to what, and the field that must
//! be named. What nobody can see through Intercom's API stands in a list of its own, with the
//! reason.

use serde_json::{Value, json};

use super::damaged::{
    ATTRIBUTE, admin, amended, assigned, attribute_names, closed, company, cut, employed, noted,
    object, opened, other, other_contact, own_attribute, person, pick, published, referring,
    remembered, said_in_ticket, spoken, tag, tagged, tagged_person, talk, ticket, ticket_in, top,
    used_tag, word_attribute,
};
use crate::support::desk::{list, text};

/// Which of the migrated workspaces is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum World {
    /// Deskero's sample with a later export: conversations, contacts, companies, articles.
    Deskero,
    /// ITCO's sample, every conversation converted to a ticket.
    Converted,
    /// ITCO's sample, a ticket linked to every conversation.
    Linked,
    /// Infraon's sample: custom objects with references.
    Infraon,
}

/// What is damaged, and how.
pub struct Hit {
    /// Intercom id of the object that must be named.
    pub id: String,
    /// Acts of the simulator.
    pub acts: Vec<Value>,
}

/// A row: name, workspace, the start of the field that must be named, the damage.
pub type Damage = (&'static str, World, &'static str, fn(&Value) -> Hit);

/// A row of what cannot be seen: name, workspace, why, the damage.
pub type Unseen = (&'static str, World, &'static str, fn(&Value) -> Hit);

use World::{Converted, Deskero, Infraon, Linked};

pub const SEEN: &[Damage] = &[
    ("drop conversation", Deskero, "object", |s| alter(talk(s), json!({"what": "thread_drop"}))),
    ("duplicate conversation", Deskero, "twin:", |s| {
        alter(talk(s), json!({"what": "thread_twin"}))
    }),
    ("shift conversation", Deskero, "created_at", |s| {
        alter(talk(s), json!({"what": "created_at", "by": -3600}))
    }),
    ("truncate first message", Deskero, "source.body", |s| {
        alter(talk(s), json!({"what": "source_body", "to": cut(&talk(s)["source"]["body"])}))
    }),
    ("swap author of first message", Deskero, "source.author", |s| {
        alter(talk(s), json!({"what": "source_author", "contact": other_contact(s, talk(s))}))
    }),
    ("redact first message", Deskero, "source.redacted", |s| {
        alter(talk(s), json!({"what": "source_redacted"}))
    }),
    ("relink conversation to another contact", Deskero, "contact:", |s| {
        alter(talk(s), json!({"what": "contacts", "to": [other_contact(s, talk(s))]}))
    }),
    ("add participant", Deskero, "participant:", |s| {
        let own = text(&talk(s)["contacts"]["contacts"][0]["id"]);
        alter(talk(s), json!({"what": "contacts", "to": [own, other_contact(s, talk(s))]}))
    }),
    ("change title", Deskero, "title", |s| alter(talk(s), json!({"what": "title", "to": "x"}))),
    ("lose title", Deskero, "title", |s| alter(talk(s), json!({"what": "title", "to": null}))),
    ("open a closed conversation", Deskero, "state", |s| {
        alter(closed(s), json!({"what": "state", "to": "open"}))
    }),
    ("close an open conversation", Deskero, "state", |s| {
        alter(opened(s), json!({"what": "state", "to": "closed"}))
    }),
    ("assign to another teammate", Deskero, "admin_assignee_id", |s| {
        let held = assigned(s, "admin_assignee_id");
        let to = other(s, "admins", &held["admin_assignee_id"]);
        alter(held, json!({"what": "admin_assignee", "to": to}))
    }),
    ("assign to another team", Deskero, "team_assignee_id", |s| {
        let held = assigned(s, "team_assignee_id");
        let to = other(s, "teams", &held["team_assignee_id"]);
        alter(held, json!({"what": "team_assignee", "to": to}))
    }),
    ("unassign", Deskero, "admin_assignee_id", |s| {
        alter(assigned(s, "admin_assignee_id"), json!({"what": "admin_assignee", "to": 0}))
    }),
    ("change attribute of conversation", Deskero, "custom_attributes.", |s| {
        alter(talk(s), json!({"what": "attribute", "name": ATTRIBUTE, "to": "x"}))
    }),
    ("lose attribute of conversation", Deskero, "custom_attributes.", |s| {
        alter(talk(s), json!({"what": "attribute", "name": ATTRIBUTE, "to": null}))
    }),
    ("add attribute to conversation", Deskero, "custom_attributes.", |s| {
        let names = list(s, "conversation_attributes").iter().map(|one| text(&one["name"]));
        let mut names = names.chain(attribute_names(s));
        let has = |name: &String| talk(s)["custom_attributes"].get(name).is_some();
        let name = names.find(|name| !has(name)).expect("an attribute that it has not");
        alter(talk(s), json!({"what": "attribute", "name": name, "to": "x"}))
    }),
    ("take tag off conversation", Deskero, "tag:", |s| {
        let talk = tagged(s);
        call(talk, "DELETE", &format!("tags/{}", tag(talk)), json!({"admin_id": admin(s)}))
    }),
    ("put tag on conversation", Deskero, "tag:", |s| {
        let id = text(&talk(s)["id"]);
        let act = json!({"do": "tag_conversation", "conversation": id, "tag": "Somebody's own"});
        Hit { id, acts: vec![act] }
    }),
    ("drop message", Deskero, "part:", |s| part(s, json!({"what": "part_drop"}))),
    ("duplicate message", Deskero, "part:", |s| part(s, json!({"what": "part_twin"}))),
    ("swap author of message", Deskero, "part:", |s| {
        part(s, json!({"what": "part_author", "contact": other_contact(s, talk(s))}))
    }),
    ("let a teammate have said it", Deskero, "part:", |s| {
        let who = &spoken(talk(s))[0]["author"]["id"];
        part(s, json!({"what": "part_author", "admin": other(s, "admins", who)}))
    }),
    ("shift message", Deskero, "part:", |s| part(s, json!({"what": "part_created_at", "by": 1}))),
    ("truncate message", Deskero, "part:", |s| {
        let body = cut(&spoken(talk(s))[0]["body"]);
        part(s, json!({"what": "part_body", "to": body}))
    }),
    ("lose words of message", Deskero, "part:", |s| {
        part(s, json!({"what": "part_body", "to": null}))
    }),
    ("retype message as note", Deskero, "part:", |s| {
        part(s, json!({"what": "part_kind", "to": "note"}))
    }),
    ("retype note as message", Deskero, "part:", |s| {
        let (talk, note) = noted(s);
        part_of(talk, note, json!({"what": "part_kind", "to": "comment"}))
    }),
    ("redact message", Deskero, "part:", |s| part(s, json!({"what": "part_redacted"}))),
    ("reorder messages", Deskero, "parts.order", |s| {
        part(s, json!({"what": "part_swap", "with": spoken(talk(s))[1]["id"]}))
    }),
    ("add message", Deskero, "part:", |s| {
        let id = text(&talk(s)["id"]);
        let act = json!({"do": "reply", "conversation": id, "body": "Somebody's own"});
        Hit { id, acts: vec![act] }
    }),
    ("change words of an amended message", Deskero, "part:", |s| {
        let (talk, amended) = amended(s);
        part_of(talk, amended, json!({"what": "part_body", "to": "something else"}))
    }),
    ("drop file", Deskero, "part:", |s| file(s, json!({"what": "file_drop"}))),
    ("duplicate file", Deskero, "part:", |s| file(s, json!({"what": "file_twin"}))),
    ("rename file", Deskero, "part:", |s| file(s, json!({"what": "file_name", "to": "x.jpg"}))),
    ("retype file", Deskero, "part:", |s| file(s, json!({"what": "file_type", "to": "a/b"}))),
    ("resize file", Deskero, "part:", |s| file(s, json!({"what": "file_size"}))),
    ("delete contact", Deskero, "object", |s| call(person(s), "DELETE", "", json!({}))),
    ("archive contact", Deskero, "archived", |s| call(person(s), "POST", "archive", json!({}))),
    ("change e-mail", Deskero, "email", |s| set(person(s), json!({"email": "x@example.org"}))),
    ("change name", Deskero, "name", |s| set(person(s), json!({"name": "Somebody"}))),
    ("change telephone", Deskero, "phone", |s| {
        set(person(s), json!({"phone": "+39 347 555 0999"}))
    }),
    ("change key of contact", Deskero, "external_id", |s| {
        set(person(s), json!({"external_id": "deskero:x"}))
    }),
    ("change attribute of contact", Deskero, "custom_attributes.", |s| {
        let name = word_attribute(person(s));
        set(person(s), json!({"custom_attributes": {name: "x"}}))
    }),
    ("lose attribute of contact", Deskero, "custom_attributes.", |s| {
        let name = word_attribute(person(s));
        set(person(s), json!({"custom_attributes": {name: null}}))
    }),
    ("take tag off contact", Deskero, "tag:", |s| {
        let person = tagged_person(s);
        call(person, "DELETE", &format!("tags/{}", tag(person)), json!({}))
    }),
    ("put tag on contact", Deskero, "tag:", |s| {
        let id = text(&person(s)["id"]);
        let act = json!({"do": "tag_contact", "contact": id, "tag": "Somebody's own"});
        Hit { id, acts: vec![act] }
    }),
    ("take contact out of company", Deskero, "company:", |s| {
        let person = employed(s);
        call(person, "DELETE", &format!("companies/{}", text(&person["companies"][0])), json!({}))
    }),
    ("move contact to another company", Deskero, "company:", |s| {
        let person = employed(s);
        let own = text(&person["companies"][0]);
        let mut hit = call(person, "DELETE", &format!("companies/{own}"), json!({}));
        let other = list(s, "companies").iter().map(|one| text(&one["id"]));
        let other = other.into_iter().find(|id| *id != own).expect("another company");
        hit.acts.extend(call(person, "POST", "companies", json!({"id": other})).acts);
        hit
    }),
    ("change note on contact", Deskero, "note:", |s| {
        let person = remembered(s);
        let act =
            json!({"do": "alter", "what": "note_body", "note": person["notes"][0], "to": "x"});
        Hit { id: text(&person["id"]), acts: vec![act] }
    }),
    ("rename company", Deskero, "name", |s| set(company(s), json!({"name": "Somebody & Co"}))),
    ("delete company", Deskero, "object", |s| call(company(s), "DELETE", "", json!({}))),
    ("rename tag", Deskero, "name", |s| {
        let id = text(&used_tag(s)["id"]);
        Hit { acts: vec![act("POST", "/tags", json!({"id": id, "name": "renamed"}))], id }
    }),
    ("delete tag", Deskero, "object", |s| {
        let id = text(&used_tag(s)["id"]);
        Hit { acts: vec![act("DELETE", &format!("/tags/{id}"), json!({}))], id }
    }),
    ("archive attribute", Deskero, "archived", |s| {
        let one = own_attribute(s);
        let path = format!("/data_attributes/{}", text(&one["id"]));
        Hit { id: text(&one["id"]), acts: vec![act("PUT", &path, json!({"archived": true}))] }
    }),
    ("delete attribute of conversations", Deskero, "", |s| {
        let one = &list(s, "conversation_attributes")[0];
        let path = format!("/conversations/attributes/{}", text(&one["id"]));
        Hit { id: text(&one["id"]), acts: vec![act("DELETE", &path, json!({}))] }
    }),
    ("rename collection", Deskero, "name", |s| {
        knowledge(
            &list(s, "collections")[0],
            "PUT",
            "help_center/collections",
            json!({"name": "x"}),
        )
    }),
    ("hang collection elsewhere", Deskero, "parent_id", |s| {
        let own = top(s);
        let root = |one: &&Value| one["parent_id"].is_null() && one["id"] != own["id"];
        let to = list(s, "collections").iter().find(root);
        let to = text(&to.expect("another collection")["id"]);
        knowledge(own, "PUT", "help_center/collections", json!({"parent_id": to}))
    }),
    ("delete collection", Deskero, "object", |s| {
        knowledge(&list(s, "collections")[0], "DELETE", "help_center/collections", json!({}))
    }),
    ("delete article", Deskero, "object", |s| {
        knowledge(published(s), "DELETE", "articles", json!({}))
    }),
    ("unpublish article", Deskero, "state", |s| {
        knowledge(published(s), "PUT", "articles", json!({"state": "draft"}))
    }),
    ("publish draft", Deskero, "state", |s| {
        let draft = list(s, "articles").iter().find(|one| one["state"] == "draft");
        knowledge(draft.expect("a draft"), "PUT", "articles", json!({"state": "published"}))
    }),
    ("change title of article", Deskero, "title", |s| {
        knowledge(published(s), "PUT", "articles", json!({"title": "x"}))
    }),
    ("truncate article", Deskero, "body", |s| {
        let body = cut(&published(s)["body"]);
        knowledge(published(s), "PUT", "articles", json!({"body": body}))
    }),
    ("swap author of article", Deskero, "author_id", |s| {
        let to: u64 = other(s, "admins", &published(s)["author_id"]).parse().expect("a number");
        knowledge(published(s), "PUT", "articles", json!({"author_id": to}))
    }),
    ("move article", Deskero, "parent_id", |s| {
        let own = text(&published(s)["parent_ids"][0]);
        let to = list(s, "collections").iter().map(|one| text(&one["id"])).find(|id| *id != own);
        let to: u64 = to.expect("another collection").parse().expect("a number");
        let body = json!({"parent_id": to, "parent_type": "collection"});
        knowledge(published(s), "PUT", "articles", body)
    }),
    ("drop ticket", Converted, "object", |s| alter(ticket(s), json!({"what": "thread_drop"}))),
    ("duplicate ticket", Converted, "twin:", |s| alter(ticket(s), json!({"what": "thread_twin"}))),
    ("change state of ticket", Converted, "ticket_state_id", |s| {
        let ticket = ticket_in(s, false);
        let to = other(s, "ticket_states", &ticket["ticket_state"]["id"]);
        alter(ticket, json!({"what": "ticket_state", "to": to}))
    }),
    ("change attribute of ticket", Converted, "ticket_attributes.", |s| {
        let name = "itco_original_ticket_id";
        alter(ticket(s), json!({"what": "attribute", "name": name, "to": "x"}))
    }),
    ("drop message of ticket", Converted, "part:", |s| {
        let part = said_in_ticket(ticket(s));
        part_of(ticket(s), part, json!({"what": "part_drop"}))
    }),
    ("archive ticket type", Converted, "archived", |s| {
        let one = list(s, "ticket_types").iter().find(|one| one["name"] == "ITCO ticket");
        let id = text(&one.expect("our type")["id"]);
        let path = format!("/ticket_types/{id}");
        Hit { id, acts: vec![act("PUT", &path, json!({"archived": true}))] }
    }),
    ("unlink ticket", Linked, "link:", |s| alter(ticket(s), json!({"what": "unlink"}))),
    ("give linked ticket to another contact", Linked, "contact:", |s| {
        alter(ticket(s), json!({"what": "contacts", "to": [other_contact(s, ticket(s))]}))
    }),
    ("delete custom object", Infraon, "object", |s| {
        let one = object(s);
        let path = format!("/custom_object_instances/{}/{}", text(&one["type"]), text(&one["id"]));
        Hit { id: text(&one["id"]), acts: vec![act("DELETE", &path, json!({}))] }
    }),
    ("change value of custom object", Infraon, "custom_attributes.", |s| {
        upsert(object(s), json!({word_attribute(object(s)): "x"}))
    }),
    ("lose reference of custom object", Infraon, "custom_attributes.", |s| {
        let (one, name) = referring(s);
        upsert(one, json!({name: []}))
    }),
    ("wake a snoozed conversation", Infraon, "state", |s| {
        let asleep = list(s, "conversations").iter().find(|one| one["state"] == "snoozed");
        alter(asleep.expect("one asleep"), json!({"what": "state", "to": "open"}))
    }),
    ("shift end of snooze", Infraon, "snoozed_until", |s| {
        let asleep = list(s, "conversations").iter().find(|one| one["state"] == "snoozed");
        let asleep = asleep.expect("one asleep");
        let until = asleep["snoozed_until"].as_i64().expect("until when") + 60;
        alter(asleep, json!({"what": "snoozed_until", "to": until}))
    }),
];

/// What stays unseen, and why.
pub const UNSEEN: &[Unseen] = &[
    (
        "exchange bytes of file",
        Deskero,
        "the API gives a file's name, type and size, and no digest; its bytes are held against \
         their digest when they are sent",
        |s| file(s, json!({"what": "file_bytes"})),
    ),
    (
        "change spelling of tag",
        Deskero,
        "Intercom tells tags apart without case: the spelling that came first stays",
        |s| {
            let one = used_tag(s);
            let (id, name) = (text(&one["id"]), text(&one["name"]).to_uppercase());
            Hit { acts: vec![act("POST", "/tags", json!({"id": id, "name": name}))], id }
        },
    ),
    (
        "take emphasis out of message",
        Deskero,
        "Intercom rewrites markup on its own; compared is what a reader sees: words, links, \
         pictures",
        |s| {
            let body = format!("<b>{}</b>", text(&spoken(talk(s))[0]["body"]));
            part(s, json!({"what": "part_body", "to": body}))
        },
    ),
    (
        "add contact with the same e-mail",
        Deskero,
        "a visitor who writes in makes a lead of his own; the contact that we made is as it was",
        |s| {
            let email = person(s)["email"].clone();
            let body = json!({"role": "lead", "email": email});
            Hit { id: text(&person(s)["id"]), acts: vec![act("POST", "/contacts", body)] }
        },
    ),
    (
        "move a ticket out of its first state without an event",
        Converted,
        "nothing was sent to put it there; Intercom writes an event for every move, and an event \
         that is not ours is named",
        |s| {
            let ticket = ticket_in(s, true);
            let to = other(s, "ticket_states", &ticket["ticket_state"]["id"]);
            alter(ticket, json!({"what": "ticket_state", "to": to}))
        },
    ),
];

fn act(method: &str, path: &str, body: Value) -> Value {
    json!({"do": "call", "method": method, "path": path, "body": body})
}

fn alter(thread: &Value, what: Value) -> Hit {
    let id = text(&thread["id"]);
    let mut act = what;
    act["do"] = json!("alter");
    act["thread"] = json!(id);
    Hit { id, acts: vec![act] }
}

fn part_of(thread: &Value, part: &Value, mut what: Value) -> Hit {
    what["part"] = part["id"].clone();
    alter(thread, what)
}

fn part(state: &Value, what: Value) -> Hit {
    part_of(talk(state), spoken(talk(state))[0], what)
}

/// An address below that of a contact, company or conversation.
fn call(object: &Value, method: &str, below: &str, body: Value) -> Hit {
    let folder = match object["type"].as_str() {
        Some("contact") => "contacts",
        Some("company") => "companies",
        _ => "conversations",
    };
    let id = text(&object["id"]);
    let path = format!("/{folder}/{id}/{below}");
    Hit { acts: vec![act(method, path.trim_end_matches('/'), body)], id }
}

fn set(object: &Value, body: Value) -> Hit {
    call(object, "PUT", "", body)
}

fn knowledge(object: &Value, method: &str, folder: &str, body: Value) -> Hit {
    let id = text(&object["id"]);
    Hit { acts: vec![act(method, &format!("/{folder}/{id}"), body)], id }
}

fn upsert(object: &Value, values: Value) -> Hit {
    let path = format!("/custom_object_instances/{}", text(&object["type"]));
    let mut all = object["custom_attributes"].clone();
    for (name, value) in values.as_object().expect("values") {
        all[name] = value.clone();
    }
    let body = json!({"external_id": object["external_id"], "custom_attributes": all});
    Hit { id: text(&object["id"]), acts: vec![act("POST", &path, body)] }
}

fn file(state: &Value, what: Value) -> Hit {
    let holds = |part: &&Value| part["attachments"].as_array().is_some_and(|all| !all.is_empty());
    let find = |one: &'_ Value| list(one, "parts").iter().position(|part| holds(&part));
    let talk = pick(state, "conversations", |one| find(one).is_some());
    part_of(talk, &list(talk, "parts")[find(talk).expect("a file")], what)
}
