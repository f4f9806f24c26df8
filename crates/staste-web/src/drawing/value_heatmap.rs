//! `ValueHeatmap`: how many values are in each range, period by period: time by value, in shades of one color.

use std::fmt::Write;

use maud::{Markup, html};
use staste_core::{Bin, Distribution, Unit};

use super::axis_period::PeriodStage;
use super::coordinate::{Px, Share};
use super::figure::{Caption, Drawing};
use super::number::{Number, axis_label, axis_unit};
use super::plot::{BOTTOM, HEIGHT, TOP, no_data, not_retained, x_axis};
use super::safe_text::SafeText;
use super::table::{Cell, Table, distinct};
use super::time_axis::TimeAxis;
use super::value_rows::ValueRows;

/// The largest number of rows.
const MAX_ROWS: usize = 32;
/// The number of shades.
const SHADES: usize = 8;
/// The width of the plot in the units of its paths.
const WIDE: f64 = 10_000.0;
/// Labels of values are at least this far apart, in pixels.
const LABEL_DISTANCE: f64 = 26.0;
const LEFT: f64 = 56.0;
/// The length of a unit that fits left of the plot.
const MAX_UNIT_LENGTH: usize = 6;

/// Values over time.
#[derive(Clone, Debug)]
pub struct ValueHeatmap {
    /// The horizontal axis.
    pub time_axis: TimeAxis,
    /// The distribution of each period; none where it is unknown.
    pub periods: Vec<Option<Distribution>>,
    /// Numbers of each period that its tip shows: a name such as `p95`, and a number for each period.
    pub numbers: Vec<(SafeText, Vec<Option<Number>>)>,
    /// The multiplier of the Metrica.
    pub multiplier: u32,
    /// The unit of values.
    pub unit: Option<Unit>,
}

impl ValueHeatmap {
    fn value(&self, value: f64) -> Number {
        Number::average(value, self.multiplier).in_unit(self.unit.as_ref())
    }

    /// Draws the heatmap.
    pub fn draw(&self, caption: &Caption) -> Drawing {
        let rows = ValueRows::of(self.bins(), MAX_ROWS, self.multiplier);
        let counts = self.counts(&rows);
        let body = html! {
            @if rows.len() == 0 { (no_data("No data", HEIGHT)) } @else {
                (not_retained(caption, &self.time_axis))
                svg width="100%" height=(Px(HEIGHT)) viewBox={ "0 0 " (WIDE) " " (Px(HEIGHT)) } preserveAspectRatio="none" {
                    @for (shade, path) in self.shades(&counts).iter().enumerate().filter(|(_, path)| !path.is_empty()) {
                        path.{ "h" (shade + 1) } d=(path) {}
                    }
                }
                (self.labels(&rows))
                (self.hits(&counts))
                (x_axis(&self.time_axis))
            }
        };
        Drawing {
            caption: caption.clone(),
            kind: "spread",
            height: HEIGHT,
            file_height: HEIGHT,
            left: LEFT,
            right: 6.0,
            body,
            legend: Vec::new(),
            table: self.table(&rows, &counts),
            links: Vec::new(),
            side: None,
        }
    }

    fn bins(&self) -> impl Iterator<Item = Bin> + Clone {
        let all = self.periods.iter().flatten().flat_map(|period| period.bins().map(|bin| bin.bin));
        all.collect::<Vec<Bin>>().into_iter()
    }

    /// The counts of each period by row.
    fn counts(&self, rows: &ValueRows) -> Vec<Vec<i128>> {
        let of = |period: &Option<Distribution>| {
            let mut counts = vec![0; rows.len()];
            for bin in period.iter().flat_map(Distribution::bins) {
                if let Some(count) = rows.row(bin.bin).and_then(|row| counts.get_mut(row)) {
                    *count += bin.count;
                }
            }
            counts
        };
        self.periods.iter().map(of).collect()
    }

    /// The cells as one path for each shade. Shades are logarithmic, so that few slow values are seen next to many fast ones.
    fn shades(&self, counts: &[Vec<i128>]) -> [String; SHADES] {
        let mut paths: [String; SHADES] = Default::default();
        let largest = Number::count(counts.iter().flatten().copied().max().unwrap_or(0)).value().ln_1p();
        for (period, counts) in self.time_axis.periods().iter().zip(counts) {
            let (from, to) = (self.time_axis.x(period.start) * WIDE, self.time_axis.x(period.end) * WIDE);
            let height = (BOTTOM - TOP) / rows_of(counts);
            for (row, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                #[expect(clippy::cast_precision_loss, reason = "a row of a few")]
                let y = BOTTOM - (row as f64 + 1.0) * height;
                let part = Number::count(*count).value().ln_1p() / largest;
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    clippy::cast_precision_loss,
                    reason = "1 to 8"
                )]
                let shade = (part * SHADES as f64).ceil().clamp(1.0, SHADES as f64) as usize;
                if let Some(path) = paths.get_mut(shade - 1) {
                    // Writing to a String cannot fail.
                    let _ = write!(path, "M{from:.0} {y:.1}H{to:.0}v{height:.1}H{from:.0}z");
                }
            }
        }
        paths
    }

    fn labels(&self, rows: &ValueRows) -> Markup {
        #[expect(clippy::cast_precision_loss, reason = "at most 32")]
        let height = (BOTTOM - TOP) / rows.len() as f64;
        let mut last = f64::INFINITY;
        let mut labels = Vec::new();
        for row in 0..rows.len() {
            let (lower, upper) = rows.bounds(row);
            #[expect(clippy::cast_precision_loss, reason = "at most 32")]
            let y = BOTTOM - height * (row as f64 + if lower == upper { 0.5 } else { 0.0 });
            if last - y >= LABEL_DISTANCE || last.is_infinite() {
                last = y;
                labels.push((y, axis_label(lower, self.unit.as_ref())));
            }
        }
        html! {
            g.y {
                @for (y, label) in labels {
                    line.grid x2="100%" y1=(Px(y)) y2=(Px(y)) {}
                    text x="-8" y=(Px(y)) dy=".32em" text-anchor="end" { (label) }
                }
                @if let Some(unit) = axis_unit(self.unit.as_ref()) {
                    text x="-8" y=(Px(BOTTOM + 19.0)) text-anchor="end" { (shortened(unit)) }
                }
            }
        }
    }

    fn hits(&self, counts: &[Vec<i128>]) -> Markup {
        html! {
            g.hits {
                @for (index, (period, counts)) in self.time_axis.periods().iter().zip(counts).enumerate() {
                    @if period.stage != PeriodStage::NotRetained {
                        g.b {
                            title { (self.tip(index, &period.label, counts)) }
                            rect.hit x=(Share(self.time_axis.x(period.start))) width=(Share(self.time_axis.x(period.end) - self.time_axis.x(period.start))) {}
                        }
                    }
                }
            }
        }
    }

    fn tip(&self, index: usize, label: &str, counts: &[i128]) -> String {
        let is_known = self.periods.get(index).is_some_and(Option::is_some);
        let mut tip = match is_known {
            true => format!("{label}\ncount: {}", Number::count(counts.iter().sum()).full()),
            false => format!("{label}\nvalues were not recorded"),
        };
        for (name, numbers) in &self.numbers {
            if let Some(number) = numbers.get(index).and_then(Option::as_ref) {
                tip.push_str(&format!("\n{name}: {}", number.full()));
            }
        }
        tip
    }

    fn table(&self, rows: &ValueRows, counts: &[Vec<i128>]) -> Table {
        let text = |bound| self.value(bound).short();
        let ranges = (0..rows.len()).map(|row| match rows.bounds(row) {
            (lower, upper) if lower == upper => SafeText::from("0"),
            (lower, upper) => SafeText::from(format!("{} to {}", text(lower), text(upper))),
        });
        let scale = SafeText::from(self.time_axis.scale().name());
        let names = self.numbers.iter().map(|(name, _)| name.clone());
        let columns = distinct(std::iter::once(scale).chain(names).chain(ranges));
        let periods = self.time_axis.periods().iter().zip(counts).enumerate();
        let rows = periods.map(|(index, (period, counts))| {
            let number =
                |numbers: &Vec<Option<Number>>| Cell::at(period, numbers.get(index).and_then(Option::as_ref));
            let is_known = self.periods.get(index).is_some_and(Option::is_some);
            let count = |count: &i128| Cell::at(period, is_known.then(|| Number::count(*count)).as_ref());
            let first = Cell::Period(period.label.clone(), period.start);
            let numbers = self.numbers.iter().map(|(_, numbers)| number(numbers));
            std::iter::once(first).chain(numbers).chain(counts.iter().map(count)).collect()
        });
        Table { columns, rows: rows.collect() }
    }
}

/// A unit as far as there is room for it left of the plot; tips have all of it.
fn shortened(unit: &str) -> String {
    let short: String = unit.chars().take(MAX_UNIT_LENGTH).collect();
    if short == unit { short } else { format!("{short}\u{2026}") }
}

#[expect(clippy::cast_precision_loss, reason = "at most 32")]
fn rows_of(counts: &[i128]) -> f64 {
    counts.len().max(1) as f64
}
