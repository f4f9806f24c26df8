//! `Program`: runs the binary in a temporary folder, with a fixed clock.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The time of the fixed clock, a Tuesday.
pub(crate) const NOW: &str = "2023-11-14T22:13:20Z";
/// The line that a command with a fixed clock prints first.
pub(crate) const CLOCK_NOTICE: &str =
    "staste: the clock is set by STASTE_CLOCK to 2023-11-14T22:13:20Z; unset it outside tests\n";

/// The program in a temporary folder, with the store `staste.db`.
pub(crate) struct Program {
    folder: TempDir,
}

/// The result of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    /// Standard error without [`CLOCK_NOTICE`].
    pub(crate) err: String,
}

impl Program {
    pub(crate) fn new() -> Program {
        Program { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// Returns the command of a line. Words are separated by spaces, except in single quotes.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_staste"));
        command.args(words(line)).current_dir(self.folder.path()).stdin(Stdio::null());
        for name in ["STASTE_STORE", "NO_COLOR", "LC_ALL", "LC_CTYPE", "COLUMNS", "CARGO_MANIFEST_DIR"] {
            command.env_remove(name);
        }
        command.env("LANG", "C.UTF-8").env("STASTE_CLOCK", NOW);
        command
    }

    pub(crate) fn run(&self, line: &str) -> Run {
        Run::from(self.command(line).output().unwrap())
    }

    pub(crate) fn run_with_input(&self, line: &str, input: &[u8]) -> Run {
        let mut child = self
            .command(line)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        Run::from(child.wait_with_output().unwrap())
    }

    pub(crate) fn spawn(&self, line: &str) -> Child {
        self.command(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Runs a command that must succeed, and returns its output.
    pub(crate) fn ok(&self, line: &str) -> String {
        let run = self.run(line);
        assert_eq!(run.code, Some(0), "{line}\n{run:?}");
        run.out
    }

    /// Runs a command that must succeed, with `--format json`.
    pub(crate) fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.ok(&format!("{line} --format json"))).unwrap()
    }

    /// Runs a command that must fail with an exit code, without a panic. Returns standard error.
    pub(crate) fn fails(&self, code: i32, line: &str) -> String {
        let run = self.run(line);
        assert_eq!(run.code, Some(code), "{line}\n{run:?}");
        assert!(run.err.contains("error: ") && !run.err.contains("panicked"), "{line}\n{run:?}");
        run.err
    }

    /// Returns the total of a query.
    pub(crate) fn total(&self, query: &str) -> i64 {
        self.json(&format!("query {query}"))["rows"][0]["total"].as_i64().unwrap()
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Run {
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        Run {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: err.strip_prefix(CLOCK_NOTICE).map_or_else(|| err.clone(), str::to_owned),
        }
    }
}

/// Sets the running clock of the tests, which can have another date.
pub(crate) fn with_running_clock(command: &mut Command) {
    match std::env::var_os("STASTE_CLOCK") {
        Some(setting) => command.env("STASTE_CLOCK", setting),
        None => command.env_remove("STASTE_CLOCK"),
    };
}

fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('\'').enumerate() {
        // Every second part was in quotes.
        match index % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}
