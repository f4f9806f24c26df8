//! Forgetting the kicks of a view.

use std::sync::Arc;

use crate::api::view::View;
use crate::api::view::ask::{Planning, retry_stale};
use crate::error::{Error, Result};
use crate::schema::AxisKind;
use crate::store::{Forget, Forgotten, KickSelection};
use crate::time::Scale;

impl View {
    /// Takes the kicks of this view out of every cell that counted them, so that all sums stay sums.
    /// Forgetting one choice for all time frees its place.
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
    /// As [`View::read`]; a timespan whose bounds are no longer retained cannot be taken out exactly.
    pub fn forget(&self) -> Result<Forgotten> {
        self.take_out(false)
    }

    /// Keeps the kicks of this view but counts them as *other*, which frees the choice's place.
    ///
    /// # Errors
    /// As [`View::forget`]; the view must be filtered to one choice of one stored or path axis and be
    /// of all time.
    pub fn forget_into_other(&self) -> Result<Forgotten> {
        let whole = self.timespan == crate::time::Timespan::EVER;
        let [(axis, _)] = self.filter.as_slice() else { return Err(refused()) };
        let (definition, _) = self.metrica.look()?;
        let kind = definition.axes.get(definition.axis_index(axis)?).map(|axis| &axis.kind);
        if !whole || matches!(kind, Some(AxisKind::Declared(_))) {
            return Err(refused());
        }
        self.take_out(true)
    }

    fn take_out(&self, into_other: bool) -> Result<Forgotten> {
        self.metrica.flush_pending(None)?;
        let staste = self.metrica.staste();
        retry_stale(&self.metrica, |definition, is_stored| {
            let filter = self
                .filters()
                .map(|(axis, choice)| Ok((definition.axis_index(axis)?, choice.clone())))
                .collect::<Result<Vec<_>>>()?;
            let planning = Planning::new(self, definition)?;
            let mut forgotten = Forgotten::default();
            if !is_stored {
                return Ok(forgotten);
            }
            for range in &planning.resolved.ranges {
                let whole = planning.resolved.scale == Some(Scale::Ever);
                let span =
                    if whole { None } else { Some((range.start, range.end, planning.compose(range)?)) };
                let taken = staste.store().forget(&Forget::Kicks(KickSelection {
                    definition: Arc::clone(definition),
                    filter: filter.clone(),
                    span,
                    into_other,
                }))?;
                forgotten.cells += taken.cells;
                forgotten.amount += taken.amount;
            }
            Ok(forgotten)
        })
    }
}

fn refused() -> Error {
    Error::input(
        "only one choice of one stored or path axis, for all time, can be moved into other: filter to it alone",
    )
}
