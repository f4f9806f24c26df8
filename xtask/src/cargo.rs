//! The steps that are one call of cargo.

use crate::failure::Failure;
use crate::provision;
use crate::python;
use crate::step::Mode;
use crate::workspace::Workspace;

pub(crate) fn fmt(workspace: &Workspace) -> Result<(), Failure> {
    workspace.cargo().args(["fmt", "--all", "--check"]).run()
}

pub(crate) fn clippy(workspace: &Workspace) -> Result<(), Failure> {
    workspace
        .cargo()
        .args(["clippy", "--workspace", "--all-targets", "--all-features", "--locked"])
        .args(["--", "-D", "warnings"])
        .run()
}

/// All tests; they find what was provisioned through the environment.
pub(crate) fn test(workspace: &Workspace, mode: Mode) -> Result<(), Failure> {
    let program = workspace.cargo().args(["test", "--workspace", "--all-features", "--locked"]);
    let program = match mode {
        // The Store on Redis counts in servers, which only provisioning brings.
        Mode::Quick => program
            .args(["--exclude", "staste-redis"])
            .env("STASTE_QUICK", "1")
            .without_env("STASTE_FLIGHTS")
            .without_env("STASTE_PYTHON")
            .without_env("STASTE_VALKEY"),
        Mode::Full => {
            let flights = provision::flights_csv(workspace);
            if !flights.is_file() {
                return Err(Failure::new(format!(
                    "{} is missing; `cargo xtask provision` brings it, `cargo xtask cargo-test --quick` does without",
                    flights.display()
                )));
            }
            program
                .without_env("STASTE_QUICK")
                .env("STASTE_FLIGHTS", flights)
                .env("STASTE_PYTHON", provision::venv_python(workspace))
                .env("STASTE_VALKEY", provision::valkey(workspace)?)
        }
    };
    program.run()
}

pub(crate) fn doc(workspace: &Workspace) -> Result<(), Failure> {
    workspace
        .cargo()
        .args(["doc", "--workspace", "--no-deps", "--all-features", "--locked"])
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()
}

/// The benchmarks are a workspace of their own, so that no ordinary build compiles the peers they measure.
///
/// Those of Python need a wheel and run alone: `bench python`, or `bench python backfill`.
pub(crate) fn bench(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    if let Some((python, script)) = arguments.split_first()
        && python == "python"
    {
        return python::bench(workspace, script.first().map_or("bench", String::as_str));
    }
    workspace
        .cargo()
        .args(["run", "--release", "--manifest-path", "bench/Cargo.toml", "--"])
        .args(arguments)
        .run()
}
