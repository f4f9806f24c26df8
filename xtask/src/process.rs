//! `Program`: another program that xtask runs; its output is shown only if it fails.

use std::env;
use std::ffi::OsStr;
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// A program with its arguments.
pub(crate) struct Program {
    command: Command,
    /// What a person would type to run the same.
    line: String,
}

impl Program {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let line = program.as_ref().to_string_lossy().into_owned();
        let mut command = Command::new(program);
        command.stdin(Stdio::null());
        Self { command, line }
    }

    /// The cargo that started xtask, so that both use one toolchain.
    pub(crate) fn cargo(folder: &Path) -> Self {
        Self::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into())).within(folder)
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.line.push(' ');
        self.line.push_str(&argument.as_ref().to_string_lossy());
        self.command.arg(argument);
        self
    }

    /// Arguments that are separated by blanks.
    pub(crate) fn words(self, words: &str) -> Self {
        words.split_whitespace().fold(self, Self::arg)
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs it and returns its output and errors as one text, which is part of the error if it fails.
    pub(crate) fn run(mut self) -> Result<String> {
        // A file, not a pipe: nothing waits for programs that it leaves in the background.
        let mut file = tempfile::tempfile()?;
        self.command.stdout(file.try_clone()?).stderr(file.try_clone()?);
        let status = self.command.status().with_context(|| format!("cannot start `{}`", self.line))?;
        let mut output = Vec::new();
        file.rewind()?;
        file.read_to_end(&mut output)?;
        let output = String::from_utf8_lossy(&output).into_owned();
        if !status.success() {
            bail!("{output}\n`{}`: {status}", self.line);
        }
        Ok(output)
    }

    /// Runs it and returns what it printed, without its errors.
    pub(crate) fn read(mut self) -> Result<String> {
        let output = self.command.output().with_context(|| format!("cannot start `{}`", self.line))?;
        if !output.status.success() {
            bail!("{}\n`{}`: {}", String::from_utf8_lossy(&output.stderr), self.line, output.status);
        }
        String::from_utf8(output.stdout)
            .with_context(|| format!("`{}` printed text that is not UTF-8", self.line))
    }

    /// Runs it with the output of xtask itself.
    pub(crate) fn show(mut self) -> Result<()> {
        let status = self.command.status().with_context(|| format!("cannot start `{}`", self.line))?;
        if status.success() { Ok(()) } else { bail!("`{}`: {status}", self.line) }
    }

    pub(crate) fn succeeds(self) -> bool {
        self.run().is_ok()
    }
}

/// The file that the shell would run.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(program)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_has_command_status_and_output() {
        let error =
            Program::new("sh").arg("-c").arg("echo out; echo err >&2; exit 3").run().unwrap_err().to_string();
        assert!(error.starts_with("out\nerr\n\n`sh -c") && error.ends_with("exit status: 3"), "{error}");
        let error = Program::new("no-such-program").run().unwrap_err().to_string();
        assert_eq!(error, "cannot start `no-such-program`");
    }
}
