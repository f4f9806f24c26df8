//! The plot of charts over time: its place, its horizontal axis, and periods that are not retained.

use maud::{Markup, html};

use super::coordinate::{Px, Share};
use super::figure::Caption;
use super::time_axis::TimeAxis;

/// The top and the bottom of the plot.
pub(super) const TOP: f64 = 8.0;
pub(super) const BOTTOM: f64 = 228.0;
/// The height with the labels below it.
pub(super) const HEIGHT: f64 = BOTTOM + 26.0;
/// The width of the labels of the vertical axis.
pub(super) const LEFT: f64 = 48.0;

/// The horizontal axis.
pub(super) fn x_axis(time_axis: &TimeAxis) -> Markup {
    html! {
        g.x {
            @for tick in time_axis.ticks() {
                @let x = time_axis.x(tick.at);
                // Labels at the ends stay within the picture.
                @let anchor = if x < 0.04 { "start" } else if x > 0.96 { "end" } else { "middle" };
                g.{ "r" (tick.rank) } {
                    line.tick x1=(Share(x)) x2=(Share(x)) y1=(Px(BOTTOM)) y2=(Px(BOTTOM + 5.0)) {}
                    text.strong[tick.is_strong] x=(Share(x)) y=(Px(BOTTOM + 19.0)) text-anchor=(anchor) { (tick.label) }
                }
            }
        }
    }
}

/// Hatches the periods that are not retained, and says so.
pub(super) fn not_retained(caption: &Caption, time_axis: &TimeAxis) -> Markup {
    let ranges = time_axis.not_retained();
    let pattern = format!("{}-gone", caption.id);
    html! {
        @if !ranges.is_empty() {
            defs {
                pattern id=(pattern) width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                    line.hatch y2="8" {}
                }
            }
            @for (from, to) in ranges {
                g {
                    title { "This part is no longer kept at this scale; a coarser scale has it." }
                    rect.gone x=(Share(from)) width=(Share(to - from)) y=(Px(TOP)) height=(Px(BOTTOM - TOP))
                        fill={ "url(#" (pattern) ")" } {}
                    @if to - from > 0.25 {
                        text.dim x=(Share(f64::midpoint(from, to))) y=(Px(f64::midpoint(TOP, BOTTOM))) text-anchor="middle" { "no longer kept" }
                    }
                }
            }
        }
    }
}

/// A message in place of a chart without data.
pub(super) fn no_data(message: &str, height: f64) -> Markup {
    html! { text.empty x="50%" y=(Px(height / 2.0)) text-anchor="middle" { (message) } }
}
