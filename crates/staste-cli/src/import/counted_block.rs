//! `CountedBlock`: a block whose rows are kicked but not committed yet.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::block_claim::{BlockClaim, CheckpointOffsets};
use super::messages::{COUNTED_WITHOUT_RECORD, read_failure};
use super::row_kicker::RowError;
use super::session::Session;
use super::source_file::SourceFile;
use super::summary::ImportSummary;
use crate::failure::{Failure, Result};
use crate::input::DATE_FORMATS;
use crate::output::printable;

/// A block whose rows are kicked but not committed yet.
pub(super) struct CountedBlock {
    pub(super) claim: BlockClaim,
    /// Number of bytes.
    pub(super) length: usize,
    summary: ImportSummary,
    /// Messages about rejected rows.
    messages: Vec<String>,
    /// The invalid row that ends a strict import.
    failure: Option<Failure>,
}

impl CountedBlock {
    /// Reads the next block of a file, after the hash `before`, and kicks its rows.
    pub(super) fn read(
        file: &mut SourceFile,
        before: [u8; 32],
        session: &mut Session<'_>,
    ) -> Result<CountedBlock> {
        let is_interrupted = file.is_interrupted();
        let SourceFile { name, input, rows, kicker } = file;
        let Session { bulk, rules, interrupt, commit_size, summary: so_far, .. } = session;
        let mut summary = ImportSummary::default();
        let mut skipped: HashMap<(String, String), u64> = HashMap::new();
        let mut messages = Vec::new();
        let mut failure = None;
        let mut checkpoints = CheckpointOffsets::default();
        // The caller has found a record in this block.
        let Some(block) = input.blocks().peek_block().map_err(|error| read_failure(&error))? else {
            return Err(Failure::failed(format!("{name} changed while it was read")));
        };
        let mut length = rows.read(&block, &mut |row| {
            let outcome = match &row.fields {
                Ok(fields) => kicker.kick(fields, bulk),
                Err(error) => Err(RowError::rejected(error)),
            };
            match outcome {
                Ok(()) => summary.counted += 1,
                Err(RowError::Skipped(column, text)) => *skipped.entry((column, text)).or_default() += 1,
                Err(RowError::Rejected { reason, has_bad_date }) => {
                    let message = format!("{}:{}: {}", printable(name), row.line, printable(&reason));
                    if rules.is_strict {
                        let error = Failure::input(message);
                        let error = if has_bad_date { error.help(DATE_FORMATS) } else { error };
                        failure = Some((row.start, error));
                        return ControlFlow::Break(());
                    }
                    summary.has_bad_dates |= has_bad_date;
                    summary.rejected += 1;
                    if so_far.rejected + summary.rejected <= rules.max_errors_shown {
                        messages.push(message);
                    }
                }
            }
            summary.read += 1;
            checkpoints.add_record_end(row.end);
            let is_stopping = interrupt.is_set() && !is_interrupted;
            if commit_size.is_reached(summary.read, || bulk.is_full()) || is_stopping {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        if let Some((start, _)) = &failure {
            // The next import starts with the invalid row.
            length = *start;
        }
        summary.skipped.extend(skipped);
        let bytes = block.bytes.get(..length).unwrap_or_default();
        let claim = BlockClaim::new(before, bytes, summary.read, &checkpoints);
        Ok(CountedBlock { claim, length, summary, messages, failure: failure.map(|(_, failure)| failure) })
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
