//! The program `staste`, which the wheel brings along.

use std::ffi::OsString;

use pyo3::prelude::*;

/// Runs a command line, whose first argument is the program, and gives its exit code.
#[pyfunction]
pub(crate) fn run(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| staste_cli::run(arguments))
}
