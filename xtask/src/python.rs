//! The step `python`: the wheel is built, installed, typed and tested as those who install it meet it.

use std::fs;
use std::path::{Path, PathBuf};

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
    let examples = workspace.root.join("python/examples");
    python("mypy").arg("--config-file").arg(&settings).arg(examples.join("typed")).run()?;
    Program::new(venv_python(workspace).with_file_name("basedpyright"))
        .within(&workspace.root.join("python"))
        .args(["--level", "error", "--pythonpath"])
        .arg(venv_python(workspace))
        .run()?;
    Program::new(venv_python(workspace)).within(&within).arg(examples.join("typed/program.py")).run()?;
    let pictures = workspace.scratch().join("pictures");
    fs::create_dir_all(&pictures).map_err(|error| Failure::io("make", &pictures, &error))?;
    let chromium = provision::chromium()
        .ok_or_else(|| Failure::new("Chromium is missing; `cargo xtask provision` brings it"))?;
    pytest(workspace)
        .env("STASTE_CHROMIUM", chromium)
        .env("STASTE_PICTURES", pictures)
        .arg(workspace.root.join("python/tests"))
        .args(["--pyargs", "staste"])
        .run()
}

/// The tests that take the time from the clock of the process, with the wheel that is installed.
///
/// Left out are: servers under load and children of `multiprocessing`, which take minutes and count without dates; the
/// sample site in a browser, which takes half a minute and shows today only; and a server on Redis, which has a clock
/// of its own and refuses one that is far ahead of it.
pub(crate) fn tests_by_clock(workspace: &Workspace) -> Result<Program, Failure> {
    if !Program::new(venv_python(workspace))
        .within(&workspace.scratch())
        .args(["-c", "import staste"])
        .succeeds()
    {
        return Err(Failure::new("the wheel is not installed; run `cargo xtask python` first"));
    }
    let mut program = pytest(workspace).arg(workspace.root.join("python/tests"));
    for name in ["test_servers.py", "test_processes.py", "test_example.py", "test_redis_of_2011.py"] {
        program = program.arg("--ignore").arg(workspace.root.join("python/tests").join(name));
    }
    Ok(program.args(["--pyargs", "staste"]))
}

/// pytest, away from the sources, so that what is installed is what is imported.
fn pytest(workspace: &Workspace) -> Program {
    Program::new(venv_python(workspace))
        .within(&workspace.scratch())
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "-c"])
        .arg(workspace.root.join("python/pyproject.toml"))
}

/// What Python costs, beside its peer.
pub(crate) fn bench(workspace: &Workspace, script: &str) -> Result<(), Failure> {
    provision::run(workspace)?;
    let wheel = build(workspace, &["--release"])?;
    pip(workspace, "install").args(["--force-reinstall", "--no-deps"]).arg(&wheel).run()?;
    let script = workspace.root.join("python/bench").join(format!("{script}.py"));
    Program::new(venv_python(workspace)).within(&workspace.scratch()).arg(script).run()
}

/// Builds the wheel out of the source distribution, as whoever has no wheel for their machine does; older ones go.
fn build(workspace: &Workspace, how: &[&str]) -> Result<PathBuf, Failure> {
    let sources = emptied(workspace.scratch().join("sdist"))?;
    maturin(workspace, &workspace.root)
        .args(["sdist", "--manifest-path", "python/Cargo.toml", "--out"])
        .arg(&sources)
        .read()?;
    // The times of its files are always the same, by which cargo would not see what changed.
    Program::new("tar")
        .args(["--extract", "--touch", "--strip-components=1", "--directory"])
        .arg(&sources)
        .arg("--file")
        .arg(only(&sources)?)
        .run()?;
    let wheels = emptied(workspace.scratch().join("wheels"))?;
    maturin(workspace, &sources)
        .args(["build", "--quiet", "--locked"])
        .args(how)
        .arg("--out")
        .arg(&wheels)
        // Cargo names what it makes of a workspace by places within it, so in one folder the two would take each other's.
        .env("CARGO_TARGET_DIR", workspace.scratch().join("sdist-target"))
        .run()?;
    only(&wheels)
}

fn maturin(workspace: &Workspace, within: &Path) -> Program {
    Program::new(venv_python(workspace)).within(within).args(["-m", "maturin"])
}

/// The folder, with nothing in it.
fn emptied(folder: PathBuf) -> Result<PathBuf, Failure> {
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| Failure::io("remove", &folder, &error))?;
    }
    fs::create_dir_all(&folder).map_err(|error| Failure::io("make", &folder, &error))?;
    Ok(folder)
}

/// What lies in a folder alone.
fn only(folder: &Path) -> Result<PathBuf, Failure> {
    let found = fs::read_dir(folder).map_err(|error| Failure::io("read", folder, &error))?;
    let first = found.flatten().map(|entry| entry.path()).next();
    first.ok_or_else(|| Failure::new(format!("maturin left nothing in {}", folder.display())))
}
