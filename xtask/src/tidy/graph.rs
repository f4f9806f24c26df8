//! `Graph`: which package depends on which, as cargo resolved them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::source_file::SourceFile;
use crate::failure::Failure;
use crate::workspace::Workspace;

/// The resolved packages on all platforms with all features.
pub(super) struct Graph {
    /// By cargo's identifier.
    packages: BTreeMap<String, Package>,
    members: Vec<String>,
}

pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    /// The SPDX expression of its manifest, if it has one.
    pub(super) licence: Option<String>,
    dependencies: Vec<Dependency>,
}

struct Dependency {
    id: String,
    /// Whether only tests, examples and benchmarks need it.
    dev_only: bool,
}

/// Which arrows to follow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrows {
    All,
    /// Those of the finished product: normal and build dependencies.
    WithoutDev,
}

impl Graph {
    pub(super) fn of(workspace: &Workspace) -> Result<Self, Failure> {
        let program =
            workspace.cargo().args(["metadata", "--format-version", "1", "--all-features", "--locked"]);
        let json = program.read()?;
        let value = serde_json::from_str(&json).map_err(|error| Failure::new(error.to_string()))?;
        Self::from_metadata(&value).ok_or_else(|| {
            Failure::new("`cargo metadata` has no list of resolved packages in the known form")
        })
    }

    /// Reads what `cargo metadata` prints.
    pub(super) fn from_metadata(metadata: &Value) -> Option<Self> {
        let mut packages = BTreeMap::new();
        for package in metadata.get("packages")?.as_array()? {
            let text = |field: &str| package.get(field).and_then(Value::as_str).map(str::to_owned);
            let (name, version, licence) = (text("name")?, text("version")?, text("license"));
            packages.insert(text("id")?, Package { name, version, licence, dependencies: Vec::new() });
        }
        for node in metadata.get("resolve")?.get("nodes")?.as_array()? {
            let package = packages.get_mut(node.get("id")?.as_str()?)?;
            package.dependencies =
                node.get("deps")?.as_array()?.iter().map(Dependency::from_metadata).collect::<Option<_>>()?;
        }
        let members = metadata.get("workspace_members")?.as_array()?;
        let members = members.iter().map(|id| id.as_str().map(str::to_owned)).collect::<Option<_>>()?;
        Some(Self { packages, members })
    }

    /// Every package that the workspace needs, itself included.
    pub(super) fn needed(&self) -> Vec<&Package> {
        self.reachable(self.members.clone(), Arrows::All)
    }

    /// The package of the workspace with this name, and all that it needs.
    pub(super) fn needed_by(&self, member: &str, arrows: Arrows) -> Vec<&Package> {
        let is_it = |id: &&String| self.packages.get(*id).is_some_and(|package| package.name == member);
        self.reachable(self.members.iter().filter(is_it).cloned().collect(), arrows)
    }

    fn reachable(&self, mut todo: Vec<String>, arrows: Arrows) -> Vec<&Package> {
        let mut seen = BTreeSet::new();
        while let Some(id) = todo.pop() {
            let Some((id, package)) = self.packages.get_key_value(&id) else { continue };
            if !seen.insert(id) {
                continue;
            }
            let followed = |dependency: &&Dependency| arrows == Arrows::All || !dependency.dev_only;
            todo.extend(package.dependencies.iter().filter(followed).map(|dependency| dependency.id.clone()));
        }
        seen.into_iter().filter_map(|id| self.packages.get(id)).collect()
    }
}

impl Dependency {
    fn from_metadata(dependency: &Value) -> Option<Self> {
        let kinds = dependency.get("dep_kinds")?.as_array()?;
        let dev_only = kinds.iter().all(|kind| kind.get("kind").and_then(Value::as_str) == Some("dev"));
        Some(Self { id: dependency.get("pkg")?.as_str()?.to_owned(), dev_only })
    }
}

impl Package {
    /// The line of Cargo.lock on which this version is named.
    pub(super) fn line_in_lock(&self, files: &[SourceFile]) -> usize {
        let lock = files.iter().find(|file| file.path == "Cargo.lock").map_or("", |file| file.text.as_str());
        let name = format!("name = \"{}\"\nversion = \"{}\"\n", self.name, self.version);
        lock.find(&name)
            .and_then(|start| lock.get(..start))
            .map_or(1, |before| before.matches('\n').count() + 1)
    }
}

/// A graph out of lines `member -> name@version licence`, each an arrow, `~>` a dev-only one, for the tests.
#[cfg(test)]
pub(super) fn graph_of(lines: &[(&str, &str, &str, &str)]) -> Graph {
    let mut graph = Graph { packages: BTreeMap::new(), members: Vec::new() };
    for &(from, arrow, to, licence) in lines {
        for (id, licence) in [(from, "MIT"), (to, licence)] {
            let (name, version) = id.split_once('@').unwrap_or((id, "1.0.0"));
            let licence = (!licence.is_empty()).then(|| licence.to_owned());
            graph.packages.entry(id.to_owned()).or_insert_with(|| Package {
                name: name.to_owned(),
                version: version.to_owned(),
                licence,
                dependencies: Vec::new(),
            });
        }
        if !from.contains('@') && !graph.members.iter().any(|member| member == from) {
            graph.members.push(from.to_owned());
        }
        let dependency = Dependency { id: to.to_owned(), dev_only: arrow == "~>" };
        graph.packages.get_mut(from).unwrap().dependencies.push(dependency);
    }
    graph
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(packages: Vec<&Package>) -> Vec<&str> {
        packages.into_iter().map(|package| package.name.as_str()).collect()
    }

    #[test]
    fn metadata_is_read() {
        let metadata = serde_json::json!({
            "packages": [
                {"id": "p#a", "name": "a", "version": "0.1.0", "license": "MIT"},
                {"id": "p#b", "name": "b", "version": "2.0.0", "license": null},
                {"id": "p#c", "name": "c", "version": "3.0.0", "license": "ISC"},
            ],
            "workspace_members": ["p#a"],
            "resolve": {"nodes": [
                {"id": "p#a", "deps": [
                    {"pkg": "p#b", "dep_kinds": [{"kind": "dev"}]},
                    {"pkg": "p#c", "dep_kinds": [{"kind": "dev"}, {"kind": null}]},
                ]},
            ]},
        });
        let graph = Graph::from_metadata(&metadata).unwrap();
        assert_eq!(names(graph.needed()), ["a", "b", "c"]);
        assert_eq!(names(graph.needed_by("a", Arrows::WithoutDev)), ["a", "c"]);
        assert!(Graph::from_metadata(&serde_json::json!({"packages": []})).is_none());
    }

    #[test]
    fn arrows_are_followed_to_the_end_even_in_circles() {
        let graph = graph_of(&[
            ("a", "->", "b@1.0.0", "MIT"),
            ("b@1.0.0", "->", "c@1.0.0", "MIT"),
            ("c@1.0.0", "->", "b@1.0.0", "MIT"),
        ]);
        assert_eq!(names(graph.needed_by("a", Arrows::WithoutDev)), ["a", "b", "c"]);
        assert!(graph.needed_by("b", Arrows::All).is_empty(), "not a member");
    }

    #[test]
    fn a_version_has_a_line_in_the_lock_file() {
        let lock = "version = 4\n\n[[package]]\nname = \"b\"\nversion = \"2.0.0\"\n";
        let graph = graph_of(&[("a", "->", "b@2.0.0", "MIT")]);
        let package = graph.needed().into_iter().find(|package| package.name == "b").unwrap();
        assert_eq!(package.line_in_lock(&[SourceFile::new("Cargo.lock", lock)]), 4);
        assert_eq!(package.line_in_lock(&[]), 1);
    }
}
