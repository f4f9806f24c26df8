//! How long ago periods were, in words and on the horizontal axis: `7 hrs ago`.

use jiff::civil::DateTime;
use staste_core::{Scale, Zone};

use super::ticks::Tick;
use super::times::Slot;

/// At most so many labels there are: each is long.
const MOST: usize = 8;

/// Names each period by how long ago it was, and gives the ticks that say so.
pub(super) fn tell(slots: &mut [Slot], scale: Scale, zone: &Zone, now: i64) -> Vec<Tick> {
    let step = (1..).find(|step| slots.len() / step <= MOST).unwrap_or(1);
    let step = i64::try_from(step).unwrap_or(i64::MAX);
    let mut ticks = Vec::new();
    for slot in slots {
        let Some(distance) = distance(slot.start, scale, zone, now) else { continue };
        slot.label = words(distance, scale);
        if distance.rem_euclid(step) == 0 {
            let rank = match distance.div_euclid(step).rem_euclid(4) {
                0 => 0,
                2 => 1,
                _ => 2,
            };
            let at = i64::midpoint(slot.start, slot.end);
            ticks.push(Tick { at, label: slot.label.clone(), is_strong: distance == 0, rank });
        }
    }
    ticks
}

/// How many periods of a scale one that begins at an instant is before the present; 0 for the one that runs, and
/// negative for those ahead.
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
    fn periods_are_so_long_ago() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let at = |text: &str| zone.instant(text.parse().unwrap()).unwrap();
        // The clock went back on the 25th, an hour before five o'clock summer time had come.
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
            let told = distance(at(start), scale, &zone, now).map(|distance| words(distance, scale));
            assert_eq!(told.as_deref(), Some(expected), "{start} {scale}");
        }
    }
}
