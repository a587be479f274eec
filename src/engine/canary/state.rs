//! Probe 8: what becomes of closed and snoozed conversations when somebody says something.

use super::probe::Canary;
use crate::destination::intercom::family::conversation::answer::ConversationAnswer;
use crate::destination::intercom::family::conversation::probe;
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
            let comment = self.comment(talk, "on closed", at_s);
            self.after("comment_on_closed", talk, comment).await?;
            self.send(self.close_it(talk)).await?;
            let reply = probe::reply(talk, contact, "on closed", at_s);
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
        probe::close(talk, self.admin)
    }

    fn snooze(&self, talk: &DestinationId, until_s: i64) -> Request {
        probe::snooze(talk, self.admin, until_s)
    }

    /// Says something, and looks at the state that it leaves.
    async fn after(
        &mut self,
        name: &str,
        talk: &DestinationId,
        request: Request,
    ) -> Result<(), EngineError> {
        if !self.taken(name, request).await? {
            return Ok(());
        }
        let back = self.thread(talk).await?.body();
        let state = ConversationAnswer::of(&back).state.as_str().unwrap_or("unknown");
        self.found(name, format!("leaves_it_{state}"));
        Ok(())
    }
}
