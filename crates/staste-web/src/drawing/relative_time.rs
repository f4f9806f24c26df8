//! Labels of periods by how long ago they were: `7 hrs ago`.

use jiff::civil::DateTime;
use staste_core::{Scale, Zone};

use super::axis_period::AxisPeriod;
use super::ticks::Tick;

/// An axis has at most this many labels, since each is long.
const MAX_LABELS: usize = 8;

/// Labels each period by how long ago it was, and returns the ticks with these labels.
pub(super) fn label(periods: &mut [AxisPeriod], scale: Scale, zone: &Zone, now: i64) -> Vec<Tick> {
    let step = (1..).find(|step| periods.len() / step <= MAX_LABELS).unwrap_or(1);
    let step = i64::try_from(step).unwrap_or(i64::MAX);
    let mut ticks = Vec::new();
    for period in periods {
        let Some(distance) = distance(period.start, scale, zone, now) else { continue };
        period.label = words(distance, scale);
        if distance.rem_euclid(step) == 0 {
            let rank = match distance.div_euclid(step).rem_euclid(4) {
                0 => 0,
                2 => 1,
                _ => 2,
            };
            let at = i64::midpoint(period.start, period.end);
            ticks.push(Tick { at, label: period.label.clone(), is_strong: distance == 0, rank });
        }
    }
    ticks
}

/// The number of periods of a scale from one that starts at an instant to the running one; negative for future periods.
fn distance(start: i64, scale: Scale, zone: &Zone, now: i64) -> Option<i64> {
    let (local, present) = (zone.civil(start).ok()?, zone.civil(now).ok()?);
    let days = || present.date().since(local.date()).ok().map(|span| i64::from(span.get_days()));
    let months = |local: DateTime| i64::from(local.year()) * 12 + i64::from(local.month()) - 1;
    let quarters = |local: DateTime| months(local).div_euclid(3);
    Some(match scale {
        Scale::Minute => (now - start).div_euclid(60),
        Scale::Hour => (now - start).div_euclid(3600),
        Scale::Day => days()?,
        Scale::Week => days()?.div_euclid(7),
        Scale::Month => months(present) - months(local),
        Scale::Quarter => quarters(present) - quarters(local),
        Scale::Year => i64::from(present.year()) - i64::from(local.year()),
        Scale::Ever => 0,
    })
}

fn words(distance: i64, scale: Scale) -> String {
    let unit = match scale {
        Scale::Minute => "min",
        Scale::Hour => "hr",
        scale => scale.name(),
    };
    let plural = if distance.abs() == 1 { "" } else { "s" };
    match distance {
        0 if scale == Scale::Ever => "all time".to_owned(),
        0 if scale == Scale::Day => "today".to_owned(),
        0 => format!("this {}", scale.name()),
        ahead if ahead < 0 => format!("in {} {unit}{plural}", ahead.unsigned_abs()),
        ago => format!("{ago} {unit}{plural} ago"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_counts_periods_from_the_running_one() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let at = |text: &str| zone.instant(text.parse().unwrap()).unwrap();
        // The clock was set back on the 25th at 03:00.
        let now = at("2026-10-25T05:30");
        for (start, scale, expected) in [
            ("2026-10-25T05:29", Scale::Minute, "1 min ago"),
            ("2026-10-25T05:30", Scale::Minute, "this minute"),
            ("2026-10-25T05:31", Scale::Minute, "in 1 min"),
            ("2026-10-25T04:00", Scale::Hour, "1 hr ago"),
            ("2026-10-25T00:00", Scale::Hour, "6 hrs ago"),
            ("2026-10-25T07:00", Scale::Hour, "in 2 hrs"),
            ("2026-10-25T00:00", Scale::Day, "today"),
            ("2026-09-24T00:00", Scale::Day, "31 days ago"),
            ("2026-10-19T00:00", Scale::Week, "this week"),
            ("2026-10-12T00:00", Scale::Week, "1 week ago"),
            ("2026-10-26T00:00", Scale::Week, "in 1 week"),
            ("2025-12-01T00:00", Scale::Month, "10 months ago"),
            ("2026-07-01T00:00", Scale::Quarter, "1 quarter ago"),
            ("2020-01-01T00:00", Scale::Year, "6 years ago"),
        ] {
            let label = distance(at(start), scale, &zone, now).map(|distance| words(distance, scale));
            assert_eq!(label.as_deref(), Some(expected), "{start} {scale}");
        }
    }
}
