//! Totals, counts and averages on their way to Python.

use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt};
use staste::Total;

/// A total: an integer where the Metrica has no multiplier, else a float.
pub(crate) fn total(py: Python<'_>, total: Total, is_float: bool) -> PyResult<Bound<'_, PyAny>> {
    match total.as_integer() {
        Some(whole) if !is_float => Ok(whole.into_pyobject(py)?.into_any()),
        _ => Ok(PyFloat::new(py, total.as_f64()).into_any()),
    }
}

/// A count.
pub(crate) fn count(py: Python<'_>, count: i128) -> PyResult<Bound<'_, PyInt>> {
    Ok(count.into_pyobject(py)?)
}
