//! `Need`: a program the tests cannot do without, and the packages that hold it.

use std::path::PathBuf;

use crate::failure::Failure;
use crate::process::{Program, on_path};

use super::package_manager::{PACKAGE_MANAGERS, PackageManager};

/// Something that must be there, by what it is called, how it is found and who packages it.
struct Need {
    what: &'static str,
    found: fn() -> bool,
    /// One list for each of `PACKAGE_MANAGERS`.
    packages: [&'static [&'static str]; PACKAGE_MANAGERS.len()],
}

const NEEDS: [Need; 5] = [
    Need {
        what: "git",
        found: || on_path("git").is_some(),
        packages: [&["git"], &["git"], &["git"], &["git"], &["git"]],
    },
    Need {
        what: "a C compiler (`cc`)",
        found: || on_path("cc").is_some(),
        packages: [&["gcc", "libc6-dev"], &["gcc", "glibc-devel"], &["gcc", "musl-dev"], &["gcc"], &["gcc"]],
    },
    Need {
        what: "python3, 3.10 or newer, with its venv module",
        // ensurepip is what Debian splits off, and without it a virtual environment has no pip.
        found: || {
            Program::new("python3")
                .args(["-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))"])
                .succeeds()
        },
        packages: [&["python3", "python3-venv"], &["python3"], &["python3"], &["python"], &["python"]],
    },
    Need {
        what: "redis-server",
        found: || on_path("redis-server").is_some(),
        packages: [&["redis-server"], &["redis"], &["redis"], &["redis"], &["redis"]],
    },
    Need {
        what: "Chromium",
        found: || chromium().is_some(),
        packages: [&["chromium"], &["chromium"], &["chromium"], &["chromium"], &["chromium"]],
    },
];

/// The browser, by whichever of its names it goes here.
pub(crate) fn chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"].into_iter().find_map(on_path)
}

/// What to do about what is missing.
enum Remedy {
    Install(&'static PackageManager, Vec<&'static str>),
    /// We may not; this tells the person what to do.
    Ask(String),
}

/// Brings all that is missing in one go.
pub(super) fn ensure_all() -> Result<(), Failure> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    let (manager, packages) = match remedy(&missing, |program| on_path(program).is_some(), is_root()) {
        Remedy::Ask(message) => return Err(Failure::new(message)),
        Remedy::Install(manager, packages) => (manager, packages),
    };
    println!("    missing: {}; {} installs {}", names(&missing), manager.program, packages.join(", "));
    manager.install(&packages)?;
    let missing = self::missing();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "still not found after installing {}: {}; is an older one first on PATH?",
        packages.join(", "),
        names(&missing)
    )))
}

fn missing() -> Vec<&'static Need> {
    NEEDS.iter().filter(|need| !(need.found)()).collect()
}

fn names(needs: &[&Need]) -> String {
    needs.iter().map(|need| need.what).collect::<Vec<_>>().join("; ")
}

fn remedy(missing: &[&Need], exists: impl Fn(&str) -> bool, root: bool) -> Remedy {
    let what = names(missing);
    let packages = |manager: &PackageManager| {
        let lists = missing.iter().flat_map(|need| PACKAGE_MANAGERS.iter().zip(need.packages));
        lists
            .filter(|(other, _)| other.program == manager.program)
            .flat_map(|(_, list)| list)
            .copied()
            .collect()
    };
    match PACKAGE_MANAGERS.iter().find(|manager| exists(manager.program)) {
        Some(manager) if manager.may_install(root) => Remedy::Install(manager, packages(manager)),
        Some(manager) => {
            let command = manager.command_line(&packages(manager));
            Remedy::Ask(format!(
                "missing: {what}; only root may install that: run `{command}`, then this again"
            ))
        }
        None => {
            let [debian, ..] = &PACKAGE_MANAGERS;
            Remedy::Ask(format!(
                "missing: {what}; none of {} is here to bring it: install it by hand \
                 (in Debian the packages are {}), then run this again",
                PACKAGE_MANAGERS.map(|manager| manager.program).join(", "),
                packages(debian).join(", ")
            ))
        }
    }
}

fn is_root() -> bool {
    Program::new("id").arg("-u").read().is_ok_and(|id| id.trim() == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what_to_do(managers: &[&str], root: bool) -> Remedy {
        let missing: Vec<&Need> = NEEDS.iter().take(2).collect();
        remedy(&missing, |program| managers.contains(&program), root)
    }

    fn message(remedy: Remedy) -> String {
        match remedy {
            Remedy::Ask(message) => message,
            Remedy::Install(manager, _) => panic!("would install with {}", manager.program),
        }
    }

    #[test]
    fn root_installs_everything_with_the_first_manager_there_is() {
        let Remedy::Install(manager, packages) = what_to_do(&["pacman", "apk"], true) else {
            panic!("root may install")
        };
        assert_eq!((manager.program, packages), ("apk", vec!["git", "gcc", "musl-dev"]));
    }

    #[test]
    fn others_are_told_the_command() {
        let message = message(what_to_do(&["apt-get"], false));
        assert!(
            message.contains("`sudo apt-get install -y --no-install-recommends git gcc libc6-dev`"),
            "{message}"
        );
    }

    #[test]
    fn brew_needs_no_root() {
        let remedy = what_to_do(&["brew"], false);
        assert!(matches!(remedy, Remedy::Install(manager, _) if manager.program == "brew"));
    }

    #[test]
    fn without_a_manager_the_packages_are_named() {
        let message = message(what_to_do(&[], true));
        assert!(message.contains("git, gcc, libc6-dev"), "{message}");
    }
}
