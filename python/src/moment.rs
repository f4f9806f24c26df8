//! Dates and times on their way from Python and back.

use jiff::civil::{Date, DateTime};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{IntoPyDict, PyDate, PyDateTime, PyType, PyTzInfo};
use staste::Moment;

use crate::error::{misused, raised};

/// The same in the zone of a Metrica, in which a naive time with `fold=1` is the second of its name.
///
/// # Errors
/// When it is neither a `datetime` nor a `date`, or the Store cannot be asked for the zone.
pub(crate) fn moment_of(date: &Bound<'_, PyAny>, metrica: &staste::Metrica) -> PyResult<Moment> {
    let moment = moment(date)?;
    let Moment::Local(local) = moment else { return Ok(moment) };
    if !date.is_instance_of::<PyDateTime>() || date.getattr("fold")?.extract::<u8>()? == 0 {
        return Ok(moment);
    }
    let zone = metrica.definition().map_err(|error| raised(date.py(), &error))?.zone.clone();
    let first = zone.instant(local).map_err(|error| raised(date.py(), &error))?;
    // By so many seconds clocks go back.
    let second = [1800, 3600, 7200].map(|step| first + step);
    let second = second.into_iter().find(|instant| zone.civil(*instant).is_ok_and(|again| again == local));
    Ok(second.map_or(moment, Moment::Instant))
}

/// What a `datetime` or `date` stands for: naive ones are in the Metrica's zone, aware ones are instants.
///
/// # Errors
/// When it is neither.
pub(crate) fn moment(date: &Bound<'_, PyAny>) -> PyResult<Moment> {
    let number = |name: &str| date.getattr(name)?.extract::<i16>();
    let part = |name: &str| date.getattr(name)?.extract::<i8>();
    if date.is_instance_of::<PyDateTime>() {
        if !date.getattr("tzinfo")?.is_none() && !date.call_method0("utcoffset")?.is_none() {
            let seconds: f64 = date.call_method0("timestamp")?.extract()?;
            #[expect(clippy::cast_possible_truncation, reason = "whole seconds of years up to 9999")]
            return Ok(Moment::Instant(seconds.floor() as i64));
        }
        let local = DateTime::new(
            number("year")?,
            part("month")?,
            part("day")?,
            part("hour")?,
            part("minute")?,
            part("second")?,
            0,
        );
        return local.map(Moment::Local).map_err(|error| misused(error.to_string()));
    }
    if date.is_instance_of::<PyDate>() {
        let date = Date::new(number("year")?, part("month")?, part("day")?);
        return date.map(Moment::from).map_err(|error| misused(error.to_string()));
    }
    let kind = date.get_type();
    Err(misused(format!("{} is no date: give a datetime or a date", kind.name()?)))
}

/// A local time as a naive `datetime`, whose `fold` is 1 when it is the second of its name.
pub(crate) fn datetime(py: Python<'_>, local: DateTime, is_second: bool) -> PyResult<Bound<'_, PyAny>> {
    let class = class(py)?;
    let parts = (local.year(), local.month(), local.day(), local.hour(), local.minute(), local.second());
    let naive = class.call1(parts)?;
    if !is_second {
        return Ok(naive);
    }
    let fold = [("fold", 1)].into_py_dict(py)?;
    naive.call_method("replace", (), Some(&fold))
}

/// Unix seconds as a `datetime` in UTC.
pub(crate) fn aware(py: Python<'_>, seconds: i64) -> PyResult<Bound<'_, PyAny>> {
    class(py)?.call_method1("fromtimestamp", (seconds, PyTzInfo::utc(py)?))
}

fn class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS.import(py, "datetime", "datetime")
}
