//! `Program`: another program, run by xtask, that says what it ran when it fails.

use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::failure::Failure;

/// A program and its arguments, about to be run.
pub(crate) struct Program {
    command: Command,
    /// What a person would type to run the same.
    shown: String,
}

impl Program {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let shown = program.as_ref().to_string_lossy().into_owned();
        Self { command: Command::new(program), shown }
    }

    /// The cargo that started us, so that both use one toolchain.
    pub(crate) fn cargo() -> Self {
        let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        Self { command: Command::new(program), shown: String::from("cargo") }
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.shown.push(' ');
        self.shown.push_str(&argument.as_ref().to_string_lossy());
        self.command.arg(argument);
        self
    }

    pub(crate) fn args<A: AsRef<OsStr>>(self, arguments: impl IntoIterator<Item = A>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn within(mut self, directory: &Path) -> Self {
        self.command.current_dir(directory);
        self
    }

    /// Runs it with our own output; an exit code other than zero is a failure.
    pub(crate) fn run(mut self) -> Result<(), Failure> {
        let status = self.command.status().map_err(|error| self.not_started(&error))?;
        if status.success() { Ok(()) } else { Err(Failure::new(format!("`{self}`: {status}"))) }
    }

    /// Runs it and returns what it printed; its complaints become part of the failure.
    pub(crate) fn read(mut self) -> Result<String, Failure> {
        let output = self.output()?;
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr);
            return Err(Failure::new(format!("`{self}`: {}\n{}", output.status, complaint.trim_end())));
        }
        String::from_utf8(output.stdout)
            .map_err(|_| Failure::new(format!("`{self}` printed something that is not UTF-8")))
    }

    /// Whether it can be run and succeeds; what it prints is of no interest.
    pub(crate) fn succeeds(mut self) -> bool {
        self.output().is_ok_and(|output| output.status.success())
    }

    fn output(&mut self) -> Result<Output, Failure> {
        self.command.stdin(Stdio::null()).output().map_err(|error| self.not_started(&error))
    }

    fn not_started(&self, error: &std::io::Error) -> Failure {
        Failure::new(format!("`{self}` could not be started: {error}"))
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// Where the shell would find the program, if anywhere.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|directory| directory.join(program)).find(|candidate| candidate.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command_and_its_complaint() {
        let failure =
            Program::new("sh").args(["-c", "echo too bad >&2; exit 3"]).read().unwrap_err().to_string();
        assert!(failure.contains("`sh -c") && failure.contains("exit status: 3"), "{failure}");
        assert!(failure.contains("too bad"), "{failure}");
    }

    #[test]
    fn a_program_that_is_not_there_is_a_failure() {
        let failure = Program::new("no-such-program").run().unwrap_err().to_string();
        assert!(failure.contains("`no-such-program` could not be started"), "{failure}");
        assert!(!Program::new("no-such-program").succeeds());
    }

    #[test]
    fn what_it_printed_is_returned() {
        assert_eq!(Program::new("echo").arg("hello").read().unwrap(), "hello\n");
    }
}
