//! The program `staste`, which the wheel includes.

use std::ffi::OsString;

use pyo3::prelude::*;

/// Runs the program and returns its exit code. The first argument is the name of the program.
#[pyfunction]
pub(crate) fn run(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| staste_cli::run(arguments))
}
