//! Breakdowns of a view by the choices of one axis or several.

use std::collections::HashMap;

use crate::amount::{QueryAmount, Reading};
use crate::api::query::query_answer::{QueryAnswer, QueryGroup};
use crate::api::query::query_context::{QueryContext, SpanPlan};
use crate::api::query::view::View;
use crate::error::{Error, Result};
use crate::schema::Choice;
use crate::time::EVER_START;

/// Amounts by key.
pub(super) type Sums<K> = HashMap<K, QueryAmount>;

impl View {
    /// Returns total and count of the view.
    ///
    /// # Errors
    /// `is_not_retained` when part of the timespan is no longer retained; a conflict with the stored definition; or the
    /// Store cannot be reached.
    pub fn read(&self) -> Result<Reading> {
        self.run_query(&[], one_period, |context, answer| Ok(context.reading(answer.sum())))
    }

    /// Returns every choice of an axis with its reading, in the order of [`View::iterate`].
    ///
    /// # Errors
    /// As [`View::iterate`].
    pub fn by(&self, axis: &str) -> Result<Vec<(Choice, Reading)>> {
        let choice = self.filters().find(|(known, _)| *known == axis).map(|(_, choice)| choice.clone());
        self.run_query(&[axis], one_period, |context, answer| {
            Ok(context.choices_in_order(answer, choice.as_ref()))
        })
    }

    /// Returns the combinations of choices on several axes that have kicks, with their readings, the largest total
    /// first.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// let flights =
    ///     staste.metrica("flights").axis("carrier", Axis::stored()).axis("origin", Axis::stored()).build()?;
    /// flights.kick([("carrier", "UA"), ("origin", "EWR")])?;
    /// let pivot = flights.values().pivot(&["carrier", "origin"])?;
    /// assert_eq!(pivot[0].0.iter().map(ToString::to_string).collect::<Vec<_>>(), ["UA", "EWR"]);
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`View::read`]; also for an axis that the Metrica does not have or that is given twice.
    pub fn pivot(&self, axes: &[&str]) -> Result<Vec<(Vec<Choice>, Reading)>> {
        for (index, axis) in axes.iter().enumerate() {
            if axes.iter().take(index).any(|earlier| earlier == axis) {
                return Err(Error::invalid_input(format!("axis {axis} is given twice: give it once")));
            }
        }
        self.run_query(axes, one_period, |context, answer| {
            // The Store returns choices in the order of its own axes; axes filtered to a value are not grouped.
            let mut columns = Vec::with_capacity(axes.len());
            for axis in axes {
                let filtered = self.filters().find(|(known, _)| known == axis).map(|(_, choice)| choice);
                columns.push((context.definition.axis_index(axis)?, filtered));
            }
            let is_path =
                |filtered: &Option<&Choice>| filtered.is_some_and(|choice| choice.as_path().is_some());
            let mut grouped: Vec<usize> = columns
                .iter()
                .filter(|(_, filtered)| filtered.is_none() || is_path(filtered))
                .map(|(index, _)| *index)
                .collect();
            grouped.sort_unstable();
            let mut sums: Sums<Vec<Choice>> = HashMap::with_capacity(answer.groups.len());
            for group in answer.groups {
                let choices = columns.iter().map(|(index, filtered)| {
                    let position = grouped.iter().position(|grouped| grouped == index);
                    let found = position.and_then(|position| group.choices.get(position)).or(*filtered);
                    found.cloned().unwrap_or(Choice::All)
                });
                sums.insert(choices.collect(), group.amount);
            }
            if !context.scan {
                for (position, (_, filtered)) in columns.iter().enumerate().filter(|(_, (_, it))| is_path(it))
                {
                    if let Some(path) = filtered {
                        keep_rest(&mut sums, position, path);
                    }
                }
            }
            let rows = sums.into_iter().map(|(choices, amount)| (choices, context.reading(amount)));
            let mut rows: Vec<(Vec<Choice>, Reading)> = rows.collect();
            rows.sort_by(|(one_choices, one), (other_choices, other)| {
                other.total.raw().cmp(&one.total.raw()).then_with(|| one_choices.cmp(other_choices))
            });
            Ok(rows)
        })
    }
}

impl QueryContext<'_> {
    pub(super) fn reading(&self, sum: QueryAmount) -> Reading {
        Reading::of(sum, self.definition.multiplier, self.definition.is_averaged(), self.reads_bins)
    }

    /// Returns the groups of one axis as a list: known choices in order, then the rest of a path, unset, other.
    /// `filtered` is the choice to which the axis is filtered.
    fn choices_in_order(&self, answer: QueryAnswer, filtered: Option<&Choice>) -> Vec<(Choice, Reading)> {
        let Some(known) = answer.known.first().cloned() else {
            // The axis is filtered to one value, whose cell was read.
            return filtered.map(|choice| (choice.clone(), self.reading(answer.sum()))).into_iter().collect();
        };
        let mut sums: Sums<Choice> = HashMap::with_capacity(answer.groups.len());
        for QueryGroup { choices, amount, .. } in answer.groups {
            if let Some(choice) = choices.into_iter().next() {
                *sums.entry(choice).or_default() += &amount;
            }
        }
        order(sums, known, filtered, self.scan)
            .into_iter()
            .map(|(choice, amount)| (choice, self.reading(amount)))
            .collect()
    }
}

/// Subtracts the kicks below a path from its own rows, since the cell of a path includes them. The kicks that ended at
/// the path remain.
fn keep_rest(sums: &mut Sums<Vec<Choice>>, position: usize, path: &Choice) {
    let mut below: Sums<Vec<Choice>> = HashMap::new();
    for (choices, amount) in &*sums {
        if choices.get(position).is_some_and(|choice| choice != path) {
            let mut parent = choices.clone();
            if let Some(choice) = parent.get_mut(position) {
                choice.clone_from(path);
            }
            *below.entry(parent).or_default() += amount;
        }
    }
    for (parent, amount) in below {
        if let Some(own) = sums.get_mut(&parent) {
            *own -= &amount;
            if own.is_zero() {
                sums.remove(&parent);
            }
        }
    }
}

/// Lists sums in order. The cell of a path includes its children: without them, the kicks that ended at the path
/// remain.
pub(super) fn order(
    mut sums: Sums<Choice>,
    known: Vec<Choice>,
    filtered: Option<&Choice>,
    excludes_children: bool,
) -> Vec<(Choice, QueryAmount)> {
    if let Some(path @ Choice::Path(_)) = filtered
        && let Some(mut rest) = sums.remove(path)
    {
        if !excludes_children {
            sums.values().for_each(|child| rest -= child);
        }
        if !rest.is_zero() {
            sums.insert(path.clone(), rest);
        }
    }
    let mut listed: Vec<(Choice, QueryAmount)> = Vec::with_capacity(known.len() + 2);
    for choice in known {
        let sum = sums.remove(&choice).unwrap_or_default();
        listed.push((choice, sum));
    }
    let mut others: Vec<(Choice, QueryAmount)> = sums.into_iter().filter(|(_, sum)| !sum.is_zero()).collect();
    others.sort_by(|(one, _), (other, _)| one.cmp(other));
    listed.extend(others);
    listed
}

/// Plans all buckets of the timespan as one period.
pub(super) fn one_period(context: &QueryContext<'_>) -> Result<SpanPlan> {
    let mut buckets = SpanPlan { spans: Vec::new(), cuts: vec![EVER_START] };
    for range in &context.resolved.ranges {
        buckets.spans.extend(context.cover(range)?);
    }
    Ok(buckets)
}
