//! Errors as Python has them: classes of `staste.errors`, each also one of Python's own.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;
use staste::Error;

/// The class of an error in `staste.errors`.
fn class<'py>(
    py: Python<'py>,
    name: &'static str,
    cell: &'static PyOnceLock<Py<PyType>>,
) -> PyResult<Bound<'py, PyType>> {
    cell.import(py, "staste.errors", name).cloned()
}

macro_rules! classes {
    ($($function:ident $name:literal)+) => {$(
        fn $function(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
            static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
            class(py, $name, &CLASS)
        }
    )+};
}

classes! {
    input "InputError"
    axis "AxisError"
    conflict "Conflict"
    not_retained "NotRetained"
    unavailable "Unavailable"
    dropped "KicksDropped"
    other "Error"
}

/// The Python exception of an error, with its causes in its text.
pub(crate) fn raised(py: Python<'_>, error: &Error) -> PyErr {
    let class = if error.is_not_retained() {
        not_retained(py)
    } else if error.is_conflict() || error.is_stale() {
        conflict(py)
    } else if error.is_input() || error.is_overflow() {
        input(py)
    } else if error.is_unavailable() || error.is_in_doubt() {
        unavailable(py)
    } else if error.is_dropped() {
        dropped(py)
    } else {
        other(py)
    };
    let command =
        staste_cli::copy_command(error).map(|command| format!("\nThis command does it:\n  {command}"));
    of(class, error.to_string() + &command.unwrap_or_default())
}

/// What is raised for a keyword that is no axis.
pub(crate) fn no_axis(py: Python<'_>, error: &Error) -> PyErr {
    of(axis(py), error.to_string())
}

/// What is raised for arguments that do not go together.
pub(crate) fn misused(words: impl Into<String>) -> PyErr {
    PyTypeError::new_err(words.into())
}

/// What is raised for a value that is none.
pub(crate) fn refused(py: Python<'_>, words: impl Into<String>) -> PyErr {
    of(input(py), words.into())
}

fn of(class: PyResult<Bound<'_, PyType>>, words: String) -> PyErr {
    match class {
        Ok(class) => PyErr::from_type(class, words),
        Err(error) => error,
    }
}
