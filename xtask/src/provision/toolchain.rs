//! The parts of the Rust toolchain that the steps call: rustfmt and clippy.

use crate::failure::Failure;
use crate::process::{Program, on_path};

const COMPONENTS: [(&str, &str); 2] = [("rustfmt", "fmt"), ("clippy", "clippy")];

pub(super) fn ensure() -> Result<(), Failure> {
    for (component, subcommand) in COMPONENTS {
        if has(subcommand) {
            continue;
        }
        if on_path("rustup").is_none() {
            return Err(Failure::new(format!(
                "{component} is missing and there is no rustup to add it: \
                 install the package of your system that holds `cargo {subcommand}`"
            )));
        }
        println!("    adding {component} to the toolchain");
        Program::new("rustup").args(["component", "add", component]).run()?;
        if !has(subcommand) {
            return Err(Failure::new(format!(
                "{component} was added by rustup, yet `cargo {subcommand}` does not run: \
                 is the first cargo on PATH the one of rustup?"
            )));
        }
    }
    Ok(())
}

fn has(subcommand: &str) -> bool {
    Program::cargo().args([subcommand, "--version"]).succeeds()
}
