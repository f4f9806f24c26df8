//! Taking back what a wrong clock did to retention: watermarks that were raised too far.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::amount::Amount;
use crate::api::Staste;
use crate::error::{Error, Result};
use crate::schema::{Definition, Watermarks};
use crate::store::{Question, Select, Span, Store};
use crate::time::{Calendar, EVER_END, EVER_START, Scale};

/// Attempts at a repair while others write.
const MAX_ATTEMPTS: usize = 32;

/// A scale of a Metrica whose buckets count again from an earlier instant on.
///
/// See [`Staste::repair_clock`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClockRepair {
    /// The Metrica.
    pub metrica: String,
    /// The scale.
    pub scale: Scale,
    /// The start of its oldest readable bucket before, in unix seconds.
    pub was: i64,
    /// The start of its oldest readable bucket now.
    pub is: i64,
    /// The same had the clock never been wrong. What is between this and `is` was deleted already,
    /// or was kicked while the boundary was too high and counts in coarser buckets only.
    pub should_be: i64,
}

impl Staste {
    /// Takes the clock of this process for the right one, as an operator's word, and lowers watermarks that a clock
    /// ahead of it raised, as far as all that was counted since is still there.
    ///
    /// Nothing is deleted. What is complete is found by comparing totals and counts of buckets with the coarser ones
    /// that hold them, so that no bucket counts again of which a part is gone. A plain Metrica has no counts to
    /// compare: its buckets count again from the next period on. Returns what was lowered, nothing where all was well.
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
    /// When the Store cannot be reached, or others kept writing to a Metrica.
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
    let should_be = definition.retention.watermarks(&calendar, now);
    let cells = Cells { store, definition, calendar, now };
    let was = cells.watermarks()?;
    let raised: Vec<Scale> =
        Scale::KEPT.into_iter().rev().filter(|scale| was.of(*scale) > should_be.of(*scale)).collect();
    // First as low as can be; once lowered they are checked again, as what was kicked in between counts in coarser
    // buckets only.
    let (mut marks, mut floor) = (was, should_be);
    for _ in 0..MAX_ATTEMPTS {
        let checked = cells.complete_from(&raised, &floor, &marks)?.lowered_to(&was);
        if checked == marks {
            return Ok(report(definition, &raised, [&was, &marks, &should_be]));
        }
        if store.set_watermarks(definition, &marks, &checked)? {
            (marks, floor) = (checked, checked);
        } else {
            (marks, floor) = (cells.watermarks()?, should_be);
        }
    }
    Err(Error::unavailable(format!(
        "others kept writing to metrica {} while its retention was repaired; run it again",
        definition.name
    )))
}

fn report(definition: &Definition, raised: &[Scale], marks: [&Watermarks; 3]) -> Vec<ClockRepair> {
    let [was, is, should_be] = marks;
    let lowered = raised.iter().copied().filter(|scale| is.of(*scale) < was.of(*scale));
    let repair = |scale| ClockRepair {
        metrica: definition.name.clone(),
        scale,
        was: was.of(scale),
        is: is.of(scale),
        should_be: should_be.of(scale),
    };
    lowered.map(repair).collect()
}

/// The grand totals of a Metrica in its Store, bucket by bucket.
struct Cells<'a> {
    store: &'a dyn Store,
    definition: &'a Arc<Definition>,
    calendar: Calendar,
    now: i64,
}

/// Amounts by the start of a bucket.
type Sums = BTreeMap<i64, Amount>;

impl Cells<'_> {
    fn read(&self, scale: Scale, from: i64) -> Result<(Sums, Watermarks)> {
        let answer = self.store.read(&Question {
            definition: Arc::clone(self.definition),
            spans: vec![Span { scale, from, to: EVER_END }],
            cuts: Vec::new(),
            select: vec![Select::All; self.definition.axes.len()],
            scan: false,
            below_watermarks: true,
        })?;
        let sums = answer.groups.into_iter().map(|group| (group.start, group.amount));
        Ok((sums.collect(), answer.watermarks))
    }

    fn watermarks(&self) -> Result<Watermarks> {
        Ok(self.read(Scale::Ever, EVER_START)?.1)
    }

    /// The watermarks from which on everything that was counted is there: `marks`, with those of the raised scales, the
    /// coarsest first, as far above the floor as buckets agree with coarser ones.
    fn complete_from(&self, raised: &[Scale], floor: &Watermarks, marks: &Watermarks) -> Result<Watermarks> {
        let mut checked = *marks;
        for (scale, mark) in
            Scale::KEPT.into_iter().zip(0..6).rev().filter(|(scale, _)| raised.contains(scale))
        {
            let from = floor.of(scale);
            let mut coarser = Scale::KEPT.into_iter().filter(|coarser| *coarser > scale);
            // The next one that goes back as far.
            let coarser = coarser.find(|coarser| checked.of(*coarser) <= from).unwrap_or(Scale::Ever);
            let complete = match self.definition.is_averaged() {
                true => self.complete_scale(scale, coarser, from, marks.of(scale))?,
                // Without counts, kicks that cancel each other out could be missing from buckets that seem complete.
                false => self.calendar.bucket(coarser, self.now).end.max(from),
            };
            if let Some(mark) = checked.0.get_mut(mark) {
                *mark = complete;
            }
        }
        Ok(checked)
    }

    /// The start of the earliest bucket of `scale`, at `floor` or later, from which on the buckets of `coarser` are the
    /// sums of those of `scale` in them.
    fn complete_scale(&self, scale: Scale, coarser: Scale, floor: i64, mark: i64) -> Result<i64> {
        let (before, _) = self.read(coarser, self.bucket_start(coarser, floor))?;
        let (parts, _) = self.read(scale, floor)?;
        let (whole, _) = self.read(coarser, self.bucket_start(coarser, floor))?;
        let mut from = floor;
        if let Some(oldest) = parts.keys().next().filter(|oldest| **oldest < mark) {
            // Buckets below a watermark are deleted oldest first, and this one may be deleted in part.
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
            // What was kicked between the three reads is in one of them.
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
