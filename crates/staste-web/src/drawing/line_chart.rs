//! `LineChart`: several series over time.

use maud::{Markup, html};

use super::axis_period::PeriodStage;
use super::coordinate::{Px, Share};
use super::figure::{Caption, Color, Drawing, LegendEntry};
use super::line_path::{LinePath, Point, TALL, WIDE};
use super::number::Number;
use super::plot::{BOTTOM, HEIGHT, LEFT, TOP, no_data, not_retained, x_axis};
use super::safe_text::SafeText;
use super::table::{Cell, Table, distinct};
use super::time_axis::TimeAxis;
use super::value_axis::ValueAxis;

/// A chart has at most this many areas that show numbers when pointed at.
const MAX_HIT_AREAS: usize = 240;

/// Several series over time.
#[derive(Clone, Debug)]
pub struct LineChart {
    /// The horizontal axis.
    pub time_axis: TimeAxis,
    /// The series, in the order of the legend.
    pub series: Vec<Line>,
    /// True when all numbers are whole.
    pub is_whole: bool,
}

/// One series.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its name: a choice, or `total`.
    pub name: SafeText,
    /// Its color.
    pub color: Color,
    /// True for the total, which has an area below it.
    pub is_total: bool,
    /// A number for each period; none where it is unknown.
    pub numbers: Vec<Option<Number>>,
}

impl LineChart {
    /// Draws the lines.
    pub fn draw(&self, caption: &Caption) -> Drawing {
        let values = self.series.iter().flat_map(|line| line.numbers.iter().flatten().map(Number::value));
        let axis = ValueAxis::of(values, TOP, BOTTOM, self.is_whole);
        let axis = axis.in_unit_of(self.series.iter().flat_map(|line| &line.numbers));
        let body = html! {
            @if self.time_axis.periods().is_empty() || self.series.is_empty() { (no_data("No data", HEIGHT)) } @else {
                (axis.grid())
                (not_retained(caption, &self.time_axis))
                svg width="100%" height=(Px(BOTTOM)) viewBox={ "0 0 " (WIDE) " " (Px(BOTTOM * TALL)) } preserveAspectRatio="none" overflow="visible" {
                    // The first line is on top.
                    @for line in self.series.iter().rev() { (self.path(line, &axis)) }
                }
                @for line in self.series.iter().rev() {
                    @for (x, y) in LinePath::of(&self.points(line, &axis)).isolated {
                        circle.{ "k" (line.color.number()) } cx=(Share(x)) cy=(Px(y)) r="3" {}
                    }
                }
                (self.hits())
                (x_axis(&self.time_axis))
            }
        };
        Drawing {
            caption: caption.clone(),
            kind: "lines",
            height: HEIGHT,
            file_height: HEIGHT,
            left: LEFT,
            right: 6.0,
            body,
            legend: self
                .series
                .iter()
                .map(|line| LegendEntry { color: line.color, name: line.name.clone() })
                .collect(),
            table: self.table(),
            links: Vec::new(),
            side: None,
        }
    }

    /// The points of a line; none for periods that are not retained, and future ones.
    fn points(&self, line: &Line, axis: &ValueAxis) -> Vec<Option<Point>> {
        let periods = self.time_axis.periods().iter().zip(&line.numbers);
        let points = periods.map(|(period, number)| {
            let number = number.as_ref().filter(|_| {
                matches!(period.stage, PeriodStage::Complete | PeriodStage::Cut | PeriodStage::Running)
            })?;
            Some((self.time_axis.middle(period), axis.y(number.value())))
        });
        points.collect()
    }

    fn path(&self, line: &Line, axis: &ValueAxis) -> Markup {
        let mut points = self.points(line, axis);
        let running = self.time_axis.periods().iter().position(|period| period.stage == PeriodStage::Running);
        // The segment to the running period is dashed.
        let mut last = Vec::new();
        if let Some(at) = running.filter(|at| *at > 0) {
            last = points.get(at - 1..=at).unwrap_or_default().to_vec();
            if last.iter().all(Option::is_some)
                && let Some(point) = points.get_mut(at)
            {
                *point = None;
            }
        }
        let class = format!("line l{}", line.color.number());
        let zero = axis.y(0.0) * TALL;
        let path = LinePath::of(&points).path;
        html! {
            @if line.is_total && !path.is_empty() && points.iter().flatten().count() > 1 {
                @let end_of = |point: Option<&Point>| point.map_or(0.0, |(x, _)| x * WIDE);
                @let (first, end) = (end_of(points.iter().flatten().next()), end_of(points.iter().flatten().next_back()));
                // A line with gaps has no area.
                @if path.matches('M').count() == 1 {
                    path.area d={ (path) "L" (Px(end)) " " (Px(zero)) "H" (Px(first)) "Z" } {}
                }
            }
            @if !path.is_empty() { path class=(class) d=(path) {} }
            @let so_far = LinePath::of(&last).path;
            @if !so_far.is_empty() { path class={ (class) " running" } d=(so_far) {} }
        }
    }

    fn hits(&self) -> Markup {
        let periods = self.time_axis.periods();
        let every = periods.len().div_ceil(MAX_HIT_AREAS).max(1);
        html! {
            g.hits {
                @for (chunk, some) in periods.chunks(every).enumerate() {
                    @if let (Some(first), Some(last)) = (some.first(), some.last()) {
                        g.b {
                            title { (self.tip(chunk * every)) }
                            rect.hit x=(Share(self.time_axis.x(first.start))) width=(Share(self.time_axis.x(last.end) - self.time_axis.x(first.start))) {}
                        }
                    }
                }
            }
        }
    }

    fn tip(&self, index: usize) -> String {
        let Some(period) = self.time_axis.periods().get(index) else { return String::new() };
        let mut tip = period.label.clone();
        match period.stage {
            PeriodStage::Running => tip.push_str(", so far"),
            PeriodStage::Cut => tip.push_str(", a part of it"),
            PeriodStage::Complete | PeriodStage::Future | PeriodStage::NotRetained => {}
        }
        for line in &self.series {
            if let Some(number) = line.numbers.get(index).and_then(Option::as_ref) {
                tip.push_str(&format!("\n{}: {}", line.name, number.full()));
            }
        }
        tip
    }

    fn table(&self) -> Table {
        let names = self.series.iter().map(|line| line.name.clone());
        let columns = distinct(std::iter::once(SafeText::from(self.time_axis.scale().name())).chain(names));
        let rows = self.time_axis.periods().iter().enumerate().map(|(index, period)| {
            let cells = self
                .series
                .iter()
                .map(|line| Cell::at(period, line.numbers.get(index).and_then(Option::as_ref)));
            std::iter::once(Cell::Period(period.label.clone(), period.start)).chain(cells).collect()
        });
        Table { columns, rows: rows.collect() }
    }
}
