//! The order and the seconds of a thread's parts.
//!
//! Intercom takes whole seconds and shows parts by time, so within a thread every part gets a
//! second of its own: that keeps the order, and it lets an unknown outcome be looked up by time
//! (FACTS §9). What people wrote keeps its second wherever possible; events of that second yield,
//! and parts that the migration adds take free seconds.

use std::collections::BTreeSet;

use crate::model::Timestamp;

/// A part to be placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When, if known.
    pub at: Option<Timestamp>,
    /// The source's own order where times are equal.
    pub sequence: Option<u64>,
    /// It tells what happened: of equal times what was said keeps the second, and this takes the
    /// next free one.
    pub event: bool,
    /// Added by the migration: it takes a free second after `at`.
    pub added: bool,
}

/// What keeps its second before what, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Said,
    Event,
    Added,
}

impl Moment {
    fn class(&self) -> Class {
        match (self.added, self.event) {
            (true, _) => Class::Added,
            (false, true) => Class::Event,
            (false, false) => Class::Said,
        }
    }
}

/// Where a part came to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Index of the moment in the input.
    pub index: usize,
    /// Unix time in seconds.
    pub second: i64,
    /// Why it differs from what the source says.
    pub moved: Moved,
}

/// Why a part's second differs from the source's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// It does not.
    Not,
    /// The second was taken.
    Nudged,
    /// It was before the thread's start or in the future.
    Clamped,
    /// The source gives no time.
    Missing,
}

/// Places `moments` after a thread's `start` and not after `now`, in seconds: each second at most
/// once, all after the start, in the order of time, then sequence, then input. Returns the start,
/// moved back if there is no room before `now`, and the places in order of time.
pub fn place(start: i64, now: i64, moments: &[Moment]) -> (i64, Vec<Place>) {
    let said = order(moments, Class::Said);
    let (first, seconds) = line_up(start, now, &wished(moments, &said, start));
    let mut places: Vec<Place> = said
        .iter()
        .zip(seconds)
        .map(|(&index, second)| placed(index, second, moments[index], start, now))
        .collect();
    let mut taken: BTreeSet<i64> = places.iter().map(|place| place.second).collect();
    let events = order(moments, Class::Event);
    let wishes = wished(moments, &events, start);
    let mut last = first;
    for (index, wish) in events.into_iter().zip(wishes) {
        let from = wish.max(last + 1);
        let Some(second) = (from..=now).find(|second| !taken.contains(second)) else {
            return crowded(start, now, moments);
        };
        last = second;
        taken.insert(second);
        places.push(placed(index, second, moments[index], start, now));
    }
    for index in order(moments, Class::Added) {
        let wish = moments[index].at.map_or(first, Timestamp::seconds).clamp(first, now.max(first));
        let after = (wish + 1..=now).find(|second| !taken.contains(second));
        let free =
            after.or_else(|| (first + 1..=wish).rev().find(|second| !taken.contains(second)));
        let Some(second) = free else {
            return crowded(start, now, moments);
        };
        taken.insert(second);
        places.push(Place { index, second, moved: Moved::Not });
    }
    places.sort_by_key(|place| place.second);
    (first, places)
}

/// No second is free between start and now: everything moves back together.
fn crowded(start: i64, now: i64, moments: &[Moment]) -> (i64, Vec<Place>) {
    let mut all = order(moments, Class::Said);
    all.extend(order(moments, Class::Event));
    all.extend(order(moments, Class::Added));
    let wishes = wished(moments, &all, start);
    let mut by_wish: Vec<usize> = (0..all.len()).collect();
    by_wish.sort_by_key(|&i| wishes[i]);
    let sorted: Vec<i64> = by_wish.iter().map(|&i| wishes[i]).collect();
    let (first, seconds) = line_up(start, now, &sorted);
    let places = by_wish
        .iter()
        .zip(seconds)
        .map(|(&i, second)| placed(all[i], second, moments[all[i]], start, now))
        .collect();
    (first, places)
}

fn order(moments: &[Moment], class: Class) -> Vec<usize> {
    // A part without a time follows the one before it in the file.
    let mut last = None;
    let mut keyed: Vec<_> = moments
        .iter()
        .enumerate()
        .filter(|(_, moment)| moment.class() == class)
        .map(|(index, moment)| {
            last = moment.at.or(last);
            (last, moment.sequence, index)
        })
        .collect();
    keyed.sort();
    keyed.into_iter().map(|(_, _, index)| index).collect()
}

fn wished(moments: &[Moment], order: &[usize], start: i64) -> Vec<i64> {
    let mut last = start;
    order
        .iter()
        .map(|&index| {
            last = moments[index].at.map_or(last, Timestamp::seconds);
            last
        })
        .collect()
}

/// Strictly rising seconds, each as near to its wish as the others allow, the last at most `now`.
fn line_up(start: i64, now: i64, wishes: &[i64]) -> (i64, Vec<i64>) {
    let mut seconds = Vec::with_capacity(wishes.len() + 1);
    seconds.push(start);
    let mut last = start;
    for &wish in wishes {
        last = wish.max(last + 1);
        seconds.push(last);
    }
    let mut latest = now;
    for second in seconds.iter_mut().rev() {
        *second = (*second).min(latest);
        latest = *second - 1;
    }
    let first = seconds.remove(0);
    (first, seconds)
}

fn placed(index: usize, second: i64, moment: Moment, start: i64, now: i64) -> Place {
    let moved = match moment.at.map(Timestamp::seconds) {
        _ if moment.added => Moved::Not,
        None => Moved::Missing,
        Some(said) if said == second => Moved::Not,
        Some(said) if said < start || said > now => Moved::Clamped,
        Some(_) => Moved::Nudged,
    };
    Place { index, second, moved }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Moment {
        let at = Some(Timestamp::from_seconds(second));
        Moment { at, sequence: None, event: false, added: false }
    }

    fn seconds(places: &[Place]) -> Vec<(usize, i64)> {
        places.iter().map(|place| (place.index, place.second)).collect()
    }

    #[test]
    fn equal_times_get_a_second_each_in_the_order_of_the_file() {
        let (_, places) = place(100, 1000, &[at(200), at(150), at(200)]);
        assert_eq!(seconds(&places), [(1, 150), (0, 200), (2, 201)]);
        assert_eq!(places[2].moved, Moved::Nudged);
    }

    #[test]
    fn sequence_decides_where_times_are_equal() {
        let (_, places) = place(
            100,
            1000,
            &[Moment { sequence: Some(2), ..at(200) }, Moment { sequence: Some(1), ..at(200) }],
        );
        assert_eq!(seconds(&places), [(1, 200), (0, 201)]);
    }

    #[test]
    fn words_keep_their_second_and_events_yield() {
        let event = |second| Moment { event: true, ..at(second) };
        let (_, places) =
            place(100, 1000, &[event(200), event(200), at(200), at(202), event(300), at(301)]);
        let expected = [(2, 200), (0, 201), (3, 202), (1, 203), (4, 300), (5, 301)];
        assert_eq!(seconds(&places), expected);
        let moved: Vec<usize> = places
            .iter()
            .filter(|place| place.moved == Moved::Nudged)
            .map(|place| place.index)
            .collect();
        assert_eq!(moved, [0, 1]);
    }

    #[test]
    fn added_parts_take_free_seconds_and_move_nobody() {
        let added = Moment { added: true, ..at(100) };
        let (_, places) = place(100, 1000, &[added, at(101), at(102)]);
        assert_eq!(seconds(&places), [(1, 101), (2, 102), (0, 103)]);
        assert!(places.iter().all(|place| place.moved == Moved::Not));
    }

    #[test]
    fn nothing_is_before_the_start_or_after_now() {
        let (first, places) = place(100, 105, &[at(50), at(900), at(901)]);
        assert_eq!((first, seconds(&places)), (100, vec![(0, 101), (1, 104), (2, 105)]));
        assert!(places.iter().all(|place| place.moved == Moved::Clamped));
    }

    #[test]
    fn a_crowded_thread_moves_back_as_a_whole() {
        let added = Moment { added: true, ..at(100) };
        let (first, places) = place(100, 101, &[at(100), at(101), added]);
        assert_eq!(first, 98);
        assert_eq!(seconds(&places).last().map(|last| last.1), Some(101));
    }

    proptest! {
        #[test]
        fn every_part_has_a_second_of_its_own(
            start in 0i64..50,
            room in 0i64..60,
            moments in proptest::collection::vec(
                (proptest::option::of(0i64..120), proptest::option::of(0u64..3), 0u8..3),
                0..40,
            ),
        ) {
            let moments: Vec<Moment> = moments
                .into_iter()
                .map(|(at, sequence, class)| Moment {
                    at: at.map(Timestamp::from_seconds),
                    sequence,
                    event: class == 1,
                    added: class == 2,
                })
                .collect();
            let (first, places) = place(start, start + room, &moments);
            prop_assert!(first <= start);
            prop_assert_eq!(places.len(), moments.len());
            let mut last = first;
            for placed in &places {
                prop_assert!(placed.second > last && placed.second <= start + room);
                last = placed.second;
            }
            let mut indices: Vec<_> = places.iter().map(|placed| placed.index).collect();
            indices.sort_unstable();
            prop_assert_eq!(indices, (0..moments.len()).collect::<Vec<_>>());
            // What was said keeps the order of its times, and so do events.
            for class in [Class::Said, Class::Event] {
                let of_class: Vec<_> = places
                    .iter()
                    .map(|placed| moments[placed.index])
                    .filter(|moment| moment.class() == class)
                    .filter_map(|moment| moment.at)
                    .collect();
                prop_assert!(of_class.windows(2).all(|pair| pair[0] <= pair[1]));
            }
        }
    }
}
