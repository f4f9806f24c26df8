//! Distributions of a view and what follows from them: percentiles, shares, histograms.

use crate::amount::{Distribution, HistogramBin, Percentile, Reading, Share};
use crate::api::query::series::Series;
use crate::api::query::view::View;
use crate::error::{Error, Result};
use crate::formats::{Buckets, prometheus_text};
use crate::schema::{Choice, Definition};
use crate::time::Scale;

impl View {
    /// Returns the distribution of values.
    ///
    /// # Errors
    /// As [`View::read`]; also unless the Metrica is a distribution.
    pub fn distribution(&self) -> Result<Distribution> {
        let reading = self.distribution_reading()?;
        Ok(reading.distribution.as_deref().cloned().unwrap_or_default())
    }

    /// Returns a percentile of the values, 0 to 100, within 1.1 % of the true one; none without kicks. See
    /// [`Distribution::percentile`].
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Moment, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// let responses = staste.metrica("responses").axis("view", Axis::stored()).distribution().build()?;
    /// for milliseconds in 1..=40 {
    ///     responses.kick_with([("view", "/")], milliseconds, Moment::Now)?;
    /// }
    /// assert_eq!(responses.values().percentile(50.0)?, Some(20.5));
    /// assert_eq!(responses.filter([("view", "/about")])?.percentile(50.0)?, None);
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`View::distribution`]; `is_not_recorded` if kicks were counted before the Metrica became a distribution; and for
    /// a number that is not in 0 to 100.
    pub fn percentile(&self, percent: f64) -> Result<Option<f64>> {
        let percentile = Percentile::new(percent)?;
        Ok(self.recorded_distribution()?.percentile(percentile))
    }

    /// Returns several percentiles of the values, in one read.
    ///
    /// # Errors
    /// As [`View::percentile`].
    pub fn percentiles(&self, percents: &[f64]) -> Result<Vec<Option<f64>>> {
        let percentiles =
            percents.iter().map(|percent| Percentile::new(*percent)).collect::<Result<Vec<_>>>()?;
        let distribution = self.recorded_distribution()?;
        Ok(percentiles.into_iter().map(|percentile| distribution.percentile(percentile)).collect())
    }

    /// Returns the median of the values.
    ///
    /// # Errors
    /// As [`View::percentile`].
    pub fn median(&self) -> Result<Option<f64>> {
        Ok(self.recorded_distribution()?.percentile(Percentile::MEDIAN))
    }

    /// Returns the smallest value, within 1.1 %.
    ///
    /// # Errors
    /// As [`View::percentile`].
    pub fn min(&self) -> Result<Option<f64>> {
        Ok(self.recorded_distribution()?.percentile(Percentile::MIN))
    }

    /// Returns the largest value, within 1.1 %.
    ///
    /// # Errors
    /// As [`View::percentile`].
    pub fn max(&self) -> Result<Option<f64>> {
        Ok(self.recorded_distribution()?.percentile(Percentile::MAX))
    }

    /// Returns the share of values that are at most a limit, such as of responses within 300 ms; none without kicks. See
    /// [`Distribution::share_at_most`].
    ///
    /// # Errors
    /// As [`View::percentile`]; also for a limit that is not a finite number.
    pub fn share_below(&self, limit: f64) -> Result<Option<Share>> {
        self.recorded_distribution()?.share_at_most(limit)
    }

    /// Returns the bins that have values, in the order of values, with their bounds and counts.
    ///
    /// # Errors
    /// As [`View::percentile`].
    pub fn histogram(&self) -> Result<Vec<HistogramBin>> {
        Ok(self.recorded_distribution()?.bins().collect())
    }

    /// Returns the histogram in the text format of Prometheus, one for each combination of choices of the axes, which are
    /// labels.
    ///
    /// A bucket counts the values that are certainly at most its bound: those in bins below it. Its true bound is at most
    /// 2.2 % lower.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Moment, Staste, formats::Buckets};
    /// let staste = Staste::new(MemoryStore::new());
    /// let requests = staste.metrica("requests").axis("view", Axis::stored()).distribution().unit("s").build()?;
    /// requests.kick_with([("view", "/")], 2, Moment::Now)?;
    /// requests.kick_with([("view", "/")], 7, Moment::Now)?;
    /// let text = requests.values().prometheus_histogram(&["view"], &Buckets::parse("2.5,10")?)?;
    /// let lines: Vec<&str> = text.lines().skip(1).collect();
    /// assert_eq!(lines, [
    ///     "# TYPE staste_requests_seconds histogram",
    ///     r#"staste_requests_seconds_bucket{view="/",le="2.5"} 1"#,
    ///     r#"staste_requests_seconds_bucket{view="/",le="10"} 2"#,
    ///     r#"staste_requests_seconds_bucket{view="/",le="+Inf"} 2"#,
    ///     r#"staste_requests_seconds_sum{view="/"} 9"#,
    ///     r#"staste_requests_seconds_count{view="/"} 2"#,
    /// ]);
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`View::pivot`] and [`View::percentile`]; also when two axes or two choices would have the same label.
    pub fn prometheus_histogram(&self, axes: &[&str], buckets: &Buckets) -> Result<String> {
        let rows = self.limited(|| {
            self.check_distribution()?;
            let view = self.with_distribution();
            match axes {
                [] => Ok(vec![(Vec::new(), view.read()?)]),
                [axis] => {
                    let rows = view.by(axis)?.into_iter();
                    Ok(rows.map(|(choice, reading)| (vec![choice], reading)).collect())
                }
                axes => view.pivot(axes),
            }
        })?;
        rows.iter().try_for_each(|(_, reading)| self.check_recorded(reading))?;
        prometheus_text(self.metrica.definition_for_query()?.0.as_ref(), axes, &rows, buckets)
    }

    /// Returns a percentile of the values for every choice of an axis, in the order of [`View::iterate`]; none for a choice
    /// without kicks.
    ///
    /// # Errors
    /// As [`View::iterate`] and [`View::percentile`].
    pub fn iterate_percentiles(&self, axis: &str, percent: f64) -> Result<Vec<(Choice, Option<f64>)>> {
        let percentile = Percentile::new(percent)?;
        let by =
            self.limited(|| self.check_distribution().and_then(|()| self.with_distribution().by(axis)))?;
        by.iter().try_for_each(|(_, reading)| self.check_recorded(reading))?;
        Ok(by.into_iter().map(|(choice, reading)| (choice, reading.percentile(percentile))).collect())
    }

    /// Returns the series of a scale with distributions. A period with kicks that were counted before the Metrica became a
    /// distribution has no percentiles; see [`Distribution::unrecorded`].
    ///
    /// # Errors
    /// As [`View::series`]; also unless the Metrica is a distribution.
    pub fn distribution_series(&self, scale: Scale) -> Result<Series> {
        self.limited(|| self.check_distribution().and_then(|()| self.with_distribution().series(scale)))
    }

    fn distribution_reading(&self) -> Result<Reading> {
        self.limited(|| self.check_distribution().and_then(|()| self.with_distribution().read()))
    }

    /// Returns the distribution of values, if all kicks of the view have bins.
    ///
    /// # Errors
    /// As [`View::percentile`].
    pub fn recorded_distribution(&self) -> Result<Distribution> {
        let reading = self.distribution_reading()?;
        self.check_recorded(&reading)?;
        Ok(reading.distribution.as_deref().cloned().unwrap_or_default())
    }

    fn check_distribution(&self) -> Result<()> {
        let check = || self.metrica.definition_for_query()?.0.check_distribution();
        check().or_else(|_| {
            // Another process, or another handle, may have made it a distribution.
            self.metrica.state().invalidate();
            check()
        })
    }

    /// Checks that all kicks of a reading have bins.
    fn check_recorded(&self, reading: &Reading) -> Result<()> {
        let (definition, _) = self.metrica.definition_for_query()?;
        match reading.distribution.as_deref() {
            Some(distribution) if distribution.unrecorded() != 0 => {
                Err(not_recorded(&definition, distribution))
            }
            _ => Ok(()),
        }
    }
}

/// Returns the error for kicks without a bin.
fn not_recorded(definition: &Definition, distribution: &Distribution) -> Error {
    let since = definition.bins.and_then(|bins| bins.since);
    let local = since.and_then(|since| definition.zone.civil(since).ok());
    let date =
        local.map_or_else(String::new, |local| format!(" before {}", local.strftime("%Y-%m-%d %H:%M")));
    let (missing, count) = (distribution.unrecorded(), distribution.unrecorded() + distribution.count());
    Error::not_recorded(
        format!(
            "percentiles of metrica {} were not recorded{date}: {missing} of the {count} kicks have no bin; choose a later \
             timespan",
            definition.name
        ),
        since,
    )
}
