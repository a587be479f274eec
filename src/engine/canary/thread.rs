//! Probes 4 and 5: texts and dates of what is said.

use serde_json::Value;

use super::probe::{ACCEPTED, Came, Canary};
use crate::destination::intercom::family::conversation::answer::ConversationAnswer;
use crate::destination::intercom::family::thread::answer::PartAnswer;
use crate::destination::intercom::parts;
use crate::engine::error::EngineError;
use crate::model::DestinationId;

/// Length of the long text, in characters: beyond 64 KiB.
const LONG_CHARS: usize = 70_000;

/// Characters of four bytes, markup, an entity.
pub(super) const ODD_TEXT: &str = "canary 🐤 <b>bold</b> & done";

impl Canary<'_> {
    /// How the first message and its date come back.
    pub(super) async fn opening(
        &mut self,
        talk: &DestinationId,
        begun_s: i64,
    ) -> Result<(), EngineError> {
        let back = self.thread(talk).await?.body();
        let begun = ConversationAnswer::of(&back);
        let kept = begun.created_at.as_i64() == Some(begun_s);
        self.found("backdated_start", if kept { "kept" } else { "changed" });
        let body = PartAnswer::of(begun.source).body.unwrap_or_default();
        self.found("four_byte_text", if body.contains('🐤') { "kept" } else { "lost" });
        let markup = markup(body);
        self.found("markup_in_first_message", markup);
        for (probe, kind) in [("markup_in_note", "note"), ("markup_in_comment", "comment")] {
            let text = format!("<p>{probe} <b>bold</b></p>");
            let request = match kind {
                "note" => self.note(talk, &text, begun_s + 60),
                _ => self.comment(talk, &text, begun_s + 60),
            };
            if self.taken(probe, request).await? {
                let back = self.thread(talk).await?.body();
                let word = part_with(&back, probe)
                    .map_or("not_there", |part| self::markup(part.body.unwrap_or_default()));
                self.found(probe, word);
            }
        }
        Ok(())
    }

    /// Which dates a part may bear, and how long it may be.
    pub(super) async fn dates(
        &mut self,
        talk: &DestinationId,
        begun_s: i64,
        now_s: i64,
    ) -> Result<(), EngineError> {
        const DAY_S: i64 = 86_400;
        for (probe, at_s) in [
            ("part_before_start", begun_s - DAY_S),
            ("part_at_start", begun_s),
            ("part_in_the_past", begun_s + DAY_S),
            ("part_in_the_future", now_s + DAY_S),
        ] {
            let word = match self.send(self.note(talk, probe, at_s)).await? {
                Came::Done { .. } => {
                    let back = self.thread(talk).await?.body();
                    let dated = part_with(&back, probe).and_then(|part| part.created_at.as_i64());
                    if dated == Some(at_s) { ACCEPTED } else { "moved" }.to_owned()
                }
                other => other.word(),
            };
            self.found(probe, word);
        }
        let long = "x".repeat(LONG_CHARS);
        if self.taken("long_text", self.note(talk, &long, begun_s + 2 * DAY_S)).await? {
            let back = self.thread(talk).await?.body();
            let whole = parts(&back)
                .iter()
                .map(PartAnswer::of)
                .any(|part| part.body.is_some_and(|body| body.len() >= LONG_CHARS));
            self.found("long_text", if whole { "kept" } else { "cut" });
        }
        Ok(())
    }
}

/// What became of markup.
fn markup(body: &str) -> &'static str {
    if body.contains("<b>") {
        "as_html"
    } else if body.contains("&lt;b&gt;") {
        "as_text"
    } else {
        "stripped"
    }
}

fn part_with<'a>(thread: &'a Value, text: &str) -> Option<PartAnswer<'a>> {
    let mut parts = parts(thread).iter().map(PartAnswer::of);
    parts.find(|part| part.body.is_some_and(|body| body.contains(text)))
}
