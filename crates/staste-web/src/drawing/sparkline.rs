//! Sparklines: a line over time that is no larger than a word.

use maud::{Markup, html};

use super::line_path::{LinePath, TALL, WIDE};

/// Draws a line without axes. Screen readers skip it: its numbers are next to it.
///
/// ```
/// let line = staste_web::drawing::sparkline(&[Some(1.0), Some(3.0), None, Some(2.0)]).into_string();
/// assert!(line.contains("aria-hidden=\"true\"") && line.contains("<path"));
/// ```
#[expect(clippy::cast_precision_loss, reason = "a few points")]
pub fn sparkline(values: &[Option<f64>]) -> Markup {
    const HEIGHT: f64 = 36.0;
    let known = || values.iter().flatten().copied().filter(|value| value.is_finite());
    let high = known().fold(0f64, f64::max);
    let low = known().fold(0f64, f64::min);
    let step = 1.0 / (values.len().max(2) - 1) as f64;
    let room = HEIGHT - 4.0;
    let y = |value: f64| if high > low { 2.0 + (high - value) / (high - low) * room } else { HEIGHT - 2.0 };
    let points: Vec<_> = values
        .iter()
        .enumerate()
        .map(|(index, value)| {
            value.filter(|value| value.is_finite()).map(|value| (index as f64 * step, y(value)))
        })
        .collect();
    let path = LinePath::of(&points).path;
    html! {
        svg.staste.spark aria-hidden="true" width="100%" height="36" viewBox={ "0 0 " (WIDE) " " (HEIGHT * TALL) } preserveAspectRatio="none" {
            @if !path.is_empty() {
                @if path.matches('M').count() == 1 {
                    path.area d={ (path) "L" (WIDE) " " (y(0.0) * TALL) "H0Z" } {}
                }
                path.line.l1 d=(path) {}
            }
        }
    }
}
