//! Finding our own parts in a thread.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::super::super::normalise::{Content, same_id, seconds};
use super::super::super::operation::Operation;
use super::super::super::request::{Request, id_text};

/// Part types under which a message with a body is read back: replies to a closed thread come
/// back as what they caused (FACTS §5.4, state rules).
const MESSAGE_TYPES: [&str; 6] =
    ["comment", "open", "close", "assignment", "assign_and_reopen", "quick_reply"];

/// The parts of a conversation or ticket.
pub fn parts(thread: &Value) -> &[Value] {
    ["conversation_parts", "ticket_parts"]
        .iter()
        .find_map(|name| thread.get(*name)?.get(*name)?.as_array())
        .map_or(&[], Vec::as_slice)
}

/// Most parts that are read back (FACTS §5.4).
pub const PARTS_READ_MAX: usize = 500;

/// How many parts the thread has, also those that are not read back (FACTS §5.4: only the newest
/// 500 are).
pub fn parts_total(thread: &Value) -> usize {
    let total = ["conversation_parts", "ticket_parts"]
        .iter()
        .find_map(|name| thread.get(*name)?.get("total_count")?.as_u64());
    total.and_then(|total| usize::try_from(total).ok()).unwrap_or(0).max(parts(thread).len())
}

/// Whether the part is of the kind that this reply becomes.
pub fn kind_fits(operation: Operation, part: &Value) -> bool {
    let kind = part["part_type"].as_str().unwrap_or_default();
    match operation {
        Operation::ConversationNote | Operation::TicketNote => kind == "note",
        _ => MESSAGE_TYPES.contains(&kind),
    }
}

/// Who the reply is from, as an id.
pub fn author(request: &Request) -> &Value {
    request.field("admin_id").or_else(|| request.field("intercom_user_id")).unwrap_or(&Value::Null)
}

/// Whether the part is this reply: author, second and visible content.
pub fn fits(request: &Request, part: &Value) -> bool {
    kind_fits(request.operation, part)
        && same_id(&part["author"]["id"], author(request))
        && request.field("created_at").and_then(seconds) == seconds(&part["created_at"])
        && body_fits(request, part)
}

/// Whether the part shows what the reply says.
pub fn body_fits(request: &Request, part: &Value) -> bool {
    let sent = request.field("body").and_then(Value::as_str).unwrap_or_default();
    let read = part["body"].as_str().unwrap_or_default();
    sent == read || Content::of_html(sent).shows_as(&Content::of_html(read))
}

/// The answer to a reply as far as it is looked at: the whole thread, most of which is skipped, or
/// the reply alone.
#[derive(Deserialize)]
pub struct Answered<'a> {
    /// What it calls itself.
    #[serde(rename = "type", borrow, default)]
    pub kind: Option<&'a RawValue>,
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    /// None only where the answer does not speak of parts: it is the reply then.
    #[serde(borrow, default, deserialize_with = "spoken_of")]
    conversation_parts: Option<Parts<'a>>,
}

fn spoken_of<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Parts<'de>>, D::Error> {
    Ok(Some(Option::deserialize(from)?.unwrap_or_default()))
}

#[derive(Default, Deserialize)]
struct Parts<'a> {
    #[serde(borrow, default)]
    conversation_parts: Vec<Part<'a>>,
}

#[derive(Deserialize)]
struct Part<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    part_type: Option<&'a RawValue>,
    #[serde(borrow, default)]
    author: Option<&'a RawValue>,
    #[serde(borrow, default)]
    created_at: Option<&'a RawValue>,
    #[serde(borrow, default)]
    body: Option<&'a RawValue>,
}

/// What was read without being looked into; null if there is nothing.
pub fn value(raw: Option<&RawValue>) -> Value {
    // What was read as JSON once is JSON.
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
}

impl Part<'_> {
    fn is_of(&self, second: Option<i64>) -> bool {
        seconds(&value(self.created_at)) == second
    }

    fn whole(&self) -> Value {
        json!({
            "id": value(self.id), "part_type": value(self.part_type),
            "author": value(self.author), "created_at": value(self.created_at),
            "body": value(self.body),
        })
    }
}

/// The part that the reply made, in the whole thread that answered it: of those that fit the
/// newest, for replies of a thread are sent one after another.
pub fn made(request: &Request, answered: &Answered<'_>) -> Option<String> {
    let Some(thread) = &answered.conversation_parts else {
        return id_text(&value(answered.id));
    };
    let second = request.field("created_at").and_then(seconds);
    let parts = thread.conversation_parts.iter().filter(|part| part.is_of(second));
    let fitting = parts.map(Part::whole).filter(|part| fits(request, part));
    newest(fitting.filter_map(|part| id_text(&part["id"])))
}

/// The option that was made, in the attribute that answered.
pub fn made_option(request: &Request, attribute: &Value) -> Option<String> {
    let label = request.field("label")?;
    let options = attribute["options"].as_array()?;
    let fitting = options.iter().filter(|option| &option["label"] == label);
    fitting.filter_map(|option| id_text(&option["id"])).next_back()
}

/// The highest id; ids of parts are decimal numbers of growing length.
fn newest(ids: impl Iterator<Item = String>) -> Option<String> {
    ids.max_by(|left, right| (left.len(), left).cmp(&(right.len(), right)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply() -> Request {
        Request::new(Operation::ConversationAdminComment).with("conversation_id", 1).body(json!({
            "message_type": "comment", "type": "admin", "admin_id": "7",
            "body": "<b>Hi</b>", "created_at": 100,
        }))
    }

    fn part(id: &str, kind: &str, author: &str, at: i64) -> Value {
        json!({
            "id": id, "part_type": kind, "author": { "type": "admin", "id": author },
            "created_at": at, "body": "<p><b>Hi</b></p>",
        })
    }

    fn made_in(thread: &Value) -> Option<String> {
        let text = thread.to_string();
        made(&reply(), &serde_json::from_str(&text).unwrap())
    }

    #[test]
    fn an_answer_that_is_the_reply_names_it() {
        assert_eq!(made_in(&json!({ "type": "ticket_part", "id": "77" })).unwrap(), "77");
    }

    #[test]
    fn a_thread_without_parts_is_not_the_reply() {
        let thread = json!({ "type": "conversation", "id": "77", "conversation_parts": null });
        assert_eq!(made_in(&thread), None);
    }

    #[test]
    fn the_newest_part_that_fits_is_ours() {
        let list = json!([
            part("9", "comment", "7", 100),
            part("10", "open", "7", 100),
            part("11", "note", "7", 100),
            part("12", "comment", "8", 100),
            part("13", "comment", "7", 101),
        ]);
        let thread = json!({ "conversation_parts": { "conversation_parts": list } });
        assert_eq!(made_in(&thread).unwrap(), "10");
        assert_eq!(parts_total(&thread), 5);
    }

    #[test]
    fn no_part_is_ours_if_the_body_differs() {
        let mut other = part("9", "comment", "7", 100);
        other["body"] = json!("<p>Ho</p>");
        let thread = json!({ "conversation_parts": { "conversation_parts": [other] } });
        assert_eq!(made_in(&thread), None);
    }
}
