//! `Counted`: what came of reading a block, before it is committed and after.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::{FileImport, unreadable};
use crate::failure::{Failure, Result};
use crate::import::block_claim::{BlockClaim, Marks};
use crate::import::commit::COUNTED_WITHOUT_RECORD;
use crate::import::kicker::Uncounted;
use crate::import::{Session, Summary};
use crate::input::DATE_FORMS;
use crate::output::printable;

/// What came of reading a block, before it is committed.
pub(super) struct Counted {
    pub(super) claim: BlockClaim,
    pub(super) length: usize,
    summary: Summary,
    /// Lines about rejected rows.
    complaints: Vec<String>,
    /// The bad row that ends a strict import.
    refused: Option<Failure>,
}

impl FileImport {
    /// Gathers the kicks of a block.
    pub(super) fn count(&mut self, before: [u8; 32], session: &mut Session<'_>) -> Result<Counted> {
        let is_broken_off = self.is_broken_off();
        let FileImport { name, input, rows, kicker, .. } = self;
        let Session { bulk, rules, interrupt, pace, summary: so_far, .. } = session;
        let mut summary = Summary::default();
        let mut skipped: HashMap<(String, String), u64> = HashMap::new();
        let mut complaints = Vec::new();
        let mut refused = None;
        let mut marks = Marks::default();
        // The block is the one that `first_record` saw.
        let Some(block) = input.blocks().block().map_err(|error| unreadable(&error))? else {
            return Err(Failure::failed(format!("{name} changed while it was read")));
        };
        let mut length = rows.read(&block, &mut |row| {
            let outcome = match &row.fields {
                Ok(fields) => kicker.kick(fields, bulk),
                Err(malformed) => Err(Uncounted::rejected(malformed)),
            };
            match outcome {
                Ok(()) => summary.counted += 1,
                Err(Uncounted::Skipped(column, text)) => *skipped.entry((column, text)).or_default() += 1,
                Err(Uncounted::Rejected { reason, has_bad_date }) => {
                    let line = format!("{}:{}: {}", printable(name), row.line, printable(&reason));
                    if rules.strict {
                        let failure = Failure::input(line);
                        let failure = if has_bad_date { failure.help(DATE_FORMS) } else { failure };
                        refused = Some((row.start, failure));
                        return ControlFlow::Break(());
                    }
                    summary.has_bad_dates |= has_bad_date;
                    summary.rejected += 1;
                    if so_far.rejected + summary.rejected <= rules.most_shown {
                        complaints.push(line);
                    }
                }
            }
            summary.read += 1;
            marks.record_ends(row.end);
            if pace.is_due(summary.read, || bulk.is_full()) || (interrupt.came() && !is_broken_off) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        if let Some((start, _)) = &refused {
            // The bad row is left for the next import.
            length = *start;
        }
        summary.skipped.extend(skipped);
        let bytes = block.bytes.get(..length).unwrap_or_default();
        let claim = BlockClaim::new(before, bytes, summary.read, &marks);
        Ok(Counted { claim, length, summary, complaints, refused: refused.map(|(_, failure)| failure) })
    }

    /// Takes over what became of a committed block.
    pub(super) fn settle(&self, counted: Counted, session: &mut Session<'_>) -> Result<()> {
        for complaint in &counted.complaints {
            session.progress.line(complaint);
        }
        let before = session.summary.rejected;
        session.summary.add(counted.summary);
        let most = session.rules.most_shown;
        if before <= most && session.summary.rejected > most && most > 0 {
            session
                .progress
                .line("further rejected rows are counted, not shown; --max-errors-shown shows more");
        }
        match counted.refused {
            None => Ok(()),
            Some(failure) if session.rules.dry_run => Err(failure),
            Some(failure) if session.rules.again => Err(failure.help(COUNTED_WITHOUT_RECORD)),
            Some(failure) => Err(failure.help(
                "the rows before it are counted; correct it and import the file again to go on from there",
            )),
        }
    }
}
