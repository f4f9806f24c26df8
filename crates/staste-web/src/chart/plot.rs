//! What charts over time share: the plot's place, its horizontal axis, and what is not retained.

use maud::{Markup, html};

use super::coordinate::{Px, Share};
use super::drawing::Meta;
use super::times::Times;

/// How high the plot is, and where it begins below its top.
pub(super) const TOP: f64 = 8.0;
pub(super) const BOTTOM: f64 = 228.0;
/// With the labels below it.
pub(super) const HEIGHT: f64 = BOTTOM + 26.0;
/// The room of the vertical axis' labels.
pub(super) const LEFT: f64 = 48.0;

/// The horizontal axis.
pub(super) fn x_axis(times: &Times) -> Markup {
    html! {
        g.x {
            @for tick in times.ticks() {
                @let x = times.x(tick.at);
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

/// What is no longer kept: hatched, with words.
pub(super) fn not_retained(meta: &Meta, times: &Times) -> Markup {
    let stretches = times.not_retained();
    let pattern = format!("{}-gone", meta.id);
    html! {
        @if !stretches.is_empty() {
            defs {
                pattern id=(pattern) width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                    line.hatch y2="8" {}
                }
            }
            @for (from, to) in stretches {
                g {
                    title { "Not retained: what was counted here is no longer kept at this scale." }
                    rect.gone x=(Share(from)) width=(Share(to - from)) y=(Px(TOP)) height=(Px(BOTTOM - TOP))
                        fill={ "url(#" (pattern) ")" } {}
                    @if to - from > 0.25 {
                        text.dim x=(Share(f64::midpoint(from, to))) y=(Px(f64::midpoint(TOP, BOTTOM))) text-anchor="middle" { "not retained" }
                    }
                }
            }
        }
    }
}

/// Words in place of a chart that has nothing to show.
pub(super) fn nothing(words: &str, height: f64) -> Markup {
    html! { text.empty x="50%" y=(Px(height / 2.0)) text-anchor="middle" { (words) } }
}
