//! `PartBuilder`: turns pending counters of a Metrica into a part of a batch, with axes in the order of the Store.

use std::collections::HashMap;
use std::sync::Arc;

use crate::amount::Amount;
use crate::error::{Error, Result};
use crate::recorder::identity;
use crate::recorder::metrica_state::MetricaState;
use crate::recorder::pending::{KickTime, Pending};
use crate::schema::{Choice, Definition};
use crate::store::{Kick, Part, Picks};
use crate::time::civil;

/// Collects the kicks of one Metrica for a batch.
#[derive(Debug)]
pub(crate) struct PartBuilder {
    definition: Arc<Definition>,
    /// Per specified axis, its position in the stored definition; then that of the bins, if it has any. A kick that was
    /// recorded with a bin before the definition was known has one more choice, which is left out.
    positions: Vec<usize>,
    axes: Vec<AxisChoices>,
    kicks: Vec<Kick>,
}

/// The distinct choices of an axis, by their encoded form.
#[derive(Debug, Default)]
struct AxisChoices {
    choices: Vec<Choice>,
    by_bytes: HashMap<Box<[u8]>, u32, foldhash::fast::RandomState>,
    unset: Option<u32>,
}

impl PartBuilder {
    pub(crate) fn new(state: &MetricaState, definition: Arc<Definition>) -> Result<PartBuilder> {
        let axes = state.spec.axes.iter().map(|axis| definition.axis_index(&axis.name));
        let positions = axes.chain(definition.bin_axis().map(Ok)).collect::<Result<Vec<usize>>>()?;
        let axes = definition.stored_axes.iter().map(|_| AxisChoices::default()).collect();
        Ok(PartBuilder { definition, positions, axes, kicks: Vec::new() })
    }

    /// Adds a counter; fails when its local date does not exist in the zone.
    pub(crate) fn add(&mut self, pending: &Pending) -> Result<()> {
        let at = match pending.bucket.time {
            KickTime::Instant(at) => at,
            KickTime::Civil(seconds) => self.definition.zone.instant(civil::datetime(seconds))?,
        };
        let mut picks: Picks = Picks::from_elem(u32::MAX, self.axes.len());
        for (bytes, position) in identity::split(&pending.key).zip(&self.positions) {
            if let (Some(pick), Some(axis)) = (picks.get_mut(*position), self.axes.get_mut(*position)) {
                *pick = axis.pick(bytes);
            }
        }
        for (pick, axis) in picks.iter_mut().zip(&mut self.axes) {
            if *pick == u32::MAX {
                *pick = axis.pick_unset();
            }
        }
        self.kicks.push(Kick {
            at,
            picks,
            amount: Amount::new(self.scaled(pending)?, i128::from(pending.count)),
        });
        Ok(())
    }

    /// Returns the total of a counter with the multiplier of the definition. It may have been recorded with 1, while
    /// the multiplier was unknown, or with that of a definition that was forgotten since.
    fn scaled(&self, pending: &Pending) -> Result<i128> {
        let (recorded_with, multiplier) = (pending.bucket.multiplier, self.definition.multiplier);
        if recorded_with == multiplier {
            return Ok(pending.total);
        }
        let scaled = pending.total.checked_mul(i128::from(multiplier));
        let recorded_with = i128::from(recorded_with);
        scaled.filter(|scaled| scaled % recorded_with == 0).map(|scaled| scaled / recorded_with).ok_or_else(|| {
            Error::invalid_input(format!(
                "metrica {} was redefined with multiplier {multiplier}, which cannot represent values recorded with multiplier \
                 {recorded_with}",
                self.definition.name
            ))
        })
    }

    /// Returns true when it has no kicks.
    pub(crate) fn is_empty(&self) -> bool {
        self.kicks.is_empty()
    }

    /// Returns the approximate number of cells that a kick adds to a batch.
    pub(crate) fn cells_per_kick(&self) -> usize {
        self.definition.expected_cells()
    }

    /// Returns the part, with the watermarks at `now`.
    pub(crate) fn build(self, now: i64) -> Part {
        let watermarks = self.definition.retention.watermarks(&self.definition.calendar(), now);
        let choices = self.axes.into_iter().map(|axis| axis.choices).collect();
        Part { definition: self.definition, watermarks, choices, kicks: self.kicks }
    }
}

impl AxisChoices {
    fn pick(&mut self, bytes: &[u8]) -> u32 {
        if let Some(pick) = self.by_bytes.get(bytes) {
            return *pick;
        }
        // This process encoded the bytes; an invalid encoding is counted as other.
        let pick = self.push(identity::choice(bytes).unwrap_or(Choice::Other));
        self.by_bytes.insert(bytes.into(), pick);
        pick
    }

    fn pick_unset(&mut self) -> u32 {
        match self.unset {
            Some(pick) => pick,
            None => {
                let pick = self.push(Choice::Unset);
                self.unset = Some(pick);
                pick
            }
        }
    }

    fn push(&mut self, choice: Choice) -> u32 {
        let pick = u32::try_from(self.choices.len()).unwrap_or(u32::MAX);
        self.choices.push(choice);
        pick
    }
}
