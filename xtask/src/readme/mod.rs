//! `cargo xtask readme`: runs the shell commands of README.md and compares what they print.
//!
//! The blocks marked `console` or `sh` (also `bash` and `shell`) are run in order, in one new directory, with the
//! freshly built `staste` first on PATH. A line that starts with `$ ` is a command, and lines that start with `> `
//! continue it; the others are what it prints, to stdout and stderr as on a terminal. A line `...` stands for any
//! number of lines, `[..]` for any text inside a line. A command has to succeed, unless the README shows an `error`
//! line below it. A block after the comment `<!-- not run: REASON -->` is left alone.

mod answer;
mod background;
mod block;
mod diff;
mod glob;
mod lint;
mod shell;

use std::fs;

use crate::failure::Failure;
use crate::workspace::Workspace;
use block::Example;
use shell::Shell;

pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let path = workspace.root.join("README.md");
    let text = fs::read_to_string(&path).map_err(|error| Failure::io("read", &path, &error))?;
    let blocks = block::all(&text);
    let complaints = lint::check(&blocks);
    if !complaints.is_empty() {
        return Err(Failure::new(complaints.join("\n")));
    }
    workspace.cargo().args(["build", "--package", "staste-cli", "--locked"]).run()?;
    let mut shell = Shell::start(&workspace.target.join("debug"))?;
    let mut count = 0;
    for example in blocks.iter().filter(|block| block.not_run.is_none()).flat_map(|block| &block.examples) {
        if let Err(complaint) = try_out(example, &mut shell)? {
            let kept = shell.directory().display().to_string();
            return Err(Failure::new(format!("{complaint}\nThe directory it ran in is kept: {kept}")));
        }
        count += 1;
    }
    println!("    {count} commands did what README.md says");
    shell.finish()
}

/// Runs one command; the inner error is a README that is not true.
fn try_out(example: &Example, shell: &mut Shell) -> Result<Result<(), String>, Failure> {
    let answer = shell.run(&example.command)?;
    let place = format!("README.md:{}: `{}`", example.line, example.command);
    if let Some(difference) = diff::between(&example.expected, &answer.output) {
        return Ok(Err(format!(
            "{place} {}, and the README shows something else:\n{difference}",
            answer.end
        )));
    }
    let announced = example.expected.iter().any(|line| line.starts_with("error"));
    if !answer.end.is_success() && !announced {
        let output = answer.output.join("\n");
        return Ok(Err(format!(
            "{place} {}, and no line below it starts with `error`:\n{output}",
            answer.end
        )));
    }
    Ok(Ok(()))
}
