//! Rule: every dependency may be used under a licence that asks for no more than naming it.

use super::graph::{Graph, Package};
use super::source_file::SourceFile;
use super::spdx;
use super::violation::Violation;

const ALLOWED: [&str; 13] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

pub(super) fn check(graph: &Graph, files: &[SourceFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for package in graph.needed() {
        if let Some(complaint) = complaint(package) {
            let message = format!("{} {} {complaint}", package.name, package.version);
            violations.push(Violation::new("Cargo.lock", package.line_in_lock(files), message));
        }
    }
    violations
}

fn complaint(package: &Package) -> Option<String> {
    let Some(expression) = &package.licence else {
        return Some("names no licence: do without it".to_owned());
    };
    match spdx::is_satisfied(expression, &|licence| ALLOWED.contains(&licence)) {
        Ok(true) => None,
        Ok(false) => Some(format!(
            "is licensed as `{expression}`, which xtask/src/tidy/licences.rs does not allow: do without it"
        )),
        Err(error) => Some(format!("has a licence that cannot be read, `{expression}`: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::graph::graph_of;

    fn complaints(licence: &str) -> Vec<String> {
        let graph = graph_of(&[("a", "->", "b@2.0.0", licence)]);
        check(&graph, &[]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn permissive_licences_pass() {
        for licence in
            ["MIT", "MIT/Apache-2.0", "(MIT OR Apache-2.0) AND Unicode-3.0", "Zlib OR GPL-2.0-only"]
        {
            assert!(complaints(licence).is_empty(), "{licence}");
        }
    }

    #[test]
    fn others_are_named_with_package_and_version() {
        for licence in ["GPL-3.0-only", "MIT AND MPL-2.0", "", "MIT OR"] {
            let complaints = complaints(licence);
            assert_eq!(complaints.len(), 1, "{licence}");
            assert!(complaints.iter().all(|complaint| complaint.contains("b 2.0.0")), "{complaints:?}");
        }
    }

    #[test]
    fn dependencies_of_tests_count_too() {
        assert_eq!(check(&graph_of(&[("a", "~>", "b@2.0.0", "GPL-3.0-only")]), &[]).len(), 1);
    }
}
