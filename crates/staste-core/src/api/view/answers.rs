//! Readings, breakdowns and pivots.

use std::collections::HashMap;

use crate::amount::{Amount, Reading};
use crate::api::view::View;
use crate::api::view::ask::{Buckets, Planning};
use crate::error::Result;
use crate::schema::Choice;
use crate::store::{Answer, Group};
use crate::time::EVER_START;

/// Amounts by what they are of.
pub(super) type Sums<K> = HashMap<K, Amount>;

impl View {
    /// Total and count of the view.
    ///
    /// # Errors
    /// `is_not_retained` when part of the timespan is no longer kept; a conflict with the definition in
    /// the Store; the Store cannot be reached.
    pub fn read(&self) -> Result<Reading> {
        self.ask(&[], one_period, |planning, answer| {
            Ok(planning.reading(answer.groups.iter().map(|group| group.amount).sum()))
        })
    }

    /// Every choice of an axis with its reading, in the order of [`View::iterate`].
    ///
    /// # Errors
    /// As [`View::iterate`].
    pub fn by(&self, axis: &str) -> Result<Vec<(Choice, Reading)>> {
        let choice = self.filters().find(|(known, _)| *known == axis).map(|(_, choice)| choice.clone());
        self.ask(&[axis], one_period, |planning, answer| Ok(planning.listed(answer, choice.as_ref())))
    }

    /// The combinations of choices on several axes that were kicked, with their readings, largest
    /// total first.
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
    /// As [`View::read`]; an axis the Metrica does not have or that is asked for twice.
    pub fn pivot(&self, axes: &[&str]) -> Result<Vec<(Vec<Choice>, Reading)>> {
        for (index, axis) in axes.iter().enumerate() {
            if axes.iter().take(index).any(|earlier| earlier == axis) {
                return Err(crate::error::Error::input(format!("axis {axis} is asked for twice")));
            }
        }
        self.ask(axes, one_period, |planning, answer| {
            // The Store answers in the order of its own axes; those filtered to a value are not grouped.
            let mut places = Vec::with_capacity(axes.len());
            for axis in axes {
                let filtered = self.filters().find(|(known, _)| known == axis).map(|(_, choice)| choice);
                places.push((planning.definition.axis_index(axis)?, filtered));
            }
            let is_path =
                |filtered: &Option<&Choice>| filtered.is_some_and(|choice| choice.as_path().is_some());
            let mut grouped: Vec<usize> = places
                .iter()
                .filter(|(_, filtered)| filtered.is_none() || is_path(filtered))
                .map(|(index, _)| *index)
                .collect();
            grouped.sort_unstable();
            let mut sums: Sums<Vec<Choice>> = HashMap::with_capacity(answer.groups.len());
            for group in answer.groups {
                let choices = places.iter().map(|(index, filtered)| {
                    let at = grouped.iter().position(|grouped| grouped == index);
                    let found = at.and_then(|at| group.choices.get(at)).or(*filtered);
                    found.cloned().unwrap_or(Choice::All)
                });
                sums.insert(choices.collect(), group.amount);
            }
            if !planning.scan {
                for (position, (_, filtered)) in places.iter().enumerate().filter(|(_, (_, it))| is_path(it))
                {
                    if let Some(path) = filtered {
                        keep_rest(&mut sums, position, path);
                    }
                }
            }
            let rows = sums.into_iter().map(|(choices, amount)| (choices, planning.reading(amount)));
            let mut rows: Vec<(Vec<Choice>, Reading)> = rows.collect();
            rows.sort_by(|(one_choices, one), (other_choices, other)| {
                other.total.raw().cmp(&one.total.raw()).then_with(|| one_choices.cmp(other_choices))
            });
            Ok(rows)
        })
    }
}

impl Planning<'_> {
    pub(super) fn reading(&self, amount: Amount) -> Reading {
        Reading::of(amount, self.definition.multiplier, self.definition.is_averaged())
    }

    /// The groups of one axis as a list: known choices in order, then a path's own rest, unset, other.
    /// `filtered` is the choice the axis was narrowed to.
    pub(super) fn listed(&self, answer: Answer, filtered: Option<&Choice>) -> Vec<(Choice, Reading)> {
        let Some(known) = answer.known.into_iter().next() else {
            // Filtered to one value: its own cell was asked for.
            let amount = answer.groups.iter().map(|group| group.amount).sum();
            return filtered.map(|choice| (choice.clone(), self.reading(amount))).into_iter().collect();
        };
        let mut sums: Sums<Choice> = HashMap::with_capacity(answer.groups.len());
        for Group { choices, amount, .. } in answer.groups {
            if let Some(choice) = choices.into_iter().next() {
                *sums.entry(choice).or_default() += amount;
            }
        }
        order(sums, known, filtered, self.scan)
            .into_iter()
            .map(|(choice, amount)| (choice, self.reading(amount)))
            .collect()
    }
}

/// The cell of a path holds what lies below it too: takes that off where a position holds the path
/// itself, so that what ended there is left.
fn keep_rest(sums: &mut Sums<Vec<Choice>>, position: usize, path: &Choice) {
    let mut below: Sums<Vec<Choice>> = HashMap::new();
    for (choices, amount) in &*sums {
        if choices.get(position).is_some_and(|choice| choice != path) {
            let mut parent = choices.clone();
            if let Some(choice) = parent.get_mut(position) {
                choice.clone_from(path);
            }
            *below.entry(parent).or_default() += *amount;
        }
    }
    for (parent, amount) in below {
        if let Some(own) = sums.get_mut(&parent) {
            *own -= amount;
            if own.is_zero() {
                sums.remove(&parent);
            }
        }
    }
}

/// Lists sums in order. The cell of a path holds what lies below it too: what is left after its
/// children is what ended there.
pub(super) fn order(
    mut sums: Sums<Choice>,
    known: Vec<Choice>,
    filtered: Option<&Choice>,
    own_is_rest: bool,
) -> Vec<(Choice, Amount)> {
    if let Some(path @ Choice::Path(_)) = filtered
        && let Some(own) = sums.remove(path)
    {
        let children: Amount = sums.values().copied().sum();
        let rest = if own_is_rest { own } else { own - children };
        if !rest.is_zero() {
            sums.insert(path.clone(), rest);
        }
    }
    let mut listed: Vec<(Choice, Amount)> = Vec::with_capacity(known.len() + 2);
    for choice in known {
        let sum = sums.remove(&choice).unwrap_or_default();
        listed.push((choice, sum));
    }
    let mut others: Vec<(Choice, Amount)> = sums.into_iter().filter(|(_, sum)| !sum.is_zero()).collect();
    others.sort();
    listed.extend(others);
    listed
}

/// All buckets of the timespan in one period.
fn one_period(planning: &Planning<'_>) -> Result<Buckets> {
    let mut buckets = Buckets { spans: Vec::new(), cuts: vec![EVER_START] };
    for range in &planning.resolved.ranges {
        buckets.spans.extend(planning.compose(range)?);
    }
    Ok(buckets)
}
