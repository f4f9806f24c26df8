//! `demo --text`: the chart on a terminal, and without one.

use std::process::Command;

use crate::support::program::Program;
use crate::terminal::{Terminal, plain_text};

#[test]
fn demo_without_terminal_draws_the_same_chart_once() {
    let staste = Program::new();
    let picture = staste.ok("demo --text");
    for word in [
        "guests",
        "today",
        "by gender",
        "girl",
        "by age",
        "by country",
        "guests a minute",
        "none lost",
        "staste import",
    ] {
        assert!(picture.contains(word), "{word}\n{picture}");
    }
    assert_eq!(staste.ok("demo --text"), picture, "the same every time");
    for line in picture.lines() {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{line}");
    }
    assert!(staste.ok("demo --text --ascii").is_ascii());
    assert!(!picture.contains("cargo install"), "it is installed");
    let by_cargo = staste.command("demo --text").env("CARGO_MANIFEST_DIR", ".").output().unwrap();
    let by_cargo = String::from_utf8(by_cargo.stdout).unwrap();
    assert!(
        by_cargo.contains("Now count your own:\n    cargo install --path crates/staste-cli\n"),
        "{by_cargo}"
    );
    assert!(!staste.path("staste.db").exists());
}

#[test]
fn key_ends_the_demo_and_leaves_the_last_chart() {
    let staste = Program::new();
    let mut demo = Terminal::run(staste.command("demo --text"), 80, 24);
    demo.wait_for("press any key to stop");
    demo.press("x");
    let (code, seen) = demo.end();
    assert_eq!(code, Some(0), "{seen}");
    let (live, left) = seen.split_once("\x1b[?1049l").unwrap();
    let frame = plain_text(live.split("\x1b[J").next().unwrap().split("\x1b[H").nth(1).unwrap());
    assert!(frame.lines().count() <= 24 && frame.contains("guests a minute"), "{frame}");
    assert!(plain_text(left).contains("Now count your own:"), "{left}");
}

#[test]
fn signal_ends_the_demo_with_exit_code_130() {
    let staste = Program::new();
    let mut demo = Terminal::run(staste.command("demo --text"), 80, 24);
    demo.wait_for("press any key to stop");
    let killed = Command::new("kill").args(["-INT", &demo.child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let (code, seen) = demo.end();
    assert_eq!(code, Some(130), "{seen}");
    assert!(seen.contains("\x1b[?25h\x1b[?1049l") && seen.contains("Now count your own:"), "{seen}");
}

#[test]
fn demo_fits_small_terminals_and_draws_once_on_dumb_ones() {
    let staste = Program::new();
    for (columns, rows) in [(40, 12), (50, 40), (60, 20), (65, 20), (66, 10), (200, 60)] {
        let mut demo = Terminal::run(staste.command("demo --text"), columns, rows);
        demo.wait_for("\x1b[J");
        demo.press("x");
        let (_, seen) = demo.end();
        let (_, left) = seen.split_once("\x1b[?1049l").unwrap();
        let left = plain_text(left);
        let closing: Vec<&str> = left.lines().skip_while(|line| !line.contains("count your own")).collect();
        assert!(closing.iter().all(|line| line.len() <= usize::from(columns)), "{columns}\n{left}");
        assert!(left.contains("--axis page=path\n") && !left.contains("--date"), "{left}");
        let first = seen.split("\x1b[J").next().unwrap();
        let frame = plain_text(first.split("\x1b[H").nth(1).unwrap());
        assert!(frame.lines().count() <= usize::from(rows), "{columns} {rows}\n{frame}");
        assert!(frame.contains("guests a minute"), "what moves is there: {columns} {rows}\n{frame}");
        for line in frame.lines() {
            assert!(
                unicode_width::UnicodeWidthStr::width(line) <= usize::from(columns),
                "{columns}\n{frame}"
            );
        }
    }
    let mut command = Command::new("env");
    let demo = staste.command("demo --text");
    command.arg("TERM=dumb").arg(demo.get_program()).args(demo.get_args()).env("LANG", "C.UTF-8");
    let (code, seen) = Terminal::run(command, 80, 24).end();
    assert_eq!(code, Some(0));
    assert!(!seen.contains('\x1b') && seen.contains("Now count your own:"), "{seen}");
}
