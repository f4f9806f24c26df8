//! The label of a timespan.

use jiff::civil::{DateTime, Time};

use crate::time::civil;
use crate::time::moment::Moment;
use crate::time::scale::Scale;
use crate::time::timespan::{Repr, Timespan};
use crate::time::zone::Zone;

impl Timespan {
    /// Returns its name for people: `Last 7 days`, `March 2026`, `Since 1 Mar 2026`. It does not depend on the current
    /// time, so that the label of the last periods has no dates.
    ///
    /// ```
    /// use staste::{Scale, Timespan};
    /// assert_eq!(Timespan::last(7, Scale::Day)?.label(), "Last 7 days");
    /// assert_eq!(Timespan::day(2024, 2, 29)?.label(), "Thu 29 Feb 2024");
    /// assert_eq!(Timespan::EVER.label(), "All time");
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn label(&self) -> String {
        match self.0 {
            Repr::Ever => "All time".to_owned(),
            Repr::Period(scale, start) => period_label(scale, civil::datetime(start)),
            Repr::Last(1, scale) => format!("This {scale}"),
            Repr::Last(count, scale) => format!("Last {count} {scale}s"),
            Repr::Between(since, until) => match (since.map(end_label), until.map(end_label)) {
                (Some(since), Some(until)) => format!("{since} to {until}"),
                (Some(since), None) => format!("Since {since}"),
                (None, Some(until)) => format!("Until {until}"),
                (None, None) => "All time".to_owned(),
            },
        }
    }
}

fn period_label(scale: Scale, start: DateTime) -> String {
    let format = match scale {
        Scale::Ever => return "All time".to_owned(),
        Scale::Quarter => return format!("Q{} {}", (start.month() - 1) / 3 + 1, start.year()),
        Scale::Week => "week of %-d %b %Y",
        Scale::Year => "%Y",
        Scale::Month => "%B %Y",
        Scale::Day => "%a %-d %b %Y",
        Scale::Hour | Scale::Minute => "%a %-d %b %Y, %H:%M",
    };
    start.strftime(format).to_string()
}

/// Returns the label of an end of a range; midnight is left out.
fn end_label(moment: Moment) -> String {
    let label = |local: DateTime| {
        let format = if local.time() == Time::midnight() { "%-d %b %Y" } else { "%-d %b %Y, %H:%M" };
        local.strftime(format).to_string()
    };
    match moment {
        Moment::Now => "now".to_owned(),
        Moment::Local(local) => label(local),
        Moment::Instant(instant) => match Zone::utc().civil(instant) {
            Ok(local) => format!("{} UTC", label(local)),
            Err(_) => instant.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, datetime};

    use super::*;

    #[test]
    fn every_form_of_timespan_has_a_label() {
        let local = |hour| Some(Moment::Local(datetime(2026, 3, 1, hour, 0, 0, 0)));
        let between = |since, until| Timespan::between(since, until).unwrap();
        for (timespan, label) in [
            (Timespan::last(1, Scale::Day).unwrap(), "This day"),
            (Timespan::year(2023).unwrap(), "2023"),
            (Timespan::month(2023, 11).unwrap(), "November 2023"),
            (Timespan::hour(2023, 11, 14, 5).unwrap(), "Tue 14 Nov 2023, 05:00"),
            (Timespan::quarter(2023, 4).unwrap(), "Q4 2023"),
            (Timespan::week(date(2023, 3, 27)).unwrap(), "week of 27 Mar 2023"),
            (between(local(0), local(10)), "1 Mar 2026 to 1 Mar 2026, 10:00"),
            (between(local(0), None), "Since 1 Mar 2026"),
            (between(None, local(9)), "Until 1 Mar 2026, 09:00"),
            (between(None, None), "All time"),
            (
                between(Some(Moment::Instant(1_700_000_040)), Some(Moment::Now)),
                "14 Nov 2023, 22:14 UTC to now",
            ),
        ] {
            assert_eq!(timespan.label(), label);
        }
    }
}
