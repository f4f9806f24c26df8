//! `cargo xtask provision`: finds what the tests need and brings what is missing.

mod flights;
mod need;
mod package_manager;
mod toolchain;
mod venv;

pub(crate) use flights::path as flights_csv;
pub(crate) use need::chromium;
pub(crate) use venv::{pip, python as venv_python, valkey};

use crate::failure::Failure;
use crate::workspace::Workspace;

/// Each part looks first and does nothing when it finds what it would bring.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    toolchain::ensure()?;
    need::ensure_all()?;
    venv::ensure(workspace)?;
    flights::ensure(workspace)
}
