//! `Style`: colours and bold text for a terminal, or plain text.

/// Styles text with the escape sequences of terminals, or leaves it as it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    is_enabled: bool,
}

impl Style {
    /// Returns a style that adds escape sequences if enabled.
    pub(crate) const fn new(is_enabled: bool) -> Style {
        Style { is_enabled }
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.is_enabled && !text.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// Emphasises headings and totals.
    pub(crate) fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    /// Dims secondary text.
    pub(crate) fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    /// Colours the bars of charts.
    pub(crate) fn bar(self, text: &str) -> String {
        self.with("36", text)
    }

    /// Colours errors and negative bars.
    pub(crate) fn red(self, text: &str) -> String {
        self.with("1;31", text)
    }

    /// Colours warnings.
    pub(crate) fn yellow(self, text: &str) -> String {
        self.with("1;33", text)
    }

    /// Colours help and success.
    pub(crate) fn green(self, text: &str) -> String {
        self.with("1;32", text)
    }
}
