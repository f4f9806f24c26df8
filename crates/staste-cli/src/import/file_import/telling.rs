//! What is told of a file beside its rows, and why it may be refused.

use std::ops::ControlFlow;

use super::{FileImport, unreadable};
use crate::failure::{Failure, Result};
use crate::import::block_claim::Alike;
use crate::import::ledger::{Elsewhere, Ledger};
use crate::import::{Session, refusal};
use crate::output::printable;

impl FileImport {
    /// The stream ends within a block that was counted.
    pub(super) fn shorter(mut self) -> Failure {
        // When it ends because it is damaged, that is what to tell.
        loop {
            let length = match self.input.blocks().block() {
                Ok(Some(block)) => block.bytes.len(),
                Ok(None) => break,
                Err(error) => return unreadable(&error),
            };
            self.input.blocks().consume(length);
        }
        refusal::shorter(&self.name)
    }

    /// The line of the first record that is not the same.
    pub(super) fn line_after(&mut self, alike: Alike) -> Result<u64> {
        let FileImport { input, rows, .. } = self;
        let mut line = 0;
        if let Some(block) = input.blocks().block().map_err(|error| unreadable(&error))? {
            rows.read(&block, &mut |row| {
                line = row.line;
                if row.end > alike.bytes { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
        }
        Ok(line)
    }

    /// What begins like a file that was imported is most likely another one, but may be a corrected copy.
    pub(super) fn tell_of_likeness(&mut self, alike: Option<Alike>, session: &Session<'_>) -> Result<()> {
        let Some(alike) = alike else { return Ok(()) };
        let line = self.line_after(alike)?;
        session.progress.note(&format!(
            "{}:{line}: up to here it is like a file that was imported before; it is taken for another one and counted",
            printable(&self.name)
        ));
        Ok(())
    }

    /// A last line without newline was counted, and then the file grew within it.
    pub(super) fn tell_of_cut_line(&mut self, session: &Session<'_>) {
        if self.input.blocks().is_inside_line() {
            session.progress.note(&format!(
                "{}: a line was counted before all of it was there; its rest is passed over",
                printable(&self.name)
            ));
        }
    }

    /// The key of how the file begins; refuses one that was imported otherwise.
    pub(super) fn beginning(
        &mut self,
        ledger: &Ledger<'_>,
        first: usize,
        session: &Session<'_>,
    ) -> Result<String> {
        let beginning = ledger.beginning(self.input.blocks().peek(first).get(..first).unwrap_or_default());
        match ledger.elsewhere(self.input.blocks(), first)? {
            Some(Elsewhere::Same) => return Err(refusal::otherwise(&self.name)),
            Some(Elsewhere::Alike) => session.progress.note(&format!(
                "{}: a file that begins alike was imported with other columns or options; this one is counted too",
                printable(&self.name)
            )),
            None => {}
        }
        Ok(beginning)
    }

    pub(super) fn tell_progress(&self, session: &Session<'_>) {
        session.progress.at(self.input.position(), session.summary.read + session.summary.already);
    }
}
