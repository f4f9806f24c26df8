//! Compares what the core answers with what the model does, question by question.

use std::ops::Range;

use staste_core::{Choice, Metrica, Period, Reading, Result, Scale};

use crate::model::{Ask, Line, Model, Pick, Row, Span, Stretch, Sum};

/// A Metrica beside its model.
#[derive(Debug)]
pub struct Compare<'a> {
    /// The core's.
    pub metrica: &'a Metrica,
    /// The model's.
    pub model: &'a Model,
    /// The time of both.
    pub now: i64,
}

impl Compare<'_> {
    /// Every form of question about a view that it allows.
    pub fn everything(&self, ask: &Ask) {
        self.read(ask);
        let axes: Vec<&str> = self.model.axes.iter().map(|axis| axis.name.as_str()).collect();
        for axis in &axes {
            self.by(ask, axis);
        }
        self.pivot(ask, &axes);
        if matches!(ask.span, Span::Ever | Span::Period(..))
            && !matches!(ask.span, Span::Period(Scale::Minute, _))
        {
            self.periods(ask);
        }
    }

    /// Total, count and average.
    pub fn read(&self, ask: &Ask) {
        let view = ask.view(self.metrica).unwrap();
        let expected = self.model.read(ask, self.now).map(|sum| self.fitting(sum));
        let found = retained(view.read()).map(|reading| plain(&reading));
        assert_eq!(found, expected, "total and count of {ask:?} at {}", self.now);
        if self.model.averaged && expected.is_some() {
            let multiplier = view.total().unwrap().multiplier();
            let expected = self.model.average(ask, multiplier, self.now);
            assert_eq!(view.average().unwrap(), expected, "average of {ask:?}");
        }
    }

    /// One axis.
    pub fn by(&self, ask: &Ask, axis: &str) {
        let found = retained(ask.view(self.metrica).unwrap().by(axis));
        let found = found.map(|rows| {
            rows.iter().map(|(choice, reading)| (Pick::from(choice), plain(reading))).collect::<Vec<_>>()
        });
        let expected = self.model.by(ask, axis, self.now);
        let expected =
            expected.map(|rows| rows.into_iter().map(|(pick, sum)| (pick, self.fitting(sum))).collect());
        assert_eq!(
            self.without_nothing(found, axis),
            self.without_nothing(expected, axis),
            "{ask:?} by {axis}"
        );
    }

    /// Several axes at once.
    pub fn pivot(&self, ask: &Ask, axes: &[&str]) {
        let found = retained(ask.view(self.metrica).unwrap().pivot(axes));
        let found: Option<Vec<Row>> = found.map(|rows| {
            rows.iter()
                .map(|(choices, reading)| (choices.iter().map(Pick::from).collect(), plain(reading)))
                .collect()
        });
        let expected = self.model.pivot(ask, axes, self.now);
        let fitting =
            |rows: Vec<Row>| rows.into_iter().map(|(picks, sum)| (picks, self.fitting(sum))).collect();
        let seen = |sum: &Sum| self.model.averaged || *sum != (0, 0);
        let of_something = |rows: Option<Vec<Row>>| {
            rows.map(|rows| rows.into_iter().filter(|(_, sum)| seen(sum)).collect::<Vec<_>>())
        };
        assert_eq!(of_something(found), of_something(expected.map(fitting)), "{ask:?} pivoted by {axes:?}");
    }

    /// The next finer scale.
    pub fn periods(&self, ask: &Ask) {
        let found = ask.view(self.metrica).unwrap().iterate_periods().unwrap();
        self.same_series(&found, self.model.periods(ask, self.now), &format!("periods of {ask:?}"));
    }

    /// A series.
    pub fn series(&self, ask: &Ask, scale: Scale) {
        let found = ask.view(self.metrica).unwrap().series(scale).unwrap();
        self.same_series(
            &found,
            self.model.series(ask, scale, self.now),
            &format!("{scale} series of {ask:?}"),
        );
    }

    /// A series split by an axis.
    pub fn series_by(&self, ask: &Ask, scale: Scale, axis: &str) {
        let (periods, lines) = ask.view(self.metrica).unwrap().series_by(scale, axis).unwrap();
        self.largest_lines(ask, scale, axis, &periods, &lines);
        let (ranges, expected) = self.model.series_by(ask, scale, axis, self.now);
        let what = format!("{scale} series of {ask:?} by {axis} at {}", self.now);
        let found_ranges: Vec<_> = periods.iter().map(|period| period.start..period.end).collect();
        let found: Vec<Line> = lines
            .iter()
            .map(|(choice, sums)| {
                (Pick::from(choice), sums.iter().map(|sum| sum.as_ref().map(plain)).collect())
            })
            .collect();
        let fitting =
            |sums: Vec<Option<Sum>>| sums.into_iter().map(|sum| sum.map(|sum| self.fitting(sum))).collect();
        let expected: Vec<Line> = expected.into_iter().map(|(pick, sums)| (pick, fitting(sums))).collect();
        let (found_ranges, found) = self.periods_of_something(found_ranges, found);
        let (ranges, expected) = self.periods_of_something(ranges, expected);
        assert_eq!(found_ranges, ranges, "{what}");
        assert_eq!(self.lines_of_something(found, axis), self.lines_of_something(expected, axis), "{what}");
    }

    /// The largest lines are those of all lines, whichever and how many are asked for.
    fn largest_lines(
        &self,
        ask: &Ask,
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
            let view = ask.view(self.metrica).unwrap();
            let (same, lines) = view.series_top(scale, axis, count, |reading| reading.total.raw()).unwrap();
            assert_eq!(same, periods);
            let expected: Vec<_> = sized.iter().take(count).map(|line| (*line).clone()).collect();
            assert_eq!(lines, expected, "the {count} largest of {scale} series of {ask:?} by {axis}");
        }
    }

    fn same_series(&self, found: &[(Period, Option<Reading>)], expected: Vec<Stretch>, what: &str) {
        let found: Vec<Stretch> = found
            .iter()
            .map(|(period, reading)| (period.start..period.end, reading.as_ref().map(plain)))
            .collect();
        let expected: Vec<Stretch> =
            expected.into_iter().map(|(range, sum)| (range, sum.map(|sum| self.fitting(sum)))).collect();
        let of_something = |stretches: Vec<Stretch>| {
            let seen = |sum: &Option<Sum>| self.model.averaged || *sum != Some((0, 0));
            stretches.into_iter().filter(|(_, sum)| seen(sum)).collect::<Vec<_>>()
        };
        assert_eq!(of_something(found), of_something(expected), "{what} at {}", self.now);
    }

    /// What a plain Metrica has in a period that sums to 0 it cannot tell from nothing, after some of it
    /// was forgotten.
    fn periods_of_something(
        &self,
        ranges: Vec<Range<i64>>,
        lines: Vec<Line>,
    ) -> (Vec<Range<i64>>, Vec<Line>) {
        let seen: Vec<bool> = (0..ranges.len())
            .map(|index| self.model.averaged || lines.iter().any(|(_, sums)| sums[index] != Some((0, 0))))
            .collect();
        fn kept<T>(all: Vec<T>, seen: &[bool]) -> Vec<T> {
            all.into_iter().zip(seen).filter(|(_, seen)| **seen).map(|(one, _)| one).collect()
        }
        let lines = lines.into_iter().map(|(pick, sums)| (pick, kept(sums, &seen))).collect();
        (kept(ranges, &seen), lines)
    }

    /// A plain Metrica answers without counts.
    fn fitting(&self, sum: Sum) -> Sum {
        if self.model.averaged { sum } else { (sum.0, 0) }
    }

    /// Rows beside the known choices are there only when there is something in them, which a plain
    /// Metrica need not know when the sum is 0.
    fn without_nothing(&self, rows: Option<Vec<(Pick, Sum)>>, axis: &str) -> Option<Vec<(Pick, Sum)>> {
        let known = self.known(axis);
        rows.map(|rows| {
            rows.into_iter().filter(|(pick, sum)| *sum != (0, 0) || known.contains(pick)).collect()
        })
    }

    fn lines_of_something(&self, lines: Vec<Line>, axis: &str) -> Vec<Line> {
        let known = self.known(axis);
        let empty = |sums: &[Option<Sum>]| sums.iter().flatten().all(|sum| *sum == (0, 0));
        lines.into_iter().filter(|(pick, sums)| known.contains(pick) || !empty(sums)).collect()
    }

    fn known(&self, axis: &str) -> Vec<Pick> {
        self.model.axes.iter().find(|known| known.name == axis).unwrap().known.clone()
    }
}

/// What was answered, or none when it is not retained.
///
/// # Panics
/// On any other error.
pub fn retained<T>(answer: Result<T>) -> Option<T> {
    match answer {
        Ok(answer) => Some(answer),
        Err(error) => {
            assert!(error.is_not_retained(), "{error:?}");
            assert!(error.retained_since().is_some(), "the nearest boundary is missing: {error:?}");
            None
        }
    }
}

/// A reading as plain data; no count is 0.
pub fn plain(reading: &Reading) -> Sum {
    (reading.total.raw(), reading.count.unwrap_or(0))
}
