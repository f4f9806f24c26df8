//! Clock repair: lowers watermarks that a wrong clock raised too far.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::amount::Amount;
use crate::api::Staste;
use crate::error::{Error, Result};
use crate::schema::{Definition, Watermarks};
use crate::store::{Question, Select, Span, Store};
use crate::time::{Calendar, EVER_END, EVER_START, Scale};

/// Maximum number of attempts at a repair while other processes write.
const MAX_ATTEMPTS: usize = 32;

/// A scale of a Metrica whose watermark was lowered.
///
/// See [`Staste::repair_clock`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClockRepair {
    /// The Metrica.
    pub metrica: String,
    /// The scale.
    pub scale: Scale,
    /// The watermark before the repair, in unix seconds: the start of the oldest readable bucket.
    pub before: i64,
    /// The watermark after the repair, in unix seconds.
    pub after: i64,
    /// The watermark if the clock had never been wrong, in unix seconds. Buckets between it and `after` were deleted,
    /// or their kicks were recorded while the watermark was too high and are counted in coarser buckets only.
    pub expected: i64,
}

impl Staste {
    /// Trusts the clock of this process, on behalf of an operator, and lowers watermarks that a clock ahead of it
    /// raised, as far as all counts since are complete.
    ///
    /// Nothing is deleted. Totals and counts of buckets are compared with those of the coarser buckets that hold them,
    /// so that no incomplete bucket becomes readable. A plain Metrica has no counts to compare: its buckets become
    /// readable from the next period on. Returns the lowered watermarks, none when all were right.
    ///
    /// ```
    /// use staste::{Clock, Keep, MemoryStore, RecorderOptions, Scale, Staste, choices};
    /// use std::sync::Arc;
    /// let clock = Clock::fixed(1_700_000_000);
    /// let staste = Staste::with(Arc::new(MemoryStore::new()), clock, RecorderOptions::default());
    /// let guests = staste.metrica("guests").build()?;
    /// guests.kick(choices! {})?;
    /// staste.flush()?;
    /// assert!(staste.repair_clock()?.is_empty());
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the Store cannot be reached, or other processes kept writing to a Metrica.
    pub fn repair_clock(&self) -> Result<Vec<ClockRepair>> {
        self.recorder().flush_pending()?;
        let now = self.clock().now();
        self.store().set_clock(now)?;
        let mut repairs = Vec::new();
        for definition in self.definitions()? {
            repairs.extend(repair(self.store(), &definition, now)?);
        }
        Ok(repairs)
    }
}

fn repair(store: &dyn Store, definition: &Arc<Definition>, now: i64) -> Result<Vec<ClockRepair>> {
    let calendar = definition.calendar();
    let expected = definition.retention.watermarks(&calendar, now);
    let cells = TotalReader { store, definition, calendar, now };
    let before = cells.watermarks()?;
    let raised: Vec<Scale> =
        Scale::KEPT.into_iter().rev().filter(|scale| before.of(*scale) > expected.of(*scale)).collect();
    // Lower them as far as possible first, then check again: kicks in between are counted in coarser buckets only.
    let (mut current, mut floor) = (before, expected);
    for _ in 0..MAX_ATTEMPTS {
        let checked = cells.complete_from(&raised, &floor, &current)?.lowered_to(&before);
        if checked == current {
            return Ok(report(definition, &raised, [&before, &current, &expected]));
        }
        if store.set_watermarks(definition, &current, &checked)? {
            (current, floor) = (checked, checked);
        } else {
            (current, floor) = (cells.watermarks()?, expected);
        }
    }
    Err(Error::unavailable(format!(
        "other processes kept writing to metrica {} during the repair; run it again",
        definition.name
    )))
}

fn report(definition: &Definition, raised: &[Scale], watermarks: [&Watermarks; 3]) -> Vec<ClockRepair> {
    let [before, after, expected] = watermarks;
    let lowered = raised.iter().copied().filter(|scale| after.of(*scale) < before.of(*scale));
    let repair = |scale| ClockRepair {
        metrica: definition.name.clone(),
        scale,
        before: before.of(scale),
        after: after.of(scale),
        expected: expected.of(scale),
    };
    lowered.map(repair).collect()
}

/// Reads the total amounts of a Metrica bucket by bucket.
struct TotalReader<'a> {
    store: &'a dyn Store,
    definition: &'a Arc<Definition>,
    calendar: Calendar,
    now: i64,
}

/// Amounts by the start of a bucket.
type Sums = BTreeMap<i64, Amount>;

impl TotalReader<'_> {
    fn read(&self, scale: Scale, from: i64) -> Result<(Sums, Watermarks)> {
        let answer = self.store.read(&Question {
            definition: Arc::clone(self.definition),
            spans: vec![Span { scale, from, to: EVER_END }],
            cuts: Vec::new(),
            select: vec![Select::All; self.definition.stored_axes.len()],
            scan: false,
            below_watermarks: true,
        })?;
        let sums = answer.groups.into_iter().map(|group| (group.start, group.amount));
        Ok((sums.collect(), answer.watermarks))
    }

    fn watermarks(&self) -> Result<Watermarks> {
        Ok(self.read(Scale::Ever, EVER_START)?.1)
    }

    /// Returns the watermarks from which all counts are complete: those of `current`, in which the watermarks of the
    /// raised scales, coarsest first, are the lowest ones at or above `floor` whose buckets equal the coarser ones.
    fn complete_from(
        &self,
        raised: &[Scale],
        floor: &Watermarks,
        current: &Watermarks,
    ) -> Result<Watermarks> {
        let mut checked = *current;
        for (scale, index) in
            Scale::KEPT.into_iter().zip(0..6).rev().filter(|(scale, _)| raised.contains(scale))
        {
            let from = floor.of(scale);
            let mut coarser = Scale::KEPT.into_iter().filter(|coarser| *coarser > scale);
            // The next coarser scale that is retained as far back.
            let coarser = coarser.find(|coarser| checked.of(*coarser) <= from).unwrap_or(Scale::Ever);
            let complete = match self.definition.is_averaged() {
                true => self.complete_scale(scale, coarser, from, current.of(scale))?,
                // Without counts, buckets from which kicks are missing that cancel each other out would seem complete.
                false => self.calendar.bucket(coarser, self.now).end.max(from),
            };
            if let Some(watermark) = checked.0.get_mut(index) {
                *watermark = complete;
            }
        }
        Ok(checked)
    }

    /// Returns the start of the earliest bucket of `scale`, at `floor` or later, from which the buckets of `coarser`
    /// equal the sums of those of `scale` in them.
    fn complete_scale(&self, scale: Scale, coarser: Scale, floor: i64, watermark: i64) -> Result<i64> {
        let (before, _) = self.read(coarser, self.bucket_start(coarser, floor))?;
        let (parts, _) = self.read(scale, floor)?;
        let (whole, _) = self.read(coarser, self.bucket_start(coarser, floor))?;
        let mut from = floor;
        if let Some(oldest) = parts.keys().next().filter(|oldest| **oldest < watermark) {
            // Buckets below the watermark are deleted, the oldest first, so that this one may be incomplete.
            from = self.calendar.bucket(scale, *oldest).end;
        }
        if self.bucket_start(coarser, from) != from {
            from = self.calendar.bucket(coarser, from).end;
        }
        let mut sums = Sums::new();
        for (start, amount) in &parts {
            *sums.entry(self.bucket_start(coarser, *start)).or_default() += *amount;
        }
        let starts: std::collections::BTreeSet<i64> =
            before.keys().chain(whole.keys()).chain(sums.keys()).copied().collect();
        for start in starts {
            let sum = sums.get(&start);
            // Kicks between the three reads are included in one of the two reads of `coarser`.
            if start >= from && sum != whole.get(&start) && sum != before.get(&start) {
                from = self.calendar.bucket(coarser, start).end;
            }
        }
        Ok(from)
    }

    fn bucket_start(&self, scale: Scale, instant: i64) -> i64 {
        self.calendar.bucket(scale, instant).start
    }
}
