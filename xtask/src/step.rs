//! `Step`: one named part of `cargo xtask test`, and the table of them all.

use crate::failure::Failure;
use crate::workspace::Workspace;
use crate::{browser, cargo, provision, python, readme, shifted, tidy};

/// How much of the tests to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Full,
    /// Nothing that needs provisioning: for the loop between two edits.
    Quick,
}

/// One part of the test command, which can be run alone by its name.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Whether `--quick` runs it too.
    pub(crate) quick: bool,
    pub(crate) act: fn(&Workspace, Mode) -> Result<(), Failure>,
}

/// In the order in which `cargo xtask test` runs them.
pub(crate) const STEPS: [Step; 10] = [
    Step {
        name: "provision",
        about: "find the tools and data the tests need, bring what is missing",
        quick: false,
        act: |workspace, _| provision::run(workspace),
    },
    Step {
        name: "fmt",
        about: "rustfmt has nothing to change",
        quick: true,
        act: |workspace, _| cargo::fmt(workspace),
    },
    Step {
        name: "clippy",
        about: "clippy has nothing to say, in any target with any feature",
        quick: true,
        act: |workspace, _| cargo::clippy(workspace),
    },
    Step {
        name: "tidy",
        about: "the project's own rules: headers, licences, duplicates, links, ...",
        quick: true,
        act: |workspace, _| tidy::run(workspace),
    },
    Step {
        name: "cargo-test",
        about: "unit, integration, property and documentation tests of every crate",
        quick: true,
        act: cargo::test,
    },
    Step {
        name: "browser",
        about: "the pages in Chromium: clicked, unfolded, filled in, printed, light and dark, wide and narrow",
        quick: false,
        act: |workspace, _| browser::run(workspace),
    },
    Step {
        name: "python",
        about: "the wheel of Python is built, installed, typed and tested",
        quick: false,
        act: |workspace, _| python::run(workspace),
    },
    Step {
        name: "shifted",
        about: "the tests that take the time from the clock, at changes of the clock, year's end, leap day, in five years",
        quick: false,
        act: |workspace, _| shifted::run(workspace),
    },
    Step {
        name: "doc",
        about: "rustdoc has nothing to warn about",
        quick: false,
        act: |workspace, _| cargo::doc(workspace),
    },
    Step {
        name: "readme",
        about: "the commands in README.md do what it says",
        quick: false,
        act: |workspace, _| readme::run(workspace),
    },
];

impl Step {
    pub(crate) fn belongs_to(&self, mode: Mode) -> bool {
        mode == Mode::Full || self.quick
    }

    /// What to type to run this step alone.
    pub(crate) fn alone(&self, mode: Mode) -> String {
        let flag = if mode == Mode::Quick { " --quick" } else { "" };
        format!("cargo xtask {}{flag}", self.name)
    }
}
