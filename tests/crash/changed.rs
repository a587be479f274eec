//! The small migration of `drafts.rs` after its source changed: every kind of update has its place,
//! and some things are no longer there.

use deskledger::destination::Step;
use deskledger::destination::intercom::payload::conversation::{self, Message};
use deskledger::destination::intercom::payload::ticket::{self, TicketChange};
use deskledger::mapping::draft::Draft;
use serde_json::json;

use super::drafts::{ADMIN, at, everything, k};

fn step<'a>(steps: &'a mut [Step], name: &str) -> &'a mut Step {
    steps.iter_mut().find(|step| step.key.as_str() == name).unwrap()
}

/// Changes the steps of a record; false if the record stays as it is.
fn change(name: &str, steps: &mut Vec<Step>) -> bool {
    let body = |steps: &mut Vec<Step>, field: &str, value| {
        steps.first_mut().unwrap().body[field] = value;
    };
    match name {
        "company/1" => body(steps, "name", json!("Acme Ltd")),
        "person/ann" => {
            body(steps, "name", json!("Ann"));
            body(steps, "custom_attributes", json!({ "tier": "silver" }));
            steps.retain(|step| step.key.as_str() != "tag:vip");
            step(steps, "memo:2").body["body"] = json!("Called twice");
        }
        "person/ben" => body(steps, "email", json!("ben.new@example.com")),
        "talk/1" => {
            let attributes = step(steps, "attributes");
            attributes.body["title"] = json!("Another title");
            attributes.body["custom_attributes"] = json!({ "area": "b" });
            let gone = ["with:ben", "tag:vip", "assign"];
            steps.retain(|step| !gone.contains(&step.key.as_str()));
            let talk = k("talk/1");
            let said = Message { body: "<p>One more</p>", created_at: at(90), files: &[] };
            let reply =
                conversation::contact_reply("part:5".into(), &talk, &k("person/ann"), &said);
            // Before the step that closes the thread, which the reply opens.
            let last = steps.len() - 1;
            steps.insert(last, reply);
        }
        "talk/2" => {
            steps.retain(|step| step.key.as_str() == "create");
            steps.push(conversation::close("state".into(), &k("talk/2"), ADMIN));
        }
        "ticket/1" => {
            let state = TicketChange { state: Some("8003".into()), ..TicketChange::default() };
            let create = steps.first_mut().unwrap();
            create.body["ticket_attributes"]["source_id"] = json!("2");
            *step(steps, "state") = ticket::update("state".into(), &k("ticket/1"), &state);
        }
        "asset/1" => body(steps, "custom_attributes", json!({ "total": 6 })),
        "shelf/1" => body(steps, "name", json!("Handbooks")),
        "article/1" => body(steps, "title", json!("Rare questions")),
        "inside/1" => body(steps, "body", json!("<p>z</p>")),
        _ => return false,
    }
    true
}

/// The drafts that differ from those of before.
pub fn changed() -> Vec<Draft> {
    let all = everything().into_iter();
    all.filter_map(|mut draft| {
        let name = draft.key.to_string().trim_start_matches("desk/").to_owned();
        change(&name, &mut draft.steps).then_some(draft)
    })
    .collect()
}
