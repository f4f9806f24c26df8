//! A view: a Metrica narrowed by timespan and filter, and the questions it answers.

mod answers;
mod ask;
mod extent;
mod forget;
mod lines;
mod series;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use ask::retry_stale;
pub use extent::ViewExtent;
pub use lines::SeriesLine;
pub use series::Series;

use crate::amount::{Reading, Total};
use crate::api::metrica::Metrica;
use crate::error::{Error, Result};
use crate::schema::{Choice, ChoiceInput, Path};
use crate::store::TimeLimit;
use crate::time::Timespan;

/// A Metrica narrowed by timespan and filter. Immutable: narrowing gives a new view.
///
/// Every question first commits the kicks of this process and waits for it, so that it sees them;
/// [`View::max_age`] lets it do with somewhat older numbers. Each is answered by one look at the Store.
///
/// ```
/// use staste::{Axis, MemoryStore, Staste, Timespan};
/// let staste = Staste::new(MemoryStore::new());
/// let guests = staste
///     .metrica("guests")
///     .axis("gender", Axis::declared(["boy", "girl"]))
///     .axis("age", Axis::stored())
///     .build()?;
/// guests.kick([("gender", "girl"), ("age", "18")])?;
/// guests.kick([("gender", "boy"), ("age", "19")])?;
///
/// let girls = guests.filter([("gender", "girl")])?.timespan(Timespan::EVER);
/// assert_eq!(girls.total()?, 1);
/// let ages: Vec<String> = girls.iterate("age")?.iter().map(|(age, total)| format!("{age}: {total}")).collect();
/// assert_eq!(ages, ["18: 1", "19: 0"]);
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct View {
    metrica: Metrica,
    timespan: Timespan,
    filter: Vec<(Arc<str>, Choice)>,
    max_age: Option<Duration>,
    timeout: Option<Duration>,
}

impl View {
    pub(crate) fn new(metrica: Metrica) -> View {
        View { metrica, timespan: Timespan::EVER, filter: Vec::new(), max_age: None, timeout: None }
    }

    /// The Metrica it is of.
    pub fn metrica(&self) -> &Metrica {
        &self.metrica
    }

    /// The choices it is narrowed to, by axis.
    pub fn filters(&self) -> impl Iterator<Item = (&str, &Choice)> {
        self.filter.iter().map(|(axis, choice)| (&**axis, choice))
    }

    /// The same view of another stretch of time.
    #[must_use]
    pub fn timespan(&self, timespan: Timespan) -> View {
        View { timespan, ..self.clone() }
    }

    /// The same view, narrowed further.
    ///
    /// A choice of [`Choice::All`] narrows nothing; [`Choice::Unset`] and [`Choice::Other`] narrow to
    /// kicks that left the axis out, and to those past its cap.
    ///
    /// # Errors
    /// An axis the Metrica does not have, an undeclared choice, or one that contradicts the filter so far.
    pub fn filter<'a, N, V>(&self, choices: impl IntoIterator<Item = (N, V)>) -> Result<View>
    where
        N: AsRef<str>,
        V: Into<ChoiceInput<'a>>,
    {
        let mut view = self.clone();
        for (axis, given) in choices {
            let choice = view.check_choice(axis.as_ref(), &given.into())?;
            view.narrow(axis.as_ref(), choice)?;
        }
        Ok(view)
    }

    /// Lets questions see numbers up to this old, instead of committing pending kicks first: for pages that
    /// many look at.
    #[must_use]
    pub fn max_age(&self, age: Duration) -> View {
        View { max_age: Some(age), ..self.clone() }
    }

    /// Limits how long each question waits, for the Store and for the flush before it; without a limit it waits as
    /// long as the options of the Store allow. For pages, which a Store that hangs must not hold up.
    ///
    /// ```
    /// use std::time::Duration;
    /// use staste::{Axis, MemoryStore, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// let guests = staste.metrica("guests").axis("age", Axis::stored()).build()?;
    /// guests.kick([("age", 18)])?;
    /// assert_eq!(guests.values().timeout(Duration::from_secs(2)).total()?, 1);
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// A question that runs out of time fails with an error that is
    /// [unavailable](crate::Error::is_unavailable). What this process kicked stays pending.
    #[must_use]
    pub fn timeout(&self, timeout: Duration) -> View {
        View { timeout: Some(timeout), ..self.clone() }
    }

    /// Asks within the time limit.
    fn limited<T>(&self, ask: impl FnOnce() -> Result<T>) -> Result<T> {
        match self.timeout {
            Some(timeout) => TimeLimit::run(timeout, ask),
            None => ask(),
        }
    }

    /// The refusal of counts and averages.
    fn is_plain(&self) -> Error {
        Error::plain(self.metrica.name())
    }

    /// Narrows one axis; a path may be narrowed to one below it.
    fn narrow(&mut self, axis: &str, choice: Choice) -> Result<()> {
        let Some((_, known)) = self.filter.iter_mut().find(|(known, _)| **known == *axis) else {
            if choice != Choice::All {
                self.filter.push((Arc::from(axis), choice));
            }
            return Ok(());
        };
        let deeper = |above: &Path, below: &Path| below.starts_with(above);
        match (&*known, &choice) {
            (_, Choice::All) => {}
            (known, choice) if known == choice => {}
            (Choice::Path(above), Choice::Path(below)) if deeper(above, below) => *known = choice,
            (Choice::Path(below), Choice::Path(above)) if deeper(above, below) => {}
            _ => {
                return Err(Error::input(format!(
                    "axis {axis} is already filtered to {known}, so it cannot be {choice} too"
                )));
            }
        }
        Ok(())
    }

    /// The sum of values.
    ///
    /// # Errors
    /// As [`View::read`].
    pub fn total(&self) -> Result<Total> {
        Ok(self.read()?.total)
    }

    /// How many kicks.
    ///
    /// # Errors
    /// As [`View::read`]; and a plain Metrica has no counts.
    pub fn count(&self) -> Result<i128> {
        self.read()?.count.ok_or_else(|| self.is_plain())
    }

    /// Total over count; none for nothing.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Moment, Scale, Staste, Timespan};
    /// let staste = Staste::new(MemoryStore::new());
    /// let guests = staste.metrica("guests").axis("age", Axis::stored()).averaged().build()?;
    /// guests.kick_with([("age", 18)], 12, Moment::parse("2026-02-07T10:15Z")?)?;
    /// guests.kick_with([("age", 19)], 7, Moment::parse("2026-02-09T12:00Z")?)?;
    /// assert_eq!(guests.timespan(Timespan::month(2026, 2)?).average()?, Some(9.5));
    /// assert_eq!(guests.timespan(Timespan::month(2026, 3)?).average()?, None);
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`View::read`]; and a plain Metrica has no averages.
    pub fn average(&self) -> Result<Option<f64>> {
        let reading = self.read()?;
        if reading.count.is_none() { Err(self.is_plain()) } else { Ok(reading.average()) }
    }

    /// The totals of every choice of an axis, in order of appearance, zeros included; then those of
    /// kicks that left it out and of *other*, when there are any.
    ///
    /// On a path axis these are the children of the path filtered to.
    ///
    /// # Errors
    /// As [`View::read`], and an axis the Metrica does not have.
    pub fn iterate(&self, axis: &str) -> Result<Vec<(Choice, Total)>> {
        Ok(self.by(axis)?.into_iter().map(|(choice, reading)| (choice, reading.total)).collect())
    }

    /// The counts of every choice of an axis.
    ///
    /// # Errors
    /// As [`View::iterate`]; and a plain Metrica has no counts.
    pub fn iterate_counts(&self, axis: &str) -> Result<Vec<(Choice, i128)>> {
        let counted = self.limited(|| self.check_averaged().and_then(|()| self.by(axis)))?.into_iter();
        counted.map(|(choice, reading)| Ok((choice, reading.count.ok_or_else(|| self.is_plain())?))).collect()
    }

    /// The averages of every choice of an axis; none where there is nothing.
    ///
    /// # Errors
    /// As [`View::iterate`]; and a plain Metrica has no averages.
    pub fn iterate_averages(&self, axis: &str) -> Result<Vec<(Choice, Option<f64>)>> {
        let by = self.limited(|| self.check_averaged().and_then(|()| self.by(axis)))?;
        Ok(by.into_iter().map(|(choice, reading)| (choice, reading.average())).collect())
    }

    /// The `count` choices of an axis with the largest totals, largest first.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Moment, Scale, Staste, Timespan};
    /// let staste = Staste::new(MemoryStore::new());
    /// let guests = staste.metrica("guests").axis("age", Axis::stored()).averaged().build()?;
    /// guests.kick_with([("age", 18)], 12, Moment::parse("2026-02-07T10:15Z")?)?;
    /// guests.kick_with([("age", 19)], 7, Moment::parse("2026-02-09T12:00Z")?)?;
    /// let top = guests.values().top("age", 1)?;
    /// assert!(top[0].0 == "18" && top[0].1.total == 12);
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`View::iterate`].
    pub fn top(&self, axis: &str, count: usize) -> Result<Vec<(Choice, Reading)>> {
        let mut all = self.by(axis)?;
        all.sort_by_key(|(_, reading)| std::cmp::Reverse(reading.total.raw()));
        all.truncate(count);
        Ok(all)
    }
}
