//! The value of a kick on its way from Python.

use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt};
use staste::Value;

use crate::error::raised;

/// The value: an integer or a `Decimal` as it is, a float as it is written.
///
/// # Errors
/// When it is no number.
pub(crate) fn value(value: &Bound<'_, PyAny>) -> PyResult<Value> {
    if value.is_exact_instance_of::<PyInt>()
        && let Ok(number) = value.extract::<i64>()
    {
        return Ok(Value::from(number));
    }
    if value.is_exact_instance_of::<PyFloat>() {
        return Ok(Value::from(value.extract::<f64>()?));
    }
    let text = value.str()?;
    Value::parse(text.to_str()?).map_err(|error| raised(value.py(), &error))
}
