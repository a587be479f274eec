//! A failing sequence, made shorter by leaving out one step after the other.

use super::run::{Failure, perform};
use super::step::Sequence;

/// The shortest that fails of those tried, and how it fails.
pub async fn shrink(sequence: &Sequence, failure: Failure) -> (Sequence, Failure) {
    let (mut best, mut how) = (sequence.clone(), failure);
    // What comes after the step that failed does not matter.
    let last = how.step;
    best.steps.retain(|(number, _)| *number <= last);
    let mut place = best.steps.len();
    while place > 0 {
        place -= 1;
        if best.steps.len() < 2 {
            break;
        }
        let shorter = best.without(place);
        if let Err(failure) = perform(&shorter).await {
            (best, how) = (shorter, failure);
            place = place.min(best.steps.len());
        }
    }
    (best, how)
}
