//! Numbers on their way from Python and back: the value of a kick, totals and counts.

use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt};
use staste::{Total, Value};

use crate::error::exception;

/// Converts the value of a kick, exactly: an integer or a `Decimal` as it is, a float by its shortest decimal form. None
/// is 1.
///
/// # Errors
/// When it is not a number.
pub(crate) fn value_from_py(value: Option<&Bound<'_, PyAny>>) -> PyResult<Value> {
    let Some(value) = value else { return Ok(Value::ONE) };
    if value.is_exact_instance_of::<PyInt>()
        && let Ok(number) = value.extract::<i64>()
    {
        return Ok(Value::from(number));
    }
    if value.is_exact_instance_of::<PyFloat>() {
        return Ok(Value::from(value.extract::<f64>()?));
    }
    let text = value.str()?;
    Value::parse(text.to_str()?).map_err(|error| exception(value.py(), &error))
}

/// Converts a total: to an integer if the Metrica has no multiplier, otherwise to a float.
pub(crate) fn total_to_py(py: Python<'_>, total: Total, is_float: bool) -> PyResult<Bound<'_, PyAny>> {
    match total.as_integer() {
        Some(whole) if !is_float => Ok(whole.into_pyobject(py)?.into_any()),
        _ => Ok(PyFloat::new(py, total.as_f64()).into_any()),
    }
}

/// Converts a count.
pub(crate) fn count_to_py(py: Python<'_>, count: i128) -> PyResult<Bound<'_, PyAny>> {
    Ok(count.into_pyobject(py)?.into_any())
}
