//! The step `python`: the wheel is built, installed, typed and tested as those who install it meet it.

use std::fs;
use std::path::PathBuf;

use crate::failure::Failure;
use crate::process::Program;
use crate::provision::{self, pip, venv_python};
use crate::workspace::Workspace;

/// The wheel, then what uses it.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let wheel = build(workspace, &[])?;
    pip(workspace, "install").args(["--force-reinstall", "--no-deps"]).arg(&wheel).run()?;
    // Away from the sources, so that what is installed is what is imported.
    let within = workspace.scratch();
    let python = |module: &str| Program::new(venv_python(workspace)).within(&within).args(["-m", module]);
    let settings = workspace.root.join("python/pyproject.toml");
    python("mypy.stubtest").arg("staste._staste").run()?;
    python("mypy").arg("--config-file").arg(&settings).args(["-p", "staste"]).run()?;
    let pictures = workspace.scratch().join("pictures");
    fs::create_dir_all(&pictures).map_err(|error| Failure::io("make", &pictures, &error))?;
    let chromium = provision::chromium()
        .ok_or_else(|| Failure::new("Chromium is missing; `cargo xtask provision` brings it"))?;
    python("pytest")
        .env("STASTE_CHROMIUM", chromium)
        .env("STASTE_PICTURES", pictures)
        .args(["-q", "-p", "no:cacheprovider", "--import-mode=importlib", "-c"])
        .arg(&settings)
        .arg(workspace.root.join("python/tests"))
        .args(["--pyargs", "staste"])
        .run()
}

/// What Python costs, beside its peer.
pub(crate) fn bench(workspace: &Workspace) -> Result<(), Failure> {
    provision::run(workspace)?;
    let wheel = build(workspace, &["--release"])?;
    pip(workspace, "install").args(["--force-reinstall", "--no-deps"]).arg(&wheel).run()?;
    let script = workspace.root.join("python/bench/bench.py");
    Program::new(venv_python(workspace)).within(&workspace.scratch()).arg(script).run()
}

/// Builds the wheel; older ones go.
fn build(workspace: &Workspace, how: &[&str]) -> Result<PathBuf, Failure> {
    let wheels = workspace.scratch().join("wheels");
    if wheels.exists() {
        fs::remove_dir_all(&wheels).map_err(|error| Failure::io("remove", &wheels, &error))?;
    }
    Program::new(venv_python(workspace))
        .within(&workspace.root)
        .args(["-m", "maturin", "build", "--quiet", "--locked", "--manifest-path", "python/Cargo.toml"])
        .args(how)
        .arg("--out")
        .arg(&wheels)
        .run()?;
    let found = fs::read_dir(&wheels).map_err(|error| Failure::io("read", &wheels, &error))?;
    let wheel = found.flatten().map(|entry| entry.path()).next();
    wheel.ok_or_else(|| Failure::new(format!("maturin left no wheel in {}", wheels.display())))
}
