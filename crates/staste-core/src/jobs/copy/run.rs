//! The course of a copy: reader, define, write what is missing, compare.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::amount::{Amount, Total};
use crate::error::{Error, Result};
use crate::jobs::copy::CopyJob;
use crate::jobs::copy::compare::{Compared, is_beyond, shown};
use crate::jobs::copy::leaves::Unit;
use crate::jobs::copy::ledger::{self, Ledger};
use crate::jobs::copy::pair::{Found, Pair};
use crate::jobs::copy::report::{CopyPhase, CopyProgress, CopyReport};
use crate::jobs::copy::sending::{Missing, Sending};
use crate::jobs::copy::side::Side;
use crate::jobs::copy::surplus::Surpluses;
use crate::jobs::copy::target::{Holds, Target, with_axes};
use crate::schema::{Choice, Definition};
use crate::store::Store;

/// How often it begins again because a definition changed, or another copy wrote meanwhile.
const MAX_ATTEMPTS: usize = 16;

/// Told how far it is; breaks off.
type Progress<'p> = &'p mut dyn FnMut(CopyProgress) -> ControlFlow<()>;

/// Copies, or tells what would be copied.
pub(super) fn run(copying: &CopyJob, dry: bool, progress: Progress<'_>) -> Result<CopyReport> {
    // What this process kicked belongs to what is copied, or is found to be in the way.
    copying.from.flush_pending(None)?;
    copying.to.recorder().flush_pending()?;
    let mut copied = None;
    let mut last = None;
    for _ in 0..MAX_ATTEMPTS {
        if dry {
            copied = None;
        }
        match attempt(copying, dry, &mut copied, progress) {
            Err(error) if error.is_stale() => last = Some(error),
            outcome => return outcome,
        }
    }
    let name = copying.from.name();
    let error = Error::unavailable(format!(
        "the definition of metrica {name} kept changing while it was copied, or another copy of it runs; run it again"
    ));
    Err(match last {
        Some(last) => error.because(last),
        None => error,
    })
}

fn attempt(
    copying: &CopyJob,
    dry: bool,
    so_far: &mut Option<CopyReport>,
    progress: Progress<'_>,
) -> Result<CopyReport> {
    let name = copying.from.name();
    let (from, to) = (copying.from.staste().store(), copying.to.store());
    let source = copying.from.staste().definition(name)?;
    let records = from.records(&ledger::records_of(name))?;
    let stored = to.definitions(Some(name))?.pop();
    let wanted = with_axes(&source, &copying.axes)?;
    let own = Side::new(from, Some(Arc::clone(&source)), &source);
    let before = own.grand()?.0.unwrap_or_default();
    let holds = Holds::of(&own, source.axes.len())?;
    let target = match &stored {
        None => Target::fresh(wanted, &source, &holds),
        Some(stored) => Target::of(&wanted, &source, &holds, stored, (from, to))?,
    };
    let mut course = Course {
        from,
        to,
        source,
        now: copying.from.staste().clock().now(),
        before,
        copied: so_far.get_or_insert_with(|| CopyReport::nothing(&target.definition, stored.is_none())),
        retains_by_clock: true,
        progress,
    };
    course.copied.notes.clone_from(&target.notes);
    course.reader(stored.as_ref(), &target.definition, &holds, dry)?;
    if dry || course.copied.is_broken_off {
        return Ok(course.copied.clone());
    }
    if target.is_changed && !to.define(&target.definition)? {
        return Err(Error::stale(name));
    }
    let definition = Arc::new(target.definition);
    course.write(&definition, &holds)?;
    if !course.copied.is_broken_off {
        course.bring_records(records)?;
        course.compare(copying, &definition)?;
    }
    Ok(course.copied.clone())
}

/// A copy on its way.
struct Course<'a> {
    from: &'a dyn Store,
    to: &'a dyn Store,
    source: Arc<Definition>,
    now: i64,
    /// The grand total and count of the first Store before anything else was read.
    before: Amount,
    copied: &'a mut CopyReport,
    /// False when the second Store doubts the clock here: then what both Stores keep counts.
    retains_by_clock: bool,
    progress: Progress<'a>,
}

impl<'a> Course<'a> {
    fn pair<'p>(&self, stored: Option<&Arc<Definition>>, target: &'p Definition) -> Result<Pair<'p>>
    where
        'a: 'p,
    {
        let calendar = target.calendar();
        let from = Side::new(self.from, Some(Arc::clone(&self.source)), target);
        let to = Side::new(self.to, stored.map(Arc::clone), target);
        let marks = from.grand()?.1.raised_to(&to.grand()?.1);
        let watermarks = match self.retains_by_clock {
            true => target.retention.watermarks(&calendar, self.now).raised_to(&marks),
            false => marks,
        };
        Ok(Pair { from, to, definition: target, calendar, watermarks })
    }

    /// Looks for what would be in the way before anything is written; where nothing is to be written, adds up what
    /// would be.
    fn reader(
        &mut self,
        stored: Option<&Arc<Definition>>,
        target: &Definition,
        holds: &Holds,
        dry: bool,
    ) -> Result<()> {
        let mut pair = self.pair(stored, target)?;
        let grand = pair.to.grand()?.0;
        let ledger = Ledger::read(self.to, &target.name, self.source.id)?;
        self.check_choices(&pair, holds)?;
        let brought = ledger.sums();
        if grand.is_none() && brought.is_none() && !dry {
            return Ok(());
        }
        // Without counts only totals tell; where nothing was brought, anything is somebody's own.
        let own = |amount: Amount| (amount.total(), if target.is_averaged() { amount.count() } else { 0 });
        let has_own = grand.map(own) != brought.map(own);
        let place = self.to.address();
        let mut cells = 0;
        let (copied, progress) = (&mut *self.copied, &mut *self.progress);
        let flow = pair.each_leaf(&mut |pair, found| {
            cells += found.cells;
            let (unit, kicks) = kicks_of(pair, found);
            check_beyond(pair.definition, &unit, &kicks, &place)?;
            if dry {
                kicks.0.values().for_each(|surplus| copied.add(surplus.amount));
            }
            Ok(progress(CopyProgress { phase: CopyPhase::Looking, done: cells }))
        })?;
        self.copied.is_broken_off |= flow.is_break();
        if has_own && flow.is_continue() {
            // Both were read one after the other; another copy may have written between.
            if Ledger::read(self.to, &target.name, self.source.id)?.sums() != brought {
                return Err(Error::stale(&target.name));
            }
            let more = grand.unwrap_or_default() - brought.unwrap_or_default();
            let total = Total::new(more.total(), target.multiplier);
            let kicks =
                if target.is_averaged() { format!(" in {} kicks", more.count()) } else { String::new() };
            return Err(in_the_way(target, &place, &format!("{total}{kicks} at all choices")));
        }
        Ok(())
    }

    /// Refuses choices that the second Store alone knows.
    fn check_choices(&self, pair: &Pair<'_>, holds: &Holds) -> Result<()> {
        for (axis, known) in self.source.axes.iter().zip(&holds.known) {
            let index = pair.definition.axis_index(&axis.name)?;
            let known: std::collections::HashSet<&Choice> = known.iter().collect();
            let is_declared = matches!(axis.kind, crate::schema::AxisKind::Declared(_));
            if let Some(unknown) =
                pair.to.choices(index)?.iter().find(|choice| !is_declared && !known.contains(choice))
            {
                let what = format!("the choice {unknown} on axis {}", axis.name);
                return Err(in_the_way(pair.definition, &self.to.address(), &what));
            }
        }
        Ok(())
    }

    /// Writes what the second Store lacks.
    fn write(&mut self, definition: &Arc<Definition>, holds: &Holds) -> Result<()> {
        let ledger = Ledger::read(self.to, &definition.name, self.source.id)?;
        let mut sending = Sending::new(self.to, Arc::clone(definition), ledger, self.now);
        self.retains_by_clock = sending.is_clock_trusted()?;
        let mut pair = self.pair(Some(definition), definition)?;
        sending.raise_watermarks(&pair.watermarks)?;
        for (axis, known) in self.source.axes.iter().zip(&holds.known) {
            let index = definition.axis_index(&axis.name)?;
            let there: std::collections::HashSet<Choice> = pair.to.choices(index)?.into_iter().collect();
            let new: Vec<Choice> = known.iter().filter(|choice| !there.contains(choice)).cloned().collect();
            sending.choices(index, &new)?;
        }
        let most = sending.most();
        let place = self.to.address();
        let mut written = 0;
        let (copied, progress) = (&mut *self.copied, &mut *self.progress);
        let flow = pair.each_leaf(&mut |pair, found| {
            let (unit, kicks) = kicks_of(pair, found);
            check_beyond(pair.definition, &unit, &kicks, &place)?;
            for missing in missing(pair, &unit, kicks).chunks(most) {
                sending.kicks(missing, &pair.watermarks)?;
                written += missing.len() as u64;
                missing.iter().for_each(|(_, _, amount)| copied.add(*amount));
                if progress(CopyProgress { phase: CopyPhase::Copying, done: written }).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        self.copied.is_broken_off |= flow.is_break();
        sending.end()
    }

    /// Brings the records of imports, as they were before the cells were read: a record whose kicks are not there
    /// yet would let an import pass them over.
    fn bring_records(&mut self, records: Vec<(String, Vec<u8>)>) -> Result<()> {
        let name = &self.source.name;
        let there: std::collections::HashMap<String, Vec<u8>> =
            self.to.records(&ledger::records_of(name))?.into_iter().collect();
        for (key, value) in records {
            if !ledger::is_of_ledger(name, &key) && there.get(&key) != Some(&value) {
                self.to.put_record(&key, Some(&value))?;
                self.copied.records += 1;
            }
        }
        Ok(())
    }

    /// Compares both, and proves the sums of the second.
    fn compare(&mut self, copying: &CopyJob, definition: &Arc<Definition>) -> Result<()> {
        let mut pair = self.pair(Some(definition), definition)?;
        let progress = &mut *self.progress;
        let compared = Compared::of(&mut pair, &mut |done| {
            progress(CopyProgress { phase: CopyPhase::Comparing, done })
        })?;
        self.copied.compared = compared.cells;
        if compared.is_broken_off {
            self.copied.is_broken_off = true;
            return Ok(());
        }
        let now = pair.from.grand()?.0.unwrap_or_default();
        let there = pair.to.grand()?.0.unwrap_or_default();
        let since = now - there;
        if let Some(difference) = &compared.difference {
            let is_late = match definition.is_averaged() {
                true => !compared.is_beyond && compared.missing() <= (now - self.before).count(),
                false => now != self.before,
            };
            if !is_late {
                return Err(self.differs(definition, difference));
            }
        }
        if !since.is_empty_cell(definition.is_averaged()) {
            let count = definition.is_averaged().then_some(since.count());
            self.copied.since = Some((Total::new(since.total(), definition.multiplier), count));
        }
        let verified = copying.to.stored_metrica(&definition.name)?.verify(&mut |done| {
            // A proof that is broken off proves nothing, so it goes on.
            let _ = progress(CopyProgress { phase: CopyPhase::Verifying, done });
        })?;
        match verified.faults.first() {
            None => Ok(()),
            Some(fault) => Err(Error::damaged(format!(
                "metrica {} was copied to {}, but its sums are none there: {fault}",
                definition.name,
                self.to.address()
            ))),
        }
    }

    fn differs(&self, definition: &Definition, difference: &str) -> Error {
        Error::damaged(format!(
            "metrica {} was copied from {} to {}, but they differ: {difference}. Either one was kicked or forgotten \
             from meanwhile, or the sums of the first are none, which verifying it shows",
            definition.name,
            self.from.address(),
            self.to.address()
        ))
    }
}

/// What was kicked itself at each point that differs.
fn kicks_of(pair: &Pair<'_>, found: Found) -> (Unit, Surpluses) {
    (found.unit, found.more.into_kicks(pair.definition))
}

/// Refuses to go on where the second Store has what the first has not.
fn check_beyond(definition: &Definition, unit: &Unit, kicks: &Surpluses, place: &str) -> Result<()> {
    let beyond = kicks.0.iter().find(|(_, surplus)| is_beyond(definition, surplus.amount));
    let Some(((start, point), surplus)) = beyond else { return Ok(()) };
    let names: Vec<&str> = definition.axes.iter().map(|axis| axis.name.as_str()).collect();
    let more = -surplus.amount;
    Err(in_the_way(definition, place, &shown(definition, unit.scale(), *start, &names, point, more)))
}

fn in_the_way(definition: &Definition, place: &str, what: &str) -> Error {
    Error::conflict(format!(
        "metrica {} in {place} has what was not copied to it: {what}. Kicks of two stores are not joined: copy to \
         another place, or forget the metrica there first",
        definition.name
    ))
}

/// What is missing, with an instant for each, in order.
fn missing(pair: &Pair<'_>, unit: &Unit, kicks: Surpluses) -> Vec<Missing> {
    let leaves = pair.leaves();
    let kicks = kicks.0.into_iter();
    let mut missing: Vec<Missing> = kicks
        .map(|((start, point), surplus)| (leaves.instant(unit.scale(), start), point, surplus.amount))
        .collect();
    missing.sort_unstable_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    missing
}
