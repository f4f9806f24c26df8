//! The choices of an axis, largest first, as bars to be clicked or as a donut.

use staste_core::{Choice, Measure, Reading, Result};

use crate::chart::{Donut, Ink, Name, Number, Slice, Top, TopRow};
use crate::closed::is_something;
use crate::course::OTHERS;
use crate::page::Page;

/// So many rows a panel has, and so many when all are asked for.
const ROWS: usize = 10;
const ALL_ROWS: usize = 500;
/// So many slices a donut has beside what is left over.
const SLICES: usize = 10;

/// The choices of an axis.
#[derive(Debug)]
pub(crate) struct Panel {
    pub(crate) top: Top,
    /// How many choices with something at them are not listed.
    pub(crate) more: usize,
}

impl Page {
    /// The choices of an axis with their numbers, largest first; those with nothing are left out.
    fn ranked(&self, axis: &str) -> Result<Vec<(Choice, Reading, Number)>> {
        let readings = self.view.by(axis)?.into_iter();
        let numbered = readings
            .filter_map(|(choice, reading)| self.number(&reading).map(|number| (choice, reading, number)))
            .filter(|(_, reading, _)| is_something(reading));
        let mut ranked: Vec<(Choice, Reading, Number)> = numbered.collect();
        ranked.sort_by(|(one_choice, one, _), (other_choice, other, _)| {
            self.state.show.compare(other, one).then_with(|| one_choice.cmp(other_choice))
        });
        Ok(ranked)
    }

    /// The panel of an axis, as long as the state says.
    ///
    /// # Errors
    /// When the Store cannot be asked.
    pub(crate) fn panel(&self, axis: &str) -> Result<Panel> {
        let is_long = self.state.all.as_deref() == Some(axis);
        self.panel_of(axis, if is_long { ALL_ROWS } else { ROWS })
    }

    /// The panel of an axis with at most so many rows.
    ///
    /// # Errors
    /// When the Store cannot be asked.
    pub(crate) fn panel_of(&self, axis: &str, most: usize) -> Result<Panel> {
        let ranked = self.ranked(axis)?;
        let more = ranked.len().saturating_sub(most);
        let second = match self.state.show {
            _ if !self.definition.is_averaged() => None,
            Measure::Average => Some(Measure::Count),
            Measure::Total | Measure::Count => Some(Measure::Average),
        };
        // With parts below zero there is no whole to have shares of.
        let has_parts = ranked.iter().all(|(_, _, number)| number.value() >= 0.0);
        let total = self.sum(&ranked).filter(|_| has_parts);
        let rows = ranked.into_iter().take(most).map(|(choice, reading, number)| TopRow {
            name: Name::from(&choice),
            number,
            second: second.and_then(|second| Number::of(second, &reading)),
            link: self.link_into(axis, &choice),
        });
        Ok(Panel {
            top: Top {
                name: self.state.show.name().into(),
                rows: rows.collect(),
                total,
                second: second.map(|second| second.name().into()),
            },
            more,
        })
    }

    /// Where a choice leads; nowhere where that is here already, as the place itself among those below it.
    fn link_into(&self, axis: &str, choice: &Choice) -> Option<String> {
        let is_here = self.state.filter.iter().any(|(known, chosen)| known == axis && chosen == choice);
        (!is_here).then(|| self.link_to(&self.state.narrowed(axis, choice))).flatten()
    }

    /// The sum of what is additive.
    fn sum(&self, ranked: &[(Choice, Reading, Number)]) -> Option<Number> {
        let reading = ranked.first().map(|(_, reading, _)| *reading)?;
        let total = ranked.iter().map(|(_, reading, _)| reading.total.raw()).sum();
        let count = ranked.iter().filter_map(|(_, reading, _)| reading.count).sum();
        let sum = Reading {
            total: staste_core::Total::new(total, reading.total.multiplier()),
            count: reading.count.map(|_| count),
        };
        if self.state.show == Measure::Average { None } else { self.number(&sum) }
    }

    /// The shares of the choices on an axis; the smallest are one slice.
    ///
    /// # Errors
    /// When the Store cannot be asked, or averages are asked for, which have no shares.
    pub(crate) fn donut(&self, axis: &str) -> Result<Donut> {
        if self.state.show == Measure::Average {
            return Err(staste_core::Error::input(
                "averages are no parts of a whole: show total or count as a pie",
            ));
        }
        let mut ranked = self.ranked(axis)?;
        let total = self.sum(&ranked).unwrap_or_else(|| Number::count(0));
        let tail = if ranked.len() > SLICES + 1 { ranked.split_off(SLICES) } else { Vec::new() };
        let rest = self.sum(&tail);
        let mut slices: Vec<Slice> = Vec::new();
        for (nth, (choice, _, number)) in ranked.into_iter().enumerate() {
            slices.push(Slice {
                name: Name::from(&choice),
                number,
                ink: self.ink(axis, &choice, nth),
                link: self.link_into(axis, &choice),
            });
        }
        slices.extend(rest.map(|number| Slice {
            name: format!("{} others", tail.len()).into(),
            number,
            ink: Ink::Nth(OTHERS),
            link: None,
        }));
        Ok(Donut { slices, total, noun: self.state.show.name().into() })
    }
}
