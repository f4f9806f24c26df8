//! The last lines of the demo: commands for counting one's own events.

use crate::output::Screen;

const COMMANDS: [&str; 4] = [
    "staste import access.log --metrica visits --axis page=path",
    "staste query visits --last 7d --by page",
    "staste define guests --axis gender=boy,girl --axis age",
    "staste kick guests gender=girl age=18",
];
/// What puts the program on the path of somebody who has not installed it.
const INSTALL: &str = "cargo install --path crates/staste-cli";
const INDENT: &str = "    ";

/// The lines.
pub(super) fn lines(screen: &Screen, width: usize) -> Vec<String> {
    let mut lines = vec![format!("  {}", screen.paint().bold("Now count your own:"))];
    // Cargo says so to what it runs.
    let install = std::env::var_os("CARGO_MANIFEST_DIR").map(|_| INSTALL);
    for command in install.into_iter().chain(COMMANDS) {
        lines.extend(wrapped(command, width));
    }
    lines
}

/// The command, continued on further lines where it is too long, as a shell reads it.
fn wrapped(command: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = INDENT.to_owned();
    let mut words = command.split(' ').peekable();
    while let Some(word) = words.next() {
        // An option stays with its value.
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
    fn commands_are_continued_at_their_options() {
        assert_eq!(wrapped(COMMANDS[3], 80), ["    staste kick guests gender=girl age=18"]);
        assert_eq!(
            wrapped(COMMANDS[0], 50),
            ["    staste import access.log --metrica visits \\", "        --axis page=path"]
        );
    }
}
