//! The course of a Metrica over time, as a timeline or, split by an axis, as lines.

use std::collections::HashMap;

use jiff::civil::DateTime;
use staste_core::{AxisKind, Choice, Measure, Period, Reading, Result, Scale, Series, Timespan, Total, View};

use crate::chart::{Beside, Drawing, Ink, Line, Lines, Name, Number, Timeline, Times};
use crate::closed::is_something;
use crate::overview::kept;
use crate::page::Page;
use crate::state::{Labels, MOST_PERIODS, Span, State, too_many};

/// A choice with its readings, period by period.
type ChoiceLine = (Choice, Vec<Option<Reading>>);

/// So many choices have a line of their own.
const MOST_LINES: usize = 8;
/// The colour of what is left over of choices.
pub(crate) const OTHERS: usize = 11;

impl Page {
    /// The scale of charts over time.
    pub(crate) fn scale(&self) -> Scale {
        self.state.scale.unwrap_or_else(|| self.span.suitable())
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
        let before = self.before(&series, bars)?;
        let closer = |span: Span| self.link_to(&self.state.during(span));
        let links = series.iter().map(|(period, reading)| {
            // Where nothing was counted there is nothing to look at closer.
            let has_some = reading.as_ref().is_some_and(is_something) && period.start <= self.now;
            has_some.then(|| Span::of_period(period, self.zone(), self.now).and_then(closer)).flatten()
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
        self.span.check_scale(self.scale())?;
        let series = self.course_view()?.series(self.scale())?;
        if i64::try_from(series.len()).is_ok_and(|periods| periods <= MOST_PERIODS) {
            Ok(series)
        } else {
            Err(too_many(self.scale()))
        }
    }

    /// The timespan before beside these periods, where it is to be compared with.
    fn before(&self, periods: &Series, measure: Measure) -> Result<Option<Beside>> {
        let span = self.state.compare.then(|| self.span_before()).flatten();
        let Some(span) = span else { return Ok(None) };
        let name = Name::from(self.name_of_before(&span));
        let view = State { span, ..self.state.clone() }.view(&self.metrica)?;
        let then = view.series(self.scale())?;
        let mut beside = numbers(&then, measure);
        if matches!(self.scale(), Scale::Minute | Scale::Hour)
            && let Some(((first, _), (first_then, _))) = periods.first().zip(then.first())
        {
            // Hours stand beside the same hours, also where a clock was changed between.
            let by_local: HashMap<DateTime, usize> =
                then.iter().enumerate().rev().map(|(index, (period, _))| (period.local, index)).collect();
            let shift = first.local.duration_since(first_then.local);
            let same =
                |period: &Period| beside.get(*by_local.get(&period.local.checked_sub(shift).ok()?)?).cloned();
            beside = periods.iter().map(|(period, _)| same(period).flatten()).collect();
        }
        Ok(Some(Beside { name, numbers: beside }))
    }

    /// A line for each of the largest choices on an axis, and one for the total.
    ///
    /// # Errors
    /// When the Store cannot be asked.
    pub(crate) fn lines(&self, axis: &str) -> Result<Lines> {
        self.span.check_scale(self.scale())?;
        let view = self.course_view()?;
        let (total, periods, choices) = if self.may_read(&view, &[axis], Some(self.scale()))? {
            let total = self.series()?;
            let size = |reading: &Reading| self.line_size(reading);
            let (periods, choices) = view.series_top(self.scale(), axis, MOST_LINES, size)?;
            (total, periods, choices)
        } else {
            self.largest_lines(&view, axis)?
        };
        let measured = |readings: &[Option<Reading>]| {
            readings.iter().map(|reading| reading.as_ref().and_then(|reading| self.number(reading))).collect()
        };
        let mut series: Vec<Line> = Vec::new();
        for (nth, (choice, readings)) in choices.iter().enumerate() {
            series.push(Line {
                name: Name::from(choice),
                ink: self.ink(axis, choice, nth),
                is_total: false,
                numbers: measured(readings),
            });
        }
        let others = self.others(&total, &choices);
        if others.iter().flatten().any(|number| number.value() != 0.0) {
            series.push(Line {
                name: "others".into(),
                ink: Ink::Nth(OTHERS),
                is_total: false,
                numbers: others,
            });
        }
        let name = if self.state.show == Measure::Average { "all" } else { self.state.show.name() };
        let line = Line {
            name: name.into(),
            ink: Ink::Nth(0),
            is_total: true,
            numbers: numbers(&total, self.state.show),
        };
        if !self.state.hides_total {
            series.insert(0, line);
        }
        let retained = total.iter().map(|(_, reading)| reading.is_some());
        let times = self.times(periods.into_iter().zip(retained));
        Ok(Lines { times, series, whole: self.is_whole() })
    }

    /// By what lines are ordered: averages by how many there are.
    fn line_size(&self, reading: &Reading) -> i128 {
        match (self.state.show.additive(), reading.count) {
            (Measure::Count, Some(count)) => count,
            _ => reading.total.raw(),
        }
    }

    /// The total and the lines of the largest choices, of more choices and periods than are read at once: which choices
    /// are the largest is read first, and then the periods of these alone.
    fn largest_lines(&self, view: &View, axis: &str) -> Result<(Series, Vec<Period>, Vec<ChoiceLine>)> {
        if self.scans(1) {
            return Err(
                self.too_many(&format!("--by {axis} --scale {}", self.scale()), &format!("axis {axis} has"))
            );
        }
        // Where some of the timespan is not kept by itself, the largest of all time.
        let over_all = view.timespan(Timespan::EVER);
        let counted = match kept(self.check_axis(view, axis).and_then(|()| view.by(axis)))? {
            Some(counted) => counted,
            None => self.check_axis(&over_all, axis).and_then(|()| over_all.by(axis))?,
        };
        let above = view.filters().find(|(known, _)| *known == axis).map(|(_, choice)| choice.clone());
        let mut sized: Vec<(u128, Choice)> = counted
            .into_iter()
            .map(|(choice, reading)| (self.line_size(&reading).unsigned_abs(), choice))
            // A filter by a place holds what lies below it, too.
            .filter(|(size, choice)| *size > 0 && !is_place_itself(choice, above.as_ref()))
            .collect();
        sized.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
        sized.truncate(MOST_LINES);
        let mut lines = Vec::new();
        for (_, choice) in sized {
            let series = view.filter([(axis, &choice)])?.series(self.scale())?;
            lines.push((choice, series.into_iter().map(|(_, reading)| reading).collect()));
        }
        // Read after its parts, so that a kick in between does not make what is left less than nothing.
        let total = self.series()?;
        let periods = total.iter().map(|(period, _)| period.clone()).collect();
        Ok((total, periods, lines))
    }

    /// What is counted beside these choices, period by period.
    fn others(&self, total: &Series, choices: &[ChoiceLine]) -> Vec<Option<Number>> {
        let rest = |(index, (_, all)): (usize, &(Period, Option<Reading>))| {
            let mut rest = (*all)?;
            for (_, readings) in choices {
                let part = readings.get(index).copied().flatten()?;
                rest.total = Total::new(rest.total.raw() - part.total.raw(), rest.total.multiplier());
                rest.count = rest.count.zip(part.count).map(|(rest, part)| rest - part);
            }
            self.number(&rest)
        };
        total.iter().enumerate().map(rest).collect()
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

impl Page {
    /// The colour of a choice that is the nth shown: of a declared one always the same.
    pub(crate) fn ink(&self, axis: &str, choice: &Choice, nth: usize) -> Ink {
        let known = self.definition.axes.iter().find(|known| known.name == axis).map(|axis| &axis.kind);
        let declared = match known {
            Some(AxisKind::Declared(choices)) => choices.iter().position(|known| *choice == **known),
            _ => None,
        };
        match choice {
            Choice::Other => Ink::Rest,
            // The first is that of the total.
            _ => Ink::Nth(declared.unwrap_or(nth) % OTHERS.saturating_sub(1) + 1),
        }
    }
}

/// True for a place on a path among those below it.
pub(crate) fn is_place_itself(choice: &Choice, above: Option<&Choice>) -> bool {
    let is_root = choice.as_path().is_some_and(|path| path.components().is_empty() && !path.is_other());
    is_root || Some(choice) == above
}

fn numbers(series: &Series, measure: Measure) -> Vec<Option<Number>> {
    series
        .iter()
        .map(|(_, reading)| reading.as_ref().and_then(|reading| Number::of(measure, reading)))
        .collect()
}
