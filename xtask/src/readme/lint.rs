//! What can be wrong with the README's shell blocks before any of them is run.

use super::block::Block;

/// Programs that reach for the network or for compilers.
const ELSEWHERE: [&str; 3] = ["cargo ", "pip ", "git clone "];

pub(super) fn check(blocks: &[Block]) -> Vec<String> {
    blocks.iter().flat_map(check_block).collect()
}

fn check_block(block: &Block) -> Vec<String> {
    if let Some(reason) = &block.not_run {
        return match reason.as_str() {
            "" => vec![format!("README.md:{}: say why: `<!-- not run: REASON -->`", block.line)],
            _ => Vec::new(),
        };
    }
    let mut complaints = Vec::new();
    for (number, line) in (block.line + 1..).zip(&block.lines) {
        let command = format!("{} ", line.strip_prefix("$ ").unwrap_or(line).trim());
        if let Some(program) = ELSEWHERE.iter().find(|program| command.starts_with(*program)) {
            complaints.push(format!(
                "README.md:{number}: `{}` needs more than the built `staste`: put it into a block of its own \
                 below `<!-- not run: REASON -->`",
                program.trim()
            ));
        }
    }
    if complaints.is_empty() && block.examples.is_empty() {
        complaints.push(format!(
            "README.md:{}: no line starts with `$ `, so nothing would be run: add the prompts, \
             or `<!-- not run: REASON -->` above",
            block.line
        ));
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readme::block;

    fn complaints(text: &str) -> Vec<String> {
        check(&block::all(text))
    }

    #[test]
    fn blocks_that_can_be_run_or_say_why_not_pass() {
        assert!(complaints("```sh\n$ staste demo\n```\n").is_empty());
        assert!(complaints("<!-- not run: builds -->\n```sh\ncargo install staste-cli\n```\n").is_empty());
    }

    #[test]
    fn a_reason_must_be_given() {
        assert_eq!(complaints("<!-- not run: -->\n```sh\n$ cargo install\n```\n").len(), 1);
    }

    #[test]
    fn what_reaches_out_is_not_run() {
        for command in ["$ cargo run", "cargo", "$ pip install staste", "$ git clone x"] {
            let complaints = complaints(&format!("text\n```sh\n{command}\n```\n"));
            assert!(
                complaints.iter().all(|complaint| complaint.starts_with("README.md:3: ")),
                "{complaints:?}"
            );
            assert_eq!(complaints.len(), 1, "{command}");
        }
        assert!(complaints("```sh\n$ staste import pip.csv\n```\n").is_empty());
    }

    #[test]
    fn a_block_without_prompts_is_a_mistake() {
        assert_eq!(complaints("```sh\nstaste demo\n```\n").len(), 1);
    }
}
