//! `ValueAxis`: the vertical axis with round steps.

use maud::{Markup, html};
use staste_core::Unit;

use super::coordinate::Px;
use super::number::{Number, short_in_unit};

/// The distance of grid lines, about, in pixels.
const GRID_DISTANCE: f64 = 44.0;

/// A vertical axis. It has zero, and ends on round numbers.
#[derive(Clone, Debug)]
pub(super) struct ValueAxis {
    low: f64,
    step: f64,
    steps: u32,
    top: f64,
    bottom: f64,
    /// The unit of the labels.
    unit: Option<Unit>,
}

impl ValueAxis {
    /// The same axis with labels in the unit of the numbers.
    pub(super) fn in_unit_of<'n>(self, numbers: impl IntoIterator<Item = &'n Option<Number>>) -> ValueAxis {
        let unit = numbers.into_iter().flatten().find_map(Number::unit).cloned();
        ValueAxis { unit, ..self }
    }

    /// The axis of values between two heights. With `is_whole` it has no steps less than one.
    pub(super) fn of(values: impl Iterator<Item = f64>, top: f64, bottom: f64, is_whole: bool) -> ValueAxis {
        let (low, mut high) =
            values.fold((0f64, 0f64), |(low, high), value| (low.min(value), high.max(value)));
        if high <= low {
            high = if is_whole { 4.0 } else { 1.0 };
        }
        let mut step = round_step((high - low) / ((bottom - top) / GRID_DISTANCE).max(2.0));
        if is_whole {
            step = step.max(1.0);
        }
        let (first, last) = ((low / step).floor(), (high / step).ceil());
        ValueAxis { low: first * step, step, steps: steps(last - first), top, bottom, unit: None }
    }

    /// An axis of other values with as many steps, so that both share a grid.
    pub(super) fn with_same_steps(&self, values: impl Iterator<Item = f64>) -> ValueAxis {
        let (low, high) = values.fold((0f64, 0f64), |(low, high), value| (low.min(value), high.max(value)));
        let below = (-self.low / self.step).round();
        let above = (f64::from(self.steps) - below).max(1.0);
        let needed = if low < 0.0 && below < 1.0 { f64::INFINITY } else { -low / below.max(1.0) };
        if needed.is_infinite() {
            // The first axis has no negative values: this one has its own steps.
            return ValueAxis::of([low, high].into_iter(), self.top, self.bottom, false);
        }
        let step = match needed.max(high / above) {
            step if step > 0.0 => next_step(step),
            _ => 1.0 / above,
        };
        ValueAxis { low: -below * step, step, unit: None, ..self.clone() }
    }

    /// The height of a value.
    pub(super) fn y(&self, value: f64) -> f64 {
        let share = (value - self.low) / (self.step * f64::from(self.steps));
        self.bottom - share * (self.bottom - self.top)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        let axis = self.clone();
        // Products do not add up the errors of a sum.
        let first = (axis.low / axis.step).round();
        (0..=axis.steps).map(move |index| (first + f64::from(index)) * axis.step)
    }

    /// The grid, with labels on the left.
    pub(super) fn grid(&self) -> Markup {
        html! {
            g.y {
                @for value in self.ticks() {
                    @let y = self.y(value);
                    line.grid[value != 0.0].zero[value == 0.0] x2="100%" y1=(Px(y)) y2=(Px(y)) {}
                    text x="-8" y=(Px(y)) dy=".32em" text-anchor="end" { (short_in_unit(value, self.unit.as_ref())) }
                }
            }
        }
    }

    /// The labels on the right of the grid.
    pub(super) fn labels_right(&self) -> Markup {
        html! {
            g.y {
                @for value in self.ticks() {
                    text x="100%" dx="8" y=(Px(self.y(value))) dy=".32em" { (short_in_unit(value, self.unit.as_ref())) }
                }
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few steps")]
fn steps(count: f64) -> u32 {
    count.clamp(1.0, 100.0) as u32
}

/// The number of 1, 2, 5 times a power of ten that is nearest by ratio, as in d3-array's `tickIncrement`.
fn round_step(raw: f64) -> f64 {
    let power = 10f64.powf(raw.log10().floor());
    let factor = match raw / power {
        part if part >= 50f64.sqrt() => 10.0,
        part if part >= 10f64.sqrt() => 5.0,
        part if part >= 2f64.sqrt() => 2.0,
        _ => 1.0,
    };
    power * factor
}

/// The smallest of 1, 2, 2.5, 5 times a power of ten that is not less.
fn next_step(raw: f64) -> f64 {
    let power = 10f64.powf(raw.log10().floor());
    let factor = [1.0, 2.0, 2.5, 5.0].into_iter().find(|factor| factor * power >= raw * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::number::short;

    fn labels(axis: &ValueAxis) -> Vec<String> {
        axis.ticks().map(short).collect()
    }

    #[test]
    fn steps_are_round_and_the_axis_has_every_value() {
        let of = |values: &[f64], whole| ValueAxis::of(values.iter().copied(), 0.0, 200.0, whole);
        assert_eq!(labels(&of(&[3.0, 97.0], true)), ["0", "20", "40", "60", "80", "100"]);
        assert_eq!(labels(&of(&[], true)), ["0", "1", "2", "3", "4"]);
        assert_eq!(labels(&of(&[0.0], false)), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(labels(&of(&[1.0], true)), ["0", "1"]);
        assert_eq!(labels(&of(&[-30.0, 50.0], true)), ["\u{2212}40", "\u{2212}20", "0", "20", "40", "60"]);
        for high in [1e-7, 0.3, 1.0, 9.0, 1e6, 1.7e38] {
            for low in [0.0, -high / 3.0, -high * 5.0] {
                let axis = of(&[low, high], false);
                assert!(axis.y(high) >= -1e-6 && axis.y(low) <= 200.0 + 1e-6, "{low} {high}");
                assert!((2..=14).contains(&axis.steps), "{low} {high} {}", axis.steps);
            }
        }
    }

    #[test]
    fn two_axes_share_a_grid() {
        let first = ValueAxis::of([0.0, 640.0].into_iter(), 0.0, 200.0, true);
        for high in [0.0, 0.013, 1.0, 147.0, 2e9] {
            let second = first.with_same_steps([high].into_iter());
            assert_eq!(second.steps, first.steps);
            assert!(second.y(high) >= -1e-6, "{high}");
            assert!((second.y(0.0) - first.y(0.0)).abs() < 1e-6);
        }
        let below = first.with_same_steps([-5.0, 3.0].into_iter());
        assert!(below.y(-5.0) <= 200.0 && below.y(3.0) >= 0.0);
        let signed = ValueAxis::of([-10.0, 20.0].into_iter(), 0.0, 200.0, true);
        let second = signed.with_same_steps([-3.0, 1.0].into_iter());
        assert!((second.y(0.0) - signed.y(0.0)).abs() < 1e-6 && second.y(-3.0) <= 200.0 + 1e-6);
    }
}
