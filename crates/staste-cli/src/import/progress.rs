//! `Progress`: a bar with rows, rate and time left, on a terminal; nothing elsewhere.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The bar of an import: as long as the files, by the bytes as they are stored.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    before: u64,
}

impl Progress {
    /// A bar for so many bytes, where known; hidden when `hidden` or where standard error is no terminal.
    pub(crate) fn new(bytes: Option<u64>, hidden: bool) -> Progress {
        if hidden || !std::io::stderr().is_terminal() {
            return Progress { bar: ProgressBar::hidden(), before: 0 };
        }
        let bar = ProgressBar::with_draw_target(bytes, ProgressDrawTarget::stderr_with_hz(8));
        let template = if bytes.is_some() {
            "{bar:30.cyan/dim} {percent:>3}%  {msg}  {eta} left"
        } else {
            "{spinner:.cyan} {bytes} read  {msg}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
        }
        bar.enable_steady_tick(Duration::from_millis(125));
        Progress { bar, before: 0 }
    }

    /// `bytes` of the file at hand are read, and `rows` of all files.
    pub(crate) fn at(&self, bytes: u64, rows: u64) {
        self.bar.set_position(self.before + bytes);
        let seconds = self.bar.elapsed().as_secs_f64();
        self.bar.set_message(format!("{}, {}/s", rows_text(rows), rate_text(rows, seconds)));
    }

    /// A file of so many bytes is done.
    pub(crate) fn file_done(&mut self, bytes: u64) {
        self.before += bytes;
    }

    /// Tells a line above the bar.
    pub(crate) fn line(&self, text: &str) {
        self.bar.suspend(|| {
            use std::io::Write;
            // A note that cannot be told is no reason to stop.
            let _ = writeln!(std::io::stderr().lock(), "{text}");
        });
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Rows for people.
fn rows_text(rows: u64) -> String {
    format!("{} rows", crate::output::grouped(&rows.to_string()))
}

/// A rate for people.
#[expect(clippy::cast_precision_loss, reason = "a rate is not exact")]
pub(crate) fn rate_text(rows: u64, seconds: f64) -> String {
    crate::output::grouped(&format!("{:.0}", rows as f64 / seconds.max(0.000_001)))
}
