//! Series split by an axis: one line of readings per choice.

use std::collections::{HashMap, HashSet};

use crate::amount::{Measure, QueryAmount, Reading};
use crate::api::query::breakdown::order;
use crate::api::query::query_answer::QueryAnswer;
use crate::api::query::query_context::QueryContext;
use crate::api::query::series::PeriodPlan;
use crate::api::query::view::View;
use crate::error::{Error, Result};
use crate::schema::Choice;
use crate::time::{Period, Scale};

/// Maximum number of readings in all lines, which limits memory.
const MAX_READINGS: usize = 4_000_000;

/// The series of one choice.
pub type SeriesLine = (Choice, Vec<Option<Reading>>);

/// The amounts of a choice in the periods with kicks.
type SparseLine = (Choice, SparseSums);
/// Amounts with the index of their period.
type SparseSums = Vec<(usize, QueryAmount)>;

impl View {
    /// Returns the readings of the timespan by the periods of a scale, split by an axis: the periods, and a line of
    /// readings for each choice.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Moment, Scale, Staste, Timespan};
    /// let staste = Staste::new(MemoryStore::new());
    /// let guests = staste.metrica("guests").axis("age", Axis::stored()).averaged().build()?;
    /// guests.kick_with([("age", 18)], 12, Moment::parse("2026-02-07T10:15Z")?)?;
    /// guests.kick_with([("age", 19)], 7, Moment::parse("2026-02-09T12:00Z")?)?;
    /// let (months, lines) = guests.timespan(Timespan::quarter(2026, 1)?).series_by(Scale::Month, "age")?;
    /// assert_eq!(months.len(), 3);
    /// let (age, readings) = &lines[0];
    /// assert!(*age == "18" && readings[1].as_ref().is_some_and(|reading| reading.total == 12));
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`View::series`] and [`View::iterate`].
    pub fn series_by(&self, scale: Scale, axis: &str) -> Result<(Vec<Period>, Vec<SeriesLine>)> {
        self.lines(scale, axis, |_, lines| lines)
    }

    /// Returns the same for the `count` choices with the largest values of a measure only, the largest first, without those
    /// at 0 and those that do not have it. Totals and counts are added up without their signs, period by period; averages,
    /// percentiles and shares are those of the whole timespan. The periods of other choices take no memory.
    ///
    /// ```
    /// use staste::{Axis, Measure, MemoryStore, Moment, Scale, Staste, Timespan};
    /// let staste = Staste::new(MemoryStore::new());
    /// let guests = staste.metrica("guests").axis("age", Axis::stored()).build()?;
    /// guests.kick_with([("age", 18)], 12, Moment::parse("2026-02-07T10:15Z")?)?;
    /// guests.kick_with([("age", 19)], 7, Moment::parse("2026-02-09T12:00Z")?)?;
    /// let quarter = guests.timespan(Timespan::quarter(2026, 1)?);
    /// let (months, lines) = quarter.series_top(Scale::Month, "age", 1, Measure::Total)?;
    /// assert_eq!((months.len(), lines.len()), (3, 1));
    /// assert!(lines[0].0 == "18");
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`View::series_by`].
    pub fn series_top(
        &self,
        scale: Scale,
        axis: &str,
        count: usize,
        measure: Measure,
    ) -> Result<(Vec<Period>, Vec<SeriesLine>)> {
        self.lines(scale, axis, |context, lines| {
            let sized = lines.into_iter().filter_map(|line| {
                let size = size(context, &line.1, measure);
                (size > 0.0).then_some((size, line))
            });
            let mut sized: Vec<(f64, SparseLine)> = sized.collect();
            sized.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.0.cmp(&other.1.0)));
            sized.into_iter().take(count).map(|(_, line)| line).collect()
        })
    }

    /// Returns the lines that `choose` selects, with all periods.
    fn lines(
        &self,
        scale: Scale,
        axis: &str,
        choose: impl Fn(&QueryContext<'_>, Vec<SparseLine>) -> Vec<SparseLine>,
    ) -> Result<(Vec<Period>, Vec<SeriesLine>)> {
        let filtered = self.filters().find(|(known, _)| *known == axis).map(|(_, choice)| choice.clone());
        self.run_query(
            &[axis],
            |context| Ok(context.periods(Some(scale))?.span_plan()),
            |context, answer| {
                let mut plan = context.periods(Some(scale))?;
                plan.add_found(context, answer.groups.iter().map(|group| group.start));
                let lines = choose(context, sparse(context, &plan, answer, filtered.as_ref()));
                if lines.len().saturating_mul(plan.periods.len()) > MAX_READINGS {
                    return Err(Error::invalid_input(format!(
                        "too many readings: {} choices on axis {axis} in {} periods of scale {scale}; filter, or use a coarser scale",
                        lines.len(),
                        plan.periods.len()
                    )));
                }
                let lines = lines.into_iter().map(|(choice, sums)| {
                    let mut readings: Vec<Option<Reading>> = plan
                        .periods
                        .iter()
                        .map(|(_, is_retained)| is_retained.then(|| context.reading(QueryAmount::default())))
                        .collect();
                    for (index, amount) in sums {
                        if let Some(Some(reading)) = readings.get_mut(index) {
                            *reading = context.reading(amount);
                        }
                    }
                    (choice, readings)
                });
                let lines = lines.collect();
                Ok((plan.periods.into_iter().map(|(period, _)| period).collect(), lines))
            },
        )
    }
}

/// Returns the size of a line: see [`View::series_top`].
fn size(context: &QueryContext<'_>, sums: &SparseSums, measure: Measure) -> f64 {
    let size_of =
        |amount: QueryAmount| measure.of(&context.reading(amount)).map_or(0.0, |value| value.as_f64().abs());
    if measure.is_additive() {
        sums.iter().map(|(_, amount)| size_of(amount.clone())).sum()
    } else {
        size_of(sums.iter().map(|(_, amount)| amount).sum())
    }
}

/// Returns the amounts of each choice: known choices in their order, then the others.
fn sparse(
    context: &QueryContext<'_>,
    plan: &PeriodPlan,
    answer: QueryAnswer,
    filtered: Option<&Choice>,
) -> Vec<SparseLine> {
    let known = answer.known.into_iter().next();
    let mut by_period: HashMap<usize, HashMap<Choice, QueryAmount>> = HashMap::new();
    for group in answer.groups {
        let choice = group.choices.into_iter().next().or_else(|| filtered.cloned());
        if let (Some(choice), Some(index)) = (choice, plan.index_of(group.start)) {
            *by_period.entry(index).or_default().entry(choice).or_default() += &group.amount;
        }
    }
    let path = filtered.filter(|_| known.is_some());
    let mut choices = known.clone().unwrap_or_else(|| filtered.cloned().into_iter().collect());
    let mut listed: HashSet<Choice> = choices.iter().cloned().collect();
    let mut lines: HashMap<Choice, SparseSums> = HashMap::new();
    for (index, sums) in by_period {
        for (choice, sum) in order(sums, Vec::new(), path, context.scan) {
            if listed.insert(choice.clone()) {
                choices.push(choice.clone());
            }
            lines.entry(choice).or_default().push((index, sum));
        }
    }
    let known = known.map_or(1, |known| known.len());
    if let Some(rest) = choices.get_mut(known..) {
        rest.sort();
    }
    let lines = choices.into_iter().map(|choice| {
        let sums = lines.remove(&choice).unwrap_or_default();
        (choice, sums)
    });
    lines.collect()
}
