//! The course of a Metrica over time, as a timeline or, split by an axis, as lines.

use staste_core::{Choice, Reading, Result, Scale, Series};

use crate::chart::{Beside, Drawing, Ink, Line, Lines, Name, Number, Timeline, Times};
use crate::page::Page;
use crate::state::{Labels, MOST_PERIODS, Measure, Span, State, too_many};

/// So many choices have a line of their own.
const MOST_LINES: usize = 8;

impl Page {
    /// The scale of charts over time.
    pub(crate) fn scale(&self) -> Scale {
        self.state.scale.unwrap_or_else(|| self.state.span.suitable())
    }

    /// The chart over time that the state asks for.
    ///
    /// # Errors
    /// When the Store cannot be asked.
    pub(crate) fn course(&self) -> Result<Drawing> {
        match self.state.split.as_deref() {
            Some(axis) => Ok(self.lines(axis)?.draw(&self.meta("course", format!("By {axis} over time")))),
            None => Ok(self.timeline()?.draw(&self.meta("course", format!("By {}", self.scale())))),
        }
    }

    /// Bars over time; with averages the counts and a line.
    ///
    /// # Errors
    /// When the Store cannot be asked.
    pub(crate) fn timeline(&self) -> Result<Timeline> {
        let series = self.series()?;
        let bars = if self.state.show == Measure::Average { Measure::Count } else { self.state.show };
        let line = (self.state.show == Measure::Average).then(|| Beside {
            name: Measure::Average.name().into(),
            numbers: numbers(&series, Measure::Average),
        });
        let before = self.before(bars)?;
        let closer = |span: Span| self.link_to(&self.state.during(span));
        let links = series.iter().map(|(period, reading)| {
            let begun = reading.is_some() && period.start <= self.now;
            begun.then(|| Span::of_period(period).and_then(closer)).flatten()
        });
        Ok(Timeline {
            links: links.collect(),
            name: bars.name().into(),
            bars: numbers(&series, bars),
            line,
            before,
            whole: bars.is_whole(self.definition.multiplier),
            times: self.times(series.into_iter().map(|(period, reading)| (period, reading.is_some()))),
        })
    }

    /// The readings over time.
    fn series(&self) -> Result<Series> {
        self.state.span.check_scale(self.scale())?;
        let series = self.view.series(self.scale())?;
        if i64::try_from(series.len()).is_ok_and(|periods| periods <= MOST_PERIODS) {
            Ok(series)
        } else {
            Err(too_many(self.scale()))
        }
    }

    /// The stretch of time before, period by period, where it is to be compared with.
    fn before(&self, measure: Measure) -> Result<Option<Beside>> {
        let span = self.state.compare.then(|| self.state.span.before(self.local_now())).flatten();
        let Some(span) = span else { return Ok(None) };
        let name = Name::from(match self.state.span {
            Span::Last(1, scale) => format!("the {scale} before"),
            Span::Last(count, scale) => format!("the {count} {scale}s before"),
            _ => span.name(),
        });
        let view = State { span, ..self.state.clone() }.view(&self.metrica)?;
        Ok(Some(Beside { name, numbers: numbers(&view.series(self.scale())?, measure) }))
    }

    /// A line for each of the largest choices on an axis, and one for the total.
    ///
    /// # Errors
    /// When the Store cannot be asked.
    pub(crate) fn lines(&self, axis: &str) -> Result<Lines> {
        let total = self.series()?;
        let (periods, choices) = self.view.series_top(self.scale(), axis, MOST_LINES, |reading| {
            match (self.state.show, reading.count) {
                (Measure::Total, _) | (_, None) => reading.total.raw(),
                // Averages are ordered by how many there are.
                (Measure::Count | Measure::Average, Some(count)) => count,
            }
        })?;
        let measured = |readings: &[Option<Reading>]| {
            readings.iter().map(|reading| reading.as_ref().and_then(|reading| self.number(reading))).collect()
        };
        let mut series: Vec<Line> = Vec::new();
        for (nth, (choice, readings)) in choices.iter().enumerate() {
            series.push(Line {
                name: Name::from(choice),
                ink: ink(choice, nth + 1),
                is_total: false,
                numbers: measured(readings),
            });
        }
        let kept = periods.len() == total.len();
        if kept {
            let line = Line {
                name: if self.state.show == Measure::Average {
                    "all".into()
                } else {
                    self.state.show.name().into()
                },
                ink: Ink::Nth(0),
                is_total: true,
                numbers: numbers(&total, self.state.show),
            };
            series.insert(0, line);
        }
        let retained: Vec<bool> = match kept {
            true => total.iter().map(|(_, reading)| reading.is_some()).collect(),
            false => vec![true; periods.len()],
        };
        Ok(Lines { times: self.times(periods.into_iter().zip(retained)), series, whole: self.is_whole() })
    }

    fn times(&self, periods: impl Iterator<Item = (staste_core::Period, bool)>) -> Times {
        let (scale, own) = (self.scale(), self.zone());
        match &self.state.labels {
            // Longer periods than hours begin where the days of the Metrica do, whoever looks.
            Labels::In(zone) if matches!(scale, Scale::Minute | Scale::Hour) => {
                Times::new(periods, scale, zone, self.now)
            }
            Labels::Own | Labels::In(_) => Times::new(periods, scale, own, self.now),
            Labels::Ago => Times::new(periods, scale, own, self.now).ago(own, self.now),
        }
    }
}

/// The colour of a choice that is the nth shown.
pub(crate) fn ink(choice: &Choice, nth: usize) -> Ink {
    if *choice == Choice::Other { Ink::Rest } else { Ink::Nth(nth) }
}

fn numbers(series: &Series, measure: Measure) -> Vec<Option<Number>> {
    series.iter().map(|(_, reading)| reading.as_ref().and_then(|reading| measure.of(reading))).collect()
}
