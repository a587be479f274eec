//! What the processes that write to one workspace know together of its window, and how they share
//! it: pure, over times that are told.
//!
//! The server names a window by the second in which it ends, by its own clock; that number is the
//! window's name for all processes, so their clocks need not agree. A process moves the book on to
//! a window once it is certain that the server is in it. Whatever anybody may still send from
//! before then counts in the new window too, so that no window is ever overfilled.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A window is certainly over this much later than its length, by the clock of the book: waiting
/// for the book itself takes time.
const STALE_MARGIN_MS: i64 = 1_000;

/// Before any answer has named a window, what somebody drew counts this long: nobody knows when it
/// stops to count, and who died meanwhile is not to hold up the others for a whole window.
const UNNAMED_MS: i64 = 1_000;

/// What one process holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Requests of this window that it has sent or may send.
    pub taken: u32,
    /// Those of them that may not have reached the server yet.
    pub outstanding: u32,
    /// When it last drew, by the clock of the book.
    pub drawn_ms: i64,
}

/// What the processes know together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    /// End of the window in seconds by the server's clock; 0 before any answer has said it.
    pub window_end_s: i64,
    /// When somebody first knew that the window had begun, by the clock of the book.
    pub began_ms: i64,
    /// Requests per window that the server grants, once it has said so.
    pub quota: Option<u32>,
    /// Who holds what.
    pub holders: BTreeMap<String, Held>,
}

/// What a process says of itself, and what it wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Who asks; unlike every other process.
    pub holder: String,
    /// End of the window it believes itself in, if an answer or the book has said one.
    pub window_end_s: Option<i64>,
    /// Length of a window in milliseconds.
    pub window_ms: i64,
    /// What the server grants, if it is known.
    pub quota: Option<u32>,
    /// How many requests all processes together may send in a window, by this one's settings.
    pub allowance: u32,
    /// Requests it sent that count, or may count, in this window.
    pub used: u32,
    /// Those of them without an answer.
    pub in_flight: u32,
    /// Requests it drew before and did not send.
    pub unused: u32,
    /// How many more it wants.
    pub wish: u32,
}

/// What it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// So many more requests; 0 if the window is spent, or is another than it believed.
    pub granted: u32,
    /// The window of the book.
    pub window_end_s: i64,
    /// What the server grants, as far as anybody knows.
    pub quota: Option<u32>,
    /// Requests of this window that the other processes have sent or may send.
    pub siblings: u32,
}

impl Book {
    /// Draws requests. A process that believes itself in an earlier window, or knows none, is told
    /// the window of the book and given nothing: it asks again from there.
    pub fn draw(&mut self, ask: &Ask, now_ms: i64) -> Drawn {
        self.quota = ask.quota.or(self.quota);
        match ask.window_end_s {
            Some(end_s) if end_s > self.window_end_s => self.turn(end_s, now_ms),
            Some(end_s) if end_s == self.window_end_s => {}
            known => {
                // Who knows no window cannot tell that the one of the book is over.
                if known.is_none() && now_ms - self.began_ms > ask.window_ms + STALE_MARGIN_MS {
                    self.turn(self.window_end_s, now_ms);
                }
                return self.drawn(0, 0);
            }
        }
        if self.window_end_s == 0 {
            self.holders.retain(|_, held| now_ms - held.drawn_ms <= UNNAMED_MS);
        }
        let others: u32 = self
            .holders
            .iter()
            .filter(|(holder, _)| **holder != ask.holder)
            .fold(0, |sum, (_, held)| sum.saturating_add(held.taken));
        let have = ask.used.saturating_add(ask.unused);
        let free = ask.allowance.saturating_sub(others.saturating_add(have));
        let granted = ask.wish.min(free);
        let held = Held {
            taken: have + granted,
            outstanding: ask.in_flight + ask.unused + granted,
            drawn_ms: now_ms,
        };
        self.holders.insert(ask.holder.clone(), held);
        self.drawn(granted, others)
    }

    /// Requests of this window that are sent or given out.
    pub fn taken(&self) -> u32 {
        self.holders.values().fold(0, |sum, held| sum.saturating_add(held.taken))
    }

    fn drawn(&self, granted: u32, siblings: u32) -> Drawn {
        Drawn { granted, window_end_s: self.window_end_s, quota: self.quota, siblings }
    }

    /// A new window: what is on its way counts in it. Who did not draw in the window before is
    /// dead, or has nothing on its way.
    fn turn(&mut self, window_end_s: i64, now_ms: i64) {
        let began_ms = self.began_ms;
        self.holders.retain(|_, held| held.drawn_ms >= began_ms && held.outstanding > 0);
        for held in self.holders.values_mut() {
            held.taken = held.outstanding;
        }
        self.window_end_s = window_end_s;
        self.began_ms = now_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW_MS: i64 = 10_000;

    fn ask(holder: &str, window_end_s: i64, wish: u32) -> Ask {
        Ask {
            holder: holder.to_owned(),
            window_end_s: Some(window_end_s),
            window_ms: WINDOW_MS,
            quota: Some(10),
            allowance: 10,
            used: 0,
            in_flight: 0,
            unused: 0,
            wish,
        }
    }

    #[test]
    fn all_together_get_no_more_than_the_window() {
        let mut book = Book::default();
        assert_eq!(book.draw(&ask("a", 100, 6), 1_000).granted, 6);
        assert_eq!(book.draw(&ask("b", 100, 6), 1_001).granted, 4);
        let more = Ask { used: 6, ..ask("a", 100, 6) };
        assert_eq!(book.draw(&more, 1_002).granted, 0);
        assert_eq!(book.taken(), 10);
    }

    #[test]
    fn what_is_said_anew_replaces_what_was_held() {
        let mut book = Book::default();
        book.draw(&ask("a", 100, 6), 1_000);
        // Three of a's were answered in the window before.
        let fewer = Ask { used: 2, unused: 1, ..ask("a", 100, 0) };
        book.draw(&fewer, 1_500);
        assert_eq!(book.draw(&ask("b", 100, 10), 1_501).granted, 7);
        // A draw of which nobody knew whether it was made is repeated.
        assert_eq!(book.draw(&ask("b", 100, 10), 1_502).granted, 7);
    }

    #[test]
    fn what_is_on_its_way_counts_in_the_next_window_and_the_dead_are_forgotten() {
        let mut book = Book::default();
        let on_its_way = Ask { used: 5, in_flight: 2, ..ask("a", 100, 1) };
        assert_eq!(book.draw(&on_its_way, 1_000).granted, 1);
        // b knows that the server has turned; a does not yet, and may be dead.
        assert_eq!(book.draw(&ask("b", 110, 10), 11_000).granted, 7);
        let late = book.draw(&ask("a", 100, 1), 11_001);
        assert_eq!((late.granted, late.window_end_s), (0, 110));
        let next = Ask { used: 7, ..ask("b", 120, 10) };
        assert_eq!(book.draw(&Ask { used: 0, ..next }, 21_000).granted, 10);
    }

    #[test]
    fn who_knows_no_window_is_told_the_one_of_the_book() {
        let mut book = Book::default();
        let mut blind = ask("a", 0, 4);
        blind.window_end_s = None;
        let told = book.draw(&blind, 5_000);
        assert_eq!((told.granted, told.window_end_s), (0, 0));
        assert_eq!(book.draw(&ask("a", 0, 4), 5_001).granted, 4);
        // The book's clock says that its window is long over: nobody's requests count any more.
        book.draw(&ask("b", 100, 10), 6_000);
        let told = book.draw(&Ask { holder: "c".into(), ..blind }, 60_000);
        assert_eq!((told.window_end_s, told.quota), (100, Some(10)));
        book.draw(&Ask { window_end_s: None, ..ask("c", 0, 0) }, 90_000);
        assert_eq!(book.draw(&ask("c", 100, 10), 90_001).granted, 10);
    }

    #[test]
    fn as_long_as_no_window_has_a_name_the_dead_are_soon_forgotten() {
        let mut book = Book::default();
        assert_eq!(book.draw(&ask("a", 0, 10), 5_000).granted, 10);
        assert_eq!(book.draw(&ask("b", 0, 10), 5_900).granted, 0);
        assert_eq!(book.draw(&ask("b", 0, 10), 6_001).granted, 10);
        book.draw(&ask("b", 100, 10), 6_100);
        assert_eq!(book.draw(&ask("a", 100, 10), 16_000).granted, 0);
    }

    #[test]
    fn who_leaves_gives_back_what_it_did_not_send_and_nothing_else() {
        let mut book = Book::default();
        let begun = Ask { used: 3, in_flight: 3, ..ask("a", 100, 5) };
        assert_eq!(book.draw(&begun, 1_000).granted, 5);
        // It sent two of the five and has all answers.
        let done = Ask { used: 5, ..ask("a", 100, 0) };
        book.draw(&done, 1_500);
        assert_eq!(book.taken(), 5);
        assert_eq!(book.draw(&ask("b", 100, 10), 1_501).granted, 5);
    }
}
