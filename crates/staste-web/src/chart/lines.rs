//! `Lines`: several series over time.

use maud::{Markup, html};

use super::coordinate::{Px, Share};
use super::drawing::{Drawing, Ink, Key, Meta};
use super::line_path::{LinePath, Point, TALL, WIDE};
use super::name::Name;
use super::number::Number;
use super::plot::{BOTTOM, HEIGHT, LEFT, TOP, not_retained, nothing, x_axis};
use super::table::{Cell, Table, distinct};
use super::times::{Stage, Times};
use super::value_axis::ValueAxis;

/// Into so many places with numbers to point at a chart is cut at most.
const MOST_HITS: usize = 240;

/// Several series over time.
#[derive(Clone, Debug)]
pub struct Lines {
    /// The horizontal axis.
    pub times: Times,
    /// The series, in the order of the legend.
    pub series: Vec<Line>,
    /// True when all are whole numbers.
    pub whole: bool,
}

/// One series.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it is: a choice, or `total`.
    pub name: Name,
    /// Its colour.
    pub ink: Ink,
    /// True for the sum of the others, which has an area below it.
    pub is_total: bool,
    /// A number for each period; none where nothing is known.
    pub numbers: Vec<Option<Number>>,
}

impl Lines {
    /// Draws it.
    pub fn draw(&self, meta: &Meta) -> Drawing {
        let values = self.series.iter().flat_map(|line| line.numbers.iter().flatten().map(Number::value));
        let axis = ValueAxis::of(values, TOP, BOTTOM, self.whole);
        let body = html! {
            @if self.times.slots().is_empty() || self.series.is_empty() { (nothing("No data", HEIGHT)) } @else {
                (axis.grid())
                (not_retained(meta, &self.times))
                svg width="100%" height=(Px(BOTTOM)) viewBox={ "0 0 " (WIDE) " " (Px(BOTTOM * TALL)) } preserveAspectRatio="none" overflow="visible" {
                    // The first is on top.
                    @for line in self.series.iter().rev() { (self.path(line, &axis)) }
                }
                @for line in self.series.iter().rev() {
                    @for (x, y) in LinePath::of(&self.points(line, &axis)).alone {
                        circle.{ "k" (line.ink.number()) } cx=(Share(x)) cy=(Px(y)) r="3" {}
                    }
                }
                (self.hits())
                (x_axis(&self.times))
            }
        };
        Drawing {
            meta: meta.clone(),
            kind: "lines",
            height: HEIGHT,
            file_height: HEIGHT,
            left: LEFT,
            right: 6.0,
            body,
            keys: self.series.iter().map(|line| Key { ink: line.ink, name: line.name.clone() }).collect(),
            table: self.table(),
            links: Vec::new(),
            side: None,
        }
    }

    /// Where the line has a value: not in what is no longer kept, nor in what has not begun.
    fn points(&self, line: &Line, axis: &ValueAxis) -> Vec<Option<Point>> {
        let slots = self.times.slots().iter().zip(&line.numbers);
        let points = slots.map(|(slot, number)| {
            let number = number
                .as_ref()
                .filter(|_| matches!(slot.stage, Stage::Whole | Stage::Cut | Stage::Running))?;
            Some((self.times.middle(slot), axis.y(number.value())))
        });
        points.collect()
    }

    fn path(&self, line: &Line, axis: &ValueAxis) -> Markup {
        let mut points = self.points(line, axis);
        let running = self.times.slots().iter().position(|slot| slot.stage == Stage::Running);
        // The way to the period that still runs is dashed.
        let mut last = Vec::new();
        if let Some(at) = running.filter(|at| *at > 0) {
            last = points.get(at - 1..=at).unwrap_or_default().to_vec();
            if last.iter().all(Option::is_some)
                && let Some(point) = points.get_mut(at)
            {
                *point = None;
            }
        }
        let class = format!("line l{}", line.ink.number());
        let zero = axis.y(0.0) * TALL;
        let path = LinePath::of(&points).path;
        html! {
            @if line.is_total && !path.is_empty() && points.iter().flatten().count() > 1 {
                @let end_of = |point: Option<&Point>| point.map_or(0.0, |(x, _)| x * WIDE);
                @let (first, end) = (end_of(points.iter().flatten().next()), end_of(points.iter().flatten().next_back()));
                // Only a line without gaps has an area.
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
        let slots = self.times.slots();
        let every = slots.len().div_ceil(MOST_HITS).max(1);
        html! {
            g.hits {
                @for (chunk, some) in slots.chunks(every).enumerate() {
                    @if let (Some(first), Some(last)) = (some.first(), some.last()) {
                        g.b {
                            title { (self.tip(chunk * every)) }
                            rect.hit x=(Share(self.times.x(first.start))) width=(Share(self.times.x(last.end) - self.times.x(first.start))) {}
                        }
                    }
                }
            }
        }
    }

    fn tip(&self, index: usize) -> String {
        let Some(slot) = self.times.slots().get(index) else { return String::new() };
        let mut tip = slot.label.clone();
        match slot.stage {
            Stage::Running => tip.push_str(", so far"),
            Stage::Cut => tip.push_str(", a part of it"),
            Stage::Whole | Stage::Ahead | Stage::NotRetained => {}
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
        let columns = distinct(std::iter::once(Name::from(self.times.scale().name())).chain(names));
        let rows = self.times.slots().iter().enumerate().map(|(index, slot)| {
            let cells = self
                .series
                .iter()
                .map(|line| Cell::at(slot, line.numbers.get(index).and_then(Option::as_ref)));
            std::iter::once(Cell::Period(slot.label.clone(), slot.start)).chain(cells).collect()
        });
        Table { columns, rows: rows.collect() }
    }
}
