//! `Table`: the numbers of a chart, for people and for programs.

use std::borrow::Cow;

use super::axis_period::{AxisPeriod, PeriodStage};
use super::number::{Number, percent};
use super::safe_text::SafeText;

/// The numbers of a chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The names of the columns; the first column names the rows.
    pub columns: Vec<SafeText>,
    /// The rows, each as wide as the columns.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A name, such as that of a choice.
    Text(SafeText),
    /// A period: its name, and its start in unix seconds.
    Period(String, i64),
    /// A number.
    Number(Number),
    /// A share of a whole, 0 to 1.
    Share(f64),
    /// The reason why there is no number.
    None(&'static str),
}

/// The reason where there is nothing to say.
const NOTHING: &str = "\u{2013}";

/// Makes the names of columns unique: a choice may be called like the total.
pub(crate) fn distinct(names: impl Iterator<Item = SafeText>) -> Vec<SafeText> {
    let mut columns: Vec<SafeText> = Vec::new();
    for name in names {
        let taken = |candidate: &SafeText| columns.iter().any(|known| known.exact() == candidate.exact());
        let again = (2..).map(|count| SafeText::from(format!("{} ({count})", name.exact())));
        let free = std::iter::once(name.clone()).chain(again).find(|candidate| !taken(candidate));
        columns.push(free.unwrap_or(name));
    }
    columns
}

impl Cell {
    /// A number, if there is one.
    pub(crate) fn of(number: Option<&Number>) -> Cell {
        number.map_or(Cell::None(NOTHING), |number| Cell::Number(number.clone()))
    }

    /// A number of a period.
    pub(super) fn at(period: &AxisPeriod, number: Option<&Number>) -> Cell {
        match (period.stage, number) {
            (PeriodStage::NotRetained, _) => Cell::None("no longer kept"),
            (PeriodStage::Future, number) if number.is_none_or(|number| number.value() == 0.0) => {
                Cell::None("not yet")
            }
            (_, number) => Cell::of(number),
        }
    }

    /// Its text for people.
    pub fn display(&self) -> Cow<'_, str> {
        match self {
            Cell::Text(name) => Cow::Borrowed(name),
            Cell::Period(label, _) => Cow::Borrowed(label),
            Cell::Number(number) => Cow::Owned(number.full()),
            Cell::Share(share) => Cow::Owned(percent(*share)),
            Cell::None(why) => Cow::Borrowed(why),
        }
    }
}
