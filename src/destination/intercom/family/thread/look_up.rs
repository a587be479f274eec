//! Finding out whether a message landed in a thread (FACTS §9).

use super::super::super::super::contract::LookUp;
use super::super::super::look_up::look::{Look, Looked};
use super::super::super::normalise::seconds;
use super::part::{PARTS_READ_MAX, fits, parts, parts_total};
use serde_json::Value;

/// The part that a reply became, in the thread at this path.
pub async fn thread_part(look: &Look<'_>, path: &'static str) -> Looked {
    let Some(thread) = look.object(look.read(path)).await? else { return Ok(LookUp::Absent) };
    let fitting = parts(&thread).iter().filter(|part| fits(look.request, part));
    Ok(match look.one_of(fitting.cloned().collect()) {
        // Nobody can tell, and no object to choose from can be named.
        LookUp::Absent if may_hide(look, &thread) => LookUp::Ambiguous { candidates: Vec::new() },
        found => found,
    })
}

/// Whether the thread has parts that are not read back (FACTS §5.4: only the newest 500 are), and
/// the reply may be one of them: its time is not after the oldest that is shown.
///
/// A reply after that one would be shown whatever "newest" goes by. By time it is among the newest;
/// by order of arrival only parts that came later push it out, and those have later times.
fn may_hide(look: &Look<'_>, thread: &Value) -> bool {
    let shown = parts(thread);
    if shown.len() < PARTS_READ_MAX && parts_total(thread) <= shown.len() {
        return false;
    }
    let oldest = shown.iter().filter_map(|part| seconds(&part["created_at"])).min();
    let said = look.request.field("created_at").and_then(seconds);
    let said = said.unwrap_or_else(|| look.sent_at.seconds());
    oldest.is_none_or(|oldest| said <= oldest)
}
