//! Probe 8: what becomes of closed and snoozed conversations when somebody says something.

use serde_json::{Value, json};

use super::probe::Canary;
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::request::Request;
use crate::engine::error::EngineError;
use crate::model::DestinationId;

const HOUR_S: i64 = 3_600;

impl Canary<'_> {
    pub(super) async fn states(
        &mut self,
        talk: &DestinationId,
        contact: &DestinationId,
    ) -> Result<(), EngineError> {
        let now_s = self.context.env.now().seconds();
        let at_s = now_s - HOUR_S;
        if self.taken("close", self.close_it(talk)).await? {
            self.after("note_on_closed", talk, self.note(talk, "on closed", at_s)).await?;
            self.send(self.close_it(talk)).await?;
            let comment = Request::new(Operation::ConversationAdminComment)
                .with("conversation_id", talk)
                .body(self.said("comment", "on closed", at_s));
            self.after("comment_on_closed", talk, comment).await?;
            self.send(self.close_it(talk)).await?;
            let reply = Request::new(Operation::ConversationContactReply)
                .with("conversation_id", talk)
                .body(json!({
                    "message_type": "comment", "type": "user", "intercom_user_id": contact,
                    "body": "on closed", "created_at": at_s,
                }));
            self.after("reply_on_closed", talk, reply).await?;
        }
        if self.taken("snooze", self.snooze(talk, now_s + HOUR_S)).await? {
            self.after("note_on_snoozed", talk, self.note(talk, "on snoozed", at_s)).await?;
        }
        self.taken("snooze_until_the_past", self.snooze(talk, at_s)).await?;
        self.send(self.close_it(talk)).await?;
        Ok(())
    }

    fn close_it(&self, talk: &DestinationId) -> Request {
        let body = json!({ "message_type": "close", "type": "admin", "admin_id": self.admin });
        Request::new(Operation::ConversationClose).with("conversation_id", talk).body(body)
    }

    fn snooze(&self, talk: &DestinationId, until_s: i64) -> Request {
        Request::new(Operation::ConversationSnooze).with("conversation_id", talk).body(json!({
            "message_type": "snoozed", "admin_id": self.admin, "snoozed_until": until_s,
        }))
    }

    /// Says something, and looks at the state that it leaves.
    async fn after(
        &mut self,
        probe: &str,
        talk: &DestinationId,
        request: Request,
    ) -> Result<(), EngineError> {
        if !self.taken(probe, request).await? {
            return Ok(());
        }
        let back: Value = self.thread(talk).await?.body();
        let state = back["state"].as_str().unwrap_or("unknown");
        self.found(probe, format!("leaves_it_{state}"));
        Ok(())
    }
}
