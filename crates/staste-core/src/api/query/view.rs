//! `View`: a Metrica narrowed by timespan and filter.

use std::sync::Arc;
use std::time::Duration;

use crate::api::metrica::Metrica;
use crate::error::{Error, Result};
use crate::schema::{Choice, ChoiceInput, Path, unknown_axis};
use crate::store::TimeLimit;
use crate::time::Timespan;

/// A Metrica narrowed by timespan and filter. Immutable: narrowing returns a new view.
///
/// Every query first commits the pending kicks of this process, so that it sees them; [`View::max_age`] allows older
/// results instead. Each query is one read of the Store.
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
    pub(super) metrica: Metrica,
    pub(super) timespan: Timespan,
    pub(super) filter: Vec<(Arc<str>, Choice)>,
    pub(super) max_age: Option<Duration>,
    timeout: Option<Duration>,
    /// True to read bins too.
    pub(super) distribution: bool,
}

impl View {
    pub(crate) fn new(metrica: Metrica) -> View {
        View {
            metrica,
            timespan: Timespan::EVER,
            filter: Vec::new(),
            max_age: None,
            timeout: None,
            distribution: false,
        }
    }

    /// Returns its Metrica.
    pub fn metrica(&self) -> &Metrica {
        &self.metrica
    }

    /// Returns the choices of its filter, by axis.
    pub fn filters(&self) -> impl Iterator<Item = (&str, &Choice)> {
        self.filter.iter().map(|(axis, choice)| (&**axis, choice))
    }

    /// Returns the same view with another timespan.
    #[must_use]
    pub fn timespan(&self, timespan: Timespan) -> View {
        View { timespan, ..self.clone() }
    }

    /// Returns the same view, filtered further.
    ///
    /// [`Choice::All`] does not filter; [`Choice::Unset`] and [`Choice::Other`] filter to kicks without a choice on the
    /// axis, and to those beyond its cap.
    ///
    /// # Errors
    /// For an axis that the Metrica does not have, an undeclared choice, or one that contradicts the filter so far.
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

    /// Returns the same view, whose readings have the distribution of values if the Metrica is a distribution. Such queries
    /// read some hundred times as many cells.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Percentile, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// let responses = staste.metrica("responses").axis("view", Axis::stored()).distribution().build()?;
    /// responses.kick([("view", "/")])?;
    /// for (view, reading) in responses.values().with_distribution().by("view")? {
    ///     assert_eq!((view.to_string().as_str(), reading.percentile(Percentile::P95)), ("/", Some(1.0)));
    /// }
    /// # Ok::<(), staste::Error>(())
    /// ```
    #[must_use]
    pub fn with_distribution(&self) -> View {
        View { distribution: true, ..self.clone() }
    }

    /// Accepts results that lack pending kicks up to this age, instead of committing them first, for pages with many
    /// viewers.
    #[must_use]
    pub fn max_age(&self, age: Duration) -> View {
        View { max_age: Some(age), ..self.clone() }
    }

    /// Limits how long each query waits for the Store, the flush before it included. Without a limit it waits as long
    /// as the options of the Store allow. For pages, which a hanging Store must not block.
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
    /// A query that runs out of time fails with an error that is [unavailable](crate::Error::is_unavailable). Pending
    /// kicks of this process stay pending.
    #[must_use]
    pub fn timeout(&self, timeout: Duration) -> View {
        View { timeout: Some(timeout), ..self.clone() }
    }

    /// Runs a query within the time limit.
    pub(super) fn limited<T>(&self, query: impl FnOnce() -> Result<T>) -> Result<T> {
        match self.timeout {
            Some(timeout) => TimeLimit::run(timeout, query),
            None => query(),
        }
    }

    /// Filters one axis; a path can be narrowed to one below it.
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
                return Err(Error::invalid_input(format!(
                    "invalid filter: axis {axis} is already filtered to {known}, so that it cannot be {choice} too"
                )));
            }
        }
        Ok(())
    }

    /// Returns the choice of a filter, checked against the axes of the program.
    fn check_choice(&self, axis: &str, given: &ChoiceInput<'_>) -> Result<Choice> {
        let spec = self.metrica.spec();
        match spec.axes().iter().find(|known| known.name == axis) {
            Some(known) => known.choice(given),
            None => Err(unknown_axis(spec.name(), axis, spec.axes())),
        }
    }
}
