//! `Screen`: the one writer of standard output, and what is known of the terminal.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use super::{Json, Paint, printable_json};
use crate::failure::Result;

/// The widest that tables are drawn, however wide the terminal: the eye loses longer lines.
const WIDEST: usize = 110;
/// What is assumed when it is no terminal.
const USUAL: usize = 80;
/// What is assumed of a terminal that does not tell.
const USUAL_LINES: usize = 24;

/// Whether to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Look {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Standard output.
#[derive(Debug)]
pub(crate) struct Screen {
    out: BufWriter<Stdout>,
    paint: Paint,
    error_paint: Paint,
    unicode: bool,
    quiet: bool,
    is_terminal: bool,
    dumb: bool,
}

impl Screen {
    /// The screen, coloured as `look` says; `ascii` draws without block characters.
    pub(crate) fn new(look: Look, ascii: bool, quiet: bool) -> Screen {
        let is_terminal = io::stdout().is_terminal();
        let set = |name| std::env::var_os(name).is_some_and(|text| !text.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let colour = |terminal: bool| match look {
            Look::Auto => terminal && !dumb && !set("NO_COLOR"),
            Look::Always => true,
            Look::Never => false,
        };
        Screen {
            out: BufWriter::with_capacity(64 << 10, io::stdout()),
            paint: Paint::new(colour(is_terminal)),
            error_paint: Paint::new(colour(io::stderr().is_terminal())),
            unicode: !ascii && speaks_utf8(),
            quiet,
            is_terminal,
            dumb,
        }
    }

    /// Writes one line.
    ///
    /// # Errors
    /// When nobody reads it, or it cannot be written.
    pub(crate) fn line(&mut self, text: impl Display) -> Result<()> {
        Ok(writeln!(self.out, "{text}")?)
    }

    /// Writes a JSON value: over several lines on a terminal, else on one.
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

    /// Tells something beside the answer, on standard error; not when told to be quiet.
    pub(crate) fn note(&self, text: impl Display) {
        if !self.quiet {
            // A note that cannot be told is no reason to fail.
            let _ = writeln!(io::stderr().lock(), "{text}");
        }
    }

    /// The writer itself.
    pub(crate) fn writer(&mut self) -> &mut impl Write {
        &mut self.out
    }

    /// Writes out what is buffered.
    ///
    /// # Errors
    /// As [`Screen::line`].
    pub(crate) fn flush(&mut self) -> Result<()> {
        Ok(self.out.flush()?)
    }

    /// Colours for standard output.
    pub(crate) fn paint(&self) -> Paint {
        self.paint
    }

    /// Colours for standard error.
    pub(crate) fn error_paint(&self) -> Paint {
        self.error_paint
    }

    /// How many characters fit a line, now: terminals are resized.
    pub(crate) fn width(&self) -> usize {
        if self.is_terminal { terminal_width() } else { USUAL }
    }

    /// How many lines the terminal has, where it can be drawn on anew; none elsewhere.
    pub(crate) fn canvas(&self) -> Option<usize> {
        let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout()).ok()?;
        let lines = usize::from(size.ws_row);
        (self.is_terminal && !self.dumb).then_some(if lines == 0 { USUAL_LINES } else { lines })
    }

    /// True when block characters may be drawn.
    pub(crate) fn unicode(&self) -> bool {
        self.unicode
    }

    /// True when only what was asked for is to be written.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// True when a person looks at it.
    pub(crate) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// `unicode` where it can be drawn, else `ascii`.
    pub(crate) fn either(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.unicode { unicode } else { ascii }
    }
}

fn terminal_width() -> usize {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout());
    let columns = size.map_or(0, |size| usize::from(size.ws_col));
    if columns == 0 { USUAL } else { columns.clamp(40, WIDEST) }
}

/// By the locale, as POSIX orders its variables.
fn speaks_utf8() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|locale| !locale.is_empty()));
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}
