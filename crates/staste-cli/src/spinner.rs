//! `Spinner`: a counter of steps on a terminal, for long operations other than imports.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A counter of steps on standard error. It draws nothing if standard error is not a terminal.
#[derive(Debug)]
pub(crate) struct Spinner(ProgressBar);

impl Spinner {
    /// Returns a counter of `steps`, such as `cells compared`.
    pub(crate) fn new(steps: &'static str, is_hidden: bool) -> Spinner {
        if is_hidden || !std::io::stderr().is_terminal() {
            return Spinner(ProgressBar::hidden());
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
        if let Ok(style) = ProgressStyle::with_template("{spinner:.cyan} {human_pos} {msg}  {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message(steps);
        Spinner(bar)
    }

    /// Sets the number of steps that are done, and the number of all steps where it is known.
    pub(crate) fn set(&self, done: u64, total: Option<u64>) {
        if let Some(total) = total {
            self.0.set_length(total);
        }
        self.0.set_position(done);
    }

    /// Removes the counter from the terminal.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
