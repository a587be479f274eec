//! Requests that a token or a plan does not allow: one concerns its record, many in a row the run.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::destination::contract::{Answer, StopScope};

/// So many in a row, with nothing allowed between them, stop the run.
const IN_A_ROW_MAX: u32 = 5;

/// How many requests in a row were not allowed.
#[derive(Debug, Default)]
pub struct Refusals(AtomicU32);

impl Refusals {
    /// Takes an answer in.
    pub fn observe(&self, answer: &Answer) {
        match answer {
            Answer::Stop { scope: StopScope::Phase, .. } => {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
            Answer::Done { .. } => self.0.store(0, Ordering::Relaxed),
            Answer::Refused(_)
            | Answer::Limited { .. }
            | Answer::Unknown { .. }
            | Answer::Stop { scope: StopScope::Run, .. } => {}
        }
    }

    /// True if so many were not allowed that the next will not be either.
    pub fn are_many(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= IN_A_ROW_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_many_in_a_row_stop_a_run() {
        let refusals = Refusals::default();
        let stop = Answer::Stop { scope: StopScope::Phase, status: 403, code: "x".into() };
        let done = Answer::Done { object: None, raw: bytes::Bytes::new() };
        for _ in 1..IN_A_ROW_MAX {
            refusals.observe(&stop);
        }
        assert!(!refusals.are_many());
        refusals.observe(&done);
        refusals.observe(&stop);
        assert!(!refusals.are_many());
        for _ in 1..IN_A_ROW_MAX {
            refusals.observe(&stop);
        }
        assert!(refusals.are_many());
    }
}
