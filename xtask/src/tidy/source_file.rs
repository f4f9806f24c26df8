//! `SourceFile`: one file of the project, as git lists them.

use std::fs;

use crate::failure::Failure;
use crate::workspace::Workspace;

/// A file's path from the root, with `/` between its parts, and its text.
pub(super) struct SourceFile {
    pub(super) path: String,
    /// Empty where the file is not text.
    pub(super) text: String,
}

impl SourceFile {
    pub(super) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// What follows the last dot of the file's name, or nothing.
    pub(super) fn extension(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    pub(super) fn is_rust(&self) -> bool {
        self.extension() == "rs"
    }

    /// Whether nothing but tests is in it.
    pub(super) fn is_test(&self) -> bool {
        self.path.starts_with("tests/")
            || self.path.contains("/tests/")
            || self.path.ends_with("/tests.rs")
            || self.path.starts_with("crates/staste-testkit/")
    }
}

/// Every file that is, or on the next `git add` would be, part of the project.
pub(super) fn all(workspace: &Workspace) -> Result<Vec<SourceFile>, Failure> {
    let listing = crate::process::Program::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .within(&workspace.root)
        .read()?;
    let mut paths: Vec<&str> = listing.split_terminator('\0').collect();
    paths.sort_unstable();
    paths.dedup();
    let mut files = Vec::new();
    for path in paths {
        let full = workspace.root.join(path);
        // git lists a file that was deleted since the last commit, and a link to a directory.
        if !full.is_file() {
            continue;
        }
        let bytes = fs::read(&full).map_err(|error| Failure::io("read", &full, &error))?;
        files.push(SourceFile::new(path, String::from_utf8(bytes).unwrap_or_default()));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_is_that_of_the_name() {
        let extension = |path| SourceFile::new(path, "").extension().to_owned();
        assert_eq!(extension("crates/a.b/src/lib.rs"), "rs");
        assert_eq!(extension(".ci/run"), "");
        assert_eq!(extension("a.b/run"), "");
    }

    #[test]
    fn tests_are_known_by_their_place() {
        let is_test = |path| SourceFile::new(path, "").is_test();
        assert!(is_test("crates/staste/tests/seed.rs") && is_test("crates/staste-core/src/plan/tests.rs"));
        assert!(is_test("crates/staste-testkit/src/model.rs"));
        assert!(!is_test("crates/staste/src/contests.rs"));
    }
}
