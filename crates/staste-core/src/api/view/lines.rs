//! Readings period by period, split by an axis.

use std::collections::{HashMap, HashSet};

use crate::amount::{Amount, Reading};
use crate::api::view::View;
use crate::api::view::answers::order;
use crate::api::view::ask::Planning;
use crate::api::view::series::Plan;
use crate::error::{Error, Result};
use crate::schema::Choice;
use crate::store::Answer;
use crate::time::{Period, Scale};

/// More readings than this are refused: nobody looks at them, and no memory is spent on them.
const MAX_READINGS: usize = 4_000_000;

/// The series of one choice.
pub type SeriesLine = (Choice, Vec<Option<Reading>>);

/// What was counted of a choice, in those periods alone in which there was something.
type Sparse = (Choice, SparseSums);
/// Amounts, each with the index of its period.
type SparseSums = Vec<(usize, Amount)>;

impl View {
    /// The timespan at a scale, split by an axis: the periods, and for each choice a line of readings.
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
    /// assert!(*age == "18" && readings[1].is_some_and(|reading| reading.total == 12));
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`View::series`] and [`View::iterate`].
    pub fn series_by(&self, scale: Scale, axis: &str) -> Result<(Vec<Period>, Vec<SeriesLine>)> {
        self.lines(scale, axis, |_, lines| lines)
    }

    /// The same for the `count` choices of the largest size alone, largest first; those of size 0 are left out.
    /// However many there are, no memory is spent on the periods of the others. The size of a choice is that of its
    /// readings in all periods added up, whatever their signs: such as their totals, or how often it was kicked.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Moment, Scale, Staste, Timespan};
    /// let staste = Staste::new(MemoryStore::new());
    /// let guests = staste.metrica("guests").axis("age", Axis::stored()).build()?;
    /// guests.kick_with([("age", 18)], 12, Moment::parse("2026-02-07T10:15Z")?)?;
    /// guests.kick_with([("age", 19)], 7, Moment::parse("2026-02-09T12:00Z")?)?;
    /// let quarter = guests.timespan(Timespan::quarter(2026, 1)?);
    /// let (months, lines) = quarter.series_top(Scale::Month, "age", 1, |reading| reading.total.raw())?;
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
        size: impl Fn(&Reading) -> i128,
    ) -> Result<(Vec<Period>, Vec<SeriesLine>)> {
        self.lines(scale, axis, |planning, lines| {
            let sized = lines.into_iter().filter_map(|line| {
                let sizes = line.1.iter().map(|(_, amount)| size(&planning.reading(*amount)));
                let size = sizes.fold(0u128, |sum, size| sum.saturating_add(size.unsigned_abs()));
                (size != 0).then_some((size, line))
            });
            let mut sized: Vec<(u128, Sparse)> = sized.collect();
            sized.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.0.cmp(&other.1.0)));
            sized.into_iter().take(count).map(|(_, line)| line).collect()
        })
    }

    /// Those lines that are chosen, with all their periods.
    fn lines(
        &self,
        scale: Scale,
        axis: &str,
        choose: impl Fn(&Planning<'_>, Vec<Sparse>) -> Vec<Sparse>,
    ) -> Result<(Vec<Period>, Vec<SeriesLine>)> {
        let filtered = self.filters().find(|(known, _)| *known == axis).map(|(_, choice)| choice.clone());
        self.ask(
            &[axis],
            |planning| Ok(planning.periods(Some(scale))?.buckets()),
            |planning, answer| {
                let mut plan = planning.periods(Some(scale))?;
                plan.add_seen(planning, answer.groups.iter().map(|group| group.start));
                let lines = choose(planning, sparse(planning, &plan, answer, filtered.as_ref()));
                if lines.len().saturating_mul(plan.periods.len()) > MAX_READINGS {
                    return Err(Error::input(format!(
                        "{} choices on axis {axis} in {} periods of a {scale} are too many for a series: \
                         filter, or ask for a coarser scale",
                        lines.len(),
                        plan.periods.len()
                    )));
                }
                let lines = lines.into_iter().map(|(choice, sums)| {
                    let mut readings: Vec<Option<Reading>> = plan
                        .periods
                        .iter()
                        .map(|(_, kept)| kept.then(|| planning.reading(Amount::ZERO)))
                        .collect();
                    for (index, amount) in sums {
                        if let Some(Some(reading)) = readings.get_mut(index) {
                            *reading = planning.reading(amount);
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

/// What was counted of each choice: those that are known in their order, then the others.
fn sparse(planning: &Planning<'_>, plan: &Plan, answer: Answer, filtered: Option<&Choice>) -> Vec<Sparse> {
    let known = answer.known.into_iter().next();
    let mut by_period: HashMap<usize, HashMap<Choice, Amount>> = HashMap::new();
    for group in answer.groups {
        let choice = group.choices.into_iter().next().or_else(|| filtered.cloned());
        if let (Some(choice), Some(index)) = (choice, plan.index_of(group.start)) {
            *by_period.entry(index).or_default().entry(choice).or_default() += group.amount;
        }
    }
    let path = filtered.filter(|_| known.is_some());
    let mut choices = known.clone().unwrap_or_else(|| filtered.cloned().into_iter().collect());
    let mut listed: HashSet<Choice> = choices.iter().cloned().collect();
    let mut lines: HashMap<Choice, SparseSums> = HashMap::new();
    for (index, sums) in by_period {
        for (choice, sum) in order(sums, Vec::new(), path, planning.scan) {
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
