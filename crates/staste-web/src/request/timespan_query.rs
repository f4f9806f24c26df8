//! Timespans as addresses name them: by `last`, by `year`, `month` and so on, or by `since` and `until`.

use jiff::civil::{DateTime, Time};
use staste_core::{Error, Moment, Result, Scale, Timespan, TimespanParts, text_format};

/// The timespan where an address names none.
///
/// # Errors
/// None: a week is a timespan.
pub(crate) fn default_timespan() -> Timespan {
    Timespan::last(7, Scale::Day).unwrap_or_default()
}

/// The parameters of a timespan that were read so far.
#[derive(Debug, Default)]
pub(super) struct TimespanQuery {
    last: Option<Last>,
    parts: TimespanParts,
    since: Option<DateTime>,
    until: Option<DateTime>,
}

#[derive(Clone, Copy, Debug)]
enum Last {
    Ever,
    Periods(u32, Scale),
}

impl TimespanQuery {
    /// Reads a parameter; false for one that is not part of a timespan.
    ///
    /// # Errors
    /// When the value is invalid for the name.
    pub(super) fn read(&mut self, name: &str, value: &str) -> Result<bool> {
        let number = || {
            let number = value.parse().map(Some);
            number.map_err(|_| {
                Error::invalid_input(format!("invalid {name} {value:?}: expected a whole number"))
            })
        };
        match name {
            "last" if value == "ever" => self.last = Some(Last::Ever),
            "last" => {
                let (count, scale) = text_format::periods(value)?;
                self.last = Some(Last::Periods(count, scale));
            }
            "year" => self.parts.year = number()?,
            "month" => self.parts.month = number()?,
            "day" => self.parts.day = number()?,
            "hour" => self.parts.hour = number()?,
            "minute" => self.parts.minute = number()?,
            "since" => self.since = Some(local(value)?),
            "until" => self.until = Some(local(value)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The timespan of all that was read.
    ///
    /// # Errors
    /// When it is named in two ways, or is not one of the calendar.
    pub(super) fn finish(self) -> Result<Timespan> {
        let has_parts = self.parts != TimespanParts::default();
        let has_ends = self.since.is_some() || self.until.is_some();
        if usize::from(self.last.is_some()) + usize::from(has_parts) + usize::from(has_ends) > 1 {
            return Err(Error::invalid_input(
                "invalid timespan: use either last, or year, month and so on, or since and until",
            ));
        }
        match self.last {
            Some(Last::Ever) => Ok(Timespan::EVER),
            Some(Last::Periods(count, scale)) => Timespan::last(count, scale),
            None if has_parts => Timespan::parts(self.parts),
            None if has_ends => {
                Timespan::between(self.since.map(Moment::Local), self.until.map(Moment::Local))
            }
            None => Ok(default_timespan()),
        }
    }
}

/// Reads a local time; an instant would need a zone.
fn local(text: &str) -> Result<DateTime> {
    match Moment::parse(text)? {
        Moment::Local(local) => Ok(local),
        _ => Err(Error::invalid_input(format!(
            "invalid time {text:?}: expected a local time without an offset"
        ))),
    }
}

/// The parameters that name a timespan; none for the default.
pub(crate) fn timespan_fields(timespan: &Timespan) -> Vec<(&'static str, String)> {
    if *timespan == default_timespan() {
        return Vec::new();
    }
    if *timespan == Timespan::EVER {
        return vec![("last", "ever".to_owned())];
    }
    if let Some((count, scale)) = timespan.as_last() {
        return vec![("last", format!("{count}{}", unit(scale)))];
    }
    if let Some(TimespanParts { year, month, day, hour, minute }) = timespan.as_parts() {
        let parts = [("year", year), ("month", month), ("day", day), ("hour", hour), ("minute", minute)];
        return parts.into_iter().filter_map(|(name, part)| Some((name, part?.to_string()))).collect();
    }
    let (since, until) = local_ends(timespan);
    let ends = [("since", since), ("until", until)];
    ends.into_iter().filter_map(|(name, end)| Some((name, local_text(end?)))).collect()
}

/// The ends of a range as forms show them; none for any other timespan.
pub(crate) fn local_ends(timespan: &Timespan) -> (Option<DateTime>, Option<DateTime>) {
    let local = |moment: Option<Moment>| match moment {
        Some(Moment::Local(local)) => Some(local),
        _ => None,
    };
    timespan.as_between().map_or((None, None), |(since, until)| (local(since), local(until)))
}

fn unit(scale: Scale) -> &'static str {
    match scale {
        Scale::Minute => "m",
        Scale::Hour => "h",
        Scale::Day => "d",
        Scale::Week => "w",
        Scale::Month => "mo",
        Scale::Quarter => "q",
        Scale::Year | Scale::Ever => "y",
    }
}

fn local_text(local: DateTime) -> String {
    let is_midnight = local.time() == Time::midnight();
    local.strftime(if is_midnight { "%Y-%m-%d" } else { "%Y-%m-%dT%H:%M" }).to_string()
}
