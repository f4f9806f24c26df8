//! The step `python`: the wheel is built, installed, type-checked and tested as a user installs it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::process::Program;
use crate::provision::{self, pip};
use crate::steps::{Job, Mode};
use crate::workspace::Workspace;

/// Installs the wheel; then the checks and the tests run at the same time.
pub(crate) fn test(workspace: &Workspace, _: Mode) -> Result<Vec<Job>> {
    install(workspace, &[])?;
    let chromium =
        provision::chromium().context("Chromium is missing; `cargo xtask provision` installs it")?;
    let pictures = workspace.scratch().join("pictures");
    fs::create_dir_all(&pictures)?;
    let folder = workspace.root.join("python");
    let mypy = |cache: &str| {
        let mypy = module(workspace, "mypy").arg("--config-file").arg(folder.join("pyproject.toml"));
        mypy.arg("--cache-dir").arg(workspace.scratch().join(cache))
    };
    let pyright = Program::new(workspace.tool("basedpyright")).within(&folder);
    let typed = Program::new(workspace.python()).within(&workspace.scratch());
    let pytest = |name: &str, program: Program| {
        let program = program.env("STASTE_CHROMIUM", &chromium).env("STASTE_PICTURES", &pictures);
        Job::new(name, || program.run())
    };
    let checks = [
        ("stubtest", module(workspace, "mypy.stubtest").arg("staste._staste")),
        ("mypy", mypy(".mypy_cache").words("-p staste")),
        ("mypy of examples", mypy(".mypy_cache_examples").arg(folder.join("examples/typed"))),
        ("pyright", pyright.words("--level error --pythonpath").arg(workspace.python())),
        ("typed example", typed.arg(folder.join("examples/typed/program.py"))),
    ];
    let mut jobs: Vec<Job> = checks.map(|(name, program)| Job::new(name, || program.run())).into();
    // The tests that take longest run next to the others.
    let tests = folder.join("tests");
    let mut rest = module_pytest(workspace).arg(&tests);
    for slow in SLOW {
        rest = rest.arg("--ignore").arg(tests.join(slow));
        jobs.push(pytest(slow, module_pytest(workspace).arg(tests.join(slow))));
    }
    jobs.push(pytest("pytest", rest.words("--pyargs staste")));
    Ok(jobs)
}

const SLOW: [&str; 4] =
    ["test_servers.py", "test_processes.py", "test_example.py", "test_django_test_runs.py"];

/// The tests that take the time from the clock of the process, with the wheel that is installed.
///
/// Left out are: servers under load and children of `multiprocessing`, which take minutes and count without dates; the
/// sample site in a browser, which takes half a minute and shows today only; test runs of a site, which take half a
/// minute and count without dates; and a server on Redis, which has a clock of its own and refuses one that is far ahead
/// of it.
pub(crate) fn tests_by_clock(workspace: &Workspace) -> Program {
    let tests = workspace.root.join("python/tests");
    let mut program = module_pytest(workspace).arg(&tests);
    for name in SLOW.into_iter().chain(["test_redis_of_2011.py"]) {
        program = program.arg("--ignore").arg(tests.join(name));
    }
    program.words("--pyargs staste")
}

fn module_pytest(workspace: &Workspace) -> Program {
    let pytest = module(workspace, "pytest").words("-q -p no:cacheprovider --import-mode=importlib -c");
    pytest.arg(workspace.root.join("python/pyproject.toml"))
}

/// A Python module, run away from the sources, so that it imports what is installed.
fn module(workspace: &Workspace, name: &str) -> Program {
    Program::new(workspace.python()).within(&workspace.scratch()).arg("-m").arg(name)
}

/// Runs a benchmark of Python.
pub(crate) fn bench(workspace: &Workspace, script: &str) -> Result<()> {
    provision::run(workspace)?;
    install(workspace, &["--release"])?;
    let script = workspace.root.join("python/bench").join(format!("{script}.py"));
    Program::new(workspace.python()).within(&workspace.scratch()).arg(script).show()
}

/// Builds the wheel from the source distribution, as pip does where there is no wheel, and installs it.
fn install(workspace: &Workspace, how: &[&str]) -> Result<()> {
    let scratch = workspace.scratch();
    let maturin = |folder: &Path| module(workspace, "maturin").within(folder);
    let new = emptied(scratch.join("sdist-new"))?;
    maturin(&workspace.root).words("sdist --manifest-path python/Cargo.toml --out").arg(&new).run()?;
    let archive = only(&new)?;
    let unpacked = scratch.join("sdist");
    let before = scratch.join("sdist.tar.gz");
    // The same sources keep the times of their files, so that cargo compiles nothing.
    if !unpacked.is_dir() || fs::read(&archive)? != fs::read(&before).unwrap_or_default() {
        let tar = Program::new("tar").words("--extract --touch --strip-components=1 --directory");
        tar.arg(emptied(unpacked.clone())?).arg("--file").arg(&archive).run()?;
        // The lock file is that of the whole workspace: cargo takes out what the distribution does not have.
        workspace.cargo("metadata --format-version 1 --offline").within(&unpacked).read()?;
        fs::copy(&archive, &before)?;
    }
    let wheels = emptied(scratch.join("wheels"))?;
    let build = maturin(&unpacked).words("build --quiet --locked --out").arg(&wheels);
    how.iter()
        .fold(build, Program::arg)
        .env("CARGO_TARGET_DIR", &workspace.target)
        // Dependencies are those that the tests compiled. The crates of the project have the same names in both
        // workspaces: with a wrapper, which is `env` as it changes nothing, cargo keeps them apart.
        .env("RUSTC_WORKSPACE_WRAPPER", "env")
        .run()?;
    pip(workspace, "install --force-reinstall --no-deps").arg(only(&wheels)?).run()?;
    Ok(())
}

fn emptied(folder: PathBuf) -> Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// The file that is alone in a folder.
fn only(folder: &Path) -> Result<PathBuf> {
    let entry =
        fs::read_dir(folder)?.next().with_context(|| format!("maturin left nothing in {}", folder.display()));
    Ok(entry??.path())
}
