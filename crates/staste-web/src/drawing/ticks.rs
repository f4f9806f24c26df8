//! The ticks of the horizontal axis: round local times that suit the timespan.

use std::ops::Range;

use jiff::civil::{DateTime, Time};
use jiff::{Span, ToSpan};
use staste_core::{Scale, Zone};

/// A label of the horizontal axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tick {
    pub(super) at: i64,
    pub(super) label: String,
    /// True where a day starts among hours, or a year among months.
    pub(super) is_strong: bool,
    /// Its rank: on narrow charts ticks of a higher rank are hidden first.
    pub(super) rank: u8,
}

/// The widest chart has at most this many ticks.
const MAX_TICKS: i64 = 13;
/// This many ticks leave room for a long label unless the chart is narrow.
const FEW: usize = 7;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Seconds(i64),
    Days(i64),
    Months(i64),
}

use Step::{Days, Months, Seconds};

/// The steps between ticks, finest first.
const STEPS: [Step; 26] = [
    Seconds(MINUTE),
    Seconds(2 * MINUTE),
    Seconds(5 * MINUTE),
    Seconds(10 * MINUTE),
    Seconds(15 * MINUTE),
    Seconds(30 * MINUTE),
    Seconds(HOUR),
    Seconds(2 * HOUR),
    Seconds(3 * HOUR),
    Seconds(6 * HOUR),
    Seconds(12 * HOUR),
    Days(1),
    Days(2),
    Days(7),
    Months(1),
    Months(2),
    Months(3),
    Months(6),
    Months(12),
    Months(24),
    Months(60),
    Months(120),
    Months(240),
    Months(600),
    Months(1200),
    Months(12_000),
];

impl Step {
    /// About how many seconds it has.
    fn seconds(self) -> i64 {
        match self {
            Seconds(seconds) => seconds,
            Days(days) => days * DAY,
            Months(months) => months * 30 * DAY,
        }
    }

    fn span(self) -> Span {
        match self {
            Seconds(seconds) => seconds.seconds(),
            Days(days) => days.days(),
            Months(months) => months.months(),
        }
    }

    /// The last round time of this step that is not after a local time.
    fn floor(self, local: DateTime) -> DateTime {
        let midnight = |date: jiff::civil::Date| date.to_datetime(Time::midnight());
        match self {
            Seconds(seconds) => {
                let time = local.time();
                let of_day = i64::from(time.hour()) * HOUR
                    + i64::from(time.minute()) * MINUTE
                    + i64::from(time.second());
                let back = (of_day - of_day.rem_euclid(seconds)).seconds();
                midnight(local.date()).checked_add(back).unwrap_or(local)
            }
            Days(7) => {
                let since_monday = i64::from(local.date().weekday().to_monday_zero_offset());
                midnight(local.date()).checked_sub(since_monday.days()).unwrap_or(local)
            }
            Days(days) => {
                let back = (i64::from(local.date().day()) - 1).rem_euclid(days);
                midnight(local.date()).checked_sub(back.days()).unwrap_or(local)
            }
            Months(months) => {
                let month = i64::from(local.year()) * 12 + i64::from(local.month()) - 1;
                let back = month.rem_euclid(months);
                midnight(local.date().first_of_month()).checked_sub(back.months()).unwrap_or(local)
            }
        }
    }

    fn label(self, local: DateTime) -> (String, bool) {
        let starts_day = local.time() == Time::midnight();
        let starts_year = local.date().day_of_year() == 1;
        match self {
            Seconds(_) if starts_day => (local.strftime("%a %-d %b").to_string(), true),
            Seconds(_) => (local.strftime("%H:%M").to_string(), false),
            Days(_) => (local.strftime("%-d %b").to_string(), false),
            Months(months) if months >= 12 => (local.year().to_string(), false),
            Months(_) if starts_year => (local.year().to_string(), true),
            Months(_) => (local.strftime("%b").to_string(), false),
        }
    }
}

/// The ticks of a timespan: none finer than its periods, and one of them with a label that names the day or the year.
pub(super) fn ticks(range: Range<i64>, scale: Scale, zone: &Zone) -> Vec<Tick> {
    let finest = match scale {
        Scale::Minute => 0,
        Scale::Hour => HOUR,
        Scale::Day | Scale::Week => DAY,
        Scale::Month | Scale::Quarter => 30 * DAY,
        Scale::Year | Scale::Ever => 360 * DAY,
    };
    let span = range.end - range.start;
    let suits = |step: &Step| step.seconds() >= finest && span / step.seconds() < MAX_TICKS;
    let step = STEPS.into_iter().find(suits).unwrap_or(Months(12_000));
    let Ok(first) = zone.civil(range.start) else { return Vec::new() };
    let mut local = step.floor(first);
    let mut ticks: Vec<Tick> = Vec::new();
    while let Ok(at) = zone.instant(local) {
        if at >= range.end {
            break;
        }
        // A time that a gap skips is the same instant as the next one.
        let is_new = ticks.last().is_none_or(|last| last.at < at);
        if at >= range.start && is_new {
            let (label, is_strong) = step.label(zone.civil(at).unwrap_or(local));
            ticks.push(Tick { at, label, is_strong, rank: 0 });
        }
        let Ok(next) = local.checked_add(step.span()) else { break };
        local = next;
    }
    name_first(&mut ticks, step, zone);
    rank(&mut ticks);
    ticks
}

/// Labels the first tick with its day or year where no other tick has one.
fn name_first(ticks: &mut [Tick], step: Step, zone: &Zone) {
    if ticks.iter().any(|tick| tick.is_strong) {
        return;
    }
    let format = match step {
        Seconds(_) => "%-d %b, %H:%M",
        Days(_) => "%-d %b %Y",
        Months(months) if months < 12 => "%b %Y",
        Months(_) => return,
    };
    if let Some(first) = ticks.first_mut()
        && let Ok(local) = zone.civil(first.at)
    {
        first.label = local.strftime(format).to_string();
        first.is_strong = true;
    }
}

/// Ranks ticks: on narrow charts every second is hidden first, then every fourth; strong ticks stay.
fn rank(ticks: &mut [Tick]) {
    let anchor = ticks.iter().position(|tick| tick.is_strong).unwrap_or(0);
    // A long label needs the room of its neighbors; the first one extends to one side only, so that it needs twice as much.
    let longest = if anchor == 0 { "30 Nov".len() } else { "Wed 30 Nov".len() };
    let is_long = ticks.get(anchor).is_some_and(|tick| tick.label.len() > longest);
    let are_few = ticks.len() <= FEW;
    for (index, tick) in ticks.iter_mut().enumerate() {
        tick.rank = match index.abs_diff(anchor) {
            _ if tick.is_strong => 0,
            1 if is_long && are_few => 2,
            1 if is_long => 3,
            2 if is_long => 2,
            4 if is_long && !are_few => 1,
            away if away % 4 == 0 => 0,
            away if away % 2 == 0 => 1,
            _ => 2,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(from: &str, to: &str, scale: Scale, zone: &str) -> Vec<String> {
        let zone = Zone::named(zone).unwrap();
        let at = |text: &str| zone.instant(text.parse().unwrap()).unwrap();
        ticks(at(from)..at(to), scale, &zone).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_suit_the_timespan() {
        let hour = labels("2026-03-01T10:00", "2026-03-01T11:00", Scale::Minute, "UTC");
        assert_eq!(hour[..3], ["1 Mar, 10:00", "10:05", "10:10"]);
        let expected = [
            "Sun 1 Mar",
            "02:00",
            "04:00",
            "06:00",
            "08:00",
            "10:00",
            "12:00",
            "14:00",
            "16:00",
            "18:00",
            "20:00",
            "22:00",
        ];
        let day = labels("2026-03-01T00:00", "2026-03-02T00:00", Scale::Hour, "UTC");
        assert_eq!(day, expected);
        let week = labels("2026-03-01T00:00", "2026-03-08T00:00", Scale::Day, "UTC");
        assert_eq!(week, ["1 Mar 2026", "2 Mar", "3 Mar", "4 Mar", "5 Mar", "6 Mar", "7 Mar"]);
        let months = labels("2025-11-01T00:00", "2026-11-01T00:00", Scale::Month, "UTC");
        assert_eq!(months[..4], ["Nov", "Dec", "2026", "Feb"]);
        let years = labels("1990-01-01T00:00", "2026-01-01T00:00", Scale::Year, "UTC");
        assert_eq!(years[..2], ["1990", "1995"]);
    }

    #[test]
    fn long_first_label_hides_more_of_its_neighbors() {
        let ranks = |from: &str, to: &str| -> Vec<u8> {
            let at = |text: &str| Zone::utc().instant(text.parse().unwrap()).unwrap();
            ticks(at(from)..at(to), Scale::Hour, &Zone::utc()).into_iter().map(|tick| tick.rank).collect()
        };
        // "Sun 1 Mar" at the left edge, every two hours: on the narrowest charts, 16:00 is next.
        assert_eq!(ranks("2026-03-01T00:00", "2026-03-02T00:00"), [0, 3, 2, 2, 1, 2, 1, 2, 0, 2, 1, 2]);
        // In the middle, it has room on both sides.
        assert_eq!(ranks("2026-03-01T12:00", "2026-03-02T12:00"), [1, 2, 0, 2, 1, 2, 0, 2, 1, 2, 0, 2]);
    }

    #[test]
    fn change_of_the_clock_neither_repeats_nor_shifts_ticks() {
        let spring = labels("2026-03-29T00:00", "2026-03-29T06:00", Scale::Hour, "Europe/Berlin");
        assert_eq!(spring, ["Sun 29 Mar", "01:00", "03:00", "04:00", "05:00"]);
        let autumn = labels("2026-10-25T00:00", "2026-10-26T00:00", Scale::Hour, "Europe/Berlin");
        // The clock is set back at 03:00, and 02:00 has one label.
        assert_eq!(autumn.len(), 12);
        assert_eq!(autumn[..3], ["Sun 25 Oct", "02:00", "04:00"]);
    }

    #[test]
    fn ticks_are_few_and_not_finer_than_periods() {
        let zone = Zone::named("America/St_Johns").unwrap();
        for minutes in [1, 3, 7, 60, 61, 1440, 10_000, 525_600, 5_256_000, 500_000_000] {
            for scale in Scale::ALL {
                let found = ticks(1_700_000_000..1_700_000_000 + minutes * 60, scale, &zone);
                assert!(found.len() <= 14, "{minutes} {scale} {}", found.len());
                assert!(found.is_sorted_by(|one, two| one.at < two.at));
                if scale == Scale::Day {
                    assert!(found.iter().all(|tick| !tick.label.contains(':')), "{found:?}");
                }
            }
        }
    }
}
