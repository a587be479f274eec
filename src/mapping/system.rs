//! Lines that a chat's system wrote (decision C-13).

use crate::model::record::{AuthorRole, Message, ThreadKind};
use crate::model::{SourceKey, Timestamp};

use super::account::Account;
use super::body;
use super::draft::Outcome;
use super::loss::LossName;
use super::policy::SystemLines;
use super::relation::CALL;
use super::thread::{self, Part, Thread};
use super::time::Moment;

/// Whether a message is a line of the system that decision C-13 is about.
pub(super) fn is_line(thread: &Thread<'_>, message: &Message) -> bool {
    let call = message.event.as_ref().is_some_and(|event| event.kind == CALL);
    thread.conversation.kind == ThreadKind::Chat
        && message.author.role == AuthorRole::System
        && message.attachments.is_empty()
        && !call
        && thread.context.policy.of_source.system_lines != SystemLines::Each
}

/// One note for all lines, unless they are dropped.
pub(super) fn note(
    thread: &Thread<'_>,
    lines: &[(&SourceKey, &Message)],
    account: &mut Account,
) -> Option<Part> {
    if lines.is_empty() {
        return None;
    }
    if thread.context.policy.of_source.system_lines == SystemLines::Drop {
        for (key, _) in lines {
            account.lose(LossName::SystemLineDropped);
            let rule = "C-13 drop".to_owned();
            account.part(key, Outcome::Excluded { rule });
        }
        return None;
    }
    let mut html = String::new();
    for (_, message) in lines {
        account.lose(LossName::SystemLinesSummed);
        let said = message.body.as_ref().map(body::visible).filter(|text| !text.is_empty());
        let text = said.unwrap_or_else(|| thread::event_text(message, thread.context));
        let time = message.created_at.map(|at| format!("{}: ", at.to_rfc3339()));
        html.push_str(&thread::line(&format!("{}{text}", time.unwrap_or_default())));
    }
    let at = lines.iter().filter_map(|(_, message)| message.created_at).max();
    let mut part = thread.added_note("system", html, at.unwrap_or(Timestamp(0)));
    part.moment = Moment { at, sequence: None, event: false, added: true };
    part.carries = lines.iter().map(|(key, _)| (*key).clone()).collect();
    Some(part)
}
