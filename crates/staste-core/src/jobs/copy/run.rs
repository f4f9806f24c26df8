//! Runs a copy: checks both Stores, defines the Metrica, writes what is missing, compares.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::amount::{Amount, Total};
use crate::error::{Error, Result};
use crate::jobs::copy::comparison::{Comparison, describe, shown_name, target_has_more};
use crate::jobs::copy::job::CopyJob;
use crate::jobs::copy::kick_writer::{KickWriter, MissingKick};
use crate::jobs::copy::ledger::{self, Ledger};
use crate::jobs::copy::report::{CopyPhase, CopyProgress, CopyReport};
use crate::jobs::copy::store_pair::{ReadUnit, StorePair};
use crate::jobs::copy::store_reader::StoreReader;
use crate::jobs::copy::target_definition::{SourceContents, TargetDefinition, with_axes};
use crate::plan::PointAmounts;
use crate::schema::{Choice, Definition};
use crate::store::Store;

/// Maximum number of times that a copy starts again because a definition changed or another copy wrote.
const MAX_ATTEMPTS: usize = 16;

/// Called with the progress of a copy; may interrupt it.
type Progress<'p> = &'p mut dyn FnMut(CopyProgress) -> ControlFlow<()>;

impl CopyJob {
    /// Copies the Metrica, and compares both Stores afterwards. `progress` is called during the copy and may interrupt
    /// it.
    ///
    /// It needs memory for the largest bucket, or for the buckets in one bucket of the next coarser scale.
    ///
    /// # Errors
    /// - A conflict when the target has kicks of its own, a different definition, or lower limits; then nothing is written.
    /// - When a Store cannot be reached or refuses: what was copied stays, and running the copy again resumes it.
    /// - When the Stores differ after the copy.
    pub fn run(&self, progress: &mut dyn FnMut(CopyProgress) -> ControlFlow<()>) -> Result<CopyReport> {
        run(self, false, progress)
    }

    /// Returns what [`CopyJob::run`] would copy; nothing is written.
    ///
    /// # Errors
    /// As [`CopyJob::run`].
    pub fn dry_run(&self, progress: &mut dyn FnMut(CopyProgress) -> ControlFlow<()>) -> Result<CopyReport> {
        run(self, true, progress)
    }
}

fn run(job: &CopyJob, is_dry: bool, progress: Progress<'_>) -> Result<CopyReport> {
    // Pending kicks at the source are copied, and those at the target are found to be a conflict.
    job.source.flush_pending(None)?;
    job.target.recorder().flush_pending()?;
    let mut report = None;
    let mut last = None;
    for _ in 0..MAX_ATTEMPTS {
        if is_dry {
            report = None;
        }
        match attempt(job, is_dry, &mut report, progress) {
            Err(error) if error.is_stale() => last = Some(error),
            outcome => return outcome,
        }
    }
    let name = job.source.name();
    let error = Error::unavailable(format!(
        "the definition of metrica {name} kept changing while it was copied, or another copy of it runs; run the copy \
         again"
    ));
    Err(match last {
        Some(last) => error.because(last),
        None => error,
    })
}

fn attempt(
    job: &CopyJob,
    is_dry: bool,
    so_far: &mut Option<CopyReport>,
    progress: Progress<'_>,
) -> Result<CopyReport> {
    let name = job.source.name();
    let (source, target) = (job.source.staste().store(), job.target.store());
    let source_definition = job.source.staste().definition(name)?;
    let records = source.records(&ledger::records_prefix(name))?;
    let stored = target.definitions(Some(name))?.pop();
    let wanted = with_axes(&source_definition, job)?;
    let reader = StoreReader::new(source, Some(Arc::clone(&source_definition)), &source_definition);
    let total_before = reader.grand_total()?.0.unwrap_or_default();
    let contents = SourceContents::read(&reader, source_definition.stored_axes.len())?;
    let TargetDefinition { definition, is_changed, notes } = match &stored {
        None => TargetDefinition::initial(wanted, &source_definition, &contents),
        Some(stored) => {
            TargetDefinition::merged(&wanted, &source_definition, &contents, stored, (source, target))?
        }
    };
    let mut run = CopyRun {
        source,
        target,
        source_definition,
        now: job.source.staste().clock().now(),
        total_before,
        report: so_far.get_or_insert_with(|| CopyReport::empty(&definition, stored.is_none())),
        expires_by_clock: true,
        progress,
    };
    run.report.notes.clone_from(&notes);
    run.check_before_writing(stored.as_ref(), &definition, &contents, is_dry)?;
    if is_dry || run.report.is_interrupted {
        return Ok(run.report.clone());
    }
    if is_changed && !target.define(&definition)? {
        return Err(Error::stale(name));
    }
    let definition = Arc::new(definition);
    run.write_missing(&definition, &contents)?;
    if !run.report.is_interrupted {
        run.copy_records(records)?;
        run.compare(job, &definition)?;
    }
    Ok(run.report.clone())
}

/// A running copy.
struct CopyRun<'a> {
    source: &'a dyn Store,
    target: &'a dyn Store,
    source_definition: Arc<Definition>,
    now: i64,
    /// The amount of all kicks at the source before anything else was read.
    total_before: Amount,
    report: &'a mut CopyReport,
    /// False when the target distrusts the clock of this process: then only the watermarks of the Stores apply.
    expires_by_clock: bool,
    progress: Progress<'a>,
}

impl<'a> CopyRun<'a> {
    fn pair<'p>(&self, stored: Option<&Arc<Definition>>, definition: &'p Definition) -> Result<StorePair<'p>>
    where
        'a: 'p,
    {
        let calendar = definition.calendar();
        let source = StoreReader::new(self.source, Some(Arc::clone(&self.source_definition)), definition);
        let target = StoreReader::new(self.target, stored.map(Arc::clone), definition);
        let stored = source.grand_total()?.1.raised_to(&target.grand_total()?.1);
        let watermarks = match self.expires_by_clock {
            true => definition.retention.watermarks(&calendar, self.now).raised_to(&stored),
            false => stored,
        };
        Ok(StorePair { source, target, definition, calendar, watermarks })
    }

    /// Checks that the target has no kicks or choices of its own before anything is written. A dry run adds up what
    /// would be written.
    fn check_before_writing(
        &mut self,
        stored: Option<&Arc<Definition>>,
        definition: &Definition,
        contents: &SourceContents,
        is_dry: bool,
    ) -> Result<()> {
        let mut pair = self.pair(stored, definition)?;
        let present = pair.target.grand_total()?.0;
        let ledger = Ledger::read(self.target, &definition.name, self.source_definition.id)?;
        self.check_choices(&pair, contents)?;
        let copied = ledger.copied();
        if present.is_none() && copied.is_none() && !is_dry {
            return Ok(());
        }
        // Without counts only totals can be compared; if nothing was copied, any amount is the target's own.
        let comparable =
            |amount: Amount| (amount.total(), if definition.is_averaged() { amount.count() } else { 0 });
        let has_own_kicks = present.map(comparable) != copied.map(comparable);
        let address = self.target.address();
        let mut cells = 0;
        let (report, progress) = (&mut *self.report, &mut *self.progress);
        let flow = pair.for_each_finest(&mut |pair, found| {
            cells += found.cells;
            let kicks = found.differences.into_kicks(pair.definition);
            check_target_has_no_more(pair.definition, &found.unit, &kicks, &address)?;
            if is_dry {
                kicks.values().for_each(|amount| report.add(*amount));
            }
            Ok(progress(CopyProgress { phase: CopyPhase::Checking, done: cells }))
        })?;
        self.report.is_interrupted |= flow.is_break();
        if has_own_kicks && flow.is_continue() {
            // The total and the ledger were read one after the other; another copy may have written in between.
            if Ledger::read(self.target, &definition.name, self.source_definition.id)?.copied() != copied {
                return Err(Error::stale(&definition.name));
            }
            let more = present.unwrap_or_default() - copied.unwrap_or_default();
            let total = Total::new(more.total(), definition.multiplier);
            let kicks =
                if definition.is_averaged() { format!(" in {} kicks", more.count()) } else { String::new() };
            return Err(target_has_own(definition, &address, &format!("{total}{kicks} at all choices")));
        }
        Ok(())
    }

    /// Fails when the target has choices that the source does not have.
    fn check_choices(&self, pair: &StorePair<'_>, contents: &SourceContents) -> Result<()> {
        for (axis, known) in self.source_definition.stored_axes.iter().zip(&contents.choices) {
            let index = pair.definition.axis_index(&axis.name)?;
            let known: HashSet<&Choice> = known.iter().collect();
            let is_declared = axis.declared().is_some();
            if let Some(unknown) =
                pair.target.choices(index)?.iter().find(|choice| !is_declared && !known.contains(choice))
            {
                let found = format!("the choice {unknown} on axis {}", axis.name);
                return Err(target_has_own(pair.definition, &self.target.address(), &found));
            }
        }
        Ok(())
    }

    /// Writes what the target lacks.
    fn write_missing(&mut self, definition: &Arc<Definition>, contents: &SourceContents) -> Result<()> {
        let ledger = Ledger::read(self.target, &definition.name, self.source_definition.id)?;
        let mut writer = KickWriter::new(self.target, Arc::clone(definition), ledger, self.now);
        self.expires_by_clock = writer.is_clock_trusted()?;
        let mut pair = self.pair(Some(definition), definition)?;
        writer.raise_watermarks(&pair.watermarks)?;
        for (axis, known) in self.source_definition.stored_axes.iter().zip(&contents.choices) {
            let index = definition.axis_index(&axis.name)?;
            let present: HashSet<Choice> = pair.target.choices(index)?.into_iter().collect();
            let new: Vec<Choice> = known.iter().filter(|choice| !present.contains(choice)).cloned().collect();
            writer.register_choices(index, &new)?;
        }
        let max_kicks = writer.max_kicks();
        let address = self.target.address();
        let mut written = 0;
        let (report, progress) = (&mut *self.report, &mut *self.progress);
        let flow = pair.for_each_finest(&mut |pair, found| {
            let kicks = found.differences.into_kicks(pair.definition);
            check_target_has_no_more(pair.definition, &found.unit, &kicks, &address)?;
            for missing in missing_kicks(pair, &found.unit, kicks).chunks(max_kicks) {
                writer.write(missing, &pair.watermarks)?;
                written += missing.len() as u64;
                missing.iter().for_each(|(_, _, amount)| report.add(*amount));
                if progress(CopyProgress { phase: CopyPhase::Copying, done: written }).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        self.report.is_interrupted |= flow.is_break();
        writer.finish()
    }

    /// Copies the records of imports as they were before the cells were read: an import skips the kicks of a record, so
    /// that they must have been copied.
    fn copy_records(&mut self, records: Vec<(String, Vec<u8>)>) -> Result<()> {
        let name = &self.source_definition.name;
        let present: HashMap<String, Vec<u8>> =
            self.target.records(&ledger::records_prefix(name))?.into_iter().collect();
        for (key, value) in records {
            if !ledger::is_ledger_record(name, &key) && present.get(&key) != Some(&value) {
                self.target.put_record(&key, Some(&value))?;
                self.report.records += 1;
            }
        }
        Ok(())
    }

    /// Compares both Stores and verifies the target.
    fn compare(&mut self, job: &CopyJob, definition: &Arc<Definition>) -> Result<()> {
        let mut pair = self.pair(Some(definition), definition)?;
        let progress = &mut *self.progress;
        let comparison = Comparison::run(&mut pair, &mut |done| {
            progress(CopyProgress { phase: CopyPhase::Comparing, done })
        })?;
        self.report.compared = comparison.cells;
        if comparison.is_interrupted {
            self.report.is_interrupted = true;
            return Ok(());
        }
        let at_source = pair.source.grand_total()?.0.unwrap_or_default();
        let at_target = pair.target.grand_total()?.0.unwrap_or_default();
        let since = at_source - at_target;
        if let Some(difference) = &comparison.difference {
            let is_from_new_kicks = match definition.is_averaged() {
                true => {
                    !comparison.target_has_more
                        && comparison.missing() <= (at_source - self.total_before).count()
                }
                false => at_source != self.total_before,
            };
            if !is_from_new_kicks {
                return Err(self.stores_differ(definition, difference));
            }
        }
        if !since.is_empty_cell(definition.is_averaged()) {
            let count = definition.is_averaged().then_some(since.count());
            self.report.since = Some((Total::new(since.total(), definition.multiplier), count));
        }
        let verified = job.target.stored_metrica(&definition.name)?.verify(&mut |done| {
            // An interrupted verification proves nothing, so that it continues.
            let _ = progress(CopyProgress { phase: CopyPhase::Verifying, done });
        })?;
        match verified.faults.first() {
            None => Ok(()),
            Some(fault) => Err(Error::corrupt(format!(
                "metrica {} was copied to {}, but its sums are wrong there: {fault}",
                definition.name,
                self.target.address()
            ))),
        }
    }

    fn stores_differ(&self, definition: &Definition, difference: &str) -> Error {
        Error::corrupt(format!(
            "metrica {} was copied from {} to {}, but they differ: {difference}. Kicks were recorded or forgotten in one of \
             them during the copy, or sums of the first are wrong, which verifying it shows",
            definition.name,
            self.source.address(),
            self.target.address()
        ))
    }
}

/// Fails when the target has kicks that the source lacks.
fn check_target_has_no_more(
    definition: &Definition,
    unit: &ReadUnit,
    kicks: &PointAmounts,
    address: &str,
) -> Result<()> {
    let more = kicks.iter().find(|(_, amount)| target_has_more(definition, **amount));
    let Some(((start, point), amount)) = more else { return Ok(()) };
    let names: Vec<&str> = definition.stored_axes.iter().map(shown_name).collect();
    let difference = describe(definition, unit.scale(), *start, &names, point, -*amount);
    Err(target_has_own(definition, address, &difference))
}

fn target_has_own(definition: &Definition, address: &str, found: &str) -> Error {
    Error::conflict(format!(
        "metrica {} in {address} has what was not copied to it: {found}. Kicks of two stores are not merged: copy to another \
         address, or forget the metrica there first",
        definition.name
    ))
}

/// Returns the missing kicks, each with an instant, in order.
fn missing_kicks(pair: &StorePair<'_>, unit: &ReadUnit, kicks: PointAmounts) -> Vec<MissingKick> {
    let buckets = pair.finest_buckets();
    let mut missing: Vec<MissingKick> = kicks
        .into_iter()
        .map(|((start, point), amount)| (buckets.instant(unit.scale(), start), point, amount))
        .collect();
    missing.sort_unstable_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    missing
}
