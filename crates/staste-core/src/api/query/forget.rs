//! Forgetting the kicks of a view.

use std::sync::Arc;

use crate::api::metrica::Metrica;
use crate::api::query::query_context::QueryContext;
use crate::api::query::view::View;
use crate::api::staste::Staste;
use crate::error::{Error, Result};
use crate::schema::{Choice, Definition};
use crate::store::{Forget, Forgotten, KickSelection};
use crate::time::{Scale, Timespan};

impl Metrica {
    /// Removes the choices that nothing counts any more, so that they no longer count against the caps of their axes.
    /// Returns their number. [`View::forget`] does so for the choices of which it leaves nothing.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Staste, Timespan};
    /// let staste = Staste::new(MemoryStore::new());
    /// let visits = staste.metrica("visits").axis("page", Axis::stored()).averaged().build()?;
    /// visits.kick([("page", "/")])?;
    /// assert_eq!(visits.free_unused_choices()?, 0);
    /// visits.values().forget()?;
    /// assert_eq!(visits.choices("page")?.len(), 1);
    /// assert_eq!(visits.free_unused_choices()?, 1);
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the Store cannot be reached.
    pub fn free_unused_choices(&self) -> Result<u64> {
        self.flush_pending(None)?;
        self.retry_stale(|definition, is_stored| match is_stored {
            true => free_unused_choices(self.staste(), definition),
            false => Ok(0),
        })
    }
}

impl View {
    /// Removes the kicks of this view from every cell that counts them, so that all sums stay consistent. Choices
    /// of which a filter for all time leaves nothing no longer count against the caps of their axes.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// let visits = staste.metrica("visits").axis("visitor", Axis::stored()).build()?;
    /// visits.kick([("visitor", "ann")])?;
    /// visits.kick([("visitor", "bob")])?;
    /// visits.filter([("visitor", "ann")])?.forget()?;
    /// assert_eq!(visits.total()?, 1);
    /// assert_eq!(visits.choices("visitor")?.len(), 1);
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`View::read`]; also for a timespan whose ends are no longer retained, which cannot be removed exactly.
    pub fn forget(&self) -> Result<Forgotten> {
        self.remove_kicks(None, false)
    }

    /// Keeps the kicks of this view but counts them as *other*. The choice no longer counts against the cap of its
    /// axis.
    ///
    /// # Errors
    /// As [`View::forget`]; also unless the view is of all time and filtered to one choice of one stored or path axis.
    pub fn forget_into_other(&self) -> Result<Forgotten> {
        let [(axis, _)] = self.filter.as_slice() else { return Err(needs_one_axis()) };
        self.check_movable(axis)?;
        self.remove_kicks(None, true)
    }

    /// Removes the kicks of this view at any of some choices of an axis, in one transaction. Choices that nothing counts
    /// any more no longer count against the caps of their axes.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Staste, choices};
    /// let staste = Staste::new(MemoryStore::new());
    /// let visits = staste.metrica("visits").axis("page", Axis::stored()).build()?;
    /// for page in ["/", "/wp-login.php", "/wp-admin", "/wp-admin"] {
    ///     visits.kick(choices! { page: page })?;
    /// }
    /// let scanners = visits.values().matching("page", &["/wp-*"])?;
    /// let scanners: Vec<_> = scanners.choices.into_iter().map(|(choice, _)| choice).collect();
    /// let forgotten = visits.values().forget_choices("page", &scanners)?;
    /// assert_eq!((forgotten.amount.total(), forgotten.choices), (3, 2));
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`View::forget`]; also for an axis to which the view is filtered already.
    pub fn forget_choices(&self, axis: &str, choices: &[Choice]) -> Result<Forgotten> {
        self.check_unfiltered(axis)?;
        self.remove_kicks(Some((axis, choices)), false)
    }

    /// Keeps the kicks at any of some choices of an axis but counts them as *other*, in one transaction. The choices no
    /// longer count against the cap of the axis.
    ///
    /// # Errors
    /// As [`View::forget_choices`]; also unless the view is of all time and has no filter, and for a declared axis.
    pub fn forget_choices_into_other(&self, axis: &str, choices: &[Choice]) -> Result<Forgotten> {
        if !self.filter.is_empty() {
            return Err(needs_one_axis());
        }
        self.check_movable(axis)?;
        self.remove_kicks(Some((axis, choices)), true)
    }

    /// Checks that choices of an axis can be moved to *other*: for all time, and only where choices can be missing.
    fn check_movable(&self, axis: &str) -> Result<()> {
        let (definition, _) = self.metrica.definition_for_query()?;
        let axis = definition.stored_axes.get(definition.axis_index(axis)?);
        if self.timespan != Timespan::EVER || axis.is_some_and(|axis| axis.declared().is_some()) {
            return Err(needs_one_axis());
        }
        Ok(())
    }

    /// Removes the kicks of the view, at any of some choices of one more axis if they are given.
    fn remove_kicks(&self, any_of: Option<(&str, &[Choice])>, into_other: bool) -> Result<Forgotten> {
        self.metrica.flush_pending(None)?;
        let staste = self.metrica.staste();
        self.metrica.retry_stale(|definition, is_stored| {
            let one = self.filters().map(|(axis, choice)| (axis, vec![choice.clone()]));
            let filter = one
                .chain(any_of.map(|(axis, choices)| (axis, choices.to_vec())))
                .map(|(axis, choices)| Ok((definition.axis_index(axis)?, choices)))
                .collect::<Result<Vec<_>>>()?;
            let context = QueryContext::new(self, definition)?;
            let mut forgotten = Forgotten::default();
            if !is_stored {
                return Ok(forgotten);
            }
            for range in &context.resolved.ranges {
                let whole = context.resolved.scale == Some(Scale::Ever);
                let span = if whole { None } else { Some((range.start, range.end, context.cover(range)?)) };
                let taken = staste.store().forget(&Forget::Kicks(KickSelection {
                    definition: Arc::clone(definition),
                    filter: filter.clone(),
                    span,
                    into_other,
                    unused_choices: false,
                }))?;
                forgotten.cells += taken.cells;
                forgotten.amount += taken.amount;
                forgotten.choices += taken.choices;
                if whole && !filter.is_empty() && !into_other {
                    forgotten.choices += free_unused_choices(staste, definition)?;
                }
            }
            Ok(forgotten)
        })
    }
}

/// Removes the choices that no cell has any more; returns their number.
fn free_unused_choices(staste: &Staste, definition: &Arc<Definition>) -> Result<u64> {
    let forgotten = staste.store().forget(&Forget::Kicks(KickSelection {
        definition: Arc::clone(definition),
        filter: Vec::new(),
        span: None,
        into_other: false,
        unused_choices: true,
    }))?;
    Ok(forgotten.choices)
}

fn needs_one_axis() -> Error {
    Error::invalid_input(
        "only choices of one stored or path axis, for all time, can be moved to other: filter by this axis alone",
    )
}
