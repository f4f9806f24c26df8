//! From pending counters to the part of a batch: asked axes to stored ones, bytes to choices.

use std::collections::HashMap;
use std::sync::Arc;

use crate::amount::Amount;
use crate::error::{Error, Result};
use crate::recorder::identity;
use crate::recorder::metrica_state::MetricaState;
use crate::recorder::pending::{At, Pending};
use crate::schema::{Choice, Definition};
use crate::store::{Kick, Part, Picks};
use crate::time::civil;

/// Gathers the kicks of one Metrica for a batch.
#[derive(Debug)]
pub(crate) struct PartBuilder {
    definition: Arc<Definition>,
    /// Per asked axis, the position of the stored one.
    positions: Vec<usize>,
    axes: Vec<AxisChoices>,
    kicks: Vec<Kick>,
}

/// The distinct choices of an axis, found again by their bytes.
#[derive(Debug, Default)]
struct AxisChoices {
    choices: Vec<Choice>,
    by_bytes: HashMap<Box<[u8]>, u32, foldhash::fast::RandomState>,
    unset: Option<u32>,
}

impl PartBuilder {
    pub(crate) fn new(slot: &MetricaState, definition: Arc<Definition>) -> Result<PartBuilder> {
        let positions = slot
            .asked
            .axes
            .iter()
            .map(|axis| definition.axis_index(&axis.name))
            .collect::<Result<Vec<usize>>>()?;
        let axes = definition.axes.iter().map(|_| AxisChoices::default()).collect();
        Ok(PartBuilder { definition, positions, axes, kicks: Vec::new() })
    }

    /// Adds a counter; one whose date cannot be counted in the zone after all is an error.
    pub(crate) fn add(&mut self, pending: &Pending) -> Result<()> {
        let at = match pending.head.at {
            At::Instant(at) => at,
            At::Civil(seconds) => self.definition.zone.instant(civil::datetime(seconds))?,
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

    /// The total of a counter by the multiplier of the definition. It may have been made with 1, while
    /// the multiplier was not known, or with that of a definition which was forgotten since.
    fn scaled(&self, pending: &Pending) -> Result<i128> {
        let (made_with, wanted) = (pending.head.multiplier, self.definition.multiplier);
        if made_with == wanted {
            return Ok(pending.total);
        }
        let scaled = pending.total.checked_mul(i128::from(wanted));
        let made_with = i128::from(made_with);
        scaled.filter(|scaled| scaled % made_with == 0).map(|scaled| scaled / made_with).ok_or_else(|| {
            Error::input(format!(
                "metrica {} was defined anew with multiplier {wanted}, by which values counted in parts of \
                 {made_with} are no whole numbers",
                self.definition.name
            ))
        })
    }

    /// True when nothing was added.
    pub(crate) fn is_empty(&self) -> bool {
        self.kicks.is_empty()
    }

    /// How many cells a kick adds to a batch, about.
    pub(crate) fn cells_per_kick(&self) -> usize {
        self.definition.expected_cells()
    }

    /// The part, with what is retained at `now`.
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
        // The bytes were written by this process; what cannot be read back counts as other.
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
