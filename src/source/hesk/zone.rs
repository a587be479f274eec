//! The site's time zone, which stands in no table: a ticket's first history line is written in the
//! site's clock, its `dt` in UTC, and the difference is the offset of that day.

use chrono::{Offset, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};

/// Offsets are whole quarters of an hour everywhere.
const QUARTER_S: i64 = 900;

/// Line and column are written within so many seconds of each other.
const APART_S: i64 = 5;

/// No zone is further from UTC.
const OFFSET_MAX_S: i64 = 14 * 3600;

/// Days of one bucket: enough to see when a clock was set.
const BUCKET_S: i64 = 7 * 86_400;

/// Zones that are named first where several fit, since most sites are in one of them.
const COMMON: [&str; 16] = [
    "Europe/London",
    "Europe/Berlin",
    "Europe/Athens",
    "Europe/Moscow",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Dubai",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Auckland",
    "UTC",
];

/// One ticket's witness: its second in UTC and the offset in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sample {
    /// Second in UTC.
    pub at_s: i64,
    /// Seconds east of UTC.
    pub offset_s: i64,
}

impl Sample {
    /// From a ticket's time and its first history line, both in seconds; `None` if the line was not
    /// written when the ticket was made.
    pub fn of(utc_s: i64, local_s: i64) -> Option<Self> {
        let apart = local_s - utc_s;
        let offset_s = (apart + QUARTER_S / 2).div_euclid(QUARTER_S) * QUARTER_S;
        let fits = (apart - offset_s).abs() <= APART_S && offset_s.abs() <= OFFSET_MAX_S;
        fits.then_some(Self { at_s: utc_s, offset_s })
    }
}

/// What the tickets say of the zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inferred {
    /// The zone that fits best.
    pub zone: Tz,
    /// Witnesses, one a week and offset.
    pub samples: usize,
    /// Those that agree.
    pub agree: usize,
    /// Another zone that fits as well and has another offset at some time in between.
    pub rival: Option<Tz>,
}

/// The offset of a zone at a second, in seconds east of UTC.
pub fn offset_s(zone: Tz, at_s: i64) -> i64 {
    let at = chrono::DateTime::from_timestamp(at_s, 0).unwrap_or_default().naive_utc();
    i64::from(zone.offset_from_utc_datetime(&at).fix().local_minus_utc())
}

/// How many of the samples a zone explains.
pub fn agreeing(zone: Tz, samples: &[Sample]) -> usize {
    samples.iter().filter(|sample| offset_s(zone, sample.at_s) == sample.offset_s).count()
}

/// One sample a week and offset, in order of time.
pub fn thinned(mut samples: Vec<Sample>) -> Vec<Sample> {
    samples.sort_unstable();
    samples.dedup_by_key(|sample| (sample.at_s.div_euclid(BUCKET_S), sample.offset_s));
    samples
}

/// The zone that explains most samples; `None` without samples, or if less than half fit.
pub fn infer(samples: &[Sample]) -> Option<Inferred> {
    let (first, last) = (samples.first()?.at_s, samples.last()?.at_s);
    let common = COMMON.iter().filter_map(|name| name.parse::<Tz>().ok());
    let candidates: Vec<(Tz, usize)> = common
        .chain(TZ_VARIANTS.iter().copied())
        .map(|zone| (zone, agreeing(zone, samples)))
        .collect();
    let agree = candidates.iter().map(|(_, count)| *count).max()?;
    if agree * 2 < samples.len() {
        return None;
    }
    let mut best = candidates.iter().filter(|(_, count)| *count == agree).map(|(zone, _)| *zone);
    let zone = best.next()?;
    let weeks =
        |zone: Tz| (first..=last).step_by(BUCKET_S as usize).map(move |at| offset_s(zone, at));
    let rival = best.find(|other| !weeks(*other).eq(weeks(zone)));
    Some(Inferred { zone, samples: samples.len(), agree, rival })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn year_of(zone: Tz) -> Vec<Sample> {
        let start = 1_672_531_200;
        let days = (0..365).map(|day| start + day * 86_400 + 40_000);
        thinned(days.filter_map(|at| Sample::of(at, at + offset_s(zone, at) + 2)).collect())
    }

    #[test]
    fn a_year_of_tickets_tells_the_zone() {
        for name in ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"] {
            let zone: Tz = name.parse().unwrap();
            let found = infer(&year_of(zone)).unwrap();
            assert_eq!((found.agree, found.rival), (found.samples, None), "{name}: {found:?}");
            for at in (1_672_531_200..1_704_067_200).step_by(86_400) {
                assert_eq!(offset_s(found.zone, at), offset_s(zone, at), "{name}");
            }
        }
    }

    #[test]
    fn few_tickets_leave_a_doubt() {
        let samples: Vec<Sample> =
            year_of(chrono_tz::Europe::Berlin).into_iter().filter(|s| s.offset_s == 3600).collect();
        assert!(infer(&samples).unwrap().rival.is_some());
        assert_eq!(infer(&[]), None);
    }

    #[test]
    fn rows_set_by_hand_are_no_witnesses() {
        assert_eq!(Sample::of(1000, 1000 + 7200 + 3), Some(Sample { at_s: 1000, offset_s: 7200 }));
        assert_eq!(Sample::of(1000, 1000 + 100), None);
        assert_eq!(Sample::of(1000, 1000 + 86_400), None);
    }
}
