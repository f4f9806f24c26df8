//! Rule: every crate takes its lints from the workspace.

use super::source_file::SourceFile;
use super::violation::Violation;

pub(super) fn check(files: &[SourceFile]) -> Vec<Violation> {
    files
        .iter()
        .filter(|file| is_manifest_of_crate(&file.path) && !inherits(&file.text))
        .map(|file| Violation::new(&file.path, 1, "add `[lints]` with `workspace = true`"))
        .collect()
}

fn is_manifest_of_crate(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(parts.as_slice(), ["crates", _, "Cargo.toml"] | ["xtask", "Cargo.toml"])
}

fn inherits(manifest: &str) -> bool {
    let Ok(manifest) = manifest.parse::<toml::Table>() else {
        return false;
    };
    let lints = manifest.get("lints").and_then(|lints| lints.get("workspace"));
    lints.and_then(toml::Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::violation::places;

    #[test]
    fn a_crate_inherits() {
        let good = "[package]\nname = \"a\"\n[lints]\nworkspace = true\n";
        let files = [
            SourceFile::new("crates/a/Cargo.toml", good),
            SourceFile::new("crates/b/Cargo.toml", "[package]\nname = \"b\"\n"),
            SourceFile::new("crates/c/Cargo.toml", "[lints.rust]\nunsafe_code = \"deny\"\n"),
            SourceFile::new("crates/d/Cargo.toml", "not a manifest"),
            SourceFile::new("bench/Cargo.toml", ""),
        ];
        assert_eq!(
            places(&check(&files)),
            ["crates/b/Cargo.toml:1", "crates/c/Cargo.toml:1", "crates/d/Cargo.toml:1"]
        );
    }
}
