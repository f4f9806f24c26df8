//! The step `browser`: the pages of the demo in Chromium. Pictures of them stay in the scratch folder, to be looked at.

use crate::failure::Failure;
use crate::process::Program;
use crate::provision;
use crate::workspace::Workspace;

const SCRIPT: &str = "crates/staste-web/tests/browser/pages.py";

pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let chromium = provision::chromium()
        .ok_or_else(|| Failure::new("Chromium is missing; `cargo xtask provision` brings it"))?;
    workspace.cargo().args(["build", "--package", "staste-cli", "--locked"]).run()?;
    let pictures = workspace.scratch().join("pictures");
    println!("    pictures go to {}", pictures.display());
    Program::new(provision::venv_python(workspace))
        .within(&workspace.root)
        .arg(SCRIPT)
        .arg(workspace.target.join("debug/staste"))
        .arg(chromium)
        .arg(pictures)
        .run()
}
