//! What a person at a terminal meets: the program runs on a pseudo-terminal of a given size.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::program::{Program, by_running_clock};

/// The program on a terminal.
struct Terminal {
    child: Child,
    master: File,
    seen: Vec<u8>,
}

impl Terminal {
    fn run(mut command: Command, columns: u16, rows: u16) -> Terminal {
        by_running_clock(&mut command);
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&master, size).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let slave = || File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
        let child =
            command.env("TERM", "xterm").stdin(slave()).stdout(slave()).stderr(slave()).spawn().unwrap();
        Terminal { child, master: master.into(), seen: Vec::new() }
    }

    /// Reads until the text was written.
    fn wait_for(&mut self, text: &str) {
        while !self.text().contains(text) {
            assert!(self.read(), "{text} never came: {}", self.text());
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.seen).into_owned()
    }

    fn press(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).unwrap();
    }

    /// Reads to the end: the exit code and all that was written.
    fn end(mut self) -> (Option<i32>, String) {
        while self.read() {}
        let text = self.text();
        // Where the tests run at another date.
        let text = match text.strip_prefix("staste: the clock is set by STASTE_CLOCK") {
            Some(notice) => notice.split_once("\r\n").unwrap().1.to_owned(),
            None => text,
        };
        (self.child.wait().unwrap().code(), text)
    }

    /// False once the program has closed its side.
    fn read(&mut self) -> bool {
        let mut some = [0; 4096];
        let read = self.master.read(&mut some).unwrap_or(0);
        self.seen.extend_from_slice(&some[..read]);
        read > 0
    }
}

/// The text without its colours and movements.
fn plain(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    let rest =
        parts.map(|part| part.split_once(|c: char| c.is_ascii_alphabetic()).map_or("", |(_, text)| text));
    rest.fold(first, |text, part| text + part).replace('\r', "")
}

#[test]
fn a_key_ends_the_demo_and_leaves_a_picture() {
    let staste = Program::new();
    let mut demo = Terminal::run(staste.command("demo --text"), 80, 24);
    demo.wait_for("press any key to stop");
    demo.press("x");
    let (code, seen) = demo.end();
    assert_eq!(code, Some(0), "{seen}");
    let (live, left) = seen.split_once("\x1b[?1049l").unwrap();
    let frame = plain(live.split("\x1b[J").next().unwrap().split("\x1b[H").nth(1).unwrap());
    assert!(frame.lines().count() <= 24 && frame.contains("guests a minute"), "{frame}");
    assert!(plain(left).contains("Now count your own:"), "{left}");
}

#[test]
fn a_signal_ends_the_demo_with_130() {
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
fn the_demo_fits_small_terminals_and_draws_once_on_dumb_ones() {
    let staste = Program::new();
    for (columns, rows) in [(40, 12), (50, 40), (60, 20), (65, 20), (66, 10), (200, 60)] {
        let mut demo = Terminal::run(staste.command("demo --text"), columns, rows);
        demo.wait_for("\x1b[J");
        demo.press("x");
        let (_, seen) = demo.end();
        let (_, left) = seen.split_once("\x1b[?1049l").unwrap();
        let left = plain(left);
        let closing: Vec<&str> = left.lines().skip_while(|line| !line.contains("count your own")).collect();
        assert!(closing.iter().all(|line| line.len() <= usize::from(columns)), "{columns}\n{left}");
        assert!(left.contains("--axis page=path\n") && !left.contains("--date"), "{left}");
        let first = seen.split("\x1b[J").next().unwrap();
        let frame = plain(first.split("\x1b[H").nth(1).unwrap());
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

#[test]
fn forgetting_asks() {
    let staste = Program::new();
    staste.ok("define visits --axis visitor");
    staste.ok("kick visits visitor=ann");
    for (keys, code, word, left) in [
        ("n\n", 1, "nothing was forgotten", 1),
        ("\x04", 1, "\r\nnothing was forgotten", 1),
        ("y\n", 0, "forgotten: a total of 1", 0),
    ] {
        let mut forget = Terminal::run(staste.command("forget visits --filter visitor=ann"), 80, 24);
        forget.wait_for("Forget a total of 1 of visits (visitor ann)? It cannot be undone [y/N] ");
        forget.press(keys);
        let (ended, seen) = forget.end();
        assert_eq!(ended, Some(code), "{seen}");
        assert!(seen.contains(word), "{seen}");
        assert_eq!(staste.total("visits"), left);
    }
}

#[test]
fn tables_are_as_wide_as_the_terminal() {
    let staste = Program::new();
    staste.ok("define visits --axis agent");
    staste.ok(&format!("kick visits agent={}", "x".repeat(200)));
    for columns in [40, 50, 80, 110] {
        let (code, seen) = Terminal::run(staste.command("query visits --by agent"), columns, 24).end();
        assert_eq!(code, Some(0));
        assert!(seen.contains("\x1b[36m█"), "coloured: {seen}");
        let widest = plain(&seen).lines().map(unicode_width::UnicodeWidthStr::width).max();
        assert_eq!(widest, Some(usize::from(columns)), "{seen}");
    }
}
