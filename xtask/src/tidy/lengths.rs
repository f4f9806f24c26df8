//! Rule: no source file is too long to be about one thing.

use super::source_file::SourceFile;
use super::violation::Violation;

const LIMIT: usize = 600;
const EXTENSIONS: [&str; 6] = ["rs", "py", "js", "css", "html", "toml"];

pub(super) fn check(files: &[SourceFile]) -> Vec<Violation> {
    files
        .iter()
        .filter(|file| EXTENSIONS.contains(&file.extension()))
        .filter_map(|file| {
            let lines = file.text.lines().count();
            let message = format!("{lines} lines, of at most {LIMIT}: split it by what it is about");
            (lines > LIMIT).then(|| Violation::new(&file.path, LIMIT + 1, message))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::violation::places;

    #[test]
    fn six_hundred_lines_are_enough() {
        let file = |path: &str, lines: usize| SourceFile::new(path, "x\n".repeat(lines));
        let files = [file("a.rs", 600), file("b.rs", 601), file("c.css", 601), file("Cargo.lock", 9000)];
        assert_eq!(places(&check(&files)), ["b.rs:601", "c.css:601"]);
    }
}
