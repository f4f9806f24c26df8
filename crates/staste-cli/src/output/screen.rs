//! `Screen`: the writer of standard output and standard error, and the properties of the terminal.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use staste::formats::Json;
use staste::text_format::printable;

use super::json::printable_json;
use super::options::ColorChoice;
use super::style::Style;
use crate::failure::{EXIT_SUCCESS, Failure, Result};

/// Minimum width of tables, in columns.
const MIN_WIDTH: usize = 40;
/// Maximum width of tables, in columns. Longer lines are hard to follow.
const MAX_WIDTH: usize = 110;
/// Width if standard output is not a terminal or its width is unknown.
const DEFAULT_WIDTH: usize = 80;
/// Number of lines of a terminal that does not report it.
const DEFAULT_LINES: usize = 24;

/// Standard output.
#[derive(Debug)]
pub(crate) struct Screen {
    out: BufWriter<Stdout>,
    style: Style,
    error_style: Style,
    unicode: bool,
    is_quiet: bool,
    is_terminal: bool,
    is_dumb: bool,
}

impl Screen {
    /// Returns the screen. `ascii` draws without block characters.
    pub(crate) fn new(color: ColorChoice, ascii: bool, is_quiet: bool) -> Screen {
        let is_terminal = io::stdout().is_terminal();
        let set = |name| std::env::var_os(name).is_some_and(|text| !text.is_empty());
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let is_coloured = |is_terminal: bool| match color {
            ColorChoice::Auto => is_terminal && !is_dumb && !set("NO_COLOR"),
            ColorChoice::Always => true,
            ColorChoice::Never => false,
        };
        Screen {
            out: BufWriter::with_capacity(64 << 10, io::stdout()),
            style: Style::new(is_coloured(is_terminal)),
            error_style: Style::new(is_coloured(io::stderr().is_terminal())),
            unicode: !ascii && is_utf8_locale(),
            is_quiet,
            is_terminal,
            is_dumb,
        }
    }

    /// Writes one line.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub(crate) fn line(&mut self, text: impl Display) -> Result<()> {
        Ok(writeln!(self.out, "{text}")?)
    }

    /// Writes a JSON value: indented on a terminal, otherwise on one line.
    ///
    /// # Errors
    /// As [`Screen::line`].
    pub(crate) fn json(&mut self, json: &Json) -> Result<()> {
        if self.is_terminal {
            let pretty = serde_json::to_string_pretty(json)?;
            self.out.write_all(printable_json(&pretty).as_bytes())?;
        } else {
            serde_json::to_writer(&mut self.out, json)?;
        }
        Ok(self.out.write_all(b"\n")?)
    }

    /// Writes a line to standard error, unless `--quiet` is given.
    pub(crate) fn note(&self, text: impl Display) {
        if !self.is_quiet {
            // A note that cannot be written must not fail the command.
            let _ = writeln!(io::stderr().lock(), "{text}");
        }
    }

    /// Prints a failure on standard error, with causes and help, and returns its exit code.
    pub(crate) fn report(&self, failure: Failure) -> u8 {
        let error = match failure {
            Failure::OutputClosed => return EXIT_SUCCESS,
            Failure::Error(error) => error,
        };
        let style = self.error_style();
        let mut lines = vec![format!("{} {}", style.red("error:"), indented(&error.message))];
        let causes = error.informative_causes();
        lines.extend(causes.into_iter().map(|cause| format!("  caused by: {}", indented(cause))));
        lines.extend(error.help.iter().map(|help| format!("{} {}", style.green("help:"), indented(help))));
        // If standard error is closed, the exit code is all that can be reported.
        let _ = writeln!(io::stderr().lock(), "{}", lines.join("\n"));
        error.exit_code
    }

    /// Returns the writer of standard output.
    pub(crate) fn writer(&mut self) -> &mut impl Write {
        &mut self.out
    }

    /// Flushes standard output.
    ///
    /// # Errors
    /// As [`Screen::line`].
    pub(crate) fn flush(&mut self) -> Result<()> {
        Ok(self.out.flush()?)
    }

    /// Returns the style of standard output.
    pub(crate) fn style(&self) -> Style {
        self.style
    }

    /// Returns the style of standard error.
    pub(crate) fn error_style(&self) -> Style {
        self.error_style
    }

    /// Returns the width in columns. It is read each time, because terminals are resized.
    pub(crate) fn width(&self) -> usize {
        if self.is_terminal { terminal_width() } else { DEFAULT_WIDTH }
    }

    /// Returns the number of lines of a terminal that can be redrawn, or none for any other output.
    pub(crate) fn redrawable_lines(&self) -> Option<usize> {
        let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout()).ok()?;
        let lines = usize::from(size.ws_row);
        (self.is_terminal && !self.is_dumb).then_some(if lines == 0 { DEFAULT_LINES } else { lines })
    }

    /// Returns true if block characters may be drawn.
    pub(crate) fn unicode(&self) -> bool {
        self.unicode
    }

    /// Returns true if `--quiet` is given.
    pub(crate) fn is_quiet(&self) -> bool {
        self.is_quiet
    }

    /// Returns true if standard output is a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Returns `unicode` if it can be drawn, otherwise `ascii`.
    pub(crate) fn either(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.unicode { unicode } else { ascii }
    }
}

fn terminal_width() -> usize {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout());
    let columns = size.map_or(0, |size| usize::from(size.ws_col));
    if columns == 0 { DEFAULT_WIDTH } else { columns.clamp(MIN_WIDTH, MAX_WIDTH) }
}

/// Returns true if the locale is UTF-8, by the environment variables in the order of POSIX.
fn is_utf8_locale() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|locale| !locale.is_empty()));
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// Makes text of other origin safe to print and indents its lines after the first.
fn indented(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| printable(line).into_owned()).collect();
    lines.join("\n  ")
}
