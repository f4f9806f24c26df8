//! `KickWriter`: writes what the target lacks to it, as kicks.

use std::collections::HashMap;
use std::sync::Arc;

use crate::amount::Amount;
use crate::error::{Error, Result};
use crate::jobs::copy::difference::Point;
use crate::jobs::copy::ledger::Ledger;
use crate::jobs::copy::store_reader::StoreReader;
use crate::recorder::{SendOutcome, Sender, random_writer};
use crate::schema::{Choice, Definition, Watermarks};
use crate::store::{Applied, Claim, Kick, Part, Picks, Store};

/// Maximum number of times that a batch is sent while its outcome is in doubt, and that watermarks are raised while
/// other processes write.
const MAX_ATTEMPTS: usize = 4;
/// Maximum number of choices to register with a batch.
const MAX_CHOICES: usize = 1_000;

/// Sends the batches of a copy to the target.
#[derive(Debug)]
pub(super) struct KickWriter<'a> {
    store: &'a dyn Store,
    definition: Arc<Definition>,
    ledger: Ledger,
    sender: Sender<()>,
    /// The time of all batches, in unix seconds.
    now: i64,
    /// The watermarks to which those of the Store were raised last.
    watermarks: Watermarks,
}

/// A missing kick: an instant in its finest bucket, the point, and the amount.
pub(super) type MissingKick = (i64, Point, Amount);

impl<'a> KickWriter<'a> {
    pub(super) fn new(
        store: &'a dyn Store,
        definition: Arc<Definition>,
        ledger: Ledger,
        now: i64,
    ) -> KickWriter<'a> {
        KickWriter {
            store,
            definition,
            ledger,
            sender: Sender::new(random_writer()),
            now,
            watermarks: Watermarks::default(),
        }
    }

    /// Returns the maximum number of kicks in a batch.
    pub(super) fn max_kicks(&self) -> usize {
        (self.store.capabilities().cells_per_batch / self.definition.expected_cells().max(1)).max(1)
    }

    /// Registers choices in this order, also those without kicks.
    pub(super) fn register_choices(&mut self, axis: usize, new: &[Choice]) -> Result<()> {
        for chunk in new.chunks(MAX_CHOICES) {
            let mut choices = vec![Vec::new(); self.definition.stored_axes.len()];
            if let Some(own) = choices.get_mut(axis) {
                *own = chunk.to_vec();
            }
            // Registering choices twice does no harm, so that the batch needs no claim.
            self.apply(choices, Vec::new(), Vec::new())?;
        }
        Ok(())
    }

    /// Returns false when the Store distrusts the clock of this process, by which nothing may expire then.
    pub(super) fn is_clock_trusted(&mut self) -> Result<bool> {
        let no_choices = vec![Vec::new(); self.definition.stored_axes.len()];
        self.apply(no_choices, Vec::new(), Vec::new()).map(|applied| applied.raised_watermarks())
    }

    /// Raises the watermarks of the Store to those of the copied buckets, so that buckets that are not copied do not
    /// read as zero. The watermarks of the source were raised by clocks that it trusted, which the clock of this
    /// process cannot contradict.
    pub(super) fn raise_watermarks(&mut self, watermarks: &Watermarks) -> Result<()> {
        if self.watermarks == *watermarks {
            return Ok(());
        }
        for _ in 0..MAX_ATTEMPTS {
            let reader = StoreReader::new(self.store, Some(Arc::clone(&self.definition)), &self.definition);
            let stored = reader.grand_total()?.1;
            let raised = stored.raised_to(watermarks);
            if stored == raised || self.store.set_watermarks(&self.definition, &stored, &raised)? {
                self.watermarks = *watermarks;
                return Ok(());
            }
        }
        Err(Error::unavailable(format!(
            "other processes kept writing to metrica {} while it was copied; run the copy again",
            self.definition.name
        )))
    }

    /// Writes one batch of missing kicks.
    pub(super) fn write(&mut self, missing: &[MissingKick], watermarks: &Watermarks) -> Result<()> {
        let mut choices: Vec<Vec<Choice>> = vec![Vec::new(); self.definition.stored_axes.len()];
        let mut positions: Vec<HashMap<&Choice, u32>> = vec![HashMap::new(); choices.len()];
        let mut kicks = Vec::with_capacity(missing.len());
        let mut sum = Amount::ZERO;
        for (at, point, amount) in missing {
            let mut picks = Picks::new();
            for ((choice, choices), positions) in point.iter().zip(&mut choices).zip(&mut positions) {
                let next = u32::try_from(choices.len()).unwrap_or(u32::MAX);
                picks.push(*positions.entry(choice).or_insert_with(|| {
                    choices.push(choice.clone());
                    next
                }));
            }
            sum += *amount;
            // Without counts, an existing cell has at least one kick.
            let min_count = if self.definition.is_averaged() { 0 } else { 1 };
            let amount = Amount::new(amount.total(), amount.count().max(min_count));
            kicks.push(Kick { at: *at, picks, amount });
        }
        let claim = self.ledger.claim(sum, self.now)?;
        self.raise_watermarks(watermarks)?;
        self.apply(choices, kicks, vec![claim])?;
        self.ledger.add(sum);
        Ok(())
    }

    fn apply(&mut self, choices: Vec<Vec<Choice>>, kicks: Vec<Kick>, claims: Vec<Claim>) -> Result<Applied> {
        let definition = Arc::clone(&self.definition);
        let part = Part { definition, watermarks: self.watermarks, choices, kicks };
        self.sender.seal(vec![part], claims, self.now, ());
        let applied = match self.sender.send(self.store, MAX_ATTEMPTS)? {
            Some(SendOutcome::Applied(applied, ..)) => applied,
            Some(SendOutcome::Stale(error, ..)) => return Err(error),
            None => Applied::default(),
        };
        let Applied { claimed, folded, overflowed, .. } = applied;
        let name = &self.definition.name;
        if claimed {
            // A late batch of an earlier copy, or a concurrent copy, has changed what is missing.
            return Err(Error::stale(name));
        }
        if folded > 0 || overflowed > 0 {
            let address = self.store.address();
            let reason = if folded > 0 { "a cap was reached" } else { "a cell would have overflowed" };
            return Err(Error::conflict(format!(
                "{address} could not take {} kicks of metrica {name} unchanged, because {reason} during the copy; forget \
                 the metrica there and copy it again",
                folded + overflowed
            )));
        }
        Ok(applied)
    }

    /// Ends the copy.
    pub(super) fn finish(self) -> Result<()> {
        self.ledger.keep_last_number(self.store)
    }
}
