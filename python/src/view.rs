//! `View`: what was counted, narrowed to a timespan and to choices, and asked.

use jiff::civil::DateTime;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use staste::{
    Choice, Measure, Measurement, Moment, Period, Reading, Result, Scale, Series, Timespan, TimespanParts,
};

use crate::choice::{Held, given, held, told};
use crate::detached::Detached;
use crate::error::{misused, raised, refused};
use crate::metrica::Metrica;
use crate::moment::{datetime, moment_of};
use crate::spec::Spec;
use crate::total;

/// The names of all measures, in the order in which rows hold them.
pub(crate) const MEASURES: [&str; Measure::ALL.len()] = Measure::NAMES;

/// What was counted, narrowed to a timespan and to choices. Narrowing gives another view and asks nothing.
#[pyclass(frozen, module = "staste")]
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) metrica: Py<Metrica>,
    pub(crate) timespan: Timespan,
    pub(crate) filter: Vec<(String, Choice)>,
}

#[pymethods]
impl View {
    /// The same in a period of the calendar, which is given with all that is coarser than its finest part.
    #[pyo3(signature = (year = None, month = None, day = None, hour = None, minute = None))]
    fn timespan(
        &self,
        py: Python<'_>,
        year: Option<i64>,
        month: Option<i64>,
        day: Option<i64>,
        hour: Option<i64>,
        minute: Option<i64>,
    ) -> PyResult<View> {
        let parts = [("year", year), ("month", month), ("day", day), ("hour", hour), ("minute", minute)];
        let given = |(_, part): &&(&str, Option<i64>)| part.is_some();
        if let Some((finest, _)) = parts.iter().rev().find(given)
            && let Some((missing, _)) = parts.iter().find(|(name, part)| part.is_none() || name == finest)
            && missing != finest
        {
            return Err(misused(format!("timespan() needs {missing} to say which {finest} is meant")));
        }
        let timespan = Timespan::parts(TimespanParts { year, month, day, hour, minute });
        self.within(py, timespan)
    }

    /// The same from one date until another, which is not part of it; none for an open end.
    #[pyo3(signature = (since = None, until = None))]
    fn between(
        &self,
        py: Python<'_>,
        since: Option<&Bound<'_, PyAny>>,
        until: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<View> {
        let metrica = self.metrica.get().in_force(py)?;
        let moment = |date| moment_of(date, &metrica);
        let (since, until) = (since.map(moment).transpose()?, until.map(moment).transpose()?);
        self.within(py, Timespan::between(since, until))
    }

    /// The same in the last so many periods of a scale, the running one included.
    fn last(&self, py: Python<'_>, count: i64, scale: &str) -> PyResult<View> {
        let count = u32::try_from(count)
            .map_err(|_| refused(py, format!("{count} is no number of periods: give 1 or more")))?;
        self.within(py, Scale::parse(scale).and_then(|scale| Timespan::last(count, scale)))
    }

    /// The same of these choices alone; None narrows nothing.
    #[pyo3(signature = (**choices))]
    fn filter(&self, py: Python<'_>, choices: Option<&Bound<'_, PyDict>>) -> PyResult<View> {
        let mut choices = held(choices)?;
        choices.retain(|(axis, choice)| {
            let is_axis = axis.to_str().is_ok_and(|axis| self.spec().has_axis(axis));
            !(is_axis && matches!(choice, Held::None))
        });
        let inner = self.in_force(py)?.filter(given(&choices)?);
        let inner = inner.map_err(|error| self.spec().raised(py, &error, &choices))?;
        let filter = inner.filters().map(|(axis, choice)| (axis.to_owned(), choice.clone())).collect();
        Ok(View { metrica: self.metrica.clone_ref(py), timespan: self.timespan, filter })
    }

    /// The same view: everything can be asked of what it is already.
    fn values(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn total<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let reading = self.ask(py, staste::View::read)?;
        self.told(py, Some(&reading), Measure::Total)
    }

    fn count<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let count = self.ask(py, staste::View::count)?;
        Ok(total::count(py, count)?.into_any())
    }

    fn average<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let average = self.ask(py, staste::View::average)?;
        Ok(average.into_pyobject(py)?.into_any())
    }

    /// Total and, of an averaged Metrica, count and average, of one look at the Store.
    fn read<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let reading = self.ask(py, staste::View::read)?;
        let told = Measure::ALL.map(|measure| self.told(py, Some(&reading), measure));
        PyTuple::new(py, told.into_iter().collect::<PyResult<Vec<_>>>()?)
    }

    #[pyo3(signature = (axis = None))]
    fn iterate<'py>(&self, py: Python<'py>, axis: Option<&str>) -> PyResult<Bound<'py, PyList>> {
        self.unfolded(py, axis, Measure::Total)
    }

    #[pyo3(signature = (axis = None))]
    fn iterate_counts<'py>(&self, py: Python<'py>, axis: Option<&str>) -> PyResult<Bound<'py, PyList>> {
        self.averaged(py)?;
        self.unfolded(py, axis, Measure::Count)
    }

    #[pyo3(signature = (axis = None))]
    fn iterate_averages<'py>(&self, py: Python<'py>, axis: Option<&str>) -> PyResult<Bound<'py, PyList>> {
        self.averaged(py)?;
        self.unfolded(py, axis, Measure::Average)
    }

    /// The largest choices of an axis by total, largest first.
    fn top<'py>(&self, py: Python<'py>, axis: &str, count: i64) -> PyResult<Bound<'py, PyList>> {
        let count = usize::try_from(count)
            .map_err(|_| refused(py, format!("{count} is no number of choices: give 0 or more")))?;
        let view = self.in_force(py)?;
        let rows = py.detach(|| view.top(axis, count));
        self.rows(py, rows.map_err(|error| self.spec().raised_by(py, &error, axis))?, Measure::Total)
    }

    /// Every combination of the choices of some axes with its total.
    #[pyo3(signature = (*axes))]
    fn pivot<'py>(&self, py: Python<'py>, axes: Vec<String>) -> PyResult<Bound<'py, PyList>> {
        self.combined(py, &axes, &[Measure::Total])
    }

    /// Every combination of the choices of some axes, each with its total, count and average.
    #[pyo3(signature = (*axes))]
    fn readings<'py>(&self, py: Python<'py>, axes: Vec<String>) -> PyResult<Bound<'py, PyList>> {
        self.combined(py, &axes, &Measure::ALL)
    }

    /// The periods between two dates, each with its total, count and average.
    #[pyo3(signature = (since, until, scale = None))]
    fn timeserie_readings<'py>(
        &self,
        py: Python<'py>,
        since: &Bound<'py, PyAny>,
        until: &Bound<'py, PyAny>,
        scale: Option<&str>,
    ) -> PyResult<Bound<'py, PyList>> {
        self.serie(py, since, until, scale, &Measure::ALL)
    }

    #[pyo3(signature = (since, until, scale = None))]
    fn timeserie<'py>(
        &self,
        py: Python<'py>,
        since: &Bound<'py, PyAny>,
        until: &Bound<'py, PyAny>,
        scale: Option<&str>,
    ) -> PyResult<Bound<'py, PyList>> {
        self.serie(py, since, until, scale, &[Measure::Total])
    }

    #[pyo3(signature = (since, until, scale = None))]
    fn timeserie_counts<'py>(
        &self,
        py: Python<'py>,
        since: &Bound<'py, PyAny>,
        until: &Bound<'py, PyAny>,
        scale: Option<&str>,
    ) -> PyResult<Bound<'py, PyList>> {
        self.averaged(py)?;
        self.serie(py, since, until, scale, &[Measure::Count])
    }

    #[pyo3(signature = (since, until, scale = None))]
    fn timeserie_averages<'py>(
        &self,
        py: Python<'py>,
        since: &Bound<'py, PyAny>,
        until: &Bound<'py, PyAny>,
        scale: Option<&str>,
    ) -> PyResult<Bound<'py, PyList>> {
        self.averaged(py)?;
        self.serie(py, since, until, scale, &[Measure::Average])
    }

    #[pyo3(signature = (since, until, scale = None))]
    fn timeserie_counts_and_averages<'py>(
        &self,
        py: Python<'py>,
        since: &Bound<'py, PyAny>,
        until: &Bound<'py, PyAny>,
        scale: Option<&str>,
    ) -> PyResult<Bound<'py, PyList>> {
        self.averaged(py)?;
        self.serie(py, since, until, scale, &[Measure::Count, Measure::Average])
    }
}

impl View {
    fn spec(&self) -> &Spec {
        self.metrica.get().spec()
    }

    /// The same of the Store that is in force.
    fn in_force(&self, py: Python<'_>) -> PyResult<Detached<staste::View>> {
        let view = self.metrica.get().in_force(py)?.timespan(self.timespan);
        let view = view.filter(self.filter.iter().map(|(axis, choice)| (axis, choice)));
        view.map(Detached::new).map_err(|error| raised(py, &error))
    }

    /// Every combination of the choices of some axes, with numbers.
    fn combined<'py>(
        &self,
        py: Python<'py>,
        axes: &[String],
        measures: &[Measure],
    ) -> PyResult<Bound<'py, PyList>> {
        let names: Vec<&str> = axes.iter().map(String::as_str).collect();
        let view = self.in_force(py)?;
        let rows = py.detach(|| view.pivot(&names));
        let unknown = names.iter().find(|axis| !self.spec().has_axis(axis)).copied().unwrap_or_default();
        let rows = rows.map_err(|error| self.spec().raised_by(py, &error, unknown))?;
        let list = PyList::empty(py);
        for (choices, reading) in rows {
            let choices: Vec<_> = choices.iter().map(|choice| told(py, choice)).collect::<PyResult<_>>()?;
            let mut row = vec![PyTuple::new(py, choices)?.into_any()];
            for measure in measures {
                row.push(self.told(py, Some(&reading), *measure)?);
            }
            list.append(PyTuple::new(py, row)?)?;
        }
        Ok(list)
    }

    fn within(&self, py: Python<'_>, timespan: Result<Timespan>) -> PyResult<View> {
        let timespan = timespan.map_err(|error| raised(py, &error))?;
        Ok(View { metrica: self.metrica.clone_ref(py), timespan, filter: self.filter.clone() })
    }

    /// Asks the Store while other threads of Python run.
    fn ask<T: Send>(
        &self,
        py: Python<'_>,
        ask: impl FnOnce(&staste::View) -> Result<T> + Send,
    ) -> PyResult<T> {
        {
            let view = self.in_force(py)?;
            py.detach(|| ask(&view))
        }
        .map_err(|error| raised(py, &error))
    }

    /// Refuses what a plain Metrica does not have.
    fn averaged(&self, py: Python<'_>) -> PyResult<()> {
        if self.spec().averaged {
            return Ok(());
        }
        let name = &self.spec().name;
        Err(refused(
            py,
            format!("metrica {name} is plain, so it has no counts and averages: make it an AveragedMetrica"),
        ))
    }

    /// A number of a reading; None for what is no longer kept, and for the average of nothing.
    fn told<'py>(
        &self,
        py: Python<'py>,
        reading: Option<&Reading>,
        measure: Measure,
    ) -> PyResult<Bound<'py, PyAny>> {
        match reading.and_then(|reading| measure.of(reading)) {
            Some(Measurement::Total(sum)) => {
                let is_float = self.spec().multiplier.is_some() || sum.multiplier() != 1;
                total::total(py, sum, is_float)
            }
            Some(Measurement::Count(count)) => Ok(total::count(py, count)?.into_any()),
            Some(value) => Ok(value.as_f64().into_pyobject(py)?.into_any()),
            None => Ok(py.None().into_bound(py)),
        }
    }

    /// Pairs of the periods of the next finer scale, or of the choices of an axis, with a number.
    fn unfolded<'py>(
        &self,
        py: Python<'py>,
        axis: Option<&str>,
        measure: Measure,
    ) -> PyResult<Bound<'py, PyList>> {
        if let Some(axis) = axis {
            let view = self.in_force(py)?;
            let rows = py.detach(|| view.by(axis));
            let rows = rows.map_err(|error| self.spec().raised_by(py, &error, axis))?;
            return self.rows(py, rows, measure);
        }
        let list = PyList::empty(py);
        for (period, reading) in self.ask(py, staste::View::iterate_periods)? {
            list.append((period.number(), self.told(py, reading.as_ref(), measure)?))?;
        }
        Ok(list)
    }

    fn rows<'py>(
        &self,
        py: Python<'py>,
        rows: Vec<(Choice, Reading)>,
        measure: Measure,
    ) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(py);
        for (choice, reading) in &rows {
            list.append((told(py, choice)?, self.told(py, Some(reading), measure)?))?;
        }
        Ok(list)
    }

    /// The middles of the periods between two dates, each with numbers.
    fn serie<'py>(
        &self,
        py: Python<'py>,
        since: &Bound<'py, PyAny>,
        until: &Bound<'py, PyAny>,
        scale: Option<&str>,
        measures: &[Measure],
    ) -> PyResult<Bound<'py, PyList>> {
        // Series are of whole minutes, and who asks for the last hours has seconds, too.
        let metrica = self.metrica.get().in_force(py)?;
        let (since, until) = (moment_of(since, &metrica)?, moment_of(until, &metrica)?);
        let timespan = Timespan::between(Some(minute(since)), Some(minute(until)));
        let view = self.within(py, timespan)?.in_force(py)?;
        let series = match scale.map(Scale::parse).transpose().map_err(|error| raised(py, &error))? {
            Some(scale) => py.detach(|| view.series(scale)),
            None => py.detach(|| finest(&view)),
        };
        let zone = view.metrica().definition().map_err(|error| raised(py, &error))?.zone.clone();
        let list = PyList::empty(py);
        for (period, reading) in series.map_err(|error| raised(py, &error))? {
            let (local, is_second) = middle(&period, &zone);
            let mut row = vec![datetime(py, local, is_second)?];
            for measure in measures {
                row.push(self.told(py, reading.as_ref(), *measure)?);
            }
            list.append(PyTuple::new(py, row)?)?;
        }
        Ok(list)
    }
}

/// The minute that a moment is in.
fn minute(moment: Moment) -> Moment {
    match moment {
        Moment::Local(local) => {
            let time = local.time();
            let whole = time.with().second(0).subsec_nanosecond(0).build().unwrap_or(time);
            Moment::Local(local.date().to_datetime(whole))
        }
        Moment::Instant(instant) => Moment::Instant(instant - instant.rem_euclid(60)),
        now => now,
    }
}

/// The series at the finest scale of which all is still kept.
fn finest(view: &staste::View) -> Result<Series> {
    let scales = [Scale::Minute, Scale::Hour, Scale::Day, Scale::Month, Scale::Year];
    let mut last = Ok(Series::new());
    for scale in scales {
        last = view.series(scale);
        if last.as_ref().is_ok_and(|series| series.iter().all(|(_, reading)| reading.is_some())) {
            break;
        }
    }
    last
}

/// The local time in the middle of a period, and whether it is the second of its name: of an hour that a clock goes back
/// through.
fn middle(period: &Period, zone: &staste::Zone) -> (DateTime, bool) {
    let middle = period.start + (period.end - period.start) / 2;
    let local = zone.civil(middle).unwrap_or(period.local);
    (local, zone.instant(local).is_ok_and(|first| first < middle))
}
