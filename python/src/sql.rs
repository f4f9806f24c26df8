//! SQL statements and their rows, on their way from Python and back.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyList, PyString, PyTuple};
use staste::{SqlQuery, SqlRows, SqlValue};

use crate::error::{exception, input_error, type_error};

/// The names of the columns, and the rows as tuples.
pub(crate) type ColumnsAndRows<'py> = (Bound<'py, PyTuple>, Bound<'py, PyList>);

/// Adds the values of a statement's parameters.
pub(crate) fn with_parameters(query: SqlQuery, parameters: &Bound<'_, PyAny>) -> PyResult<SqlQuery> {
    if !parameters.is_instance_of::<PyTuple>() && !parameters.is_instance_of::<PyList>() {
        return Err(type_error(format!(
            "invalid params {}: expected a tuple or list with one value for each ? of the statement, such as (18,)",
            parameters.repr()?
        )));
    }
    let values = parameters.try_iter()?.enumerate();
    values
        .into_iter()
        .try_fold(query, |query, (index, value)| Ok(query.parameter(value_from_py(index, &value?)?)))
}

/// Runs a query. Other Python threads run meanwhile.
pub(crate) fn run<'py>(
    py: Python<'py>,
    staste: &staste::Staste,
    query: &SqlQuery,
) -> PyResult<ColumnsAndRows<'py>> {
    let found = py.detach(|| query.run(staste)).map_err(|error| exception(py, &error))?;
    let SqlRows { columns, rows, .. } = found;
    let list = PyList::empty(py);
    for row in rows {
        let values = row.into_iter().map(|value| value_to_py(py, value)).collect::<PyResult<Vec<_>>>()?;
        list.append(PyTuple::new(py, values)?)?;
    }
    Ok((PyTuple::new(py, columns)?, list))
}

/// Converts the value of a parameter.
fn value_from_py(index: usize, value: &Bound<'_, PyAny>) -> PyResult<SqlValue> {
    let number = index + 1;
    if value.is_none() {
        return Ok(SqlValue::Null);
    }
    if let Ok(truth) = value.cast::<PyBool>() {
        return Ok(SqlValue::Integer(i64::from(truth.is_true())));
    }
    if value.is_instance_of::<PyInt>() {
        return value.extract().map(SqlValue::Integer).map_err(|_| {
            input_error(
                value.py(),
                format!("invalid parameter {number}: it does not fit into 64 bits; pass it as a str"),
            )
        });
    }
    if value.is_instance_of::<PyFloat>() {
        return Ok(SqlValue::Real(value.extract()?));
    }
    if value.is_instance_of::<PyString>() {
        return Ok(SqlValue::Text(value.extract()?));
    }
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(SqlValue::Blob(bytes.as_bytes().to_vec()));
    }
    Err(type_error(format!(
        "invalid parameter {number} of type {}: expected None, an int, float, str or bytes",
        value.get_type().name()?
    )))
}

/// Converts a value of a row.
fn value_to_py(py: Python<'_>, value: SqlValue) -> PyResult<Bound<'_, PyAny>> {
    Ok(match value {
        SqlValue::Null => py.None().into_bound(py),
        SqlValue::Integer(number) => number.into_pyobject(py)?.into_any(),
        SqlValue::Real(number) => PyFloat::new(py, number).into_any(),
        SqlValue::Text(text) => PyString::new(py, &text).into_any(),
        SqlValue::Blob(bytes) => PyBytes::new(py, &bytes).into_any(),
    })
}
