//! `Timeline`: bars over time, optionally with a line on an axis of its own.

use maud::{Markup, html};

use super::axis_period::{AxisPeriod, PeriodStage};
use super::coordinate::{Px, Share};
use super::figure::{Caption, Color, Drawing, LegendEntry};
use super::line_path::{LinePath, TALL, WIDE};
use super::number::Number;
use super::plot::{BOTTOM, HEIGHT, LEFT, TOP, no_data, not_retained, x_axis};
use super::safe_text::SafeText;
use super::table::{Cell, Table};
use super::time_axis::TimeAxis;
use super::value_axis::ValueAxis;

/// The width of the labels of the second axis.
const RIGHT: f64 = 44.0;
/// The share of a period's width that is left free.
const GAP: f64 = 0.2;

/// Bars over time.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// The horizontal axis.
    pub time_axis: TimeAxis,
    /// The measure of the bars: `total`.
    pub measure: SafeText,
    /// A bar for each period; none where it is unknown.
    pub bars: Vec<Option<Number>>,
    /// A line on an axis of its own.
    pub line: Option<SecondSeries>,
    /// The previous timespan, drawn as a dashed line.
    pub previous: Option<SecondSeries>,
    /// The link of each bar.
    pub links: Vec<Option<String>>,
    /// True when all bars are whole numbers.
    pub is_whole: bool,
}

/// Other numbers for the same periods.
#[derive(Clone, Debug)]
pub struct SecondSeries {
    /// Their name: `average`.
    pub name: SafeText,
    /// A number for each period.
    pub numbers: Vec<Option<Number>>,
}

impl Timeline {
    /// Draws the bars.
    pub fn draw(&self, caption: &Caption) -> Drawing {
        let drawn =
            |numbers: &[Option<Number>]| numbers.iter().flatten().map(Number::value).collect::<Vec<_>>();
        let previous = self.previous.iter().flat_map(|previous| drawn(&previous.numbers));
        let axis = ValueAxis::of(drawn(&self.bars).into_iter().chain(previous), TOP, BOTTOM, self.is_whole);
        let axis = axis.in_unit_of(&self.bars);
        let second = self
            .line
            .as_ref()
            .map(|line| axis.with_same_steps(drawn(&line.numbers).into_iter()).in_unit_of(&line.numbers));
        let is_empty = self.time_axis.periods().is_empty();
        let body = html! {
            @if is_empty { (no_data("No data", HEIGHT)) } @else {
                (axis.grid())
                @if let Some(second) = &second { (second.labels_right()) }
                (not_retained(caption, &self.time_axis))
                (self.bars(&axis))
                @if let Some(previous) = &self.previous { (self.line(previous, &axis, "l12 dashed")) }
                @if let (Some(line), Some(second)) = (&self.line, &second) { (self.line(line, second, "l3")) }
                (x_axis(&self.time_axis))
            }
        };
        let mut legend = vec![LegendEntry { color: Color::Nth(0), name: self.measure.clone() }];
        legend.extend(
            self.line.iter().map(|line| LegendEntry { color: Color::Nth(2), name: line.name.clone() }),
        );
        legend.extend(
            self.previous
                .iter()
                .map(|previous| LegendEntry { color: Color::Nth(11), name: previous.name.clone() }),
        );
        Drawing {
            caption: caption.clone(),
            kind: "timeline",
            height: HEIGHT,
            file_height: HEIGHT,
            left: LEFT,
            right: if second.is_some() { RIGHT } else { 6.0 },
            body,
            legend,
            table: self.table(),
            links: self.links.clone(),
            side: None,
        }
    }

    /// The series next to the bars.
    fn second_series(&self) -> impl Iterator<Item = &SecondSeries> {
        self.line.iter().chain(&self.previous)
    }

    fn bars(&self, axis: &ValueAxis) -> Markup {
        let there = |(_, period): &(usize, &AxisPeriod)| period.stage != PeriodStage::NotRetained;
        html! {
            // The table has the same numbers and links, with names and in order.
            g.bars aria-hidden="true" {
                @for (index, period) in self.time_axis.periods().iter().enumerate().filter(there) {
                    @match self.links.get(index).and_then(Option::as_ref) {
                        Some(link) => a.b href=(link) tabindex="-1" { (self.bar(index, period, axis)) },
                        None => g.b { (self.bar(index, period, axis)) },
                    }
                }
            }
        }
    }

    fn bar(&self, index: usize, period: &AxisPeriod, axis: &ValueAxis) -> Markup {
        let (from, to) = (self.time_axis.x(period.start), self.time_axis.x(period.end));
        let number =
            |numbers: &[Option<Number>]| numbers.get(index).and_then(Option::as_ref).map(Number::value);
        html! {
            title { (self.tip(index, period)) }
            rect.hit x=(Share(from)) width=(Share(to - from)) {}
            @if let Some(value) = number(&self.bars).filter(|value| *value != 0.0) {
                @let (zero, end) = (axis.y(0.0), axis.y(value));
                // A bar that is not zero can be seen.
                @let height = (zero - end).abs().max(1.0);
                rect.bar.beside[self.line.is_some()].running[matches!(period.stage, PeriodStage::Running | PeriodStage::Cut)]
                    x=(Share(from + (to - from) * GAP / 2.0)) width=(Share((to - from) * (1.0 - GAP)))
                    y=(Px(if end <= zero { zero - height } else { zero })) height=(Px(height)) {}
            }
        }
    }

    fn line(&self, line: &SecondSeries, axis: &ValueAxis, class: &str) -> Markup {
        let places = self.time_axis.periods().iter().zip(&line.numbers);
        let points: Vec<_> = places
            .map(|(period, number)| {
                number.as_ref().map(|number| (self.time_axis.middle(period), axis.y(number.value())))
            })
            .collect();
        let LinePath { path, isolated } = LinePath::of(&points);
        html! {
            svg width="100%" height=(Px(BOTTOM)) viewBox={ "0 0 " (WIDE) " " (Px(BOTTOM * TALL)) } preserveAspectRatio="none" overflow="visible" {
                path.line.halo d=(path) {}
                path class={ "line " (class) } d=(path) {}
            }
            @for (x, y) in isolated { circle class={ "dot " (class) } cx=(Share(x)) cy=(Px(y)) r="3" {} }
        }
    }

    fn tip(&self, index: usize, period: &AxisPeriod) -> String {
        let mut tip = period.label.clone();
        match period.stage {
            PeriodStage::Running => tip.push_str(", so far"),
            PeriodStage::Future => tip.push_str(", not yet"),
            PeriodStage::Cut => tip.push_str(", a part of it"),
            PeriodStage::Complete | PeriodStage::NotRetained => {}
        }
        let mut add = |name: &str, numbers: &[Option<Number>]| {
            if let Some(number) = numbers.get(index).and_then(Option::as_ref) {
                tip.push_str(&format!("\n{name}: {}", number.full()));
            }
        };
        add(&self.measure, &self.bars);
        self.second_series().for_each(|series| add(&series.name, &series.numbers));
        tip
    }

    fn table(&self) -> Table {
        let mut columns = vec![SafeText::from(self.time_axis.scale().name()), self.measure.clone()];
        columns.extend(self.second_series().map(|series| series.name.clone()));
        let lists = || std::iter::once(&self.bars).chain(self.second_series().map(|series| &series.numbers));
        let rows = self.time_axis.periods().iter().enumerate().map(|(index, period)| {
            let cells = lists().map(|numbers| Cell::at(period, numbers.get(index).and_then(Option::as_ref)));
            std::iter::once(Cell::Period(period.label.clone(), period.start)).chain(cells).collect()
        });
        Table { columns, rows: rows.collect() }
    }
}
