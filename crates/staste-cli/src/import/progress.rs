//! `Progress`: a bar with rows, rate and time left, on a terminal; nothing elsewhere.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::grouped;

/// The bar of an import: as long as the files, by the bytes as they are stored.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    before: u64,
    is_quiet: bool,
    noted: Vec<String>,
}

impl Progress {
    /// A bar for so many bytes, where known; hidden when quiet or where standard error is no terminal.
    pub(crate) fn new(bytes: Option<u64>, is_quiet: bool) -> Progress {
        let hidden = Progress { bar: ProgressBar::hidden(), before: 0, is_quiet, noted: Vec::new() };
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
        Progress { bar, ..hidden }
    }

    /// `bytes` of the file at hand are committed, and `rows` of all files.
    pub(crate) fn at(&self, bytes: u64, rows: u64) {
        self.bar.set_position(self.before + bytes);
        let seconds = self.bar.elapsed().as_secs_f64();
        let mut message = format!("{}, {}/s", rows_text(rows), rate_text(rows, seconds));
        let left = self.bar.eta();
        if self.bar.length().is_some() && left.as_secs() > 0 {
            message.push_str(&format!(", {:#} left", HumanDuration(left)));
        }
        self.bar.set_message(message);
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

    /// Tells something beside the rows; not when told to be quiet.
    pub(crate) fn note(&self, text: &str) {
        if !self.is_quiet {
            self.line(&format!("note: {text}"));
        }
    }

    /// Tells it once, however many files it is about.
    pub(crate) fn note_once(&mut self, text: &str) {
        if !self.noted.iter().any(|noted| noted == text) {
            self.note(text);
            self.noted.push(text.to_owned());
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Rows for people.
fn rows_text(rows: u64) -> String {
    format!("{} rows", grouped(&rows.to_string()))
}

/// A rate for people, in three digits: more would only seem to be known.
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
    fn a_rate_has_three_digits() {
        for (rows, shown) in [(0, "0"), (7, "7"), (999, "999"), (1_234, "1,230"), (2_867_460, "2,870,000")] {
            assert_eq!(rate_text(rows, 1.0), shown);
        }
    }
}
