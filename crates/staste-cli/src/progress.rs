//! `Steps`: a counter on a terminal for long work other than imports.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A counter of steps; nothing where standard error is no terminal.
#[derive(Debug)]
pub(crate) struct Steps(ProgressBar);

impl Steps {
    /// A counter of `what`; hidden when told to be.
    pub(crate) fn new(what: &'static str, hidden: bool) -> Steps {
        if hidden || !std::io::stderr().is_terminal() {
            return Steps(ProgressBar::hidden());
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
        if let Ok(style) = ProgressStyle::with_template("{spinner:.cyan} {human_pos} {msg}  {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message(what);
        Steps(bar)
    }

    /// So many are done, of so many where that is known.
    pub(crate) fn at(&self, done: u64, all: Option<u64>) {
        if let Some(all) = all {
            self.0.set_length(all);
        }
        self.0.set_position(done);
    }

    /// Takes the counter away.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
