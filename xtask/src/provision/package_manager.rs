//! `PackageManager`: the systems' programs that install packages, in one table.

use crate::failure::Failure;
use crate::process::Program;

/// How one system installs a package without asking.
pub(super) struct PackageManager {
    pub(super) program: &'static str,
    /// What brings its lists up to date; a fresh container has none.
    refresh: &'static [&'static str],
    install: &'static [&'static str],
    needs_root: bool,
}

/// In the order in which they are looked for; `Need::packages` has the same order.
pub(super) const PACKAGE_MANAGERS: [PackageManager; 5] = [
    PackageManager {
        program: "apt-get",
        refresh: &["update"],
        install: &["install", "-y", "--no-install-recommends"],
        needs_root: true,
    },
    PackageManager { program: "dnf", refresh: &[], install: &["install", "-y"], needs_root: true },
    PackageManager { program: "apk", refresh: &[], install: &["add", "--no-cache"], needs_root: true },
    PackageManager { program: "brew", refresh: &[], install: &["install"], needs_root: false },
    PackageManager {
        program: "pacman",
        refresh: &[],
        install: &["-Sy", "--needed", "--noconfirm"],
        needs_root: true,
    },
];

impl PackageManager {
    /// The line a person would type.
    pub(super) fn command_line(&self, packages: &[&str]) -> String {
        let sudo = if self.needs_root { "sudo " } else { "" };
        format!("{sudo}{} {} {}", self.program, self.install.join(" "), packages.join(" "))
    }

    pub(super) fn may_install(&self, root: bool) -> bool {
        root || !self.needs_root
    }

    pub(super) fn install(&self, packages: &[&str]) -> Result<(), Failure> {
        if !self.refresh.is_empty() {
            self.program().args(self.refresh).run()?;
        }
        self.program().args(self.install).args(packages).run()
    }

    fn program(&self) -> Program {
        Program::new(self.program).env("DEBIAN_FRONTEND", "noninteractive")
    }
}
