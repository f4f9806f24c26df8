//! Rule: no dependency is compiled in two incompatible versions, unless there is a reason.

use std::collections::BTreeMap;

use super::graph::{Graph, Package};
use super::source_file::SourceFile;
use super::violation::Violation;

/// The exceptions: `name = "reason"`.
const EXCEPTIONS: &str = "xtask/allowed-duplicates.toml";

pub(super) fn check(graph: &Graph, files: &[SourceFile]) -> Vec<Violation> {
    let text = files.iter().find(|file| file.path == EXCEPTIONS).map_or("", |file| file.text.as_str());
    let exceptions = match text.parse::<toml::Table>() {
        Ok(table) => table,
        Err(error) => {
            return vec![Violation::new(EXCEPTIONS, 1, format!("cannot be read: {}", error.message()))];
        }
    };
    let duplicates = duplicates(graph);
    let mut violations = Vec::new();
    for (name, packages) in &duplicates {
        if exceptions.contains_key(*name) {
            continue;
        }
        let versions: Vec<&str> = packages.iter().map(|package| package.version.as_str()).collect();
        let line = packages.first().map_or(1, |package| package.line_in_lock(files));
        let message = format!(
            "{name} in the versions {}: settle on one (`cargo tree -i {name}@VERSION` tells who wants it), \
             or give a reason in {EXCEPTIONS}",
            versions.join(" and ")
        );
        violations.push(Violation::new("Cargo.lock", line, message));
    }
    for (name, reason) in &exceptions {
        let message = if !duplicates.contains_key(name.as_str()) {
            format!("{name} is no longer there twice: remove the line")
        } else if reason.as_str().is_none_or(|reason| reason.trim().is_empty()) {
            format!("say why {name} has to be there twice: {name} = \"reason\"")
        } else {
            continue;
        };
        violations.push(Violation::new(EXCEPTIONS, line_of(text, name), message));
    }
    violations
}

/// The packages, by name, that are needed in versions which cannot stand in for one another.
fn duplicates(graph: &Graph) -> BTreeMap<&str, Vec<&Package>> {
    let mut by_name: BTreeMap<&str, Vec<&Package>> = BTreeMap::new();
    for package in graph.needed() {
        by_name.entry(&package.name).or_default().push(package);
    }
    by_name.retain(|_, packages| {
        let mut lines = packages.iter().map(|package| compatibility(&package.version));
        let first = lines.next();
        lines.any(|line| Some(line) != first)
    });
    by_name
}

/// The part of a version that compatible versions share: all up to the first number that is not zero.
fn compatibility(version: &str) -> Vec<&str> {
    let release = version.split(['-', '+']).next().unwrap_or_default();
    let mut shared = Vec::new();
    for number in release.split('.') {
        shared.push(number);
        if number != "0" {
            break;
        }
    }
    shared
}

fn line_of(text: &str, name: &str) -> usize {
    let is_it = |line: &str| line.trim_start_matches('"').starts_with(name);
    text.lines().position(is_it).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::graph::graph_of;
    use crate::tidy::violation::places;

    fn broken(versions: [&str; 2], exceptions: &str) -> Vec<String> {
        let [left, right] = versions.map(|version| format!("b@{version}"));
        let graph = graph_of(&[("a", "->", &left, "MIT"), ("a", "->", &right, "MIT")]);
        let exceptions = SourceFile::new(EXCEPTIONS, exceptions);
        places(&check(&graph, &[exceptions]))
    }

    #[test]
    fn incompatible_versions_are_found() {
        for versions in [["1.2.0", "2.0.0"], ["0.1.9", "0.2.0"], ["0.0.1", "0.0.2"], ["0.9.0", "1.0.0"]] {
            assert_eq!(broken(versions, ""), ["Cargo.lock:1"], "{versions:?}");
        }
    }

    #[test]
    fn compatible_ones_pass() {
        for versions in [["1.2.0", "1.3.0-beta.1"], ["0.2.1", "0.2.7+build"], ["0.0.1", "0.0.1-rc.1"]] {
            assert!(broken(versions, "").is_empty(), "{versions:?}");
        }
    }

    #[test]
    fn an_exception_needs_a_reason() {
        assert!(broken(["1.0.0", "2.0.0"], "b = \"c still wants 1\"\n").is_empty());
        assert_eq!(broken(["1.0.0", "2.0.0"], "# why\nb = \"\"\n"), [format!("{EXCEPTIONS}:2")]);
    }

    #[test]
    fn an_exception_that_is_not_needed_goes() {
        assert_eq!(broken(["1.0.0", "1.1.0"], "b = \"c still wants 1\"\n"), [format!("{EXCEPTIONS}:1")]);
        assert_eq!(broken(["1.0.0", "1.1.0"], "b ="), [format!("{EXCEPTIONS}:1")]);
    }
}
