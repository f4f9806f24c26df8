//! `Block`: one fenced block of shell commands in a Markdown page.

/// The block, with what the page says about running it.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// Of the opening fence, counted from 1.
    pub(super) line: usize,
    /// The reason why it is not run; it may be empty, which is a mistake.
    pub(super) not_run: Option<String>,
    pub(super) lines: Vec<String>,
    pub(super) examples: Vec<Example>,
}

/// A command and what it prints.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Example {
    pub(super) line: usize,
    pub(super) command: String,
    pub(super) expected: Vec<String>,
}

const LANGUAGES: [&str; 4] = ["console", "sh", "bash", "shell"];
const PROMPT: &str = "$ ";
const CONTINUATION: &str = "> ";

/// Every shell block of the page, in order.
pub(super) fn all(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut before = "";
    let mut lines = (1..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        let Some(fence) = Fence::opening(line) else {
            if !line.trim().is_empty() {
                before = line;
            }
            continue;
        };
        let content: Vec<String> = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| !fence.is_closed_by(line))
            .map(|line| fence.outdent(line).to_owned())
            .collect();
        if LANGUAGES.contains(&fence.language) {
            let examples = examples(number + 1, &content);
            blocks.push(Block { line: number, not_run: not_run(before), lines: content, examples });
        }
        before = "";
    }
    blocks
}

/// The line that opens a block.
struct Fence<'a> {
    indent: usize,
    /// The backticks or tildes.
    marker: &'a str,
    language: &'a str,
}

impl<'a> Fence<'a> {
    fn opening(line: &'a str) -> Option<Self> {
        let content = line.trim_start();
        let sign = content.chars().next().filter(|sign| matches!(sign, '`' | '~'))?;
        let info = content.trim_start_matches(sign);
        let (marker, _) = content.split_at(content.len() - info.len());
        // An inline code span may start a line as well.
        let opens = marker.len() >= 3 && !info.contains('`');
        let language = info.split([' ', ',', '{']).find(|word| !word.is_empty()).unwrap_or_default();
        opens.then(|| Self { indent: line.len() - content.len(), marker, language })
    }

    fn is_closed_by(&self, line: &str) -> bool {
        let line = line.trim();
        line.strip_prefix(self.marker)
            .is_some_and(|rest| rest.chars().all(|sign| self.marker.starts_with(sign)))
    }

    /// A block in a list is indented as a whole.
    fn outdent<'l>(&self, line: &'l str) -> &'l str {
        let blanks = line.len() - line.trim_start_matches(' ').len();
        line.get(blanks.min(self.indent)..).unwrap_or_default()
    }
}

/// The reason in `<!-- not run: REASON -->`.
fn not_run(comment: &str) -> Option<String> {
    let comment = comment.trim().strip_prefix("<!--")?.strip_suffix("-->")?;
    let reason = comment.trim().strip_prefix("not run")?;
    Some(reason.trim_start_matches(':').trim().to_owned())
}

/// What is before the first prompt belongs to no command and is left out.
fn examples(first_line: usize, content: &[String]) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    for (number, line) in (first_line..).zip(content) {
        if let Some(command) = line.strip_prefix(PROMPT) {
            examples.push(Example { line: number, command: command.to_owned(), expected: Vec::new() });
            continue;
        }
        let Some(example) = examples.last_mut() else { continue };
        let continuation = line.strip_prefix(CONTINUATION).or((line == ">").then_some(""));
        let continued = example.command.ends_with('\\').then_some(line.as_str());
        match continuation.or(continued) {
            Some(more) if example.expected.is_empty() => {
                example.command.push('\n');
                example.command.push_str(more);
            }
            _ => example.expected.push(line.clone()),
        }
    }
    examples
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(line: usize, command: &str, expected: &[&str]) -> Example {
        let expected = expected.iter().map(|&line| line.to_owned()).collect();
        Example { line, command: command.to_owned(), expected }
    }

    fn only(text: &str) -> Block {
        let mut blocks = all(text);
        assert_eq!(blocks.len(), 1, "{blocks:?}");
        blocks.remove(0)
    }

    #[test]
    fn commands_are_followed_by_what_they_print() {
        let block = only("# Title\n\n```console\n$ staste --version\nstaste 0.1.0\n\n$ true\n```\n");
        assert_eq!(block.line, 3);
        assert_eq!(block.not_run, None);
        assert_eq!(
            block.examples,
            [example(4, "staste --version", &["staste 0.1.0", ""]), example(7, "true", &[])]
        );
    }

    #[test]
    fn a_command_goes_on_after_a_sign_or_a_backslash() {
        let block = only("```sh\n$ cat <<E\n> a\n>\n> E\n a\n$ staste \\\n    show\n> b\n```\n");
        assert_eq!(
            block.examples,
            [example(2, "cat <<E\na\n\nE", &[" a"]), example(7, "staste \\\n    show\nb", &[])]
        );
    }

    #[test]
    fn only_shell_blocks_count() {
        assert!(
            all("```rust\n$ a\n```\n```\n$ b\n```\n~~~text\n```sh\n$ c\n```\n~~~\n`` ` `` $ d\n").is_empty()
        );
        assert_eq!(only("````sh title\n$ a\n```\n````\n").examples, [example(2, "a", &["```"])]);
    }

    #[test]
    fn a_block_in_a_list_loses_its_indent() {
        assert_eq!(only("- a\n  ```sh\n  $ a\n    b\n  ```\n").examples, [example(3, "a", &["  b"])]);
    }

    #[test]
    fn the_comment_above_says_why_it_is_not_run() {
        let reason = |comment: &str| only(&format!("{comment}\n\n```sh\ncargo a\n```\n")).not_run;
        assert_eq!(reason("<!-- not run: takes an hour -->").as_deref(), Some("takes an hour"));
        assert_eq!(reason("<!-- not run: -->").as_deref(), Some(""));
        assert_eq!(reason("<!-- not run -->").as_deref(), Some(""));
        assert_eq!(reason("<!-- note -->"), None);
        let blocks = all("<!-- not run: a -->\n```sh\n$ a\n```\n```sh\n$ b\n```\n");
        assert_eq!(blocks.iter().filter(|block| block.not_run.is_some()).count(), 1);
    }
}
