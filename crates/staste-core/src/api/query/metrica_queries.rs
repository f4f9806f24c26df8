//! Queries of a whole Metrica, as shortcuts for those of its view.

use crate::amount::{Reading, Total};
use crate::api::metrica::Metrica;
use crate::api::query::view::View;
use crate::error::Result;
use crate::schema::{AxisUsage, Choice, ChoiceInput};
use crate::store::ChoiceTable;
use crate::time::Timespan;

impl Metrica {
    /// Returns a view of all kicks.
    pub fn values(&self) -> View {
        View::new(self.clone())
    }

    /// Returns a view of a timespan.
    pub fn timespan(&self, timespan: Timespan) -> View {
        self.values().timespan(timespan)
    }

    /// Returns a view filtered by choices. See [`View::filter`].
    ///
    /// # Errors
    /// As [`View::filter`].
    pub fn filter<'a, N, V>(&self, choices: impl IntoIterator<Item = (N, V)>) -> Result<View>
    where
        N: AsRef<str>,
        V: Into<ChoiceInput<'a>>,
    {
        self.values().filter(choices)
    }

    /// Returns the total of all kicks. See [`View::total`].
    ///
    /// # Errors
    /// As [`View::read`].
    pub fn total(&self) -> Result<Total> {
        self.values().total()
    }

    /// Returns the number of all kicks. See [`View::count`].
    ///
    /// # Errors
    /// As [`View::count`].
    pub fn count(&self) -> Result<i128> {
        self.values().count()
    }

    /// Returns the average of all kicks. See [`View::average`].
    ///
    /// # Errors
    /// As [`View::average`].
    pub fn average(&self) -> Result<Option<f64>> {
        self.values().average()
    }

    /// Returns the total of every choice of an axis. See [`View::iterate`].
    ///
    /// # Errors
    /// As [`View::iterate`].
    pub fn iterate(&self, axis: &str) -> Result<Vec<(Choice, Total)>> {
        self.values().iterate(axis)
    }

    /// Returns total and count of all kicks. See [`View::read`].
    ///
    /// # Errors
    /// As [`View::read`].
    pub fn read(&self) -> Result<Reading> {
        self.values().read()
    }

    /// Returns the known choices of an axis in order of first appearance.
    ///
    /// # Errors
    /// For an axis that the Metrica does not have, or when the Store cannot be reached.
    pub fn choices(&self, axis: &str) -> Result<Vec<Choice>> {
        self.flush_pending(None)?;
        self.retry_stale(|definition, is_stored| {
            let index = definition.axis_index(axis)?;
            if is_stored {
                return self.staste().store().choices(definition, index);
            }
            Ok(definition
                .stored_axes
                .get(index)
                .map(|axis| ChoiceTable::new(axis).known())
                .unwrap_or_default())
        })
    }

    /// Returns the axes of which nine tenths of the allowed choices are taken ([`AxisUsage`]), without pending kicks.
    ///
    /// # Errors
    /// When the Store cannot be reached.
    pub fn nearly_full_axes(&self) -> Result<Vec<AxisUsage>> {
        self.retry_stale(|definition, is_stored| {
            let mut full = Vec::new();
            for (index, axis) in definition.stored_axes.iter().enumerate().filter(|_| is_stored) {
                if !axis.folds() {
                    continue;
                }
                let choices = self.staste().store().choices(definition, index)?;
                full.extend(AxisUsage::of(self.name(), axis, &choices).filter(AxisUsage::is_nearly_full));
            }
            Ok(full)
        })
    }
}
