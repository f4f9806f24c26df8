//! Output on terminals and pipes: control characters, width, ASCII, colours, closed pipes, and help texts.

use std::io::Read;
use std::process::Stdio;

use crate::support::program::{CLOCK_NOTICE, Program};
use crate::terminal::{Terminal, plain_text};

#[test]
fn control_characters_of_choices_are_escaped_on_the_terminal() {
    let staste = Program::new();
    staste.ok("define visits --axis agent");
    let hostile = [
        "\x1b[31mred\x1b[2J",
        "a\tb",
        "\u{202e}txt.exe",
        "\u{9b}0m",
        "new\nline",
        "",
        " ",
        "日本語",
        "e\u{301}",
        "(other)",
        "=1+1",
    ];
    for text in hostile {
        let kicked = staste.command("kick visits").arg(format!("agent={text}")).output().unwrap();
        assert!(kicked.status.success());
    }
    let table = staste.ok("query visits --by agent");
    assert!(!table.chars().any(|c| c.is_control() && c != '\n'), "{table:?}");
    assert!(table.contains("\\u{1b}[31mred\\u{1b}[2J") && table.contains("\\u{202e}txt.exe"), "{table}");
    assert!(
        table.contains("new\\nline")
            && table.contains("\"\"")
            && table.contains("\" \"")
            && table.contains("\"(other)\""),
        "{table}"
    );
    for line in table.lines() {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{line}");
    }
    let json = staste.json("query visits --by agent");
    let choices: Vec<&str> =
        json["rows"].as_array().unwrap().iter().map(|row| row["choice"].as_str().unwrap()).collect();
    assert_eq!(choices, hostile, "programs get them as they are");
    let csv = staste.ok("query visits --by agent --format csv");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let choices: Vec<String> = reader.records().map(|record| record.unwrap()[0].to_owned()).collect();
    // The last choice is guarded, because it looks like a formula.
    let guarded = hostile.map(|text| if text == "=1+1" { "'=1+1" } else { text });
    assert_eq!(choices, guarded);
    let error = staste.command("query visits").args(["--filter", "\x1b[2Jx=1"]).output().unwrap();
    assert!(!String::from_utf8_lossy(&error.stderr).contains('\x1b'));
}

#[test]
fn table_fits_eighty_columns() {
    let staste = Program::new();
    staste.ok("define visits --axis agent --axis page --averaged");
    let long = "x".repeat(300);
    for n in 0..30 {
        staste.ok(&format!("kick visits agent={n}{long} page=p{n} --value {}", 10_i64.pow(n / 2)));
    }
    for query in [
        "--by agent",
        "--by agent --by page",
        "--by agent --top 3",
        "--scale day --by agent --last 3d",
        "--scale month --by page --year 2023",
    ] {
        let table = staste.ok(&format!("query visits {query}"));
        for line in table.lines() {
            assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{query}\n{table}");
        }
    }
    for line in staste.ok("show visits").lines().chain(staste.ok("metricas").lines()) {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{line}");
    }
}

#[test]
fn table_is_as_wide_as_the_terminal() {
    let staste = Program::new();
    staste.ok("define visits --axis agent");
    staste.ok(&format!("kick visits agent={}", "x".repeat(200)));
    for columns in [40, 50, 80, 110] {
        let (code, seen) = Terminal::run(staste.command("query visits --by agent"), columns, 24).end();
        assert_eq!(code, Some(0));
        assert!(seen.contains("\x1b[36m█"), "coloured: {seen}");
        let widest = plain_text(&seen).lines().map(unicode_width::UnicodeWidthStr::width).max();
        assert_eq!(widest, Some(usize::from(columns)), "{seen}");
    }
}

#[test]
fn output_without_utf8_locale_is_ascii() {
    let staste = Program::new();
    staste.ok("define visits --axis page");
    staste.ok("kick visits page=a");
    staste.ok("kick visits page=b --value -3");
    let ascii = staste.ok("query visits --by page --filter page=a --ascii");
    assert!(ascii.is_ascii() && ascii.contains("###"), "{ascii}");
    let mut command = staste.command("query visits --by page");
    let locale = String::from_utf8(command.env("LANG", "C").output().unwrap().stdout).unwrap();
    assert!(locale.is_ascii() && locale.contains("---") && locale.contains("###"), "{locale}");
}

#[test]
fn output_is_coloured_on_terminals_or_on_request() {
    let staste = Program::new();
    staste.ok("define visits --axis page");
    staste.ok("kick visits page=a");
    assert!(!staste.ok("query visits --by page").contains('\x1b'));
    assert!(staste.ok("query visits --by page --color always").contains("\x1b[36m█"));
}

#[test]
fn closed_output_is_not_an_error_but_a_full_disk_is() {
    let staste = Program::new();
    staste.ok("define visits");
    staste.ok("kick visits --date 1990-01-01");
    let line = "query visits --since 1900-01-01 --until 2023-01-01 --scale day --format csv";
    let mut child = staste.spawn(line);
    let mut out = child.stdout.take().unwrap();
    let mut some = [0; 10];
    out.read_exact(&mut some).unwrap();
    drop(out);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), CLOCK_NOTICE.as_bytes()));
    let full = staste
        .command(line)
        .stdout(std::fs::File::options().write(true).open("/dev/full").unwrap())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(full.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&full.stderr).contains("error: the output cannot be written"));
}

#[test]
fn every_command_has_help_with_an_example() {
    let staste = Program::new();
    let help = staste.ok("--help");
    assert!(help.contains("Exit codes:") && help.contains("sqlite:staste.db"), "{help}");
    for command in [
        "demo",
        "serve",
        "import",
        "query",
        "sql",
        "kick",
        "metricas",
        "show",
        "define",
        "export",
        "forget",
        "backup",
        "verify",
        "completions",
    ] {
        assert!(help.contains(&format!("\n  {command} ")), "{command}");
        let help = staste.command(&format!("{command} --help")).env("COLUMNS", "80").output().unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        assert!(help.contains("Example"), "{command}: {help}");
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        let short = staste.command(&format!("{command} -h")).env("COLUMNS", "80").output().unwrap();
        assert_eq!(String::from_utf8(short.stdout).unwrap(), help, "one layout");
        assert!(!help.contains("\\\\,"), "{help}");
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(staste.ok(&format!("completions {shell}")).contains("staste"));
    }
    let usage = staste.run("qurey guests");
    assert_eq!(usage.code, Some(2));
    assert!(usage.err.contains("query"), "{usage:?}");
}
