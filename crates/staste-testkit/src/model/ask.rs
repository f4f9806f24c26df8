//! A question as plain data, for the core and for the model.

use jiff::civil::DateTime;
use staste_core::{Metrica, Moment, Result, Scale, Timespan, TimespanParts, View};

use super::Pick;

/// What a question narrows to.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// When.
    pub span: Span,
    /// Which choices, by axis.
    pub filter: Vec<(String, Pick)>,
}

/// A stretch of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Span {
    /// All time.
    Ever,
    /// The period of a scale that holds a local time.
    Period(Scale, DateTime),
    /// From an instant up to another; either end may be open.
    Between(Option<i64>, Option<i64>),
    /// So many periods of a scale up to the running one.
    Last(u32, Scale),
}

impl Ask {
    /// All events of a stretch of time.
    pub fn of(span: Span) -> Ask {
        Ask { span, filter: Vec::new() }
    }

    /// The same, narrowed to a choice.
    #[must_use]
    pub fn filter(mut self, axis: &str, pick: Pick) -> Ask {
        self.filter.push((axis.to_owned(), pick));
        self
    }

    /// The choice it is narrowed to on an axis.
    pub fn on(&self, axis: &str) -> Option<&Pick> {
        self.filter.iter().find(|(known, _)| known == axis).map(|(_, pick)| pick)
    }

    /// The core's view of it.
    pub fn view(&self, metrica: &Metrica) -> Result<View> {
        let choices = self.filter.iter().map(|(axis, pick)| (axis, pick.choice()));
        Ok(metrica.filter(choices)?.timespan(self.span.timespan()?))
    }
}

impl Span {
    /// The core's form of it.
    pub fn timespan(&self) -> Result<Timespan> {
        let instant = |at: &Option<i64>| at.map(Moment::Instant);
        match self {
            Span::Ever => Ok(Timespan::EVER),
            Span::Period(scale, local) => period(*scale, *local),
            Span::Between(since, until) => Timespan::between(instant(since), instant(until)),
            Span::Last(count, scale) => Timespan::last(*count, *scale),
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
