//! Rule: nothing unfinished, skipped or silenced without a reason stays in the Rust code.

use super::rust_text::{RustText, is_word_char};
use super::source_file::SourceFile;
use super::violation::Violation;

/// What may not stand in code, and what to do about it.
const CODE: [(&str, &str); 4] = [
    ("todo!(", "finish it, or return an error that says what is not supported"),
    ("unimplemented!(", "finish it, or return an error that says what is not supported"),
    ("dbg!(", "remove the debugging aid"),
    ("#[ignore", "make the test run, or remove it: a test nobody runs proves nothing"),
];

const SILENCERS: [&str; 4] = ["#[allow(", "#![allow(", "#[expect(", "#![expect("];

/// Opens an example in the documentation that is not compiled.
const IGNORED_EXAMPLE: &str = "```ignore";

pub(super) fn check(files: &[SourceFile]) -> Vec<Violation> {
    files.iter().filter(|file| file.is_rust()).flat_map(check_file).collect()
}

fn check_file(file: &SourceFile) -> Vec<Violation> {
    let text = RustText::of(&file.text);
    let mut violations = Vec::new();
    for (needle, advice) in CODE {
        for start in occurrences(&text.code, needle) {
            let message = format!("`{needle}`: {advice}");
            violations.push(Violation::new(&file.path, line_of(&text.code, start), message));
        }
    }
    for silencer in SILENCERS {
        for start in occurrences(&text.code, silencer) {
            if !gives_reason(text.code.get(start..).unwrap_or_default()) {
                let message = format!("`{silencer}` without a reason: add `reason = \"...\"`");
                violations.push(Violation::new(&file.path, line_of(&text.code, start), message));
            }
        }
    }
    for start in occurrences(&text.comments, IGNORED_EXAMPLE) {
        let message = format!("`{IGNORED_EXAMPLE}`: make the example compile, or say `text`");
        violations.push(Violation::new(&file.path, line_of(&text.comments, start), message));
    }
    violations
}

/// Where the needle starts, except at the end of a longer word.
fn occurrences(text: &str, needle: &str) -> Vec<usize> {
    let inside_word = |start| {
        needle.starts_with(is_word_char)
            && text.get(..start).is_some_and(|before| before.ends_with(is_word_char))
    };
    text.match_indices(needle).map(|(start, _)| start).filter(|&start| !inside_word(start)).collect()
}

/// Whether the attribute that the code starts with has `reason =`, on whichever of its lines.
fn gives_reason(code: &str) -> bool {
    code.split(")]").next().is_some_and(|attribute| attribute.contains("reason ="))
}

fn line_of(text: &str, start: usize) -> usize {
    text.get(..start).unwrap_or_default().matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::violation::places;

    fn broken(text: &str) -> Vec<String> {
        places(&check(&[SourceFile::new("a.rs", text)]))
    }

    #[test]
    fn unfinished_code_is_found_on_its_line() {
        assert_eq!(
            broken("fn a() {\n    todo!()\n}\nfn b() { unimplemented!(\"x\") }"),
            ["a.rs:2", "a.rs:4"]
        );
        assert_eq!(broken("#[test]\n#[ignore = \"slow\"]\nfn a() { dbg!(1); }"), ["a.rs:3", "a.rs:2"]);
        assert_eq!(broken("/// ```ignore\n/// a()\n/// ```"), ["a.rs:1"]);
    }

    #[test]
    fn text_that_speaks_of_it_is_no_code() {
        assert!(broken("// no todo!() here\nlet a = \"todo!(\"; mytodo!();").is_empty());
        assert!(check(&[SourceFile::new("a.md", "dbg!(1)")]).is_empty());
    }

    #[test]
    fn a_lint_is_silenced_with_a_reason() {
        assert_eq!(broken("#[allow(dead_code)]\nfn a() {}"), ["a.rs:1"]);
        assert_eq!(broken("\n#![expect(\n    dead_code\n)]"), ["a.rs:2"]);
        assert!(broken("#[allow(dead_code, reason = \"a table (sic)\")]").is_empty());
        assert!(broken("#![allow(\n    dead_code,\n    reason = \"a table\"\n)]").is_empty());
    }
}
