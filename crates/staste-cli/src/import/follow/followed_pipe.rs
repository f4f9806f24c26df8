//! `FollowedPipe`: a pipe whose rows are counted as they are written.

use std::sync::atomic::Ordering;

use super::follow_context::FollowContext;
use super::live_file::LiveImport;
use super::pending_input::PendingPipe;
use crate::failure::Result;
use crate::import::Session;

/// A pipe whose rows are counted as they are written.
pub(super) struct FollowedPipe<'a> {
    pipe: PendingPipe,
    /// The import, from the first line to the end.
    import: Option<LiveImport<'a>>,
    is_done: bool,
}

impl<'a> FollowedPipe<'a> {
    pub(super) fn new(pipe: PendingPipe) -> FollowedPipe<'a> {
        FollowedPipe { pipe, import: None, is_done: false }
    }

    /// Returns true once the pipe has ended.
    pub(super) fn is_done(&self) -> bool {
        self.is_done
    }

    /// Counts the rows that the pipe has now. Returns the number of bytes read.
    ///
    /// # Errors
    /// When the pipe or the store fails, or the stream is refused.
    pub(super) fn read(&mut self, context: &dyn FollowContext<'a>, session: &mut Session<'_>) -> Result<u64> {
        if self.is_done || !self.pipe.is_ready(context)? {
            return Ok(0);
        }
        if let Some(import) = self.pipe.take_import() {
            let mut ledger = context.ledger(&self.pipe.path, &import)?;
            if !session.rules.resumes {
                ledger.recognizer.compare_with([], Vec::new());
            }
            self.import = Some(LiveImport::begin(*import, ledger, session)?);
        }
        let Some(import) = &mut self.import else { return Ok(0) };
        let read = import.read(session)?;
        if self.pipe.has_ended.load(Ordering::Relaxed) {
            self.is_done = true;
            self.import.take().map_or(Ok(()), |import| import.finish(true, session))?;
        }
        Ok(read)
    }

    /// Ends the import of the pipe.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(super) fn finish(self, session: &mut Session<'_>) -> Result<()> {
        self.import.map_or(Ok(()), |import| import.finish(false, session))
    }
}
