//! `CountedBlock`: a block whose rows are kicked but not committed yet.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::messages::{COUNTED_WITHOUT_RECORD, read_failure};
use super::recognizer::Recognizer;
use super::row_kicker::RowError;
use super::run::{GrowingRun, OpenRun, RowHasher, Tail};
use super::run_ledger::{BlockRuns, NewRun};
use super::run_record::Day;
use super::session::Session;
use super::source_file::{SMALL_BLOCK, SourceFile};
use super::summary::ImportSummary;
use crate::failure::{Failure, Result};
use crate::input::DATE_FORMATS;
use crate::output::printable;

/// A run ends with its day if it has this many rows of the day, one after the other. Rows that are not in order of time would
/// else have a run each.
const ROWS_OF_A_DAY: u64 = 3;

/// A block whose rows are kicked but not committed yet.
pub(super) struct CountedBlock {
    /// The runs of counted rows.
    pub(super) runs: BlockRuns,
    /// Number of bytes.
    pub(super) length: usize,
    /// The line that ends a counted run whose start is not in this file.
    pub(super) line_of_counted_row: Option<u64>,
    summary: ImportSummary,
    /// Messages about rejected rows.
    messages: Vec<String>,
    /// The invalid row that ends a strict import.
    failure: Option<Failure>,
}

/// An invalid row.
struct RejectedRow {
    hash: u64,
    message: String,
    has_bad_date: bool,
}

/// The rows of a block while it is read.
#[derive(Default)]
struct BlockRows {
    summary: ImportSummary,
    skipped: HashMap<(String, String), u64>,
    rejected: Vec<RejectedRow>,
    runs: BlockRuns,
    open: Option<OpenDays>,
    /// The part of the open run that is committed.
    continued: Option<GrowingRun>,
    /// The last run, if it is one of one day, and its end in the block.
    growing: Option<(Box<GrowingRun>, usize)>,
    tail: Tail,
}

/// A run that is being read, with the days of its rows.
struct OpenDays {
    first: Day,
    last: Day,
    /// Number of rows of the last day, one after the other.
    rows: u64,
    run: OpenRun,
}

impl BlockRows {
    /// Returns no rows yet of a block that continues a run.
    fn continuing((day, run): (Day, GrowingRun)) -> BlockRows {
        let open = OpenDays { first: day, last: day, rows: ROWS_OF_A_DAY, run: OpenRun::new(0) };
        BlockRows { open: Some(open), continued: Some(run), ..BlockRows::default() }
    }

    /// Adds a row to the open run, or starts one. Logs are rotated at midnight, so that a run ends with its day.
    fn add_to_run(&mut self, place: (usize, usize), day: Option<Day>, is_counted: bool, close: Close<'_>) {
        if let (Some(open), Some(day)) = (&self.open, day)
            && open.last != day
            && open.rows >= ROWS_OF_A_DAY
        {
            self.close_run(close);
        }
        match (&mut self.open, day) {
            (Some(open), Some(day)) => {
                if open.last == day {
                    open.rows += 1;
                } else {
                    self.runs.days.insert(day);
                    (open.last, open.rows) = (day, 1);
                }
                open.run.add(close.block, place, is_counted);
            }
            (Some(open), None) => open.run.add(close.block, place, is_counted),
            (None, Some(day)) => {
                let mut run = OpenRun::new(place.0);
                run.add(close.block, place, is_counted);
                self.runs.days.insert(day);
                self.open = Some(OpenDays { first: day, last: day, rows: 1, run });
            }
            // A row without a day does not start a run.
            (None, None) => {}
        }
    }

    /// Ends the open run. Without a hasher, no record of it is kept.
    fn close_run(&mut self, Close { block, hasher }: Close<'_>) {
        let (Some(open), Some(hasher)) = (self.open.take(), hasher) else { return };
        let continued = self.continued.take();
        if open.run.is_empty() {
            return;
        }
        let (continues, end) = (continued.is_some(), open.run.end());
        let run = match continued {
            Some(mut run) => {
                run.append(&open.run, block, hasher);
                Some(run)
            }
            None => open.run.close(block, hasher),
        };
        if let Some(run) = run {
            let (day, last_day) = (open.first, open.last);
            self.runs.runs.push(NewRun { day, last_day, continues, run: run.run() });
            self.growing = (day == last_day).then(|| (Box::new(run), end));
        }
    }
}

/// The data to end a run with: its block and, if a record is kept, the hash of rows.
#[derive(Clone, Copy)]
struct Close<'a> {
    block: &'a [u8],
    hasher: Option<RowHasher>,
}

impl CountedBlock {
    /// Reads the next block of a file, up to a row with which a counted run may start, and kicks its rows.
    pub(super) fn read(
        file: &mut SourceFile,
        mut recognizer: Option<&mut Recognizer<'_>>,
        session: &mut Session<'_>,
    ) -> Result<CountedBlock> {
        let is_interrupted = file.is_interrupted();
        let SourceFile { name, input, rows, kicker, block_bytes, .. } = file;
        let Session { bulk, rules, interrupt, commit_size, summary: so_far, .. } = session;
        let (rules, rejected_so_far) = (*rules, so_far.rejected);
        let offset = input.blocks().offset();
        let continued = recognizer.as_ref().and_then(|recognizer| recognizer.growing_run(offset));
        let mut found = continued.map_or_else(BlockRows::default, BlockRows::continuing);
        let mut failure = None;
        let mut store_failure = None;
        let mut line_of_counted_row = None;
        let mut known_start = None;
        // The caller has found a record in this block.
        let block = input.blocks().peek_block_of(*block_bytes).map_err(|error| read_failure(&error))?;
        let Some(block) = block else {
            return Err(Failure::failed(format!("{name} changed while it was read")));
        };
        let mut is_first = true;
        let hasher = recognizer.as_ref().map(|recognizer| recognizer.hasher());
        let close = Close { block: block.bytes, hasher };
        let mut length = rows.read(&block, &mut |row| {
            let bytes = block.bytes.get(row.start..row.end).unwrap_or_default();
            let is_first = std::mem::take(&mut is_first);
            let ahead = block.bytes.get(row.start..).unwrap_or_default();
            // The caller has looked the first row up.
            let mut is_known = |day| match recognizer.as_mut().filter(|_| !is_first) {
                None => false,
                Some(recognizer) => recognizer.may_be_known(day, bytes, ahead).unwrap_or_else(|error| {
                    store_failure = Some(error);
                    true
                }),
            };
            let outcome = match &row.fields {
                Ok(fields) => kicker.kick(fields, bulk, &mut is_known),
                Err(error) => Err(RowError::rejected(error)),
            };
            let mut day_of_row = None;
            match outcome {
                Ok(None) => {
                    known_start = Some(row.start);
                    return ControlFlow::Break(());
                }
                Ok(Some(day)) => {
                    day_of_row = Some(day);
                    found.summary.counted += 1;
                    found.add_to_run((row.start, row.end), Some(day), true, close);
                }
                Err(RowError::Skipped(column, text)) => {
                    *found.skipped.entry((column, text)).or_default() += 1;
                    found.add_to_run((row.start, row.end), None, false, close);
                }
                Err(RowError::Filtered) => {
                    found.summary.filtered += 1;
                    found.add_to_run((row.start, row.end), None, false, close);
                }
                Err(RowError::Bot) => {
                    found.summary.bots += 1;
                    found.add_to_run((row.start, row.end), None, false, close);
                }
                Err(RowError::Rejected { reason, has_bad_date }) => {
                    found.close_run(close);
                    let message = format!("{}:{}: {}", printable(name), row.line, printable(&reason));
                    if rules.is_strict {
                        let error = Failure::input(message);
                        let error = if has_bad_date { error.help(DATE_FORMATS) } else { error };
                        failure = Some((row.start, error));
                        return ControlFlow::Break(());
                    }
                    let hash = hasher.map_or(0, |hasher| hasher.hash(bytes));
                    found.rejected.push(RejectedRow { hash, message, has_bad_date });
                }
            }
            found.summary.read += 1;
            if let (Some(recognizer), Some(day)) = (&mut recognizer, day_of_row) {
                match recognizer.is_end_of_counted_run(day, bytes, &mut found.tail) {
                    Ok(false) => {}
                    Ok(true) => {
                        line_of_counted_row = Some(row.line);
                        return ControlFlow::Break(());
                    }
                    Err(error) => {
                        store_failure = Some(error);
                        return ControlFlow::Break(());
                    }
                }
            }
            let is_stopping = interrupt.is_set() && !is_interrupted;
            if commit_size.is_reached(found.summary.read, || bulk.is_full()) || is_stopping {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        *block_bytes = if known_start.is_some() { SMALL_BLOCK } else { block_bytes.saturating_mul(8) };
        found.summary.trimmed = kicker.take_trimmed();
        if let Some(failure) = store_failure {
            return Err(failure);
        }
        found.close_run(close);
        let mut messages = Vec::new();
        for row in std::mem::take(&mut found.rejected) {
            if recognizer.as_mut().is_some_and(|recognizer| recognizer.was_rejected(row.hash)) {
                found.summary.read -= 1;
                found.summary.rejected_before += 1;
                continue;
            }
            found.summary.rejected += 1;
            found.summary.has_bad_dates |= row.has_bad_date;
            if rejected_so_far + found.summary.rejected <= rules.max_errors_shown {
                messages.push(row.message);
            }
        }
        // The next import starts with the invalid row, the next block with the run that may be known.
        length = failure.as_ref().map(|(start, _)| *start).or(known_start).unwrap_or(length);
        let BlockRows { mut summary, skipped, mut runs, growing, .. } = found;
        let is_live = recognizer.as_ref().is_some_and(|recognizer| recognizer.is_live());
        runs.growing = growing.filter(|(_, end)| is_live && *end == length).map(|(run, _)| run);
        summary.skipped.extend(skipped);
        let failure = failure.map(|(_, failure)| failure);
        Ok(CountedBlock { runs, length, line_of_counted_row, summary, messages, failure })
    }

    /// Returns the number of rows that are counted.
    pub(super) fn counted_rows(&self) -> u64 {
        self.summary.counted
    }

    /// Adds the block to the summary after its commit, and prints its rejected rows.
    ///
    /// # Errors
    /// When an invalid row ends a strict import.
    pub(super) fn finish(self, session: &mut Session<'_>) -> Result<()> {
        for message in &self.messages {
            session.progress.line(message);
        }
        let rejected_before = session.summary.rejected;
        session.summary.add(self.summary);
        let limit = session.rules.max_errors_shown;
        if rejected_before <= limit && session.summary.rejected > limit && limit > 0 {
            session
                .progress
                .line("further rejected rows are not printed; print more with --max-errors-shown");
        }
        match self.failure {
            None => Ok(()),
            Some(failure) if session.rules.is_dry_run => Err(failure),
            Some(failure) if session.rules.is_again => Err(failure.help(COUNTED_WITHOUT_RECORD)),
            Some(failure) => Err(failure.help(
                "the rows before it are counted; correct the row and import the file again to count the rest",
            )),
        }
    }
}
