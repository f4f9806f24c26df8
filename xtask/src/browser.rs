//! The step `browser`: the pages of the demo in Chromium. Pictures of them stay in the scratch folder, to be looked at.

use std::path::Path;

use crate::failure::Failure;
use crate::process::Program;
use crate::provision;
use crate::workspace::Workspace;

const TESTS: &str = "crates/staste-web/tests/browser/pages.py";
const PICTURE: &str = "crates/staste-web/tests/browser/picture.py";

/// The tests.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let pictures = workspace.scratch().join("pictures");
    println!("    pictures go to {}", pictures.display());
    script(workspace, TESTS, &pictures)
}

/// The picture of the demo in the README.
pub(crate) fn picture(workspace: &Workspace) -> Result<(), Failure> {
    provision::run(workspace)?;
    script(workspace, PICTURE, &workspace.root.join("docs/demo.png"))
}

/// Runs a script with the program, the browser, and where it leaves what it makes.
fn script(workspace: &Workspace, script: &str, result: &Path) -> Result<(), Failure> {
    let chromium = provision::chromium()
        .ok_or_else(|| Failure::new("Chromium is missing; `cargo xtask provision` brings it"))?;
    workspace.cargo().args(["build", "--package", "staste-cli", "--locked"]).run()?;
    Program::new(provision::venv_python(workspace))
        .within(&workspace.root)
        .arg(script)
        .arg(workspace.target.join("debug/staste"))
        .arg(chromium)
        .arg(result)
        .run()
}
