//! `Offer`: what the visitors of a chart may choose, as its author lists it.

mod check;

pub(crate) use check::{Own, own_scales};

use staste_core::{Error, Measure, Result, Scale, text_format};

use crate::single::Form;
use crate::state::Span;

/// What the visitors of a chart may choose by the query of its address. Nothing is offered unless it is listed: without
/// more a chart shows its own axis and timespan, as a page, as a picture, and as the table of the same numbers in CSV and
/// JSON; a [`TimeserieChart`](crate::TimeserieChart) and a
/// [`LatestCountAndAverageChart`](crate::LatestCountAndAverageChart) also their scales. A query that names anything else
/// is an error, which for requests is the status 400, and says which parameter is not offered.
///
/// How a chart looks is the visitor's choice: `width`, `theme`, `times`, `clean_date` and `hide_total`. Parameters that
/// no chart knows are left alone.
///
/// ```
/// use staste_core::{Axis, MemoryStore, Staste};
/// use staste_web::{Offer, PieChart};
/// let staste = Staste::new(MemoryStore::new());
/// let orders = staste.metrica("orders").axis("gender", Axis::stored()).axis("email", Axis::stored()).build()?;
/// let chart = PieChart::new(&orders).axis("gender");
/// assert!(chart.figure("axis=email").is_err() && chart.figure("last=30d").is_err());
/// let chart = chart.offer(Offer::new().periods(["30d", "month"])?);
/// assert!(chart.figure("last=30d").is_ok() && chart.figure("year=2026&month=2").is_ok());
/// assert!(chart.figure("last=ever").unwrap_err().to_string().contains("last=ever is not offered"));
/// # Ok::<(), staste_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Offer {
    /// Axes next to that of the chart.
    axes: Vec<String>,
    /// Axes whose choices the chart may be narrowed to.
    filters: Vec<String>,
    periods: Vec<Offered>,
    /// None for those of the chart itself.
    scales: Option<Vec<Scale>>,
    /// None for all.
    formats: Option<Vec<Form>>,
    measures: Vec<Measure>,
    comparison: bool,
}

/// Timespans that may be chosen.
#[derive(Clone, Debug, PartialEq)]
enum Offered {
    One(Span),
    /// Any period of the calendar of a scale, such as any month.
    Each(Scale),
    Any,
}

impl Offer {
    /// An offer of nothing but the chart itself.
    pub fn new() -> Offer {
        Offer::default()
    }

    /// The same with axes that a visitor may choose, by `axis`, `show_axis` or `split`.
    #[must_use]
    pub fn axes<I: IntoIterator<Item: Into<String>>>(mut self, axes: I) -> Offer {
        self.axes = axes.into_iter().map(Into::into).collect();
        self
    }

    /// The same with axes that a visitor may narrow to any of their choices, by `filter` or `view`.
    #[must_use]
    pub fn filters<I: IntoIterator<Item: Into<String>>>(mut self, axes: I) -> Offer {
        self.filters = axes.into_iter().map(Into::into).collect();
        self
    }

    /// The same with timespans that a visitor may choose: `7d`, `12mo` and so on, `ever`, the name of a scale such as
    /// `month` for any month of the calendar, or `any` for whatever begins and ends anywhere.
    ///
    /// # Errors
    /// When a text is none of these.
    pub fn periods<I: IntoIterator<Item: AsRef<str>>>(mut self, periods: I) -> Result<Offer> {
        self.periods = periods.into_iter().map(|period| offered(period.as_ref())).collect::<Result<_>>()?;
        Ok(self)
    }

    /// The same with these scales in place of those of the chart.
    #[must_use]
    pub fn scales<I: IntoIterator<Item = Scale>>(mut self, scales: I) -> Offer {
        self.scales = Some(scales.into_iter().collect());
        self
    }

    /// The same with these formats next to the page alone: `svg`, `json` and `csv`.
    ///
    /// # Errors
    /// When a text is none of these.
    pub fn formats<I: IntoIterator<Item: AsRef<str>>>(mut self, formats: I) -> Result<Offer> {
        let form = |format: I::Item| {
            let format = format.as_ref();
            Form::of(format).ok_or_else(|| invalid(format, "format", "html, svg, json and csv"))
        };
        self.formats = Some(formats.into_iter().map(form).collect::<Result<_>>()?);
        Ok(self)
    }

    /// The same with numbers that a visitor may choose by `show`: `total`, `count` and `average`.
    ///
    /// # Errors
    /// When a text is none of these.
    pub fn measures<I: IntoIterator<Item: AsRef<str>>>(mut self, measures: I) -> Result<Offer> {
        self.measures =
            measures.into_iter().map(|name| Measure::parse(name.as_ref())).collect::<Result<_>>()?;
        Ok(self)
    }

    /// The same with the comparison with the timespan before, by `compare=before`.
    #[must_use]
    pub fn comparison(mut self) -> Offer {
        self.comparison = true;
        self
    }
}

fn offered(text: &str) -> Result<Offered> {
    if text == "any" {
        return Ok(Offered::Any);
    }
    if text == "ever" {
        return Ok(Offered::One(Span::Ever));
    }
    let calendar = [Scale::Year, Scale::Month, Scale::Day, Scale::Hour, Scale::Minute];
    if let Some(scale) = calendar.into_iter().find(|scale| scale.name() == text) {
        return Ok(Offered::Each(scale));
    }
    let span = text_format::periods(text).map(|(count, scale)| Span::Last(count, scale));
    match span {
        Ok(span) if span.timespan().is_ok() => Ok(Offered::One(span)),
        _ => Err(invalid(
            text,
            "period",
            "those such as 7d, 24h and 12mo, ever, year, month, day, hour and minute for any of these, and any",
        )),
    }
}

fn invalid(text: &str, what: &str, known: &str) -> Error {
    Error::input(format!("invalid {what} {text:?} in an offer: there are {known}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offer_with_invalid_entry_is_refused_by_what_there_is() {
        for (refused, words) in [
            (Offer::new().periods(["30d", "week"]), "invalid period \"week\""),
            (Offer::new().periods(["0d"]), "invalid period \"0d\""),
            (Offer::new().formats(["png"]), "html, svg, json and csv"),
            (Offer::new().measures(["max"]), "total, count, average"),
        ] {
            let error = refused.unwrap_err();
            assert!(error.is_input() && error.to_string().contains(words), "{error}");
        }
    }
}
