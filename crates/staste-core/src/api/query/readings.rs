//! Totals, counts and averages of a view, alone or by the choices of an axis.

use crate::amount::{Reading, Total};
use crate::api::query::view::View;
use crate::error::{Error, Result};
use crate::schema::Choice;

impl View {
    /// Returns the sum of values.
    ///
    /// # Errors
    /// As [`View::read`].
    pub fn total(&self) -> Result<Total> {
        Ok(self.read()?.total)
    }

    /// Returns the number of kicks.
    ///
    /// # Errors
    /// As [`View::read`]; also for a plain Metrica, which has no counts.
    pub fn count(&self) -> Result<i128> {
        self.read()?.count.ok_or_else(|| self.plain_error())
    }

    /// Returns total divided by count; none without kicks.
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
    /// As [`View::read`]; also for a plain Metrica, which has no averages.
    pub fn average(&self) -> Result<Option<f64>> {
        let reading = self.read()?;
        if reading.count.is_none() { Err(self.plain_error()) } else { Ok(reading.average()) }
    }

    /// Returns the total of every choice of an axis in order of first appearance, zeros included; then those of *unset*
    /// and *other* if they have kicks.
    ///
    /// On a path axis the choices are the children of the path in the filter, or the paths of the first level.
    ///
    /// # Errors
    /// As [`View::read`]; also for an axis that the Metrica does not have.
    pub fn iterate(&self, axis: &str) -> Result<Vec<(Choice, Total)>> {
        Ok(self.by(axis)?.into_iter().map(|(choice, reading)| (choice, reading.total)).collect())
    }

    /// Returns the count of every choice of an axis.
    ///
    /// # Errors
    /// As [`View::iterate`]; also for a plain Metrica, which has no counts.
    pub fn iterate_counts(&self, axis: &str) -> Result<Vec<(Choice, i128)>> {
        let counted = self.limited(|| self.check_averaged().and_then(|()| self.by(axis)))?.into_iter();
        counted
            .map(|(choice, reading)| Ok((choice, reading.count.ok_or_else(|| self.plain_error())?)))
            .collect()
    }

    /// Returns the average of every choice of an axis; none for a choice without kicks.
    ///
    /// # Errors
    /// As [`View::iterate`]; also for a plain Metrica, which has no averages.
    pub fn iterate_averages(&self, axis: &str) -> Result<Vec<(Choice, Option<f64>)>> {
        let by = self.limited(|| self.check_averaged().and_then(|()| self.by(axis)))?;
        Ok(by.into_iter().map(|(choice, reading)| (choice, reading.average())).collect())
    }

    /// Returns the `count` choices of an axis with the largest totals, the largest first.
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

    /// Fails for a plain Metrica.
    fn check_averaged(&self) -> Result<()> {
        let (definition, _) = self.metrica.definition_for_query()?;
        if definition.is_averaged() { Ok(()) } else { Err(Error::plain(&definition.name)) }
    }

    /// Returns the error for counts and averages of a plain Metrica.
    fn plain_error(&self) -> Error {
        Error::plain(self.metrica.name())
    }
}
