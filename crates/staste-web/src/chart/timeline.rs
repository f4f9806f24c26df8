//! `Timeline`: bars over time, and a line of other numbers on an axis of its own where they are wanted.

use maud::{Markup, html};

use super::coordinate::{Px, Share};
use super::drawing::{Drawing, Ink, Key, Meta};
use super::line_path::{LinePath, TALL, WIDE};
use super::name::Name;
use super::number::Number;
use super::plot::{BOTTOM, HEIGHT, LEFT, TOP, not_retained, nothing, x_axis};
use super::table::{Cell, Table};
use super::times::{Slot, Stage, Times};
use super::value_axis::ValueAxis;

/// The room of a second axis' labels.
const RIGHT: f64 = 44.0;
/// What is left free of a bar's place.
const GAP: f64 = 0.2;

/// Bars over time.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// The horizontal axis.
    pub times: Times,
    /// What the bars are: `total`.
    pub name: Name,
    /// A bar for each period; none where nothing is known.
    pub bars: Vec<Option<Number>>,
    /// A line on an axis of its own.
    pub line: Option<Beside>,
    /// What each bar is compared with, drawn as a mark across it.
    pub before: Option<Beside>,
    /// Where a click on a bar leads; nothing where it leads nowhere.
    pub links: Vec<Option<String>>,
    /// True when bars are whole numbers.
    pub whole: bool,
}

/// Other numbers of the same periods.
#[derive(Clone, Debug)]
pub struct Beside {
    /// What they are: `average`.
    pub name: Name,
    /// A number for each period.
    pub numbers: Vec<Option<Number>>,
}

impl Timeline {
    /// Draws it.
    pub fn draw(&self, meta: &Meta) -> Drawing {
        let drawn =
            |numbers: &[Option<Number>]| numbers.iter().flatten().map(Number::value).collect::<Vec<_>>();
        let before = self.before.iter().flat_map(|before| drawn(&before.numbers));
        let axis = ValueAxis::of(drawn(&self.bars).into_iter().chain(before), TOP, BOTTOM, self.whole);
        let second = self.line.as_ref().map(|line| axis.beside(drawn(&line.numbers).into_iter()));
        let is_empty = self.times.slots().is_empty();
        let body = html! {
            @if is_empty { (nothing("No data", HEIGHT)) } @else {
                (axis.grid())
                @if let Some(second) = &second { (second.labels_right()) }
                (not_retained(meta, &self.times))
                (self.bars(&axis))
                @if let (Some(line), Some(second)) = (&self.line, &second) { (self.line(line, second)) }
                (x_axis(&self.times))
            }
        };
        let mut keys = vec![Key { ink: Ink::Nth(0), name: self.name.clone() }];
        keys.extend(self.line.iter().map(|line| Key { ink: Ink::Nth(2), name: line.name.clone() }));
        keys.extend(self.before.iter().map(|before| Key { ink: Ink::Nth(11), name: before.name.clone() }));
        Drawing {
            meta: meta.clone(),
            kind: "timeline",
            height: HEIGHT,
            file_height: HEIGHT,
            left: LEFT,
            right: if second.is_some() { RIGHT } else { 6.0 },
            body,
            keys,
            table: self.table(),
            links: self.links.clone(),
            side: None,
        }
    }

    /// What there is beside the bars.
    fn beside(&self) -> impl Iterator<Item = &Beside> {
        self.line.iter().chain(&self.before)
    }

    fn bars(&self, axis: &ValueAxis) -> Markup {
        let there = |(_, slot): &(usize, &Slot)| slot.stage != Stage::NotRetained;
        html! {
            // The table says the same and has the same links, by names and in order.
            g.bars aria-hidden="true" {
                @for (index, slot) in self.times.slots().iter().enumerate().filter(there) {
                    @match self.links.get(index).and_then(Option::as_ref) {
                        Some(link) => a.b href=(link) tabindex="-1" { (self.bar(index, slot, axis)) },
                        None => g.b { (self.bar(index, slot, axis)) },
                    }
                }
            }
        }
    }

    fn bar(&self, index: usize, slot: &Slot, axis: &ValueAxis) -> Markup {
        let (from, to) = (self.times.x(slot.start), self.times.x(slot.end));
        let number =
            |numbers: &[Option<Number>]| numbers.get(index).and_then(Option::as_ref).map(Number::value);
        let before = self.before.as_ref().and_then(|before| number(&before.numbers));
        html! {
            title { (self.tip(index, slot)) }
            rect.hit x=(Share(from)) width=(Share(to - from)) {}
            @if let Some(value) = number(&self.bars).filter(|value| *value != 0.0) {
                @let (zero, end) = (axis.y(0.0), axis.y(value));
                // What is not zero is seen.
                @let height = (zero - end).abs().max(1.0);
                rect.bar.beside[self.line.is_some()].running[matches!(slot.stage, Stage::Running | Stage::Cut)]
                    x=(Share(from + (to - from) * GAP / 2.0)) width=(Share((to - from) * (1.0 - GAP)))
                    y=(Px(if end <= zero { zero - height } else { zero })) height=(Px(height)) {}
            }
            @if let Some(value) = before {
                line.before x1=(Share(from)) x2=(Share(to)) y1=(Px(axis.y(value))) y2=(Px(axis.y(value))) {}
            }
        }
    }

    fn line(&self, line: &Beside, axis: &ValueAxis) -> Markup {
        let places = self.times.slots().iter().zip(&line.numbers);
        let points: Vec<_> = places
            .map(|(slot, number)| {
                number.as_ref().map(|number| (self.times.middle(slot), axis.y(number.value())))
            })
            .collect();
        let LinePath { path, alone } = LinePath::of(&points);
        html! {
            svg width="100%" height=(Px(BOTTOM)) viewBox={ "0 0 " (WIDE) " " (Px(BOTTOM * TALL)) } preserveAspectRatio="none" overflow="visible" {
                path.line.halo d=(path) {}
                path.line.l3 d=(path) {}
            }
            @for (x, y) in alone { circle.k3 cx=(Share(x)) cy=(Px(y)) r="3" {} }
        }
    }

    fn tip(&self, index: usize, slot: &Slot) -> String {
        let mut tip = slot.label.clone();
        match slot.stage {
            Stage::Running => tip.push_str(", so far"),
            Stage::Ahead => tip.push_str(", not yet"),
            Stage::Cut => tip.push_str(", a part of it"),
            Stage::Whole | Stage::NotRetained => {}
        }
        let mut add = |name: &str, numbers: &[Option<Number>]| {
            if let Some(number) = numbers.get(index).and_then(Option::as_ref) {
                tip.push_str(&format!("\n{name}: {}", number.full()));
            }
        };
        add(&self.name, &self.bars);
        self.beside().for_each(|beside| add(&beside.name, &beside.numbers));
        tip
    }

    fn table(&self) -> Table {
        let mut columns = vec![Name::from(self.times.scale().name()), self.name.clone()];
        columns.extend(self.beside().map(|beside| beside.name.clone()));
        let lists = || std::iter::once(&self.bars).chain(self.beside().map(|beside| &beside.numbers));
        let rows = self.times.slots().iter().enumerate().map(|(index, slot)| {
            let cells = lists().map(|numbers| Cell::at(slot, numbers.get(index).and_then(Option::as_ref)));
            std::iter::once(Cell::Period(slot.label.clone(), slot.start)).chain(cells).collect()
        });
        Table { columns, rows: rows.collect() }
    }
}
