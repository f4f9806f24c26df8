//! Rule: `unsafe` lives in one audited module.

use super::rust_text::{RustText, has_word};
use super::source_file::SourceFile;
use super::violation::Violation;

/// pthread_atfork and the coarse clock.
const AUDITED: &str = "crates/staste-core/src/fork/mod.rs";

pub(super) fn check(files: &[SourceFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| file.is_rust() && file.path != AUDITED) {
        for (number, line) in (1..).zip(RustText::of(&file.text).code.lines()) {
            if has_word(line, "unsafe") {
                let message = format!("`unsafe` outside of {AUDITED}: find a safe way, or move it there");
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
    fn only_the_audited_module_has_it() {
        let text = "fn a() {\n    unsafe { b() }\n}\n";
        let files = [SourceFile::new(AUDITED, text), SourceFile::new("crates/staste/src/a.rs", text)];
        assert_eq!(places(&check(&files)), ["crates/staste/src/a.rs:2"]);
    }

    #[test]
    fn the_lint_and_the_mere_word_pass() {
        let text = "#![forbid(unsafe_code)]\n// nothing unsafe\nlet a = \"unsafe\";\n";
        assert!(check(&[SourceFile::new("a.rs", text)]).is_empty());
    }
}
