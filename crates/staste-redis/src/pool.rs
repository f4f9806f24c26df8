//! The links of one process: as many as threads use at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use staste_core::Result;
use staste_core::store::TimeLimit;

use crate::address::Address;
use crate::connections::Seen;
use crate::failure::{Failure, Outcome};
use crate::link::Link;
use crate::options::RedisOptions;

/// Links kept between verbs.
const KEPT: usize = 8;
/// How often a verb is run again at once because things were elsewhere: each time more is known.
const TURNS: u32 = 3;
/// How long to wait between two looks at something that is under way.
const PAUSE: Duration = Duration::from_millis(5);

/// The links of one process. The one used last is used first, as it remembers most.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    idle: Mutex<Vec<Link>>,
    seen: Seen,
}

impl Pool {
    /// Runs a verb on a link.
    ///
    /// It is run again where it is certain that its last request was not done: a verb looks at what is
    /// there before it writes, so that what it did before that request does no harm.
    pub(crate) fn run<T>(
        &self,
        address: &Arc<Address>,
        options: &Arc<RedisOptions>,
        verb: &mut dyn FnMut(&mut Link) -> Outcome<T>,
    ) -> Result<T> {
        // A verb that panics drops its link.
        let mut link = self.take().unwrap_or_else(|| Link::new(address, options, Arc::clone(&self.seen)));
        let patience = Instant::now() + TimeLimit::shorten(options.command_timeout);
        let mut turns = 0;
        let done = loop {
            match verb(&mut link) {
                Err(Failure::Again(_)) if turns < TURNS => turns += 1,
                Err(failure) if failure.will_pass() && Instant::now() < patience => {
                    std::thread::sleep(PAUSE);
                }
                done => break done,
            }
        };
        let done = done.map_err(|failure| failure.explain(&link.place()));
        let mut idle = self.idle();
        if idle.len() < KEPT {
            idle.push(link);
        }
        done
    }

    fn take(&self) -> Option<Link> {
        self.idle().pop()
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Link>> {
        // A link is taken out while it is used, so that what a panic leaves here is whole.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
