//! Notes on objects that are no threads.

use serde_json::Value;

use crate::model::DestinationId;

use super::super::field::Rule;
use super::super::kind::ReadBack;
use super::super::normalise::Content;
use super::super::request::{Request, id_text};
use super::super::verdict::{Comparisons, ResolvedStep, StepIds};
use super::answered::answers;

/// What a look-up for a note goes by.
pub const TOLD_BY: [&str; 2] = ["body", "admin_id"];

answers! {
    /// A note.
    NoteAnswer {
        /// Its id.
        id: &'a Value,
        /// What it says.
        body: Option<&'a str>,
        /// Who said it.
        author: &'a Value,
    }
}

/// What a request notes, and in whose name.
pub fn sent(request: &Request) -> (&str, Option<&Value>) {
    let body = request.field("body").and_then(Value::as_str).unwrap_or_default();
    (body, request.field("admin_id"))
}

/// Whether a note shows these words.
pub fn shows(note: &Value, words: &Content) -> bool {
    words.shows_as(&Content::of_html(NoteAnswer::of(note).body.unwrap_or_default()))
}

/// Compares a note by its id, or by what it shows.
pub fn compare(step: &ResolvedStep, back: &ReadBack, ids: &StepIds, out: &mut Comparisons) {
    let body = step.request.field("body").cloned().unwrap_or(Value::Null);
    let words = Content::of_html(body.as_str().unwrap_or_default());
    let id = |note: &Value| id_text(NoteAnswer::of(note).id).map(DestinationId::from);
    let found = match ids.get(&step.key) {
        Some(own) => back.notes.iter().find(|note| id(note).as_ref() == Some(own)),
        None => back.notes.iter().find(|note| shows(note, &words)),
    };
    let read = found.and_then(|note| NoteAnswer::of(note).body).map_or(Value::Null, Value::from);
    out.add(format!("note:{}", step.key), Rule::Html, &body, &read);
}
