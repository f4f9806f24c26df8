//! Numbers in markup: coordinates and shares of the width, with no more digits than a screen shows.

use std::fmt::Write;

use maud::Render;

/// A coordinate in pixels, with one decimal.
pub(super) struct Px(pub(super) f64);

/// A share of the width, 0 to 1, as a percentage with two decimals.
pub(super) struct Share(pub(super) f64);

impl Render for Px {
    fn render_to(&self, buffer: &mut String) {
        write_decimals(buffer, self.0, 1);
    }
}

impl Render for Share {
    fn render_to(&self, buffer: &mut String) {
        write_decimals(buffer, self.0 * 100.0, 2);
        buffer.push('%');
    }
}

/// Writes a number with at most this many decimals and no zeros at its end.
fn write_decimals(buffer: &mut String, value: f64, max: usize) {
    let start = buffer.len();
    // Writing to a String cannot fail.
    let _ = write!(buffer, "{:.max$}", if value.is_finite() { value } else { 0.0 });
    while buffer.ends_with('0') {
        buffer.pop();
    }
    if buffer.ends_with('.') {
        buffer.pop();
    }
    if buffer.get(start..).is_some_and(|written| matches!(written, "" | "-" | "-0")) {
        buffer.truncate(start);
        buffer.push('0');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_no_zeros_at_their_end() {
        for (value, shown) in [
            (0.0, "0"),
            (-0.01, "0"),
            (10.0, "10"),
            (100.0, "100"),
            (12.34, "12.3"),
            (-5.5, "-5.5"),
            (f64::NAN, "0"),
        ] {
            let mut text = String::from("x");
            Px(value).render_to(&mut text);
            assert_eq!(text, format!("x{shown}"));
        }
        assert_eq!(Share(1.0 / 3.0).render().into_string(), "33.33%");
        assert_eq!(Share(1.0).render().into_string(), "100%");
    }
}
