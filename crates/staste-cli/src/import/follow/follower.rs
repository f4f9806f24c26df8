//! `Follower`: reads files and pipes again and again, and counts their new rows.

use std::time::{Duration, Instant};

use super::follow_context::{FollowContext, INTERVAL};
use super::followed_path::FollowedPath;
use super::followed_pipe::FollowedPipe;
use super::pending_input::PendingInput;
use crate::failure::Result;
use crate::import::Session;
use crate::output::grouped;

/// After this number of bytes the inputs are read again at once, because there may be more.
const MANY_BYTES: u64 = 32 << 10;
/// Time between two reports of rejected rows that were not printed.
const REPORT_INTERVAL: Duration = Duration::from_secs(60);

enum FollowedInput<'a> {
    Path(FollowedPath<'a>),
    Pipe(FollowedPipe<'a>),
}

/// Follows files and pipes.
pub(crate) struct Follower<'a, 'c> {
    context: &'c dyn FollowContext<'a>,
    inputs: Vec<FollowedInput<'a>>,
    /// Number of rejected rows that are printed or reported, and when they were reported.
    reported: (u64, Instant),
}

impl<'a, 'c> Follower<'a, 'c> {
    /// Returns a follower of some inputs.
    ///
    /// # Errors
    /// When the store cannot be reached, or has an invalid record.
    pub(crate) fn new(
        inputs: Vec<PendingInput>,
        context: &'c dyn FollowContext<'a>,
    ) -> Result<Follower<'a, 'c>> {
        let inputs = inputs.into_iter().map(|input| match input {
            PendingInput::File(path, _) => FollowedPath::new(&path, context).map(FollowedInput::Path),
            PendingInput::Pipe(pipe) => Ok(FollowedInput::Pipe(FollowedPipe::new(pipe))),
        });
        Ok(Follower { context, inputs: inputs.collect::<Result<_>>()?, reported: (0, Instant::now()) })
    }

    /// Counts rows until a signal arrives or all pipes have ended.
    ///
    /// # Errors
    /// When an input or the store fails, or an input is refused. Committed rows stay counted.
    pub(crate) fn run(mut self, session: &mut Session<'_>) -> Result<()> {
        loop {
            let mut bytes = 0;
            for input in &mut self.inputs {
                bytes += input.read(self.context, session)?;
            }
            if session.interrupt.is_set() || self.inputs.iter().all(FollowedInput::is_done) {
                break;
            }
            self.report_rejected(session);
            if bytes < MANY_BYTES {
                session.interrupt.pause(INTERVAL);
            }
        }
        self.inputs.into_iter().try_for_each(|input| input.finish(session))
    }

    /// Reports rejected rows that were not printed.
    fn report_rejected(&mut self, session: &mut Session<'_>) {
        let (reported, since) = self.reported;
        let reported = reported.max(session.rules.max_errors_shown);
        let rejected = session.summary.rejected;
        if rejected > reported && since.elapsed() >= REPORT_INTERVAL {
            let rows = grouped(&(rejected - reported).to_string());
            session.progress.line(&format!("{rows} more rows were rejected in the last minutes"));
            self.reported = (rejected, Instant::now());
        }
    }
}

impl<'a> FollowedInput<'a> {
    fn read(&mut self, context: &dyn FollowContext<'a>, session: &mut Session<'_>) -> Result<u64> {
        match self {
            FollowedInput::Path(path) => path.read(context, session),
            FollowedInput::Pipe(pipe) => pipe.read(context, session),
        }
    }

    fn is_done(&self) -> bool {
        match self {
            FollowedInput::Path(path) => path.is_done(),
            FollowedInput::Pipe(pipe) => pipe.is_done(),
        }
    }

    fn finish(self, session: &mut Session<'_>) -> Result<()> {
        match self {
            FollowedInput::Path(path) => path.finish(session),
            FollowedInput::Pipe(pipe) => pipe.finish(session),
        }
    }
}
