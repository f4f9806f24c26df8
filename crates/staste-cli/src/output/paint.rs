//! `Paint`: colours, or none.

/// Colours text for a terminal that wants it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    on: bool,
}

impl Paint {
    /// Colours when `on`.
    pub(crate) const fn new(on: bool) -> Paint {
        Paint { on }
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.on && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// What stands out.
    pub(crate) fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    /// What stands back.
    pub(crate) fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    /// Bars.
    pub(crate) fn bar(self, text: &str) -> String {
        self.with("36", text)
    }

    /// Errors and negative bars.
    pub(crate) fn red(self, text: &str) -> String {
        self.with("1;31", text)
    }

    /// Warnings.
    pub(crate) fn yellow(self, text: &str) -> String {
        self.with("1;33", text)
    }

    /// Advice and what is well.
    pub(crate) fn green(self, text: &str) -> String {
        self.with("1;32", text)
    }
}
