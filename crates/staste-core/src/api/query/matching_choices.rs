//! The choices of an axis that match patterns, with their readings.

use std::collections::HashMap;

use crate::amount::{QueryAmount, Reading};
use crate::api::query::breakdown::one_period;
use crate::api::query::view::View;
use crate::error::{Error, Result};
use crate::schema::{Choice, ChoicePattern, Path};
use crate::store::Select;

/// Choices of an axis with their readings. No path of them is below another.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MatchingChoices {
    /// The choices in order of first appearance; a path has the kicks of everything below it.
    pub choices: Vec<(Choice, Reading)>,
    /// The reading of all of them together.
    pub sum: Reading,
}

impl View {
    /// Returns the choices of an axis that match one of some patterns ([`ChoicePattern`]), with their readings in this
    /// view. A path that is below another one that matches is left out, because the other one includes its kicks.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Staste, choices};
    /// let staste = Staste::new(MemoryStore::new());
    /// let visits = staste.metrica("visits").axis("page", Axis::stored()).build()?;
    /// for page in ["/", "/wp-login.php", "/wp-admin", "/wp-admin"] {
    ///     visits.kick(choices! { page: page })?;
    /// }
    /// let scanners = visits.values().matching("page", &["/wp-*"])?;
    /// assert_eq!((scanners.choices.len(), scanners.sum.total.raw()), (2, 3));
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`View::iterate`]; also for an axis to which the view is filtered already.
    pub fn matching<T: AsRef<str>>(&self, axis: &str, patterns: &[T]) -> Result<MatchingChoices> {
        self.check_unfiltered(axis)?;
        let known = self.limited(|| self.metrica.choices(axis))?;
        let select = |definition: &crate::schema::Definition| {
            let mut select = self.select(definition, &[])?;
            if let Some(own) = select.get_mut(definition.axis_index(axis)?) {
                *own = Select::Any;
            }
            Ok(select)
        };
        self.run_selection(select, one_period, |context, answer| {
            let Some(axis) = context.definition.stored_axes.get(context.definition.axis_index(axis)?) else {
                return Err(Error::stale(&context.definition.name));
            };
            let patterns: Vec<ChoicePattern> =
                patterns.iter().map(|pattern| ChoicePattern::parse(pattern.as_ref(), axis)).collect();
            let is_match = |choice: &&Choice| patterns.iter().any(|pattern| pattern.matches(choice));
            let mut amounts: HashMap<&Choice, QueryAmount> =
                known.iter().filter(is_match).map(|choice| (choice, QueryAmount::default())).collect();
            let nested: Vec<&Choice> = amounts
                .keys()
                .copied()
                .filter(|choice| above(choice).any(|above| amounts.contains_key(&above)))
                .collect();
            nested.into_iter().for_each(|choice| _ = amounts.remove(choice));
            for group in &answer.groups {
                let Some(choice) = group.choices.first() else { continue };
                // Full points have the kicks of a path itself only.
                let counted =
                    if context.scan { above(choice).find(|above| amounts.contains_key(above)) } else { None };
                if let Some(amount) = amounts.get_mut(counted.as_ref().unwrap_or(choice)) {
                    *amount += &group.amount;
                }
            }
            let sum = context.reading(amounts.values().sum());
            let choices = known
                .iter()
                .filter_map(|choice| Some((choice.clone(), context.reading(amounts.get(choice)?.clone()))));
            Ok(MatchingChoices { choices: choices.collect(), sum })
        })
    }

    /// Checks that the view is not filtered on an axis.
    pub(super) fn check_unfiltered(&self, axis: &str) -> Result<()> {
        match self.filters().find(|(known, _)| *known == axis) {
            None => Ok(()),
            Some((_, choice)) => Err(Error::invalid_input(format!(
                "axis {axis} is already filtered to {choice}: leave out that filter, or add it to the patterns"
            ))),
        }
    }
}

/// Returns the paths above a path.
fn above(choice: &Choice) -> impl Iterator<Item = Choice> {
    let components = choice.as_path().map(Path::components).unwrap_or_default();
    // What is left of a path that ends in *other* is above it.
    let is_other = choice.as_path().is_some_and(Path::is_other);
    let longest = if is_other { components.len() } else { components.len().saturating_sub(1) };
    (1..=longest).filter_map(|length| Some(Choice::path(components.get(..length)?)))
}
