//! `Table`: the numbers of a chart, for people and for programs.

use std::borrow::Cow;

use super::donut::percent;
use super::name::Name;
use super::number::Number;
use super::times::{Slot, Stage};

/// The numbers of a chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// What the columns are; the first names the rows.
    pub columns: Vec<Name>,
    /// The rows, each as wide as the columns.
    pub rows: Vec<Vec<Cell>>,
}

/// What stands in a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A name, such as that of a choice.
    Name(Name),
    /// A period, by its name and where it begins in unix seconds.
    Period(String, i64),
    /// A number.
    Number(Number),
    /// A part of a whole, 0 to 1.
    Share(f64),
    /// No number, and why.
    None(&'static str),
}

/// Why there is no number.
const NOTHING: &str = "\u{2013}";

/// Names of columns, none of which comes twice: a choice may be called like the total.
pub(crate) fn distinct(names: impl Iterator<Item = Name>) -> Vec<Name> {
    let mut columns: Vec<Name> = Vec::new();
    for name in names {
        let taken = |candidate: &Name| columns.iter().any(|known| known.exact() == candidate.exact());
        let again = (2..).map(|count| Name::from(format!("{} ({count})", name.exact())));
        let free = std::iter::once(name.clone()).chain(again).find(|candidate| !taken(candidate));
        columns.push(free.unwrap_or(name));
    }
    columns
}

impl Cell {
    /// A number, where there is one.
    pub(crate) fn of(number: Option<&Number>) -> Cell {
        number.map_or(Cell::None(NOTHING), |number| Cell::Number(number.clone()))
    }

    /// A number of a period.
    pub(super) fn at(slot: &Slot, number: Option<&Number>) -> Cell {
        match (slot.stage, number) {
            (Stage::NotRetained, _) => Cell::None("not retained"),
            (Stage::Ahead, number) if number.is_none_or(|number| number.value() == 0.0) => {
                Cell::None("not yet")
            }
            (_, number) => Cell::of(number),
        }
    }

    /// As people read it.
    pub fn shown(&self) -> Cow<'_, str> {
        match self {
            Cell::Name(name) => Cow::Borrowed(name),
            Cell::Period(label, _) => Cow::Borrowed(label),
            Cell::Number(number) => Cow::Owned(number.full()),
            Cell::Share(share) => Cow::Owned(percent(*share)),
            Cell::None(why) => Cow::Borrowed(why),
        }
    }
}
