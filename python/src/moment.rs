//! Dates and times on their way from Python and back.

use jiff::civil::{Date, DateTime};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{IntoPyDict, PyDate, PyDateTime, PyType};
use staste::Moment;

use crate::error::misused;

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
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let class = CLASS.import(py, "datetime", "datetime")?;
    let parts = (local.year(), local.month(), local.day(), local.hour(), local.minute(), local.second());
    let naive = class.call1(parts)?;
    if !is_second {
        return Ok(naive);
    }
    let fold = [("fold", 1)].into_py_dict(py)?;
    naive.call_method("replace", (), Some(&fold))
}
