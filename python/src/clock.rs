//! `FixedClock`: a clock that stands still until a test sets it.

use pyo3::prelude::*;
use staste::{Moment, Zone};

use crate::error::{exception, input_error, type_error};
use crate::moment::{moment_from_py, utc_datetime};

/// A clock that stands still until it is set.
#[pyclass(frozen, subclass, name = "FixedClock", module = "staste._staste")]
#[derive(Debug)]
pub(crate) struct FixedClock {
    pub(crate) inner: staste::Clock,
}

#[pymethods]
impl FixedClock {
    #[new]
    fn new(now: &Bound<'_, PyAny>) -> PyResult<FixedClock> {
        Ok(FixedClock { inner: staste::Clock::fixed(unix_seconds(now)?) })
    }

    /// Set the clock to a time.
    fn set(&self, now: &Bound<'_, PyAny>) -> PyResult<()> {
        self.inner.set(unix_seconds(now)?);
        Ok(())
    }

    /// Return the time of the clock, in UTC and whole seconds.
    fn now<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        utc_datetime(py, self.inner.now())
    }

    fn __repr__(slf: &Bound<'_, FixedClock>) -> PyResult<String> {
        let now = slf.get().now(slf.py())?.call_method0("isoformat")?;
        Ok(format!("FixedClock(\"{now}\")"))
    }
}

/// Returns the unix seconds of an aware `datetime`, or of a text such as `2026-03-29T03:30+03:00`.
fn unix_seconds(time: &Bound<'_, PyAny>) -> PyResult<i64> {
    let py = time.py();
    let moment = match time.extract::<&str>() {
        Ok(text) => Moment::parse(text).map_err(|error| exception(py, &error))?,
        Err(_) => {
            moment_from_py(time).map_err(|_| type_error(message(time, "expected a datetime or a str")))?
        }
    };
    let Moment::Instant(seconds) = moment else {
        return Err(input_error(py, message(time, "it is not an instant")));
    };
    Moment::Instant(seconds).instant(&Zone::utc()).map_err(|error| exception(py, &error))?;
    if seconds < 0 {
        return Err(input_error(py, message(time, "it is before 1970")));
    }
    Ok(seconds)
}

fn message(time: &Bound<'_, PyAny>, why: &str) -> String {
    let shown = time.str().map_or_else(|_| String::from("?"), |text| text.to_string());
    format!(
        "invalid time for a clock {shown:?}: {why}; give a datetime with tzinfo, or a str such as \"2026-03-29T03:30+03:00\""
    )
}
