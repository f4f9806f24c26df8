//! `Histogram`: how many values are in each range, on a logarithmic axis, with marks of percentiles.

use maud::{Markup, html};
use staste_core::{HistogramBin, Unit};

use super::coordinate::{Px, Share};
use super::figure::{Caption, Color, Drawing, LegendEntry};
use super::number::{Number, axis_label, axis_unit};
use super::plot::{BOTTOM, HEIGHT, LEFT, TOP, no_data};
use super::safe_text::SafeText;
use super::table::{Cell, Table};
use super::value_axis::ValueAxis;
use super::value_rows::ValueRows;

/// The largest number of bars.
const MAX_BARS: usize = 72;
/// The share of a bar's width that is left free.
const GAP: f64 = 0.12;
/// Labels of values are at least this far apart, as a share of the width.
const LABEL_DISTANCE: f64 = 0.11;
/// Marks have the heights of this many lines of text, so that their labels do not collide.
const MARK_LINES: usize = 3;
const LINE: f64 = 14.0;

/// Bars of ranges of values.
#[derive(Clone, Debug)]
pub struct Histogram {
    /// The bins, in the order of values.
    pub bins: Vec<HistogramBin>,
    /// Marks on the axis of values: a name such as `p95`, and a value.
    pub marks: Vec<(SafeText, Number)>,
    /// The multiplier of the Metrica.
    pub multiplier: u32,
    /// The unit of values.
    pub unit: Option<Unit>,
}

impl Histogram {
    fn value(&self, value: f64) -> Number {
        Number::average(value, self.multiplier).in_unit(self.unit.as_ref())
    }

    /// Draws the bars.
    pub fn draw(&self, caption: &Caption) -> Drawing {
        let rows = ValueRows::of(self.bins.iter().map(|bin| bin.bin), MAX_BARS, self.multiplier);
        let mut counts = vec![0_i128; rows.len()];
        for bin in &self.bins {
            if let Some(count) = rows.row(bin.bin).and_then(|row| counts.get_mut(row)) {
                *count += bin.count;
            }
        }
        let top = TOP + LINE * f64::from(u32::try_from(MARK_LINES).unwrap_or(0));
        let numbers: Vec<Number> = counts.iter().map(|count| Number::count(*count)).collect();
        let axis = ValueAxis::of(numbers.iter().map(Number::value), top, BOTTOM, true);
        let all: i128 = counts.iter().sum();
        let body = html! {
            @if counts.is_empty() { (no_data("No data", HEIGHT)) } @else {
                (axis.grid())
                g.bars {
                    @for (row, number) in numbers.iter().enumerate() {
                        (self.bar(&rows, row, number, &axis, all))
                    }
                }
                (self.labels(&rows))
                (self.marks(&rows))
            }
        };
        Drawing {
            caption: caption.clone(),
            kind: "histogram",
            height: HEIGHT,
            file_height: HEIGHT,
            left: LEFT,
            right: 6.0,
            body,
            legend: vec![LegendEntry { color: Color::Nth(0), name: "count".into() }],
            table: self.table(),
            links: Vec::new(),
            side: None,
        }
    }

    fn bar(&self, rows: &ValueRows, row: usize, number: &Number, axis: &ValueAxis, all: i128) -> Markup {
        let (from, width) = column(row, rows.len());
        html! {
            g.b {
                title { (self.range(rows.bounds(row))) "\ncount: " (number.full()) ", " (share(number.value(), all)) }
                rect.hit x=(Share(from)) width=(Share(width)) {}
                @if number.value() > 0.0 {
                    @let height = (axis.y(0.0) - axis.y(number.value())).max(1.0);
                    rect.bar x=(Share(from + width * GAP / 2.0)) width=(Share(width * (1.0 - GAP)))
                        y=(Px(axis.y(0.0) - height)) height=(Px(height)) {}
                }
            }
        }
    }

    fn range(&self, (lower, upper): (f64, f64)) -> String {
        let text = |bound| self.value(bound).short();
        if lower == upper { "0".to_owned() } else { format!("{} to {}", text(lower), text(upper)) }
    }

    /// The bounds between bars, as far as there is room.
    fn labels(&self, rows: &ValueRows) -> Markup {
        let count = rows.len();
        let unit = axis_unit(self.unit.as_ref());
        // The unit stands at the end of the axis.
        let end = if unit.is_some() { 0.85 } else { 0.97 };
        let mut last = f64::NEG_INFINITY;
        let mut labels = Vec::new();
        for row in 0..count {
            let (x, width) = column(row, count);
            let (lower, upper) = rows.bounds(row);
            let x = if lower == upper { x + width / 2.0 } else { x };
            if x - last >= LABEL_DISTANCE && x < end {
                last = x;
                labels.push((x, axis_label(lower, self.unit.as_ref())));
            }
        }
        html! {
            g.x {
                @for (index, (x, label)) in labels.iter().enumerate() {
                    @let anchor = if *x < 0.04 { "start" } else { "middle" };
                    g.{ "r" (if index % 2 == 0 { 0 } else { 1 }) } {
                        line.tick x1=(Share(*x)) x2=(Share(*x)) y1=(Px(BOTTOM)) y2=(Px(BOTTOM + 5.0)) {}
                        text x=(Share(*x)) y=(Px(BOTTOM + 19.0)) text-anchor=(anchor) { (label) }
                    }
                }
                @if let Some(unit) = unit {
                    text x="100%" y=(Px(BOTTOM + 19.0)) text-anchor="end" { (unit) }
                }
            }
        }
    }

    fn marks(&self, rows: &ValueRows) -> Markup {
        #[expect(clippy::cast_precision_loss, reason = "at most 72")]
        let count = rows.len() as f64;
        html! {
            @for (index, (name, number)) in self.marks.iter().enumerate() {
                @if let Some(place) = rows.place(number.value()) {
                    @let x = place / count;
                    @let y = TOP + LINE * f64::from(u32::try_from(index % MARK_LINES).unwrap_or(0));
                    @let (anchor, dx) = if x > 0.75 { ("end", -5.0) } else { ("start", 5.0) };
                    line.mark x1=(Share(x)) x2=(Share(x)) y1=(Px(y)) y2=(Px(BOTTOM)) {}
                    text.mark-name x=(Share(x)) dx=(Px(dx)) y=(Px(y + 10.0)) text-anchor=(anchor) { (name) " " (number.short()) }
                }
            }
        }
    }

    /// All bins with their bounds, whatever the drawing has room for.
    fn table(&self) -> Table {
        let all: i128 = self.bins.iter().map(|bin| bin.count).sum();
        let rows = self.bins.iter().map(|bin| {
            let bound = |bound| Cell::Number(self.value(bound));
            let count = Number::count(bin.count);
            let share = Cell::Share(count.value() / Number::count(all).value());
            vec![bound(bin.lower), bound(bin.upper), Cell::Number(count), share]
        });
        let columns = ["above", "up to", "count", "share"].map(SafeText::from);
        Table { columns: columns.into(), rows: rows.collect() }
    }
}

/// The place of a bar and its width.
#[expect(clippy::cast_precision_loss, reason = "at most 72")]
fn column(row: usize, count: usize) -> (f64, f64) {
    (row as f64 / count as f64, 1.0 / count as f64)
}

fn share(count: f64, all: i128) -> String {
    super::number::percent(count / Number::count(all).value())
}
