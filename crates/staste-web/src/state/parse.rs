//! Reading a state from the query of an address.

use jiff::civil::DateTime;
use staste_core::{Definition, Error, Measure, Moment, Result, Scale, TimespanParts, text_format};

use super::{Labels, Span, State};

/// More filters than a Metrica may have axes are a mistake or an attack.
const MOST_FILTERS: usize = staste_core::MAX_AXES;

impl State {
    /// Reads the query of an address: `last=7d&show=count&filter=gender=girl`. What it does not know it leaves
    /// alone, since others add to addresses too.
    ///
    /// # Errors
    /// A value that is none for its name; an axis that the Metrica does not have.
    pub(crate) fn parse(query: &str, definition: &Definition) -> Result<State> {
        let mut state = State::default();
        let mut times = Times::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if value.is_empty() {
                // A field of a form that was left empty.
                continue;
            }
            match &*name {
                "scale" => state.scale = Some(scale(&value)?),
                "show" => state.show = Measure::parse(&value)?.check(definition)?,
                "split" => state.split = Some(axis(&value, definition)?),
                "all" => state.all = Some(axis(&value, definition)?),
                "hide_total" => state.hides_total = true,
                "filter" => {
                    let (axis, choice) = text_format::parse(&value, definition)?;
                    if state.filter.iter().any(|(known, _)| *known == axis) {
                        return Err(Error::input(format!(
                            "axis {axis} is filtered twice: leave one of them out"
                        )));
                    }
                    state.filter.push((axis, choice));
                    if state.filter.len() > MOST_FILTERS {
                        return Err(Error::input("there are more filters than a metrica may have axes"));
                    }
                }
                "compare" => state.compare = is_true(&value, "compare", "before")?,
                "times" => state.labels = Labels::parse(&value)?,
                "pivot" => state.pivot = Some(pivot(&value, definition)?),
                name if times.take(name, &value)? => {}
                name if definition.axis_index(name).is_ok() => {
                    return Err(Error::input(format!(
                        "{name} is an axis: narrow to a choice by filter={name}={value}"
                    )));
                }
                _ => {}
            }
        }
        if let Some(span) = times.span()? {
            state.span = span;
        }
        // What the address says is checked as a whole, too.
        state.span.timespan()?;
        Ok(state)
    }
}

/// The parts of a timespan.
#[derive(Debug, Default)]
struct Times {
    last: Option<Span>,
    parts: TimespanParts,
    since: Option<DateTime>,
    until: Option<DateTime>,
}

impl Times {
    /// Takes a part; false for what is none.
    fn take(&mut self, name: &str, value: &str) -> Result<bool> {
        let number = || {
            value.parse().map(Some).map_err(|_| Error::input(format!("{value:?} is no number for {name}")))
        };
        match name {
            "last" if value == "ever" => self.last = Some(Span::Ever),
            "last" => {
                let (count, scale) = text_format::periods(value)?;
                self.last = Some(Span::Last(count, scale));
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

    fn span(self) -> Result<Option<Span>> {
        let has_parts = self.parts != TimespanParts::default();
        let has_ends = self.since.is_some() || self.until.is_some();
        if usize::from(self.last.is_some()) + usize::from(has_parts) + usize::from(has_ends) > 1 {
            return Err(Error::input(
                "a timespan is given by last, by year, month and so on, or by since and until: by one of these",
            ));
        }
        Ok(match self.last {
            Some(span) => Some(span),
            None if has_parts => Some(Span::Period(self.parts)),
            None => has_ends.then_some(Span::Between(self.since, self.until)),
        })
    }
}

/// A local time; that of an instant would need a zone.
fn local(text: &str) -> Result<DateTime> {
    match Moment::parse(text)? {
        Moment::Local(local) => Ok(local),
        _ => {
            Err(Error::input(format!("{text:?} has an offset: give the time as it is in the metrica's zone")))
        }
    }
}

fn scale(text: &str) -> Result<Scale> {
    match Scale::parse(text)? {
        Scale::Ever => {
            Err(Error::input("a chart over time has no scale ever: the scales are minute to year"))
        }
        scale => Ok(scale),
    }
}

fn axis(text: &str, definition: &Definition) -> Result<String> {
    definition.axis_index(text).map(|_| text.to_owned())
}

fn pivot(text: &str, definition: &Definition) -> Result<(String, String)> {
    let refused = || Error::input(format!("{text:?} is no pivot: give two axes, such as gender,age"));
    let (down, across) = text.split_once(',').ok_or_else(refused)?;
    if down == across {
        return Err(refused());
    }
    Ok((axis(down, definition)?, axis(across, definition)?))
}

fn is_true(text: &str, name: &str, word: &str) -> Result<bool> {
    if text == word {
        Ok(true)
    } else {
        Err(Error::input(format!("{text:?} is unknown to {name}: there is {word}")))
    }
}
