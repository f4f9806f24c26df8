//! Rule: no comment postpones work; what is not done is written down where it is planned.

use super::rust_text::{RustText, has_word};
use super::source_file::SourceFile;
use super::violation::Violation;

/// Put together here, so that this file does not trip over itself.
const WORDS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// Files without a cheap way to tell comments from the rest: all of their text counts.
const OTHERS: [&str; 8] = ["py", "pyi", "sh", "js", "css", "html", "toml", "yml"];

pub(super) fn check(files: &[SourceFile]) -> Vec<Violation> {
    files.iter().flat_map(check_file).collect()
}

fn check_file(file: &SourceFile) -> Vec<Violation> {
    if file.is_rust() {
        postponed(&file.path, &RustText::of(&file.text).comments)
    } else if OTHERS.contains(&file.extension()) {
        postponed(&file.path, &file.text)
    } else {
        Vec::new()
    }
}

fn postponed(path: &str, comments: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (number, line) in (1..).zip(comments.lines()) {
        if let Some(word) = WORDS.iter().find(|word| has_word(line, word)) {
            let message = format!("`{word}`: do it now, or write it into DESIGN.md as not yet done");
            violations.push(Violation::new(path, number, message));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::violation::places;

    #[test]
    fn each_word_is_found_in_comments() {
        for word in WORDS {
            let rust = SourceFile::new("a.rs", format!("fn a() {{}}\n// {word}: later\n"));
            let script = SourceFile::new("a.py", format!("# {word} later\n"));
            assert_eq!(places(&check(&[rust, script])), ["a.rs:2", "a.py:1"], "{word}");
        }
    }

    #[test]
    fn code_text_and_longer_words_pass() {
        let [word, ..] = WORDS;
        let text = format!("let a = \"{word}\"; // {word}S\n");
        assert!(check(&[SourceFile::new("a.rs", text), SourceFile::new("a.md", word)]).is_empty());
    }
}
