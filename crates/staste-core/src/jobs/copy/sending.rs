//! `Sending`: what one Store lacks, written to it as kicks.

use std::collections::HashMap;
use std::sync::Arc;

use crate::amount::Amount;
use crate::error::{Error, Result};
use crate::jobs::copy::ledger::Ledger;
use crate::jobs::copy::side::Side;
use crate::jobs::copy::surplus::Point;
use crate::recorder::{SendOutcome, Sender, random_writer};
use crate::schema::{Choice, Definition, Watermarks};
use crate::store::{Applied, Kick, Part, Picks, Store};

/// How often a batch is sent whose outcome is in doubt.
const MAX_ATTEMPTS: usize = 4;
/// How many choices are made known at a time.
const CHOICES: usize = 1_000;

/// Batches on their way to a Store.
#[derive(Debug)]
pub(super) struct Sending<'a> {
    store: &'a dyn Store,
    definition: Arc<Definition>,
    ledger: Ledger,
    sender: Sender<()>,
    now: i64,
    /// Those that the Store was last given.
    watermarks: Watermarks,
}

/// What is missing at a point: an instant that leads to its bucket, the point, and how much.
pub(super) type Missing = (i64, Point, Amount);

impl<'a> Sending<'a> {
    pub(super) fn new(
        store: &'a dyn Store,
        definition: Arc<Definition>,
        ledger: Ledger,
        now: i64,
    ) -> Sending<'a> {
        Sending {
            store,
            definition,
            ledger,
            sender: Sender::new(random_writer()),
            now,
            watermarks: Watermarks::default(),
        }
    }

    /// How many kicks make a batch.
    pub(super) fn most(&self) -> usize {
        (self.store.capabilities().cells_per_batch / self.definition.expected_cells().max(1)).max(1)
    }

    /// Makes choices known in this order, whether anything is kicked at them or not.
    pub(super) fn choices(&mut self, axis: usize, known: &[Choice]) -> Result<()> {
        for chunk in known.chunks(CHOICES) {
            let mut choices = vec![Vec::new(); self.definition.axes.len()];
            if let Some(state) = choices.get_mut(axis) {
                *state = chunk.to_vec();
            }
            // Twice is as good as once, so it needs no claim.
            self.apply(choices, Vec::new(), Vec::new())?;
        }
        Ok(())
    }

    /// Returns false when the Store doubts the clock here, by which nothing may expire then.
    pub(super) fn is_clock_trusted(&mut self) -> Result<bool> {
        let nothing = vec![Vec::new(); self.definition.axes.len()];
        self.apply(nothing, Vec::new(), Vec::new()).map(|applied| applied.raised_watermarks())
    }

    /// Raises the watermarks of the Store to those of what is copied, so that what was not copied does not read as
    /// zero. The other Store's were raised by clocks that it believed, which a clock here cannot contradict.
    pub(super) fn raise_watermarks(&mut self, watermarks: &Watermarks) -> Result<()> {
        if self.watermarks == *watermarks {
            return Ok(());
        }
        for _ in 0..MAX_ATTEMPTS {
            let known =
                Side::new(self.store, Some(Arc::clone(&self.definition)), &self.definition).grand()?.1;
            let raised = known.raised_to(watermarks);
            if known == raised || self.store.set_watermarks(&self.definition, &known, &raised)? {
                self.watermarks = *watermarks;
                return Ok(());
            }
        }
        Err(Error::unavailable(format!(
            "others kept writing to metrica {} while it was copied; run it again",
            self.definition.name
        )))
    }

    /// Writes one batch of what is missing.
    pub(super) fn kicks(&mut self, missing: &[Missing], watermarks: &Watermarks) -> Result<()> {
        let mut choices: Vec<Vec<Choice>> = vec![Vec::new(); self.definition.axes.len()];
        let mut places: Vec<HashMap<&Choice, u32>> = vec![HashMap::new(); choices.len()];
        let mut kicks = Vec::with_capacity(missing.len());
        let mut sum = Amount::ZERO;
        for (at, point, amount) in missing {
            let mut picks = Picks::new();
            for ((choice, choices), places) in point.iter().zip(&mut choices).zip(&mut places) {
                let next = u32::try_from(choices.len()).unwrap_or(u32::MAX);
                picks.push(*places.entry(choice).or_insert_with(|| {
                    choices.push(choice.clone());
                    next
                }));
            }
            sum += *amount;
            // Without counts a cell that is there was kicked at least once.
            let least = if self.definition.is_averaged() { 0 } else { 1 };
            let amount = Amount::new(amount.total(), amount.count().max(least));
            kicks.push(Kick { at: *at, picks, amount });
        }
        let claim = self.ledger.claim(sum, self.now)?;
        self.raise_watermarks(watermarks)?;
        self.apply(choices, kicks, vec![claim])?;
        self.ledger.brought(sum);
        Ok(())
    }

    fn apply(
        &mut self,
        choices: Vec<Vec<Choice>>,
        kicks: Vec<Kick>,
        claims: Vec<crate::store::Claim>,
    ) -> Result<Applied> {
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
            // A late batch of an earlier copy, or one that runs beside: what is missing is another now.
            return Err(Error::stale(name));
        }
        if folded > 0 || overflowed > 0 {
            let place = self.store.address();
            let why = if folded > 0 { "a cap of it was reached" } else { "a cell would have overflowed" };
            return Err(Error::conflict(format!(
                "{place} could not take {} kicks of metrica {name} as they are, since {why} while it was copied; \
                 forget the metrica there and copy it again",
                folded + overflowed
            )));
        }
        Ok(applied)
    }

    /// Nothing more is to come.
    pub(super) fn end(self) -> Result<()> {
        self.ledger.keep(self.store)
    }
}
