//! Rule: dependencies between the crates point one way.

use super::graph::{Arrows, Graph};
use super::source_file::SourceFile;
use super::violation::Violation;

/// A crate, what it may not need even through others, and why.
const FORBIDDEN: [(&str, &[&str], &str); 2] = [
    ("staste-core", &["rusqlite", "redis", "axum", "tokio"], "the core knows no disk, network or runtime"),
    ("staste-web", &["staste-sqlite", "staste-redis"], "pages hold the core's handle, never a Store"),
];

/// Tests may use what they like.
pub(super) fn check(graph: &Graph, _files: &[SourceFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (member, forbidden, reason) in FORBIDDEN {
        for package in graph.needed_by(member, Arrows::WithoutDev) {
            if forbidden.contains(&package.name.as_str()) {
                let message = format!(
                    "{member} may not depend on {}: {reason} (`cargo tree -p {member} -i {}` shows the way)",
                    package.name, package.name
                );
                violations.push(Violation::new(&format!("crates/{member}/Cargo.toml"), 1, message));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::graph::graph_of;
    use crate::tidy::violation::places;

    #[test]
    fn the_core_needs_no_runtime_even_through_others() {
        let graph = graph_of(&[
            ("staste-core", "->", "helper@1.0.0", "MIT"),
            ("helper@1.0.0", "->", "tokio@1.0.0", "MIT"),
        ]);
        assert_eq!(places(&check(&graph, &[])), ["crates/staste-core/Cargo.toml:1"]);
    }

    #[test]
    fn tests_and_other_crates_may() {
        let graph = graph_of(&[
            ("staste-core", "~>", "rusqlite@1.0.0", "MIT"),
            ("staste-sqlite", "->", "rusqlite@1.0.0", "MIT"),
            ("staste-sqlite", "->", "staste-core", "MIT"),
            ("staste-web", "~>", "staste-sqlite", "MIT"),
        ]);
        assert!(check(&graph, &[]).is_empty());
    }

    #[test]
    fn pages_know_no_store() {
        let graph = graph_of(&[("staste-web", "->", "staste-redis", "MIT")]);
        assert_eq!(places(&check(&graph, &[])), ["crates/staste-web/Cargo.toml:1"]);
    }
}
