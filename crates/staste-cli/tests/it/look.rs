//! What people see: hostile choices, narrow screens, ASCII, colours, help, and a reader that leaves.

use std::io::Read;
use std::process::Stdio;

use crate::program::{CLOCK_NOTICE, Program};

#[test]
fn hostile_choices_do_not_reach_the_terminal() {
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
    // A spreadsheet would take the last one for a formula.
    let guarded = hostile.map(|text| if text == "=1+1" { "'=1+1" } else { text });
    assert_eq!(choices, guarded);
    let told = staste.command("query visits").args(["--filter", "\x1b[2Jx=1"]).output().unwrap();
    assert!(!String::from_utf8_lossy(&told.stderr).contains('\x1b'));
}

#[test]
fn tables_fit_eighty_columns() {
    let staste = Program::new();
    staste.ok("define visits --axis agent --axis page --averaged");
    let long = "x".repeat(300);
    for n in 0..30 {
        staste.ok(&format!("kick visits agent={n}{long} page=p{n} --value {}", 10_i64.pow(n / 2)));
    }
    for question in [
        "--by agent",
        "--by agent --by page",
        "--by agent --top 3",
        "--scale day --by agent --last 3d",
        "--scale month --by page --year 2023",
    ] {
        let table = staste.ok(&format!("query visits {question}"));
        for line in table.lines() {
            assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{question}\n{table}");
        }
    }
    for line in staste.ok("show visits").lines().chain(staste.ok("metricas").lines()) {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{line}");
    }
}

#[test]
fn without_utf8_only_ascii_is_drawn() {
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
fn colours_are_for_terminals() {
    let staste = Program::new();
    staste.ok("define visits --axis page");
    staste.ok("kick visits page=a");
    assert!(!staste.ok("query visits --by page").contains('\x1b'));
    assert!(staste.ok("query visits --by page --color always").contains("\x1b[36m█"));
}

#[test]
fn a_reader_that_leaves_is_no_error() {
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

#[test]
fn the_demo_draws_one_picture_and_ends() {
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
