//! `ForgetSelection`: the kicks that `staste forget` deletes, by choices, patterns of choices and a timespan.

use staste::store::Forgotten;
use staste::{Choice, Definition, MatchingChoices, Metrica, Reading, Timespan, View};

use super::view_options::filtered_view;
use crate::failure::{Failure, Result};
use crate::output::{Screen, choice_text, grouped, printable};

/// Number of choices that `--dry-run` lists.
const MAX_LISTED_CHOICES: usize = 10;

/// The kicks of a view, at any of several choices of one more axis.
pub(super) struct ForgetSelection {
    view: View,
    any_of: Option<AnyOf>,
    /// What is counted there now.
    pub(super) reading: Reading,
}

/// The choices of an axis that match patterns.
struct AnyOf {
    axis: String,
    patterns: Vec<String>,
    matching: MatchingChoices,
}

impl ForgetSelection {
    /// Reads what the `--filter` options select. An axis with an asterisk in its filter, or with several filters, has
    /// any of the choices.
    pub(super) fn read(
        metrica: &Metrica,
        definition: &Definition,
        filters: &[String],
        timespan: Timespan,
    ) -> Result<ForgetSelection> {
        let values = filters.iter().filter_map(|filter| axis_and_value(filter, definition));
        let several = |(axis, value): &(&str, &str)| {
            value.contains('*') || values.clone().filter(|(other, _)| other == axis).count() > 1
        };
        let mut patterned: Vec<&str> = values.clone().filter(several).map(|(axis, _)| axis).collect();
        patterned.dedup();
        let axis = match patterned.as_slice() {
            [] => None,
            [axis] => Some(*axis),
            [one, other, ..] => {
                return Err(Failure::input(format!(
                    "{one} and {other} are both filtered to several choices"
                ))
                .help("name one choice of all axes but one, and run the command for each of them"));
            }
        };
        let is_of =
            |filter: &&String| axis_and_value(filter, definition).is_some_and(|(own, _)| Some(own) == axis);
        let (patterns, single): (Vec<&String>, Vec<&String>) = filters.iter().partition(is_of);
        let single: Vec<String> = single.into_iter().cloned().collect();
        let view = filtered_view(metrica, definition, &single)?.timespan(timespan);
        let Some(axis) = axis else {
            return Ok(ForgetSelection { reading: view.read()?, view, any_of: None });
        };
        let patterns = patterns.into_iter().filter_map(|filter| axis_and_value(filter, definition));
        let patterns: Vec<String> = patterns.map(|(_, value)| value.to_owned()).collect();
        let matching = view.matching(axis, &patterns)?;
        let reading = matching.sum.clone();
        let any_of = Some(AnyOf { axis: axis.to_owned(), patterns, matching });
        Ok(ForgetSelection { view, any_of, reading })
    }

    /// Returns the conditions in words.
    pub(super) fn conditions(&self) -> Vec<String> {
        let mut conditions: Vec<String> =
            self.view.filters().map(|(axis, choice)| format!("{axis} {}", choice_text(choice))).collect();
        conditions.extend(self.any_of.as_ref().map(|any_of| {
            let patterns = any_of.patterns.iter().map(|pattern| printable(pattern)).collect::<Vec<_>>();
            format!(
                "{} {}: {}",
                any_of.axis,
                patterns.join(" or "),
                choices_text(any_of.matching.choices.len() as u64)
            )
        }));
        conditions
    }

    /// Deletes the kicks, or counts them as other.
    pub(super) fn forget(&self, into_other: bool) -> Result<Forgotten> {
        let Some(AnyOf { axis, matching, .. }) = &self.any_of else {
            return Ok(if into_other { self.view.forget_into_other()? } else { self.view.forget()? });
        };
        let choices: Vec<Choice> = matching.choices.iter().map(|(choice, _)| choice.clone()).collect();
        Ok(match into_other {
            true => self.view.forget_choices_into_other(axis, &choices)?,
            false => self.view.forget_choices(axis, &choices)?,
        })
    }

    /// Writes the matching choices with the largest totals.
    pub(super) fn list(&self, screen: &mut Screen) -> Result<()> {
        let Some(AnyOf { matching, .. }) = &self.any_of else { return Ok(()) };
        let mut choices: Vec<&(Choice, Reading)> = matching.choices.iter().collect();
        choices.sort_by_key(|(_, reading)| std::cmp::Reverse(reading.total.raw()));
        for (choice, reading) in choices.iter().take(MAX_LISTED_CHOICES) {
            let total = grouped(&reading.total.to_string());
            screen.line(format!("  {}  {total}", choice_text(choice)))?;
        }
        match choices.len().saturating_sub(MAX_LISTED_CHOICES) {
            0 => Ok(()),
            more => screen.line(format!("  and {} more", choices_text(more as u64))),
        }
    }
}

/// Returns axis and value of a filter `axis=value`; `None` for another form and for an unknown axis.
fn axis_and_value<'a>(filter: &'a str, definition: &Definition) -> Option<(&'a str, &'a str)> {
    filter.split_once('=').filter(|(axis, _)| definition.axis_index(axis).is_ok())
}

/// Returns a number of choices in words.
pub(super) fn choices_text(choices: u64) -> String {
    if choices == 1 { "1 choice".to_owned() } else { format!("{} choices", grouped(&choices.to_string())) }
}
