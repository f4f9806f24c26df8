//! Dates and times on their way from Python and back.

use jiff::civil::{Date, DateTime};
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDate, PyDateTime, PyTzInfo};
use staste::Moment;

use crate::error::{exception, type_error};
use crate::imports;

/// Seconds by which clocks are set back at the end of daylight saving time.
const CLOCK_SETBACKS: [i64; 3] = [1800, 3600, 7200];

/// Converts a date for a Metrica. A naive time with `fold=1` is the second one of its name in the Metrica's zone.
///
/// # Errors
/// When it is neither a `datetime` nor a `date`, or the Metrica's zone cannot be read from the Store.
pub(crate) fn moment_in_zone(date: &Bound<'_, PyAny>, metrica: &staste::Metrica) -> PyResult<Moment> {
    let moment = moment_from_py(date)?;
    let Moment::Local(local) = moment else { return Ok(moment) };
    if !date.is_instance_of::<PyDateTime>() || date.getattr("fold")?.extract::<u8>()? == 0 {
        return Ok(moment);
    }
    let zone = metrica.definition().map_err(|error| exception(date.py(), &error))?.zone.clone();
    let first = zone.instant(local).map_err(|error| exception(date.py(), &error))?;
    let second = CLOCK_SETBACKS.map(|setback| first + setback);
    let second = second.into_iter().find(|instant| zone.civil(*instant).is_ok_and(|again| again == local));
    Ok(second.map_or(moment, Moment::Instant))
}

/// Converts a `datetime` or a `date`: an aware one to an instant, a naive one to a time in the Metrica's zone.
///
/// # Errors
/// When it is neither.
pub(crate) fn moment_from_py(date: &Bound<'_, PyAny>) -> PyResult<Moment> {
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
        return local.map(Moment::Local).map_err(|error| type_error(error.to_string()));
    }
    if date.is_instance_of::<PyDate>() {
        let date = Date::new(number("year")?, part("month")?, part("day")?);
        return date.map(Moment::from).map_err(|error| type_error(error.to_string()));
    }
    Err(type_error(format!(
        "invalid date {}: expected a datetime or a date, got {}",
        date.repr()?,
        date.get_type().name()?
    )))
}

/// Returns a local time as a naive `datetime`, with `fold=1` if it is the second one of its name.
pub(crate) fn local_datetime(py: Python<'_>, local: DateTime, is_second: bool) -> PyResult<Bound<'_, PyAny>> {
    let parts = (local.year(), local.month(), local.day(), local.hour(), local.minute(), local.second());
    let naive = imports::datetime(py)?.call1(parts)?;
    if !is_second {
        return Ok(naive);
    }
    let fold = [("fold", 1)].into_py_dict(py)?;
    naive.call_method("replace", (), Some(&fold))
}

/// Returns unix seconds as a `datetime` in UTC.
pub(crate) fn utc_datetime(py: Python<'_>, seconds: i64) -> PyResult<Bound<'_, PyAny>> {
    imports::datetime(py)?.call_method1("fromtimestamp", (seconds, PyTzInfo::utc(py)?))
}
