//! `Offer`: the queries that visitors of a chart may use.

pub(crate) mod check;

use staste_core::{Error, Measure, Result, Scale, Timespan, text_format};

use crate::request::format::Format;

/// The choices that visitors of a chart have by the query of its address. Nothing is offered unless it is listed: an empty
/// offer shows the chart's own axis and timespan, as a page, as a picture, and as the same numbers in CSV and JSON; a
/// [`TimeserieChart`](crate::TimeserieChart) and a [`LatestCountAndAverageChart`](crate::LatestCountAndAverageChart) also
/// in their scales. A query that names anything else is an error, for requests the status 400, which says which parameter
/// is not offered.
///
/// Visitors always choose the look of a chart: `width`, `theme`, `times`, `clean_date` and `hide_total`. Parameters that
/// no chart has are ignored.
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
    /// Axes other than that of the chart.
    axes: Vec<String>,
    /// Axes whose choices the chart may be narrowed to.
    filters: Vec<String>,
    timespans: Vec<OfferedTimespan>,
    /// None for those of the chart itself.
    scales: Option<Vec<Scale>>,
    /// None for all.
    formats: Option<Vec<Format>>,
    measures: Vec<Measure>,
    comparison: bool,
}

/// A timespan, or a kind of timespans, that may be chosen.
#[derive(Clone, Debug, PartialEq)]
enum OfferedTimespan {
    One(Timespan),
    /// Any period of the calendar of a scale, such as any month.
    Each(Scale),
    Any,
}

impl Offer {
    /// Offers nothing but the chart itself.
    pub fn new() -> Offer {
        Offer::default()
    }

    /// Adds axes that a visitor may choose, by `axis`, `show_axis` or `split`.
    #[must_use]
    pub fn axes<I: IntoIterator<Item: Into<String>>>(mut self, axes: I) -> Offer {
        self.axes = axes.into_iter().map(Into::into).collect();
        self
    }

    /// Adds axes that a visitor may narrow to any of their choices, by `filter` or `view`.
    #[must_use]
    pub fn filters<I: IntoIterator<Item: Into<String>>>(mut self, axes: I) -> Offer {
        self.filters = axes.into_iter().map(Into::into).collect();
        self
    }

    /// Adds timespans that a visitor may choose: `7d`, `12mo` and so on, `ever`, the name of a scale such as `month` for
    /// any month of the calendar, or `any` for every timespan.
    ///
    /// # Errors
    /// When a text is not one of these.
    pub fn periods<I: IntoIterator<Item: AsRef<str>>>(mut self, periods: I) -> Result<Offer> {
        self.timespans =
            periods.into_iter().map(|period| timespan(period.as_ref())).collect::<Result<_>>()?;
        Ok(self)
    }

    /// Offers these scales in place of those of the chart.
    #[must_use]
    pub fn scales<I: IntoIterator<Item = Scale>>(mut self, scales: I) -> Offer {
        self.scales = Some(scales.into_iter().collect());
        self
    }

    /// Offers these formats next to the page, in place of all: `svg`, `json` and `csv`.
    ///
    /// # Errors
    /// When a text is not one of these.
    pub fn formats<I: IntoIterator<Item: AsRef<str>>>(mut self, formats: I) -> Result<Offer> {
        let formats = formats.into_iter().map(|name| Format::parse(name.as_ref()));
        self.formats = Some(formats.collect::<Result<_>>()?);
        Ok(self)
    }

    /// Adds numbers that a visitor may choose by `show`: `total`, `count` and `average`.
    ///
    /// # Errors
    /// When a text is not one of these.
    pub fn measures<I: IntoIterator<Item: AsRef<str>>>(mut self, measures: I) -> Result<Offer> {
        self.measures =
            measures.into_iter().map(|name| Measure::parse(name.as_ref())).collect::<Result<_>>()?;
        Ok(self)
    }

    /// Offers the comparison with the previous timespan, by `compare=before`.
    #[must_use]
    pub fn comparison(mut self) -> Offer {
        self.comparison = true;
        self
    }
}

fn timespan(text: &str) -> Result<OfferedTimespan> {
    if text == "any" {
        return Ok(OfferedTimespan::Any);
    }
    if text == "ever" {
        return Ok(OfferedTimespan::One(Timespan::EVER));
    }
    let calendar = [Scale::Year, Scale::Month, Scale::Day, Scale::Hour, Scale::Minute];
    if let Some(scale) = calendar.into_iter().find(|scale| scale.name() == text) {
        return Ok(OfferedTimespan::Each(scale));
    }
    let last = text_format::periods(text).and_then(|(count, scale)| Timespan::last(count, scale));
    last.map(OfferedTimespan::One).map_err(|_| {
        Error::invalid_input(format!(
            "invalid period {text:?}: expected one such as 7d, 24h or 12mo; ever; any; or year, month, day, hour or \
             minute for any of these"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_entry_is_an_error_that_says_what_is_expected() {
        for (offer, words) in [
            (Offer::new().periods(["30d", "week"]), "invalid period \"week\""),
            (Offer::new().periods(["0d"]), "invalid period \"0d\""),
            (Offer::new().formats(["png"]), "html, svg, json, csv"),
            (Offer::new().measures(["mode"]), "total, count, average"),
        ] {
            let error = offer.unwrap_err();
            assert!(error.is_invalid_input() && error.to_string().contains(words), "{error}");
        }
    }
}
