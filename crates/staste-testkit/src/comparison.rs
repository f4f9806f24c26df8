//! Compares the results of the core with those of the model, query by query.

use std::ops::Range;

use staste_core::{Choice, Measure, Metrica, Period, Reading, Result, Scale};

use crate::model::{
    Model, ModelAmount, ModelChoice, ModelLine, ModelPeriod, ModelQuery, ModelSpan, PivotRow,
};

/// A Metrica and its model, whose results must be equal.
#[derive(Debug)]
pub struct Comparison<'a> {
    /// The Metrica.
    pub metrica: &'a Metrica,
    /// Its model.
    pub model: &'a Model,
    /// The current time of both.
    pub now: i64,
}

impl Comparison<'_> {
    /// Compares every form of a query.
    pub fn everything(&self, query: &ModelQuery) {
        self.read(query);
        let axes: Vec<&str> = self.model.axes.iter().map(|axis| axis.name.as_str()).collect();
        for axis in &axes {
            self.by(query, axis);
        }
        self.pivot(query, &axes);
        if matches!(query.span, ModelSpan::Ever | ModelSpan::Period(..))
            && !matches!(query.span, ModelSpan::Period(Scale::Minute, _))
        {
            self.periods(query);
        }
    }

    /// Compares total, count and average.
    pub fn read(&self, query: &ModelQuery) {
        let view = query.view(self.metrica).unwrap();
        let expected = self.model.read(query, self.now).map(|sum| self.without_count_if_plain(sum));
        let found = retained(view.read()).map(|reading| plain(&reading));
        assert_eq!(found, expected, "total and count of {query:?} at {}", self.now);
        if self.model.averaged && expected.is_some() {
            let multiplier = view.total().unwrap().multiplier();
            let expected = self.model.average(query, multiplier, self.now);
            assert_eq!(view.average().unwrap(), expected, "average of {query:?}");
        }
    }

    /// Compares the sums of the choices on one axis.
    pub fn by(&self, query: &ModelQuery, axis: &str) {
        let found = retained(query.view(self.metrica).unwrap().by(axis));
        let found = found.map(|rows| {
            rows.iter()
                .map(|(choice, reading)| (ModelChoice::from(choice), plain(reading)))
                .collect::<Vec<_>>()
        });
        let expected = self.model.by(query, axis, self.now);
        let expected = expected.map(|rows| {
            rows.into_iter().map(|(choice, sum)| (choice, self.without_count_if_plain(sum))).collect()
        });
        assert_eq!(
            self.without_empty_rows(found, axis),
            self.without_empty_rows(expected, axis),
            "{query:?} by {axis}"
        );
    }

    /// Compares the sums of combinations of choices.
    pub fn pivot(&self, query: &ModelQuery, axes: &[&str]) {
        let found = retained(query.view(self.metrica).unwrap().pivot(axes));
        let found: Option<Vec<PivotRow>> = found.map(|rows| {
            rows.iter()
                .map(|(choices, reading)| (choices.iter().map(ModelChoice::from).collect(), plain(reading)))
                .collect()
        });
        let expected = self.model.pivot(query, axes, self.now);
        let comparable = |rows: Vec<PivotRow>| {
            rows.into_iter().map(|(choices, sum)| (choices, self.without_count_if_plain(sum))).collect()
        };
        let has_kicks = |sum: &ModelAmount| self.model.averaged || *sum != (0, 0);
        let without_empty = |rows: Option<Vec<PivotRow>>| {
            rows.map(|rows| rows.into_iter().filter(|(_, sum)| has_kicks(sum)).collect::<Vec<_>>())
        };
        assert_eq!(
            without_empty(found),
            without_empty(expected.map(comparable)),
            "{query:?} pivoted by {axes:?}"
        );
    }

    /// Compares the series of the next finer scale.
    pub fn periods(&self, query: &ModelQuery) {
        let found = query.view(self.metrica).unwrap().iterate_periods().unwrap();
        self.same_series(&found, self.model.periods(query, self.now), &format!("periods of {query:?}"));
    }

    /// Compares a series.
    pub fn series(&self, query: &ModelQuery, scale: Scale) {
        let found = query.view(self.metrica).unwrap().series(scale).unwrap();
        self.same_series(
            &found,
            self.model.series(query, scale, self.now),
            &format!("{scale} series of {query:?}"),
        );
    }

    /// Compares a series for each choice of an axis.
    pub fn series_by(&self, query: &ModelQuery, scale: Scale, axis: &str) {
        let (periods, lines) = query.view(self.metrica).unwrap().series_by(scale, axis).unwrap();
        self.largest_lines(query, scale, axis, &periods, &lines);
        let (ranges, expected) = self.model.series_by(query, scale, axis, self.now);
        let what = format!("{scale} series of {query:?} by {axis} at {}", self.now);
        let found_ranges: Vec<_> = periods.iter().map(|period| period.start..period.end).collect();
        let found: Vec<ModelLine> = lines
            .iter()
            .map(|(choice, sums)| {
                (ModelChoice::from(choice), sums.iter().map(|sum| sum.as_ref().map(plain)).collect())
            })
            .collect();
        let comparable = |sums: Vec<Option<ModelAmount>>| {
            sums.into_iter().map(|sum| sum.map(|sum| self.without_count_if_plain(sum))).collect()
        };
        let expected: Vec<ModelLine> =
            expected.into_iter().map(|(choice, sums)| (choice, comparable(sums))).collect();
        let (found_ranges, found) = self.without_empty_periods(found_ranges, found);
        let (ranges, expected) = self.without_empty_periods(ranges, expected);
        assert_eq!(found_ranges, ranges, "{what}");
        assert_eq!(self.without_empty_lines(found, axis), self.without_empty_lines(expected, axis), "{what}");
    }

    /// Checks that the largest lines are those of all lines, for any limit.
    fn largest_lines(
        &self,
        query: &ModelQuery,
        scale: Scale,
        axis: &str,
        periods: &[Period],
        all: &[(Choice, Vec<Option<Reading>>)],
    ) {
        let size = |readings: &[Option<Reading>]| -> u128 {
            readings.iter().flatten().map(|reading| reading.total.raw().unsigned_abs()).sum()
        };
        let mut sized: Vec<&(Choice, Vec<Option<Reading>>)> =
            all.iter().filter(|(_, readings)| size(readings) != 0).collect();
        sized.sort_by(|one, other| size(&other.1).cmp(&size(&one.1)).then_with(|| one.0.cmp(&other.0)));
        for count in [0, 1, 2, usize::MAX] {
            let view = query.view(self.metrica).unwrap();
            let (same, lines) = view.series_top(scale, axis, count, Measure::Total).unwrap();
            assert_eq!(same, periods);
            let expected: Vec<_> = sized.iter().take(count).map(|line| (*line).clone()).collect();
            assert_eq!(lines, expected, "the {count} largest of {scale} series of {query:?} by {axis}");
        }
    }

    fn same_series(&self, found: &[(Period, Option<Reading>)], expected: Vec<ModelPeriod>, what: &str) {
        let found: Vec<ModelPeriod> = found
            .iter()
            .map(|(period, reading)| (period.start..period.end, reading.as_ref().map(plain)))
            .collect();
        let expected: Vec<ModelPeriod> = expected
            .into_iter()
            .map(|(range, sum)| (range, sum.map(|sum| self.without_count_if_plain(sum))))
            .collect();
        let without_empty = |periods: Vec<ModelPeriod>| {
            let has_kicks = |sum: &Option<ModelAmount>| self.model.averaged || *sum != Some((0, 0));
            periods.into_iter().filter(|(_, sum)| has_kicks(sum)).collect::<Vec<_>>()
        };
        assert_eq!(without_empty(found), without_empty(expected), "{what} at {}", self.now);
    }

    /// Removes the periods of a plain Metrica that sum to 0: after kicks were forgotten, it cannot distinguish such a
    /// period from an empty one.
    fn without_empty_periods(
        &self,
        ranges: Vec<Range<i64>>,
        lines: Vec<ModelLine>,
    ) -> (Vec<Range<i64>>, Vec<ModelLine>) {
        let is_kept: Vec<bool> = (0..ranges.len())
            .map(|index| self.model.averaged || lines.iter().any(|(_, sums)| sums[index] != Some((0, 0))))
            .collect();
        fn keep<T>(items: Vec<T>, is_kept: &[bool]) -> Vec<T> {
            items.into_iter().zip(is_kept).filter(|(_, kept)| **kept).map(|(item, _)| item).collect()
        }
        let lines = lines.into_iter().map(|(choice, sums)| (choice, keep(sums, &is_kept))).collect();
        (keep(ranges, &is_kept), lines)
    }

    /// Sets the count of a plain Metrica to 0, because it has none.
    fn without_count_if_plain(&self, sum: ModelAmount) -> ModelAmount {
        if self.model.averaged { sum } else { (sum.0, 0) }
    }

    /// Removes rows of 0 unless their choice is known: a plain Metrica may or may not return them.
    fn without_empty_rows(
        &self,
        rows: Option<Vec<(ModelChoice, ModelAmount)>>,
        axis: &str,
    ) -> Option<Vec<(ModelChoice, ModelAmount)>> {
        let known = self.known(axis);
        rows.map(|rows| {
            rows.into_iter().filter(|(choice, sum)| *sum != (0, 0) || known.contains(choice)).collect()
        })
    }

    fn without_empty_lines(&self, lines: Vec<ModelLine>, axis: &str) -> Vec<ModelLine> {
        let known = self.known(axis);
        let empty = |sums: &[Option<ModelAmount>]| sums.iter().flatten().all(|sum| *sum == (0, 0));
        lines.into_iter().filter(|(choice, sums)| known.contains(choice) || !empty(sums)).collect()
    }

    fn known(&self, axis: &str) -> Vec<ModelChoice> {
        self.model.axes.iter().find(|known| known.name == axis).unwrap().known.clone()
    }
}

/// Returns the result, or `None` if the timespan is not retained.
///
/// # Panics
/// On any other error.
pub fn retained<T>(result: Result<T>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            assert!(error.is_not_retained(), "{error:?}");
            assert!(
                error.retained_since().is_some(),
                "the error does not name the nearest boundary: {error:?}"
            );
            None
        }
    }
}

/// Converts a reading to plain data, with 0 for a missing count.
pub fn plain(reading: &Reading) -> ModelAmount {
    (reading.total.raw(), reading.count.unwrap_or(0))
}
