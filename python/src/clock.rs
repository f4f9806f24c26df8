//! `FixedClock`: a clock that stands still until a test sets it.

use pyo3::prelude::*;
use staste::{Moment, Zone};

use crate::error::{misused, raised, refused};
use crate::moment::{aware, moment};

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
        Ok(FixedClock { inner: staste::Clock::fixed(seconds(now)?) })
    }

    /// Stands at another time from now on.
    fn set(&self, now: &Bound<'_, PyAny>) -> PyResult<()> {
        self.inner.set(seconds(now)?);
        Ok(())
    }

    /// The time at which it stands.
    fn now<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        aware(py, self.inner.now())
    }

    fn __repr__(slf: &Bound<'_, FixedClock>) -> PyResult<String> {
        let now = slf.get().now(slf.py())?.call_method0("isoformat")?;
        Ok(format!("FixedClock(\"{now}\")"))
    }
}

/// Unix seconds of a time with a zone: an aware `datetime`, or a text such as `2026-03-29T03:30+03:00`.
fn seconds(given: &Bound<'_, PyAny>) -> PyResult<i64> {
    let py = given.py();
    let when = match given.extract::<&str>() {
        Ok(text) => Moment::parse(text).map_err(|error| raised(py, &error))?,
        Err(_) => moment(given).map_err(|_| misused(invalid(given, "expected a datetime or a str")))?,
    };
    let Moment::Instant(seconds) = when else {
        return Err(refused(py, invalid(given, "it is not an instant")));
    };
    Moment::Instant(seconds).instant(&Zone::utc()).map_err(|error| raised(py, &error))?;
    if seconds < 0 {
        return Err(refused(py, invalid(given, "it is before 1970")));
    }
    Ok(seconds)
}

fn invalid(given: &Bound<'_, PyAny>, why: &str) -> String {
    let shown = given.str().map_or_else(|_| String::from("?"), |text| text.to_string());
    format!(
        "invalid time for a clock {shown:?}: {why}; give a datetime with tzinfo, or a str such as \"2026-03-29T03:30+03:00\""
    )
}
