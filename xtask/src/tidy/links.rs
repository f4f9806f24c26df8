//! Rule: a link from one Markdown page to a file of the project finds it.

use super::source_file::SourceFile;
use super::violation::Violation;

pub(super) fn check(files: &[SourceFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for page in files.iter().filter(|file| file.extension() == "md") {
        for (number, target) in targets(&page.text) {
            let Some(path) = local_path(&target) else { continue };
            let message = match resolve(&page.path, &path) {
                Some(resolved) if exists(files, &resolved) => continue,
                Some(resolved) => {
                    format!("the link to `{target}` leads to {resolved}, which git does not list")
                }
                None => format!("the link to `{target}` leaves the project: give its whole address"),
            };
            violations.push(Violation::new(&page.path, number, message));
        }
    }
    violations
}

/// Every link target of the page with its line, outside of code.
fn targets(text: &str) -> Vec<(usize, String)> {
    let mut targets = Vec::new();
    let mut fence: Option<&str> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let marker = ["```", "~~~"].into_iter().find(|marker| line.trim_start().starts_with(marker));
        match (fence, marker) {
            (None, Some(marker)) => fence = Some(marker),
            (Some(open), Some(marker)) if open == marker => fence = None,
            (None, None) => targets.extend(line_targets(line).into_iter().map(|target| (number, target))),
            _ => {}
        }
    }
    targets
}

/// Inline links and pictures, and definitions such as `[name]: path`.
fn line_targets(line: &str) -> Vec<String> {
    // Every second piece between backticks is code.
    let prose: Vec<&str> = line.split('`').step_by(2).collect();
    let prose = prose.join("code");
    let mut targets: Vec<&str> =
        prose.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(target, _)| target)).collect();
    if let Some((_, target)) = prose.strip_prefix('[').and_then(|rest| rest.split_once("]: ")) {
        targets.push(target);
    }
    // A title may follow the target.
    targets.into_iter().filter_map(|target| target.split_whitespace().next()).map(str::to_owned).collect()
}

/// The path of a link within the project, without its anchor.
fn local_path(target: &str) -> Option<String> {
    let target = target.trim_start_matches('<').trim_end_matches('>');
    let path = target.split('#').next().unwrap_or_default();
    let elsewhere = path.is_empty() || path.contains(':');
    (!elsewhere).then(|| path.replace("%20", " "))
}

/// The path from the root, unless it leads out of it.
fn resolve(page: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    if !path.starts_with('/') {
        parts.extend(page.split('/'));
        parts.pop();
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Directories exist by the files in them.
fn exists(files: &[SourceFile], path: &str) -> bool {
    path.is_empty()
        || files.iter().any(|file| {
            file.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::violation::places;

    fn broken(text: &str) -> Vec<String> {
        let files = [
            SourceFile::new("docs/page.md", text),
            SourceFile::new("docs/other page.md", ""),
            SourceFile::new("README.md", ""),
            SourceFile::new("crates/staste/src/lib.rs", ""),
        ];
        places(&check(&files))
    }

    #[test]
    fn links_to_files_and_directories_pass() {
        let text =
            "[a](../README.md#top) ![b](other%20page.md \"title\") [c](/crates/staste)\n\n[d]: ../crates/\n";
        assert!(broken(text).is_empty());
    }

    #[test]
    fn links_to_nothing_are_found() {
        assert_eq!(broken("a\n[b](README.md) and [c](other)\n"), ["docs/page.md:2", "docs/page.md:2"]);
        assert_eq!(broken("[a]: ../crates/stas\n"), ["docs/page.md:1"]);
        assert_eq!(broken("[a](../../actions)\n"), ["docs/page.md:1"]);
    }

    #[test]
    fn addresses_anchors_and_code_are_left_alone() {
        assert!(broken("[a](https://example.org/x) [b](#c) [d](mailto:e@example.org) `[f](g)`\n").is_empty());
        assert!(broken("```text\n[a](b)\n```\n~~~\n```\n[c](d)\n~~~\n").is_empty());
    }
}
