//! The steps that run cargo, and what is tested with the program that cargo builds.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::process::Program;
use crate::provision;
use crate::python;
use crate::steps::{Job, Mode};
use crate::workspace::Workspace;

const BROWSER_TESTS: &str = "crates/staste-web/tests/browser/pages.py";
const BROWSER_PICTURE: &str = "crates/staste-web/tests/browser/picture.py";

/// It commits thousands of times. Where there is a file system in memory, it does not wait for a disk each time; the
/// other tests of SQLite still do.
const WAITS_FOR_DISK: &str = "staste-sqlite/conformance";
const MEMORY: &str = "/dev/shm";

/// A compiled test program.
pub(crate) struct TestBinary {
    /// Its package and target, such as `staste-sqlite/conformance`.
    pub(crate) name: String,
    executable: PathBuf,
    /// The folder of the package, in which cargo runs it.
    folder: PathBuf,
}

impl TestBinary {
    pub(crate) fn program(&self) -> Program {
        Program::new(&self.executable).within(&self.folder).env("CARGO_MANIFEST_DIR", &self.folder)
    }
}

pub(crate) fn fmt(workspace: &Workspace, _: Mode) -> Result<Vec<Job>> {
    workspace.cargo("fmt --all --check").run()?;
    Ok(Vec::new())
}

pub(crate) fn clippy(workspace: &Workspace, _: Mode) -> Result<Vec<Job>> {
    workspace.cargo("clippy --workspace --all-targets --all-features --locked -- -D warnings").run()?;
    Ok(Vec::new())
}

/// With `--examples`, of which there are none, cargo chooses the features of dependencies that clippy chose, so that they
/// are not checked twice.
pub(crate) fn doc(workspace: &Workspace, _: Mode) -> Result<Vec<Job>> {
    workspace
        .cargo("doc --workspace --no-deps --all-features --locked --lib --bins --examples")
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()?;
    Ok(Vec::new())
}

/// The licences, duplicates and directions of dependencies, by deny.toml.
pub(crate) fn deny(workspace: &Workspace, _: Mode) -> Result<Vec<Job>> {
    // It reads the manifests of crates for every platform; a build downloads only those for its own.
    workspace.cargo("fetch --locked --quiet").run()?;
    Program::new(workspace.tool("cargo-deny"))
        .within(&workspace.root)
        .words("--offline --locked --log-level warn check --hide-inclusion-graph -D unmatched-skip -D unused-wrapper")
        .words("bans licenses sources")
        .run()?;
    Ok(Vec::new())
}

/// Compiles every test program, and with them the program `staste`.
pub(crate) fn test_binaries(workspace: &Workspace, mode: Mode) -> Result<Vec<TestBinary>> {
    let program = workspace
        .cargo("test --no-run --workspace --all-features --locked --message-format=json-render-diagnostics");
    // The Store on Redis counts in servers, which only provisioning installs.
    let program = if mode == Mode::Quick { program.words("--exclude staste-redis") } else { program };
    let messages = program.read()?;
    Ok(messages.lines().filter_map(test_binary).collect())
}

/// The test program of a message of cargo's, if it is about one.
fn test_binary(message: &str) -> Option<TestBinary> {
    let message: Value = serde_json::from_str(message).ok()?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let is_test = message.get("profile")?.get("test")?.as_bool()?;
    let executable = text(message.get("executable")).filter(|_| is_test)?;
    let folder = Path::new(&text(message.get("manifest_path"))?).parent()?.to_owned();
    let target = text(message.get("target")?.get("name"))?;
    let name = format!("{}/{target}", folder.file_name()?.to_string_lossy());
    Some(TestBinary { name, executable: executable.into(), folder })
}

/// All test programs, which share the cores with one another, and the examples in comments.
///
/// A program runs all its tests in one process, as its tests share servers.
pub(crate) fn test(workspace: &Workspace, mode: Mode) -> Result<Vec<Job>> {
    let flights = provision::flights_csv(workspace);
    let python = workspace.python();
    let job = |binary: TestBinary| {
        let (name, mut program) = (binary.name.clone(), binary.program());
        if name == WAITS_FOR_DISK && Path::new(MEMORY).is_dir() {
            program = program.env("TMPDIR", MEMORY);
        }
        if mode == Mode::Quick {
            let program = without_provision(program).env("STASTE_QUICK", "1");
            return Job::new(name, || program.run());
        }
        let program =
            program.without_env("STASTE_QUICK").env("STASTE_FLIGHTS", &flights).env("STASTE_PYTHON", &python);
        let python = python.clone();
        Job::new(name, move || program.env("STASTE_VALKEY", provision::valkey(&python)?).run())
    };
    let mut jobs: Vec<Job> = test_binaries(workspace, mode)?.into_iter().map(job).collect();
    let examples = workspace.cargo("test --doc --workspace --all-features --locked");
    jobs.push(Job::new("examples", move || without_provision(examples).run()));
    Ok(jobs)
}

fn without_provision(program: Program) -> Program {
    ["STASTE_FLIGHTS", "STASTE_PYTHON", "STASTE_VALKEY"].into_iter().fold(program, Program::without_env)
}

/// The program that the tests run.
pub(crate) fn staste(workspace: &Workspace, mode: Mode) -> Result<PathBuf> {
    test_binaries(workspace, mode)?;
    Ok(workspace.target.join("debug/staste"))
}

pub(crate) fn browser(workspace: &Workspace, mode: Mode) -> Result<Vec<Job>> {
    let pictures = workspace.scratch().join("pictures");
    let program = in_browser(workspace, mode, BROWSER_TESTS, &pictures)?;
    Ok(vec![Job::new("browser", || program.run())])
}

/// Makes the picture of the demo in the README.
pub(crate) fn picture(workspace: &Workspace) -> Result<()> {
    provision::run(workspace)?;
    in_browser(workspace, Mode::Full, BROWSER_PICTURE, &workspace.root.join("docs/demo.png"))?.show()
}

/// A script that uses the program and the browser, and leaves what it makes in `result`.
fn in_browser(workspace: &Workspace, mode: Mode, script: &str, result: &Path) -> Result<Program> {
    let chromium =
        provision::chromium().context("Chromium is missing; `cargo xtask provision` installs it")?;
    let staste = staste(workspace, mode)?;
    let python = Program::new(workspace.python()).within(&workspace.root);
    Ok(python.arg(script).arg(staste).arg(chromium).arg(result))
}

/// The benchmarks are a workspace of their own, so that no ordinary build compiles the peers that they measure.
///
/// Those of Python need a wheel and run alone: `bench python`, or `bench python backfill`.
pub(crate) fn bench(workspace: &Workspace, arguments: &[&str]) -> Result<()> {
    match arguments {
        ["python"] => python::bench(workspace, "bench"),
        ["python", script] => python::bench(workspace, script),
        ["python", ..] => bail!("`cargo xtask bench python` takes the name of one script"),
        _ => arguments
            .iter()
            .fold(workspace.cargo("run --release --manifest-path bench/Cargo.toml --"), Program::arg)
            .show(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_binary_is_found_in_messages() {
        let message = |test: bool, executable: &str| {
            format!(
                r#"{{"reason": "compiler-artifact", "manifest_path": "/a/staste-web/Cargo.toml", "target": {{"name": "pages"}},
                "profile": {{"test": {test}}}, "executable": {executable}}}"#
            )
        };
        let binary = test_binary(&message(true, "\"/a/target/debug/deps/pages-1\"")).unwrap();
        assert_eq!(binary.name, "staste-web/pages");
        assert_eq!(binary.folder, Path::new("/a/staste-web"));
        assert!(test_binary(&message(false, "\"/a/target/debug/staste\"")).is_none());
        assert!(test_binary(&message(true, "null")).is_none());
        assert!(test_binary(r#"{"reason": "build-finished", "success": true}"#).is_none());
    }
}
