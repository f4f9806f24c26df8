//! The choices of an axis: their readings, largest first, their links and their colors.

use staste_core::{AxisDefinition, Choice, Definition, Reading, Result};

use crate::context::PageContext;
use crate::drawing::{Color, Number};
use crate::readings::{has_data, nothing};

/// A choice with its reading, and the requested number of that.
pub(super) type RankedChoice = (Choice, Reading, Number);

/// The choices of an axis with data.
#[derive(Debug)]
pub(super) struct Ranking {
    /// Those that have the requested number, the largest first.
    pub(super) choices: Vec<RankedChoice>,
    /// How many do not have it: percentiles are unknown where some kicks have no bin.
    pub(super) without_number: usize,
}

/// Reads the choices of an axis.
///
/// # Errors
/// When the Store cannot be read.
pub(super) fn read_ranked(context: &PageContext, axis: &str) -> Result<Ranking> {
    let mut ranking = Ranking { choices: Vec::new(), without_number: 0 };
    for (choice, reading) in context.view.by(axis)?.into_iter().filter(|(_, reading)| has_data(reading)) {
        match context.number(&reading) {
            Some(number) => ranking.choices.push((choice, reading, number)),
            None => ranking.without_number += 1,
        }
    }
    ranking.choices.sort_by(|(one_choice, one, _), (other_choice, other, _)| {
        context.request.measure.compare(other, one).then_with(|| one_choice.cmp(other_choice))
    });
    Ok(ranking)
}

/// The number of all these choices together; none for averages, which do not add up.
pub(super) fn sum_of(context: &PageContext, ranked: &[RankedChoice]) -> Option<Number> {
    let (_, first, _) = ranked.first()?;
    let all = ranked.iter().fold(nothing(first), |all, (_, reading, _)| all.plus(reading));
    if context.request.measure.is_additive() { context.number(&all) } else { None }
}

/// The link that narrows the page to a choice; none where it is narrowed to this choice already, as to a place among
/// those below it.
pub(super) fn link_into(context: &PageContext, axis: &str, choice: &Choice) -> Option<String> {
    let is_here = context.request.filtered_to(axis) == Some(choice);
    (!is_here).then(|| context.link_if_any(&context.request.narrowed(axis, choice))).flatten()
}

/// The color of the sum of all other choices.
pub(super) const OTHERS: usize = 11;

/// The color of a choice that is the nth shown: a declared choice has the same one always.
pub(super) fn color_of(definition: &Definition, axis: &str, choice: &Choice, nth: usize) -> Color {
    let axis = definition.axis(axis);
    let declared = axis.and_then(AxisDefinition::declared);
    let declared = declared.and_then(|choices| choices.iter().position(|known| *choice == **known));
    match choice {
        Choice::Other => Color::Rest,
        // The first color is that of the total.
        _ => Color::Nth(declared.unwrap_or(nth) % OTHERS.saturating_sub(1) + 1),
    }
}
