//! The last lines of the demo: commands to count events of one's own.

use crate::output::Screen;

const COMMANDS: [&str; 4] = [
    "staste import access.log --metrica visits --axis page=path",
    "staste query visits --last 7d --by page",
    "staste define guests --axis gender=boy,girl --axis age",
    "staste kick guests gender=girl age=18",
];
/// The command that installs the program, for a demo that runs by `cargo run`.
const INSTALL: &str = "cargo install --path crates/staste-cli";
const INDENT: &str = "    ";

/// Returns the lines, at most `width` columns wide.
pub(super) fn lines(screen: &Screen, width: usize) -> Vec<String> {
    let mut lines = vec![format!("  {}", screen.style().bold("Now count your own:"))];
    // Cargo sets this variable for the programs it runs.
    let install = std::env::var_os("CARGO_MANIFEST_DIR").map(|_| INSTALL);
    for command in install.into_iter().chain(COMMANDS) {
        lines.extend(wrapped(command, width));
    }
    lines
}

/// Breaks a command into lines that end with a backslash, as a shell reads it.
fn wrapped(command: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = INDENT.to_owned();
    let mut words = command.split(' ').peekable();
    while let Some(word) = words.next() {
        // An option and its value stay on one line.
        let more = words.next_if(|next| word.starts_with("--") && !next.starts_with("--"));
        let part = more.map_or_else(|| word.to_owned(), |value| format!("{word} {value}"));
        if line.len() + part.len() + " \\".len() > width && line.trim() != "" {
            lines.push(format!("{line}\\"));
            line = INDENT.repeat(2);
        }
        line.push_str(&part);
        line.push(' ');
    }
    lines.push(line.trim_end().to_owned());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_command_is_wrapped_before_an_option() {
        assert_eq!(wrapped(COMMANDS[3], 80), ["    staste kick guests gender=girl age=18"]);
        assert_eq!(
            wrapped(COMMANDS[0], 50),
            ["    staste import access.log --metrica visits \\", "        --axis page=path"]
        );
    }
}
