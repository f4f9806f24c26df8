//! Rule: every source file opens with a sentence that says what it is.

use super::source_file::SourceFile;
use super::violation::Violation;

pub(super) fn check(files: &[SourceFile]) -> Vec<Violation> {
    files.iter().filter_map(missing_header).collect()
}

fn missing_header(file: &SourceFile) -> Option<Violation> {
    let message = match file.extension() {
        "rs" => rust_complaint(&file.text),
        "py" | "pyi" => script_complaint(&file.text, &["#", "\"\"\"", "'''", "r\"\"\""]),
        "sh" => script_complaint(&file.text, &["#"]),
        "" if file.text.starts_with("#!") => script_complaint(&file.text, &["#"]),
        _ => None,
    }?;
    Some(Violation::new(&file.path, 1, message))
}

fn rust_complaint(text: &str) -> Option<&'static str> {
    let paragraph: Vec<&str> = text
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(str::trim)
        .take_while(|line| !line.is_empty())
        .collect();
    let paragraph = paragraph.join(" ");
    if paragraph.is_empty() {
        Some("open the file with a `//!` sentence that says what it is")
    } else if !paragraph.ends_with('.') && !paragraph.contains(". ") {
        Some("the first `//!` paragraph should be a sentence, with a full stop")
    } else {
        None
    }
}

fn script_complaint(text: &str, openings: &[&str]) -> Option<&'static str> {
    let first = text.lines().find(|line| !line.starts_with("#!")).unwrap_or_default();
    let opens = openings.iter().any(|opening| first.starts_with(opening));
    (!opens).then_some("open the file with a comment or docstring that says what it is")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complains(path: &str, text: &str) -> bool {
        !check(&[SourceFile::new(path, text)]).is_empty()
    }

    #[test]
    fn rust_needs_a_sentence_at_the_very_start() {
        assert!(!complains("a.rs", "//! A thing.\n\nfn a() {}\n"));
        assert!(!complains("a.rs", "//! A thing that takes\n//! two lines.\n//!\n//! # More\n"));
        assert!(complains("a.rs", "fn a() {}\n"));
        assert!(complains("a.rs", "\n//! A thing.\n"));
        assert!(complains("a.rs", "#![deny(warnings)]\n//! A thing.\n"));
        assert!(complains("a.rs", "//! A thing\n//!\n//! And more.\n"));
    }

    #[test]
    fn scripts_need_a_comment_after_the_shebang() {
        assert!(!complains("a.py", "#!/usr/bin/env python3\n\"\"\"A thing.\"\"\"\n"));
        assert!(!complains("a.sh", "#!/bin/sh\n# A thing.\n"));
        assert!(!complains(".ci/run", "#!/bin/sh\n# A thing.\n"));
        assert!(complains("a.py", "import os\n"));
        assert!(complains("__init__.py", ""));
        assert!(complains("a.sh", "#!/bin/sh\nset -e\n"));
        assert!(complains(".ci/run", "#!/bin/sh\nset -e\n"));
    }

    #[test]
    fn other_files_may_open_as_they_like() {
        assert!(!complains("a.md", "text") && !complains("LICENSE-MIT", "MIT"));
    }
}
