//! `Terminal`: the program on a pseudo-terminal of a given size.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::support::program::with_running_clock;

/// The program on a pseudo-terminal.
pub(crate) struct Terminal {
    pub(crate) child: Child,
    master: File,
    output: Vec<u8>,
}

impl Terminal {
    pub(crate) fn run(mut command: Command, columns: u16, rows: u16) -> Terminal {
        with_running_clock(&mut command);
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&master, size).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let slave = || File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
        let child =
            command.env("TERM", "xterm").stdin(slave()).stdout(slave()).stderr(slave()).spawn().unwrap();
        Terminal { child, master: master.into(), output: Vec::new() }
    }

    /// Reads until the program has written a text.
    pub(crate) fn wait_for(&mut self, text: &str) {
        while !self.text().contains(text) {
            assert!(self.read(), "{text} was not written: {}", self.text());
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.output).into_owned()
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).unwrap();
    }

    /// Reads to the end. Returns the exit code and the whole output.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        while self.read() {}
        let text = self.text();
        // The notice is printed if the tests run with another date.
        let text = match text.strip_prefix("staste: the clock is set by STASTE_CLOCK") {
            Some(notice) => notice.split_once("\r\n").unwrap().1.to_owned(),
            None => text,
        };
        (self.child.wait().unwrap().code(), text)
    }

    /// Reads some output. Returns false once the program has closed the terminal.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        let read = self.master.read(&mut buffer).unwrap_or(0);
        self.output.extend_from_slice(&buffer[..read]);
        read > 0
    }
}

/// Removes escape sequences.
pub(crate) fn plain_text(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    let rest =
        parts.map(|part| part.split_once(|c: char| c.is_ascii_alphabetic()).map_or("", |(_, text)| text));
    rest.fold(first, |text, part| text + part).replace('\r', "")
}
