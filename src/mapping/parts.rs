//! What conversations and tickets do alike with their parts.

use crate::destination::intercom::payload::contact as contact_payload;
use crate::destination::intercom::step::Step;
use crate::model::{StepKey, Timestamp};

use super::account::Account;
use super::context::Context;
use super::frame::Frame;
use super::input::ConversationInput;
use super::loss::LossName;
use super::tag;
use super::thread::Part;
use super::time::{self, Moment, Moved};

/// Parts that Intercom gives back at most, the newest (FACTS §5.4).
pub const PARTS_READ_MAX: usize = 500;

/// The draft carries what its steps carry.
pub(super) fn carry(steps: &[Step], account: &mut Account) {
    steps.iter().flat_map(|step| &step.carries).for_each(|key| account.carry(key));
}

/// When the thread starts, and its parts, each in a second of its own.
pub(super) fn timed(
    input: &ConversationInput<'_>,
    start: Timestamp,
    parts: Vec<Part>,
    account: &mut Account,
) -> (Timestamp, Vec<(Part, i64)>) {
    let wish = start.seconds() + i64::from(input.start_nudge_s);
    let moments: Vec<Moment> = parts.iter().map(|part| part.moment).collect();
    let (first, places) = time::place(wish, input.now.seconds(), &moments);
    if first != start.seconds() {
        let future = start > input.now;
        account.lose(if future { LossName::TimeClamped } else { LossName::TimeNudged });
    }
    let mut parts: Vec<Option<Part>> = parts.into_iter().map(Some).collect();
    let mut placed = Vec::with_capacity(parts.len());
    for place in places {
        match place.moved {
            Moved::Not => {}
            Moved::Nudged => account.lose(LossName::TimeNudged),
            Moved::Clamped => account.lose(LossName::TimeClamped),
            Moved::Missing => account.lose(LossName::TimeMissing),
        }
        if let Some(part) = parts.get_mut(place.index).and_then(Option::take) {
            placed.push((part, place.second));
        }
    }
    (Timestamp::from_seconds(first), placed)
}

/// Tags of the thread that stand on its contact (decision C-5).
pub(super) fn contact_tags(frame: &Frame, context: &Context, account: &mut Account) -> Vec<Step> {
    let tags = tag::distinct(&frame.contact_tags, context, account);
    let step = |tag: tag::Chosen| {
        let key = StepKey(format!("contact_{}", tag.step_key()));
        contact_payload::tag(key, &frame.contact, &tag.key)
    };
    tags.into_iter().map(step).collect()
}
