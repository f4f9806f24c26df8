//! Errors as Python exceptions: classes of `staste.errors`, each of which is also a built-in exception.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyType;
use staste::Error;

use crate::imports;

/// Converts an error into its Python exception, with its causes in the message.
pub(crate) fn exception(py: Python<'_>, error: &Error) -> PyErr {
    // A keyword that is not an axis is a `TypeError`, as in a call of a Python function.
    let class = if error.is_unknown_axis() {
        imports::axis_error(py)
    } else if error.is_not_retained() {
        imports::not_retained(py)
    } else if error.is_not_recorded() {
        imports::not_recorded(py)
    } else if error.is_conflict() || error.is_stale() {
        imports::conflict(py)
    } else if error.is_invalid_input() || error.is_overflow() {
        imports::input_error(py)
    } else if error.is_unavailable() || error.is_in_doubt() {
        imports::unavailable(py)
    } else if error.is_dropped() {
        imports::kicks_dropped(py)
    } else {
        imports::base_error(py)
    };
    let command =
        staste_cli::suggested_copy_command(error).map(|command| format!("\nRun this command:\n  {command}"));
    with_message(class, error.to_string() + &command.unwrap_or_default())
}

/// Returns the exception for an argument of the wrong type, or for arguments that exclude each other.
pub(crate) fn type_error(message: impl Into<String>) -> PyErr {
    PyTypeError::new_err(message.into())
}

/// Returns the exception for an invalid value.
pub(crate) fn input_error(py: Python<'_>, message: impl Into<String>) -> PyErr {
    with_message(imports::input_error(py), message.into())
}

fn with_message(class: PyResult<&Bound<'_, PyType>>, message: String) -> PyErr {
    match class {
        Ok(class) => PyErr::from_type(class.clone(), message),
        Err(error) => error,
    }
}
