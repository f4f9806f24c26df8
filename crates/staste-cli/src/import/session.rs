//! `Session`: the state that all files of an import share, and the commit of a block with its claims.

use std::time::Instant;

use staste::store::Claim;
use staste::{BulkWriter, Metrica};

use super::commit_size::CommitSize;
use super::messages::COUNTED_WITHOUT_RECORD;
use super::progress_bar::ImportProgress;
use super::summary::ImportSummary;
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;

/// The options of an import that change how rows are counted and reported.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ImportRules {
    /// An invalid row ends the import.
    pub(crate) is_strict: bool,
    /// Nothing is committed.
    pub(crate) is_dry_run: bool,
    /// All rows are counted, whether they were imported before or not, and no record of them is kept.
    pub(crate) is_again: bool,
    /// Standard input without dates is the same as before.
    pub(crate) resumes: bool,
    /// Maximum number of invalid rows to print.
    pub(crate) max_errors_shown: u64,
}

/// The state that all files of an import share.
pub(crate) struct Session<'a> {
    metrica: Metrica,
    pub(super) bulk: BulkWriter,
    pub(super) commit_size: CommitSize,
    pub(super) rules: ImportRules,
    pub(crate) interrupt: &'a Interrupt,
    pub(super) progress: &'a mut ImportProgress,
    pub(crate) summary: &'a mut ImportSummary,
}

impl<'a> Session<'a> {
    /// Returns a session that counts in a Metrica.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub(crate) fn new(
        metrica: Metrica,
        rules: ImportRules,
        interrupt: &'a Interrupt,
        progress: &'a mut ImportProgress,
        summary: &'a mut ImportSummary,
    ) -> Result<Session<'a>> {
        let (bulk, commit_size) = (metrica.bulk()?, CommitSize::new());
        Ok(Session { metrica, bulk, commit_size, rules, interrupt, progress, summary })
    }

    /// Discards the kicks of a block that is refused.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub(super) fn discard_uncommitted(&mut self) -> Result<()> {
        self.bulk = self.metrica.bulk()?;
        Ok(())
    }

    /// Commits the kicks of a block with its claims. Returns false if one of the claims exists already.
    ///
    /// # Errors
    /// When the store does not take the kicks.
    pub(super) fn commit(&mut self, claims: Vec<Claim>) -> Result<bool> {
        if self.rules.is_dry_run {
            self.bulk = self.metrica.bulk()?;
            return Ok(true);
        }
        let start = Instant::now();
        let applied = self.bulk.commit(claims).map_err(|error| {
            Failure::from(error).help(if self.rules.is_again {
                COUNTED_WITHOUT_RECORD
            } else {
                "the committed rows stay counted; run the same import again to finish it"
            })
        })?;
        self.commit_size.record(start.elapsed());
        if applied.duplicate {
            return Ok(false);
        }
        self.summary.folded += applied.folded;
        self.summary.overflowed += applied.overflowed;
        #[cfg(debug_assertions)]
        abort_for_test();
        Ok(true)
    }
}

/// Aborts the process after a number of commits, like `kill -9`, for tests.
#[cfg(debug_assertions)]
fn abort_for_test() {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COMMITS: AtomicU64 = AtomicU64::new(0);
    let commits = COMMITS.fetch_add(1, Ordering::Relaxed) + 1;
    let limit = std::env::var("STASTE_TEST_ABORT_AFTER_COMMITS").ok().and_then(|number| number.parse().ok());
    if limit == Some(commits) {
        std::process::abort();
    }
}
