//! The step `readme`: runs the shell commands of README.md and compares what they print.
//!
//! The blocks marked `console` run in order, in one new folder, with the compiled `staste` first on PATH. A line that
//! starts with `$ ` is a command, the lines below it are what it prints. A line `...` stands for any number of lines,
//! `[..]` for any text inside a line. A command has to succeed, unless README.md shows an `error` line below it. A block
//! below the comment `<!-- not run: REASON -->` is not run.

use std::env;
use std::fs;
use std::path::Path;

use anyhow::{Result, bail, ensure};

use crate::process::Program;
use crate::rust;
use crate::steps::{Job, Mode};
use crate::workspace::Workspace;

/// A command and what it prints.
#[derive(Debug, PartialEq, Eq)]
struct Example {
    /// Counted from 1.
    line: usize,
    command: String,
    expected: Vec<String>,
}

pub(crate) fn test(workspace: &Workspace, mode: Mode) -> Result<Vec<Job>> {
    let examples = examples(&fs::read_to_string(workspace.root.join("README.md"))?)?;
    let staste = rust::staste(workspace, mode)?;
    let binaries = staste.parent().map(Path::to_owned).unwrap_or_default();
    let run = move || {
        let folder = tempfile::tempdir()?;
        examples.iter().try_for_each(|example| check(example, folder.path(), &binaries))?;
        Ok(format!("{} passed", examples.len()))
    };
    Ok(vec![Job::new("README.md", run)])
}

/// Every command that is run, in order.
fn examples(page: &str) -> Result<Vec<Example>> {
    let mut examples: Vec<Example> = Vec::new();
    let (mut comment, mut runs, mut commands) = ("", false, 0);
    for (number, line) in (1..).zip(page.lines()) {
        if line.starts_with("```") {
            ensure!(
                !runs || commands > 0,
                "README.md:{number}: the block above has no line that starts with `$ `"
            );
            let reason = comment.strip_prefix("<!-- not run: ");
            (runs, commands) = (line == "```console" && reason.is_none(), 0);
            comment = "";
        } else if !runs {
            comment = if line.is_empty() { comment } else { line };
        } else if let Some(command) = line.strip_prefix("$ ") {
            commands += 1;
            examples.push(Example { line: number, command: command.to_owned(), expected: Vec::new() });
        } else if let Some(example) = examples.last_mut().filter(|_| commands > 0) {
            example.expected.push(line.to_owned());
        }
    }
    Ok(examples)
}

/// Runs one command, without settings of the user.
fn check(example: &Example, folder: &Path, binaries: &Path) -> Result<()> {
    let inherited = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([binaries.to_owned()].into_iter().chain(env::split_paths(&inherited)))?;
    let mut program = Program::new("sh").within(folder).env("PATH", path).env("HOME", folder);
    for (name, _) in env::vars().filter(|(name, _)| name.starts_with("STASTE_")) {
        program = program.without_env(&name);
    }
    let settings =
        [("TZ", "UTC"), ("LC_ALL", "C.UTF-8"), ("COLUMNS", "80"), ("TERM", "dumb"), ("NO_COLOR", "1")];
    program = settings.into_iter().fold(program, |program, (name, value)| program.env(name, value));
    let fails = example.expected.iter().any(|line| line.starts_with("error"));
    let command = if fails { format!("! {{ {}\n}}", example.command) } else { example.command.clone() };
    let place = format!("README.md:{}: `{}`", example.line, example.command);
    let output = match program.arg("-c").arg(command).run() {
        Ok(output) => output,
        Err(error) => bail!("{place} does not do what README.md says: {error}"),
    };
    let (expected, actual) = (example.expected.join("\n"), output.trim_end());
    if matches(&lines(&expected), &lines(actual)) {
        return Ok(());
    }
    bail!("{place} prints other lines than README.md shows.\nREADME.md:\n{expected}\nthe command:\n{actual}");
}

/// The lines without blanks at their ends, and without blank lines at the end.
fn lines(text: &str) -> Vec<&str> {
    text.trim_end().lines().map(str::trim_end).collect()
}

fn matches(expected: &[&str], actual: &[&str]) -> bool {
    match (expected, actual) {
        ([], _) => actual.is_empty(),
        (["...", rest @ ..], _) => {
            matches(rest, actual) || actual.split_first().is_some_and(|(_, tail)| matches(expected, tail))
        }
        ([line, rest @ ..], [first, tail @ ..]) => line_matches(line, first) && matches(rest, tail),
        (_, []) => false,
    }
}

fn line_matches(expected: &str, actual: &str) -> bool {
    let Some((before, after)) = expected.split_once("[..]") else { return expected == actual };
    actual.strip_prefix(before).is_some_and(|rest| {
        let mut ends = rest.char_indices().map(|(index, _)| index).chain([rest.len()]);
        ends.any(|end| rest.get(end..).is_some_and(|rest| line_matches(after, rest)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_followed_by_what_they_print() {
        let page = "# T\n\n```console\n$ staste --version\nstaste 0.1.0\n\n$ true\n```\n\n<!-- not run: it builds -->\n\
                    ```console\n$ cargo b\n```\n```rust\n$ c\n```\n";
        let expected = ["staste 0.1.0", ""].map(str::to_owned).to_vec();
        let first = Example { line: 4, command: "staste --version".to_owned(), expected };
        let second = Example { line: 7, command: "true".to_owned(), expected: Vec::new() };
        assert_eq!(examples(page).unwrap(), [first, second]);
        assert!(examples("```console\nstaste demo\n```\n").is_err());
    }

    #[test]
    fn holes_match_lines_and_text() {
        let match_lines = |expected, actual| matches(&lines(expected), &lines(actual));
        assert!(match_lines("a\n b", "a  \n b\n\n") && match_lines("", "\n"));
        assert!(!match_lines("a\nb", "a") && !match_lines("a", "a\nb") && !match_lines("a", " a"));
        assert!(match_lines("...", "") && match_lines("...\nb\n...\nd", "a\nb\nc\nb\nd\nd"));
        assert!(!match_lines("a\n...\nb", "a\nb\nc") && !match_lines("...\na", ""));
        assert!(line_matches("took [..] ms", "took 12 ms") && line_matches("[..]a[..]ab", "xaxaab"));
        assert!(!line_matches("took [..] ms", "took 12 s") && line_matches("é[..]ü", "éxü"));
    }

    #[test]
    fn other_output_and_other_status_are_errors() {
        let check = |command: &str, expected: &str| {
            let expected = lines(expected).into_iter().map(str::to_owned).collect();
            let example = Example { line: 1, command: command.to_owned(), expected };
            check(&example, &env::temp_dir(), Path::new("/nowhere")).map_err(|error| error.to_string())
        };
        assert_eq!(check("echo a; echo b >&2", "a\nb"), Ok(()));
        assert!(check("echo a", "b").unwrap_err().contains("README.md:1: `echo a`"));
        assert!(check("false", "").is_err() && check("echo error: x", "error: x").is_err());
        assert_eq!(check("echo error: x >&2; false", "error: x"), Ok(()));
        assert_eq!(check("echo ${PATH%%:*}", "/nowhere"), Ok(()));
    }
}
