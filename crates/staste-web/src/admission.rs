//! `Admission`: how many pages are made at once, and which wait. Small ones never wait for large ones.

use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use staste_core::fork::PerProcess;
use staste_core::{Error, Result};

/// What a page costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    /// What every page is until it is known to be large.
    Small,
    Large,
}

/// How many pages of a size are made at once, and how many wait.
#[derive(Clone, Copy, Debug)]
struct Lane {
    at_once: usize,
    waiting: usize,
}

/// How many pages of all Stores this process makes at once. Others wait for a place in the order in which they came, and
/// are refused where too many wait or they waited too long.
#[derive(Debug)]
pub(crate) struct Admission {
    small: Lane,
    large: Lane,
    patience: Duration,
    queues: Mutex<[Queue; 2]>,
    changed: Condvar,
}

/// The pages of a size.
#[derive(Debug, Default)]
struct Queue {
    made: usize,
    /// The numbers of those that wait, first come first.
    waiting: VecDeque<u64>,
    next: u64,
}

impl Admission {
    /// That of this process, by the number of its cores.
    pub(crate) fn of_process() -> &'static Admission {
        static OF_PROCESS: LazyLock<PerProcess<Admission>> = LazyLock::new(PerProcess::new);
        OF_PROCESS.get(|| {
            let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
            Admission::new(
                // They wait for the Store more than they compute.
                Lane { at_once: (2 * cores).clamp(4, 16), waiting: 64 },
                Lane { at_once: (cores / 2).clamp(1, 4), waiting: 64 },
                Duration::from_secs(10),
            )
        })
    }

    const fn new(small: Lane, large: Lane, patience: Duration) -> Admission {
        let queues = Mutex::new([Queue::new(), Queue::new()]);
        Admission { small, large, patience, queues, changed: Condvar::new() }
    }

    /// A place for a page, which is small until it says otherwise.
    ///
    /// # Errors
    /// `is_unavailable` when too many wait, or none became free in time.
    pub(crate) fn enter(&'static self) -> Result<Place> {
        self.take(Size::Small)?;
        Ok(Place { admission: self, is_large: AtomicBool::new(false), has_place: AtomicBool::new(true) })
    }

    fn lane(&self, size: Size) -> Lane {
        match size {
            Size::Small => self.small,
            Size::Large => self.large,
        }
    }

    fn queues(&self) -> MutexGuard<'_, [Queue; 2]> {
        // Nothing between locking and unlocking can leave the numbers half changed.
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, size: Size) -> Result<()> {
        let lane = self.lane(size);
        let began = Instant::now();
        let mut queues = self.queues();
        let queue = size.of(&mut queues);
        if queue.made < lane.at_once && queue.waiting.is_empty() {
            queue.made += 1;
            return Ok(());
        }
        if queue.waiting.len() >= lane.waiting {
            return Err(busy(size, lane));
        }
        let number = queue.next;
        queue.next += 1;
        queue.waiting.push_back(number);
        loop {
            let queue = size.of(&mut queues);
            if queue.made < lane.at_once && queue.waiting.front() == Some(&number) {
                queue.waiting.pop_front();
                queue.made += 1;
                // There may be a place for the next one, too.
                self.changed.notify_all();
                return Ok(());
            }
            let Some(left) = self.patience.checked_sub(began.elapsed()) else {
                queue.waiting.retain(|waiting| *waiting != number);
                self.changed.notify_all();
                return Err(busy(size, lane));
            };
            queues = self.changed.wait_timeout(queues, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn leave(&self, size: Size) {
        let mut queues = self.queues();
        let queue = size.of(&mut queues);
        queue.made = queue.made.saturating_sub(1);
        drop(queues);
        self.changed.notify_all();
    }
}

impl Queue {
    const fn new() -> Queue {
        Queue { made: 0, waiting: VecDeque::new(), next: 0 }
    }
}

impl Size {
    const fn of(self, queues: &mut [Queue; 2]) -> &mut Queue {
        let [small, large] = queues;
        match self {
            Size::Small => small,
            Size::Large => large,
        }
    }
}

fn busy(size: Size, lane: Lane) -> Error {
    let what = if size == Size::Large { "large pages" } else { "pages" };
    Error::unavailable(format!(
        "{} {what} are made at once and {} may wait for them: there are more, or one waited too long",
        lane.at_once, lane.waiting
    ))
}

/// The place of one page, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    admission: &'static Admission,
    is_large: AtomicBool,
    has_place: AtomicBool,
}

impl Place {
    /// Waits for a place among the large pages, once it is known that this is one. Its place among the small ones is free
    /// meanwhile.
    ///
    /// # Errors
    /// `is_unavailable` when too many wait, or none became free in time.
    pub(crate) fn grow(&self) -> Result<()> {
        if self.is_large.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        self.admission.leave(Size::Small);
        self.has_place.store(false, Ordering::Relaxed);
        self.admission.take(Size::Large)?;
        self.has_place.store(true, Ordering::Relaxed);
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.has_place.load(Ordering::Relaxed) {
            let is_large = self.is_large.load(Ordering::Relaxed);
            self.admission.leave(if is_large { Size::Large } else { Size::Small });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn admission(patience: Duration) -> &'static Admission {
        let lane = |at_once, waiting| Lane { at_once, waiting };
        Box::leak(Box::new(Admission::new(lane(2, 2), lane(1, 2), patience)))
    }

    /// Waits until so many large pages wait.
    fn until_waiting(admission: &Admission, count: usize) {
        while admission.queues()[1].waiting.len() < count {
            std::thread::yield_now();
        }
    }

    #[test]
    fn small_page_is_made_while_large_ones_wait() {
        let admission = admission(Duration::MAX);
        let (made, order) = mpsc::channel();
        let first = admission.enter().unwrap();
        first.grow().unwrap();
        std::thread::scope(|scope| {
            for number in 0..2 {
                let made = made.clone();
                scope.spawn(move || {
                    let place = admission.enter().unwrap();
                    place.grow().unwrap();
                    made.send(format!("large {number}")).unwrap();
                });
                until_waiting(admission, number + 1);
            }
            for _ in 0..10 {
                let _small = admission.enter().unwrap();
                made.send("small".to_owned()).unwrap();
            }
            drop(first);
        });
        let order: Vec<String> = order.try_iter().collect();
        assert_eq!(order[..10], vec!["small"; 10]);
        assert_eq!(order[10..], ["large 0", "large 1"], "in the order in which they came");
    }

    #[test]
    fn page_past_the_queue_is_refused_and_keeps_no_place() {
        let admission = admission(Duration::MAX);
        let first = admission.enter().unwrap();
        first.grow().unwrap();
        std::thread::scope(|scope| {
            for number in 0..2 {
                scope.spawn(move || admission.enter().unwrap().grow().unwrap());
                until_waiting(admission, number + 1);
            }
            for _ in 0..5 {
                let refused = admission.enter().unwrap();
                assert!(refused.grow().unwrap_err().is_unavailable());
            }
            drop(first);
        });
        assert!(admission.queues().iter().all(|queue| queue.made == 0 && queue.waiting.is_empty()));
    }

    #[test]
    fn page_that_waits_too_long_is_refused() {
        let admission = admission(Duration::ZERO);
        let _places = [admission.enter().unwrap(), admission.enter().unwrap()];
        assert!(admission.enter().unwrap_err().is_unavailable());
        assert!(admission.queues()[0].waiting.is_empty());
    }
}
