//! Rule: `unsafe` is used in audited files only.

use super::rust_text::{RustText, has_word};
use super::source_file::SourceFile;
use super::violation::Violation;

/// pthread_atfork and the coarse clock; the system calls of SQLite that stores replace.
const AUDITED: [&str; 2] =
    ["crates/staste-core/src/fork/mod.rs", "crates/staste-sqlite/src/descriptors/system_calls.rs"];

pub(super) fn check(files: &[SourceFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| file.is_rust() && !AUDITED.contains(&file.path.as_str())) {
        for (number, line) in (1..).zip(RustText::of(&file.text).code.lines()) {
            if has_word(line, "unsafe") {
                let message = format!("`unsafe` outside of {}: find a safe way", AUDITED.join(" and "));
                violations.push(Violation::new(&file.path, number, message));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::violation::places;

    #[test]
    fn only_audited_files_have_it() {
        let text = "fn a() {\n    unsafe { b() }\n}\n";
        let [fork, calls] = AUDITED.map(|path| SourceFile::new(path, text));
        let files = [fork, calls, SourceFile::new("crates/staste/src/a.rs", text)];
        assert_eq!(places(&check(&files)), ["crates/staste/src/a.rs:2"]);
    }

    #[test]
    fn the_lint_and_the_mere_word_pass() {
        let text = "#![forbid(unsafe_code)]\n// nothing unsafe\nlet a = \"unsafe\";\n";
        assert!(check(&[SourceFile::new("a.rs", text)]).is_empty());
    }
}
