//! `View`: everything that a Metrica counted, or a part of it by timespan and choices.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use staste::{Choice, Measure, Measurement, Percentile, Reading, Result, Scale, Timespan, TimespanParts};

use crate::choice::{choice_arguments, choice_inputs, choice_to_py};
use crate::description::{Description, Kind};
use crate::detach_on_drop::DetachOnDrop;
use crate::error::{exception, input_error, type_error};
use crate::imports;
use crate::metrica::Metrica;
use crate::moment::moment_in_zone;
use crate::number::{count_to_py, total_to_py};
use crate::series::SeriesRange;

/// The names of the measures of an averaged Metrica, in the order of columns.
pub(crate) const MEASURES: [&str; 3] = ["total", "count", "average"];

/// The percentiles of a series where none are given.
const DEFAULT_PERCENTS: [f64; 3] = [50.0, 95.0, 99.0];

/// Everything that a metrica counted, or a part of it by timespan and choices. A view never changes.
#[pyclass(frozen, module = "staste")]
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) metrica: Py<Metrica>,
    pub(crate) timespan: Timespan,
    pub(crate) filter: Vec<(String, Choice)>,
}

#[pymethods]
impl View {
    /// Return a view of one calendar period.
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
        let is_present = |(_, part): &&(&str, Option<i64>)| part.is_some();
        if let Some((finest, _)) = parts.iter().rev().find(is_present)
            && let Some((missing, _)) = parts.iter().find(|(name, part)| part.is_none() || name == finest)
            && missing != finest
        {
            return Err(type_error(format!("timespan() needs {missing} when {finest} is given")));
        }
        let timespan = Timespan::parts(TimespanParts { year, month, day, hour, minute });
        self.with_timespan(py, timespan)
    }

    /// Return a view from one date up to another, which is excluded.
    #[pyo3(signature = (since = None, until = None))]
    fn between(
        &self,
        py: Python<'_>,
        since: Option<&Bound<'_, PyAny>>,
        until: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<View> {
        let metrica = self.metrica.get().current(py)?;
        let moment = |date| moment_in_zone(date, &metrica);
        let (since, until) = (since.map(moment).transpose()?, until.map(moment).transpose()?);
        self.with_timespan(py, Timespan::between(since, until))
    }

    /// Return a view of the last periods of a scale, including the current one.
    fn last(&self, py: Python<'_>, count: i64, scale: &str) -> PyResult<View> {
        let count = u32::try_from(count)
            .map_err(|_| input_error(py, format!("invalid number of periods {count}: expected 1 or more")))?;
        self.with_timespan(py, Scale::parse(scale).and_then(|scale| Timespan::last(count, scale)))
    }

    /// Return a view of some choices. None does not filter.
    #[pyo3(signature = (**choices))]
    fn filter(&self, py: Python<'_>, choices: Option<&Bound<'_, PyDict>>) -> PyResult<View> {
        let mut choices = choice_arguments(choices)?;
        // An unknown axis stays, so that it is reported.
        choices.retain(|(axis, choice)| {
            let is_axis = axis.to_str().is_ok_and(|axis| self.description().has_axis(axis));
            !(is_axis && choice.is_none())
        });
        let filtered = self.current(py)?.filter(choice_inputs(&choices)?);
        let filtered = filtered.map_err(|error| exception(py, &error))?;
        let filter = filtered.filters().map(|(axis, choice)| (axis.to_owned(), choice.clone())).collect();
        Ok(View { metrica: self.metrica.clone_ref(py), timespan: self.timespan, filter })
    }

    /// Return the view itself, so that views and metricas have the same methods.
    fn values(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    /// Return the sum of the values.
    fn total<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let reading = self.query(py, staste::View::read)?;
        self.measure_to_py(py, Some(&reading), Measure::Total)
    }

    /// Return the number of kicks of an averaged metrica.
    fn count<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        count_to_py(py, self.query(py, staste::View::count)?)
    }

    /// Return the average value of an averaged metrica; None if there are no kicks.
    fn average<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let average = self.query(py, staste::View::average)?;
        Ok(average.into_pyobject(py)?.into_any())
    }

    /// Return total, count and average by one query.
    fn read<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let reading = self.query(py, staste::View::read)?;
        let measures = Measure::AVERAGED.map(|measure| self.measure_to_py(py, Some(&reading), measure));
        let fields = measures.into_iter().collect::<PyResult<Vec<_>>>()?;
        imports::reading(py)?.call1(PyTuple::new(py, fields)?)
    }

    /// Return totals by the choices of an axis, or by the next finer calendar periods.
    #[pyo3(signature = (axis = None))]
    fn iterate<'py>(&self, py: Python<'py>, axis: Option<&str>) -> PyResult<Bound<'py, PyList>> {
        self.breakdown(py, axis, Measure::Total)
    }

    /// Return counts by the choices of an axis, or by the next finer calendar periods.
    #[pyo3(signature = (axis = None))]
    fn iterate_counts<'py>(&self, py: Python<'py>, axis: Option<&str>) -> PyResult<Bound<'py, PyList>> {
        self.require_averaged(py)?;
        self.breakdown(py, axis, Measure::Count)
    }

    /// Return averages by the choices of an axis, or by the next finer calendar periods.
    #[pyo3(signature = (axis = None))]
    fn iterate_averages<'py>(&self, py: Python<'py>, axis: Option<&str>) -> PyResult<Bound<'py, PyList>> {
        self.require_averaged(py)?;
        self.breakdown(py, axis, Measure::Average)
    }

    /// Return a percentile of the values of a distribution; None if there are no kicks.
    fn percentile(&self, py: Python<'_>, percent: f64) -> PyResult<Option<f64>> {
        self.query(py, |view| view.percentile(percent))
    }

    /// Return several percentiles of the values of a distribution by one query.
    #[pyo3(signature = (*percents))]
    fn percentiles(&self, py: Python<'_>, percents: Vec<f64>) -> PyResult<Vec<Option<f64>>> {
        self.query(py, |view| view.percentiles(&percents))
    }

    /// Return the median of the values of a distribution; None if there are no kicks.
    fn median(&self, py: Python<'_>) -> PyResult<Option<f64>> {
        self.query(py, staste::View::median)
    }

    /// Return the smallest value of a distribution; None if there are no kicks.
    fn min(&self, py: Python<'_>) -> PyResult<Option<f64>> {
        self.query(py, staste::View::min)
    }

    /// Return the largest value of a distribution; None if there are no kicks.
    fn max(&self, py: Python<'_>) -> PyResult<Option<f64>> {
        self.query(py, staste::View::max)
    }

    /// Return the share of the values that are at most a limit; None if there are no kicks.
    fn share_below<'py>(&self, py: Python<'py>, limit: f64) -> PyResult<Option<Bound<'py, PyAny>>> {
        let share = self.query(py, |view| view.share_below(limit))?;
        share.map(|share| imports::share(py)?.call1((share.share, share.margin))).transpose()
    }

    /// Return the bins that have values, with their bounds and counts.
    fn histogram<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(py);
        for bin in self.query(py, staste::View::histogram)? {
            list.append(imports::histogram_bin(py)?.call1((
                bin.lower,
                bin.upper,
                count_to_py(py, bin.count)?,
            ))?)?;
        }
        Ok(list)
    }

    /// Return a percentile by the choices of an axis.
    fn iterate_percentiles<'py>(
        &self,
        py: Python<'py>,
        axis: &str,
        percent: f64,
    ) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(py);
        for (choice, percentile) in self.query(py, |view| view.iterate_percentiles(axis, percent))? {
            list.append((choice_to_py(py, &choice)?, percentile))?;
        }
        Ok(list)
    }

    /// Return percentiles of each period between two dates.
    #[pyo3(signature = (since, until, scale = None, percents = None))]
    fn timeserie_percentiles<'py>(
        &self,
        py: Python<'py>,
        since: &Bound<'py, PyAny>,
        until: &Bound<'py, PyAny>,
        scale: Option<&str>,
        percents: Option<Vec<f64>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let percents = percents.unwrap_or_else(|| DEFAULT_PERCENTS.to_vec());
        let measures = percents.into_iter().map(|percent| Percentile::new(percent).map(Measure::Percentile));
        let measures = measures.collect::<Result<Vec<_>>>().map_err(|error| exception(py, &error))?;
        tuples(py, self.series_rows(py, &SeriesRange { since, until, scale }, &measures)?)
    }

    /// Return the choices of an axis with the largest totals, the largest first.
    fn top<'py>(&self, py: Python<'py>, axis: &str, count: i64) -> PyResult<Bound<'py, PyList>> {
        let count = usize::try_from(count)
            .map_err(|_| input_error(py, format!("invalid number of choices {count}: expected 0 or more")))?;
        let view = self.current(py)?;
        let rows = py.detach(|| view.top(axis, count)).map_err(|error| exception(py, &error))?;
        self.choice_totals(py, &rows)
    }

    /// Return the choices of an axis that match patterns, with their totals.
    #[pyo3(signature = (axis, *patterns))]
    fn matching<'py>(
        &self,
        py: Python<'py>,
        axis: &str,
        patterns: Vec<String>,
    ) -> PyResult<Bound<'py, PyList>> {
        let matching = self.query(py, |view| view.matching(axis, &patterns))?;
        self.choice_totals(py, &matching.choices)
    }

    /// Delete the kicks at the choices of an axis that match patterns. Return the choices with their totals before.
    #[pyo3(signature = (axis, *patterns, into_other = false))]
    fn forget_matching<'py>(
        &self,
        py: Python<'py>,
        axis: &str,
        patterns: Vec<String>,
        into_other: bool,
    ) -> PyResult<Bound<'py, PyList>> {
        let choices = self.query(py, |view| {
            let matching = view.matching(axis, &patterns)?.choices;
            let choices: Vec<Choice> = matching.iter().map(|(choice, _)| choice.clone()).collect();
            match into_other {
                true => view.forget_choices_into_other(axis, &choices)?,
                false => view.forget_choices(axis, &choices)?,
            };
            Ok(matching)
        })?;
        self.choice_totals(py, &choices)
    }

    /// Return the total of each combination of choices of some axes.
    #[pyo3(signature = (*axes))]
    fn pivot<'py>(&self, py: Python<'py>, axes: Vec<String>) -> PyResult<Bound<'py, PyList>> {
        instances(imports::pivot_total(py)?, self.pivot_rows(py, &axes, &[Measure::Total])?)
    }

    /// Return total, count and average of each combination of choices of some axes.
    #[pyo3(signature = (*axes))]
    fn readings<'py>(&self, py: Python<'py>, axes: Vec<String>) -> PyResult<Bound<'py, PyList>> {
        instances(imports::pivot_reading(py)?, self.pivot_rows(py, &axes, &Measure::AVERAGED)?)
    }

    /// Return the total of each period between two dates.
    #[pyo3(signature = (since, until, scale = None))]
    fn timeserie<'py>(
        &self,
        py: Python<'py>,
        since: &Bound<'py, PyAny>,
        until: &Bound<'py, PyAny>,
        scale: Option<&str>,
    ) -> PyResult<Bound<'py, PyList>> {
        tuples(py, self.series_rows(py, &SeriesRange { since, until, scale }, &[Measure::Total])?)
    }

    /// Return the count of each period between two dates.
    #[pyo3(signature = (since, until, scale = None))]
    fn timeserie_counts<'py>(
        &self,
        py: Python<'py>,
        since: &Bound<'py, PyAny>,
        until: &Bound<'py, PyAny>,
        scale: Option<&str>,
    ) -> PyResult<Bound<'py, PyList>> {
        self.require_averaged(py)?;
        tuples(py, self.series_rows(py, &SeriesRange { since, until, scale }, &[Measure::Count])?)
    }

    /// Return the average of each period between two dates.
    #[pyo3(signature = (since, until, scale = None))]
    fn timeserie_averages<'py>(
        &self,
        py: Python<'py>,
        since: &Bound<'py, PyAny>,
        until: &Bound<'py, PyAny>,
        scale: Option<&str>,
    ) -> PyResult<Bound<'py, PyList>> {
        self.require_averaged(py)?;
        tuples(py, self.series_rows(py, &SeriesRange { since, until, scale }, &[Measure::Average])?)
    }

    /// Return count and average of each period between two dates.
    #[pyo3(signature = (since, until, scale = None))]
    fn timeserie_counts_and_averages<'py>(
        &self,
        py: Python<'py>,
        since: &Bound<'py, PyAny>,
        until: &Bound<'py, PyAny>,
        scale: Option<&str>,
    ) -> PyResult<Bound<'py, PyList>> {
        self.require_averaged(py)?;
        let measures = [Measure::Count, Measure::Average];
        tuples(py, self.series_rows(py, &SeriesRange { since, until, scale }, &measures)?)
    }

    /// Return the names of the measures that the metrica has, in the order of columns.
    fn _measures(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        let definition = self.query(py, |view| view.metrica().definition())?;
        Ok(definition.measures().iter().map(ToString::to_string).collect())
    }

    /// Return a tuple of the choices, and measures, for each combination of choices of some axes.
    fn _pivot_rows<'py>(
        &self,
        py: Python<'py>,
        axes: Vec<String>,
        measures: Vec<String>,
    ) -> PyResult<Bound<'py, PyList>> {
        tuples(py, self.pivot_rows(py, &axes, &parse_measures(py, &measures)?)?)
    }

    /// Return the middle, and measures, of each period between two dates.
    fn _series_rows<'py>(
        &self,
        py: Python<'py>,
        since: &Bound<'py, PyAny>,
        until: &Bound<'py, PyAny>,
        scale: Option<&str>,
        measures: Vec<String>,
    ) -> PyResult<Bound<'py, PyList>> {
        let measures = parse_measures(py, &measures)?;
        tuples(py, self.series_rows(py, &SeriesRange { since, until, scale }, &measures)?)
    }

    /// Return total, count and average of each period between two dates.
    #[pyo3(signature = (since, until, scale = None))]
    fn timeserie_readings<'py>(
        &self,
        py: Python<'py>,
        since: &Bound<'py, PyAny>,
        until: &Bound<'py, PyAny>,
        scale: Option<&str>,
    ) -> PyResult<Bound<'py, PyList>> {
        let rows = self.series_rows(py, &SeriesRange { since, until, scale }, &Measure::AVERAGED)?;
        instances(imports::series_reading(py)?, rows)
    }
}

impl View {
    fn description(&self) -> &Description {
        self.metrica.get().description()
    }

    /// Returns the core's view of the Metrica in its current Store.
    pub(crate) fn current(&self, py: Python<'_>) -> PyResult<DetachOnDrop<staste::View>> {
        let view = self.metrica.get().current(py)?.timespan(self.timespan);
        let view = view.filter(self.filter.iter().map(|(axis, choice)| (axis, choice)));
        view.map(DetachOnDrop::new).map_err(|error| exception(py, &error))
    }

    /// Returns the same view with another timespan.
    pub(crate) fn with_timespan(&self, py: Python<'_>, timespan: Result<Timespan>) -> PyResult<View> {
        let timespan = timespan.map_err(|error| exception(py, &error))?;
        Ok(View { metrica: self.metrica.clone_ref(py), timespan, filter: self.filter.clone() })
    }

    /// Runs a query. Other Python threads run meanwhile.
    fn query<T: Send>(
        &self,
        py: Python<'_>,
        query: impl FnOnce(&staste::View) -> Result<T> + Send,
    ) -> PyResult<T> {
        let view = self.current(py)?;
        py.detach(|| query(&view)).map_err(|error| exception(py, &error))
    }

    /// Returns choices with their totals.
    fn choice_totals<'py>(
        &self,
        py: Python<'py>,
        rows: &[(Choice, Reading)],
    ) -> PyResult<Bound<'py, PyList>> {
        let class = imports::choice_total(py)?;
        let list = PyList::empty(py);
        for (choice, reading) in rows {
            let total = self.measure_to_py(py, Some(reading), Measure::Total)?;
            list.append(class.call1((choice_to_py(py, choice)?, total))?)?;
        }
        Ok(list)
    }

    /// Checks that the Metrica is averaged.
    fn require_averaged(&self, py: Python<'_>) -> PyResult<()> {
        if self.description().kind != Kind::Plain {
            return Ok(());
        }
        let name = &self.description().name;
        let message = format!("metrica {name} has no counts and averages: define it as an AveragedMetrica");
        Err(input_error(py, message))
    }

    /// Converts a measure of a reading: None if the reading is no longer kept, and for the average of no kicks.
    pub(crate) fn measure_to_py<'py>(
        &self,
        py: Python<'py>,
        reading: Option<&Reading>,
        measure: Measure,
    ) -> PyResult<Bound<'py, PyAny>> {
        match reading.and_then(|reading| measure.of(reading)) {
            Some(Measurement::Total(total)) => {
                let is_float = self.description().multiplier.is_some() || total.multiplier() != 1;
                total_to_py(py, total, is_float)
            }
            Some(Measurement::Count(count)) => count_to_py(py, count),
            Some(measurement) => Ok(measurement.as_f64().into_pyobject(py)?.into_any()),
            None => Ok(py.None().into_bound(py)),
        }
    }

    /// Returns pairs: each choice of an axis or, without one, each period of the next finer scale, with a measure.
    fn breakdown<'py>(
        &self,
        py: Python<'py>,
        axis: Option<&str>,
        measure: Measure,
    ) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(py);
        if let Some(axis) = axis {
            let view = self.current(py)?;
            let rows = py.detach(|| view.by(axis));
            let rows = rows.map_err(|error| exception(py, &error))?;
            for (choice, reading) in &rows {
                list.append((choice_to_py(py, choice)?, self.measure_to_py(py, Some(reading), measure)?))?;
            }
        } else {
            for (period, reading) in self.query(py, staste::View::iterate_periods)? {
                list.append((period.number(), self.measure_to_py(py, reading.as_ref(), measure)?))?;
            }
        }
        Ok(list)
    }

    /// Returns one row for each combination of choices of some axes: a tuple of the choices, and measures.
    fn pivot_rows<'py>(
        &self,
        py: Python<'py>,
        axes: &[String],
        measures: &[Measure],
    ) -> PyResult<Vec<Vec<Bound<'py, PyAny>>>> {
        let names: Vec<&str> = axes.iter().map(String::as_str).collect();
        let view = self.current(py)?;
        let view =
            if needs_distribution(measures) { DetachOnDrop::new(view.with_distribution()) } else { view };
        let rows = py.detach(|| view.pivot(&names));
        let rows = rows.map_err(|error| exception(py, &error))?;
        let row = |(choices, reading): &(Vec<Choice>, Reading)| {
            let choices = choices.iter().map(|choice| choice_to_py(py, choice));
            let choices = choices.collect::<PyResult<Vec<_>>>()?;
            let mut row = vec![PyTuple::new(py, choices)?.into_any()];
            for measure in measures {
                row.push(self.measure_to_py(py, Some(reading), *measure)?);
            }
            Ok(row)
        };
        rows.iter().map(row).collect()
    }
}

fn parse_measures(py: Python<'_>, names: &[String]) -> PyResult<Vec<Measure>> {
    let measures = names.iter().map(|name| Measure::parse(name)).collect::<Result<Vec<_>>>();
    measures.map_err(|error| exception(py, &error))
}

/// Returns true if a query has to read the distribution for some of these measures.
pub(crate) fn needs_distribution(measures: &[Measure]) -> bool {
    measures.iter().any(|measure| measure.needs_distribution())
}

/// Returns a list of plain tuples, as in 2011.
fn tuples<'py>(py: Python<'py>, rows: Vec<Vec<Bound<'py, PyAny>>>) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for row in rows {
        list.append(PyTuple::new(py, row)?)?;
    }
    Ok(list)
}

/// Returns a list of instances of a named tuple.
fn instances<'py>(
    class: &Bound<'py, pyo3::types::PyType>,
    rows: Vec<Vec<Bound<'py, PyAny>>>,
) -> PyResult<Bound<'py, PyList>> {
    let py = class.py();
    let list = PyList::empty(py);
    for row in rows {
        list.append(class.call1(PyTuple::new(py, row)?)?)?;
    }
    Ok(list)
}
