//! `ImportProgress`: a progress bar with rows, rate and remaining time, and notes above it.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::grouped;

/// The progress bar of an import, by bytes of the files. It draws nothing if standard error is not a terminal.
#[derive(Debug)]
pub(crate) struct ImportProgress {
    bar: ProgressBar,
    /// Bytes of the files that are done.
    finished_bytes: u64,
    is_quiet: bool,
    printed_notes: Vec<String>,
}

impl ImportProgress {
    /// Returns a bar for a number of bytes, if it is known.
    pub(crate) fn new(bytes: Option<u64>, is_quiet: bool) -> ImportProgress {
        let hidden = ImportProgress {
            bar: ProgressBar::hidden(),
            finished_bytes: 0,
            is_quiet,
            printed_notes: Vec::new(),
        };
        if is_quiet || !std::io::stderr().is_terminal() {
            return hidden;
        }
        let bar = ProgressBar::with_draw_target(bytes, ProgressDrawTarget::stderr_with_hz(8));
        let template = if bytes.is_some() {
            "{bar:24.cyan/dim} {percent:>3}%  {wide_msg}"
        } else {
            "{spinner:.cyan} {bytes} read  {wide_msg}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
        }
        bar.enable_steady_tick(Duration::from_millis(125));
        ImportProgress { bar, ..hidden }
    }

    /// Sets the number of committed bytes of the current file and of committed rows of all files.
    pub(crate) fn set(&self, bytes: u64, rows: u64) {
        self.bar.set_position(self.finished_bytes + bytes);
        let seconds = self.bar.elapsed().as_secs_f64();
        let mut message = format!("{}, {}/s", rows_text(rows), rate_text(rows, seconds));
        let remaining = self.bar.eta();
        if self.bar.length().is_some() && remaining.as_secs() > 0 {
            message.push_str(&format!(", {:#} left", HumanDuration(remaining)));
        }
        self.bar.set_message(message);
    }

    /// Marks a file of a number of bytes as done.
    pub(crate) fn finish_file(&mut self, bytes: u64) {
        self.finished_bytes += bytes;
    }

    /// Prints a line above the bar.
    pub(crate) fn line(&self, text: &str) {
        self.bar.suspend(|| {
            use std::io::Write;
            // A line that cannot be written must not stop the import.
            let _ = writeln!(std::io::stderr().lock(), "{text}");
        });
    }

    /// Prints a note, unless `--quiet` is given.
    pub(crate) fn note(&self, text: &str) {
        if !self.is_quiet {
            self.line(&format!("note: {text}"));
        }
    }

    /// Prints a note, but only once for all files.
    pub(crate) fn note_once(&mut self, text: &str) {
        if !self.printed_notes.iter().any(|printed| printed == text) {
            self.note(text);
            self.printed_notes.push(text.to_owned());
        }
    }

    /// Removes the bar from the terminal.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Formats a number of rows.
fn rows_text(rows: u64) -> String {
    format!("{} rows", grouped(&rows.to_string()))
}

/// Formats a rate with three significant digits.
#[expect(clippy::cast_precision_loss, reason = "a rate is not exact")]
pub(crate) fn rate_text(rows: u64, seconds: f64) -> String {
    let rate = rows as f64 / seconds.max(0.000_001);
    let unit = 10_f64.powf((rate.max(1.0).log10().floor() - 2.0).max(0.0));
    grouped(&format!("{:.0}", (rate / unit).round() * unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_has_three_significant_digits() {
        for (rows, shown) in [(0, "0"), (7, "7"), (999, "999"), (1_234, "1,230"), (2_867_460, "2,870,000")] {
            assert_eq!(rate_text(rows, 1.0), shown);
        }
    }
}
