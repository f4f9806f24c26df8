//! A query as plain data, for the core and for the model.

use jiff::civil::DateTime;
use staste_core::{Metrica, Moment, Result, Scale, Timespan, TimespanParts, View};

use super::ModelChoice;

/// The events that a query selects.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelQuery {
    /// The timespan.
    pub span: ModelSpan,
    /// The choices that it is filtered by, with their axes.
    pub filter: Vec<(String, ModelChoice)>,
}

/// A timespan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ModelSpan {
    /// All time.
    Ever,
    /// The period of a scale that holds a local time.
    Period(Scale, DateTime),
    /// From one instant to another; either end may be open.
    Between(Option<i64>, Option<i64>),
    /// This many periods of a scale, up to and including the current one.
    Last(u32, Scale),
}

impl ModelQuery {
    /// Creates a query for all events of a timespan.
    pub fn new(span: ModelSpan) -> ModelQuery {
        ModelQuery { span, filter: Vec::new() }
    }

    /// Adds a filter by a choice.
    #[must_use]
    pub fn filter(mut self, axis: &str, choice: ModelChoice) -> ModelQuery {
        self.filter.push((axis.to_owned(), choice));
        self
    }

    /// Returns the choice that an axis is filtered by.
    pub fn choice_on(&self, axis: &str) -> Option<&ModelChoice> {
        self.filter.iter().find(|(known, _)| known == axis).map(|(_, choice)| choice)
    }

    /// Converts to a view of a Metrica.
    pub fn view(&self, metrica: &Metrica) -> Result<View> {
        let choices = self.filter.iter().map(|(axis, choice)| (axis, choice.to_choice()));
        Ok(metrica.filter(choices)?.timespan(self.span.timespan()?))
    }
}

impl ModelSpan {
    /// Converts to a timespan of the core.
    pub fn timespan(&self) -> Result<Timespan> {
        let instant = |at: &Option<i64>| at.map(Moment::Instant);
        match self {
            ModelSpan::Ever => Ok(Timespan::EVER),
            ModelSpan::Period(scale, local) => period(*scale, *local),
            ModelSpan::Between(since, until) => Timespan::between(instant(since), instant(until)),
            ModelSpan::Last(count, scale) => Timespan::last(*count, *scale),
        }
    }
}

fn period(scale: Scale, local: DateTime) -> Result<Timespan> {
    let part = |from: Scale, number: i8| (scale <= from).then_some(i64::from(number));
    match scale {
        Scale::Ever => Ok(Timespan::EVER),
        Scale::Week => Timespan::week(local.date()),
        Scale::Quarter => Timespan::quarter(i64::from(local.year()), i64::from((local.month() + 2) / 3)),
        _ => Timespan::parts(TimespanParts {
            year: Some(i64::from(local.year())),
            month: part(Scale::Month, local.month()),
            day: part(Scale::Day, local.day()),
            hour: part(Scale::Hour, local.hour()),
            minute: part(Scale::Minute, local.minute()),
        }),
    }
}
