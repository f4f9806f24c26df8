//! `Shell`: a directory and an environment in which commands are run one after the other.

use std::env;
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::answer::{Answer, End};
use super::background::{kill_group, leaves_background};
use crate::failure::Failure;

/// A command that takes longer than this waits for something that will not come.
const PATIENCE: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(5);

/// Runs the text in `$README_COMMAND` where the previous command left off, and remembers where that is.
const SCRIPT: &str = r#"
. "$README_STATE/environment"
cd "$(cat "$README_STATE/directory")" || exit 1
eval "$README_COMMAND" </dev/null
status=$?
unset README_COMMAND
export -p >"$README_STATE/environment"
pwd >"$README_STATE/directory"
exit $status
"#;

/// Lives in a new directory outside of the project, so that nothing of it is found by accident.
pub(super) struct Shell {
    base: PathBuf,
    binaries: PathBuf,
    patience: Duration,
    /// Leaders of the process groups in which something may still run.
    background: Vec<u32>,
}

impl Shell {
    /// `binaries` comes first on PATH.
    pub(super) fn start(binaries: &Path) -> Result<Self, Failure> {
        Self::start_in(env::temp_dir().join(format!("staste-readme-{}", std::process::id())), binaries)
    }

    fn start_in(base: PathBuf, binaries: &Path) -> Result<Self, Failure> {
        let shell = Self { base, binaries: binaries.to_owned(), patience: PATIENCE, background: Vec::new() };
        if shell.base.exists() {
            // Of an earlier run that failed and had the same number.
            fs::remove_dir_all(&shell.base).map_err(|error| Failure::io("remove", &shell.base, &error))?;
        }
        fs::create_dir(&shell.base).map_err(|error| Failure::io("make", &shell.base, &error))?;
        for directory in [shell.directory(), shell.state()] {
            fs::create_dir(&directory).map_err(|error| Failure::io("make", &directory, &error))?;
        }
        shell.remember("environment", "")?;
        shell.remember("directory", &shell.directory().to_string_lossy())?;
        Ok(shell)
    }

    /// Where the first command starts.
    pub(super) fn directory(&self) -> PathBuf {
        self.base.join("work")
    }

    pub(super) fn run(&mut self, command: &str) -> Result<Answer, Failure> {
        // A file instead of a pipe: what a command leaves in the background does not hold us up.
        let path = self.state().join("output");
        // A background program of an earlier command keeps its own file, which loses only its name.
        if path.exists() {
            fs::remove_file(&path).map_err(|error| Failure::io("remove", &path, &error))?;
        }
        let file = File::create(&path).map_err(|error| Failure::io("make", &path, &error))?;
        let file_too = file.try_clone().map_err(|error| Failure::io("open", &path, &error))?;
        let mut child = self
            .command(command)?
            .stdout(file)
            .stderr(file_too)
            .spawn()
            .map_err(|error| Failure::new(format!("`sh` could not be started: {error}")))?;
        let end = self.wait(&mut child)?;
        if leaves_background(command) {
            self.background.push(child.id());
        }
        let output = fs::read(&path).map_err(|error| Failure::io("read", &path, &error))?;
        let output = String::from_utf8_lossy(&output).lines().map(str::to_owned).collect();
        Ok(Answer { output, end })
    }

    /// Ends what is left in the background and removes the directory.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        self.end_background();
        fs::remove_dir_all(&self.base).map_err(|error| Failure::io("remove", &self.base, &error))
    }

    fn end_background(&mut self) {
        for leader in self.background.drain(..) {
            kill_group(leader);
        }
    }

    fn state(&self) -> PathBuf {
        self.base.join("state")
    }

    fn remember(&self, name: &str, text: &str) -> Result<(), Failure> {
        let path = self.state().join(name);
        fs::write(&path, text).map_err(|error| Failure::io("write", &path, &error))
    }

    /// The same on every machine: no settings of the user, no zone, no colours.
    fn command(&self, text: &str) -> Result<Command, Failure> {
        let inherited = env::var_os("PATH").unwrap_or_default();
        let path = std::iter::once(self.binaries.clone()).chain(env::split_paths(&inherited));
        let path = env::join_paths(path).map_err(|error| {
            Failure::new(format!("cannot put {} on PATH: {error}", self.binaries.display()))
        })?;
        let mut command = Command::new("sh");
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("STASTE_")) {
            command.env_remove(name);
        }
        command
            .args(["-c", SCRIPT])
            .env("README_COMMAND", text)
            .env("README_STATE", self.state())
            .envs([
                ("TZ", "UTC"),
                ("LC_ALL", "C.UTF-8"),
                ("COLUMNS", "80"),
                ("TERM", "dumb"),
                ("NO_COLOR", "1"),
            ])
            .env("HOME", self.directory())
            .env("PATH", path)
            .stdin(Stdio::null())
            .process_group(0);
        Ok(command)
    }

    fn wait(&self, child: &mut Child) -> Result<End, Failure> {
        let cannot_wait = |error| Failure::new(format!("cannot wait for `sh`: {error}"));
        let started = Instant::now();
        loop {
            if let Some(status) = child.try_wait().map_err(cannot_wait)? {
                return Ok(End::Exited(status));
            }
            if started.elapsed() > self.patience {
                kill_group(child.id());
                child.wait().map_err(cannot_wait)?;
                return Ok(End::TimedOut(self.patience));
            }
            thread::sleep(POLL);
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        self.end_background();
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn shell(name: &str) -> Shell {
        let base = env::temp_dir().join(format!("xtask-shell-{name}-{}", std::process::id()));
        Shell::start_in(base, Path::new("/nowhere")).unwrap()
    }

    fn output(shell: &mut Shell, command: &str) -> String {
        shell.run(command).unwrap().output.join("\n")
    }

    #[test]
    fn commands_leave_directory_and_environment_to_the_next() {
        let mut shell = shell("state");
        output(&mut shell, "mkdir 'a b' && cd 'a b' && export NAME=\"it's\"");
        assert_eq!(output(&mut shell, "echo \"$(basename \"$PWD\") $NAME\""), "a b it's");
        assert!(output(&mut shell, "echo $PATH").starts_with("/nowhere:"));
        shell.finish().unwrap();
    }

    #[test]
    fn both_outputs_are_heard_in_order_and_stdin_is_empty() {
        let mut shell = shell("output");
        assert_eq!(output(&mut shell, "echo a; echo b >&2; cat; cat <<E\nc\nE"), "a\nb\nc");
        let answer = shell.run("echo d; false").unwrap();
        assert_eq!((answer.output, answer.end.is_success()), (vec!["d".to_owned()], false));
        shell.finish().unwrap();
    }

    #[test]
    fn what_takes_too_long_is_ended() {
        let mut shell = shell("patience");
        shell.patience = Duration::ZERO;
        let answer = shell.run("while :; do :; done").unwrap();
        assert!(matches!(answer.end, End::TimedOut(_)));
        shell.finish().unwrap();
    }

    #[test]
    fn the_background_does_not_hold_up_and_ends_with_the_shell() {
        let mut shell = shell("background");
        // It holds the pipe open until it ends, and would write into it if it ended by itself.
        output(&mut shell, "mkfifo pipe");
        output(&mut shell, "(sleep 20; echo alive) >pipe &");
        let mut pipe = File::open(shell.directory().join("pipe")).unwrap();
        shell.finish().unwrap();
        let mut said = String::new();
        pipe.read_to_string(&mut said).unwrap();
        assert_eq!(said, "");
    }
}
