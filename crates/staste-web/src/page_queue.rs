//! `PageQueue`: how many pages are made at once, and which wait. Small ones never wait for large ones.

use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use staste_core::fork::PerProcess;
use staste_core::{Error, Result};

/// The cost of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    /// The size of every page until it is known to be large.
    Small,
    Large,
}

/// The number of pages of a size that are made at once, and that may wait.
#[derive(Clone, Copy, Debug)]
struct Capacity {
    at_once: usize,
    waiting: usize,
}

/// Limits how many pages of all Stores this process makes at once. Others wait for a permit in the order in which they
/// came; they are refused where too many wait, or after the timeout.
#[derive(Debug)]
pub(crate) struct PageQueue {
    small: Capacity,
    large: Capacity,
    timeout: Duration,
    queues: Mutex<[Queue; 2]>,
    changed: Condvar,
}

/// The pages of one size.
#[derive(Debug, Default)]
struct Queue {
    /// The number of pages that are made now.
    active: usize,
    /// The numbers of waiting pages, first come first.
    waiting: VecDeque<u64>,
    next: u64,
}

impl PageQueue {
    /// The queue of this process, by the number of its cores.
    pub(crate) fn of_process() -> &'static PageQueue {
        static OF_PROCESS: LazyLock<PerProcess<PageQueue>> = LazyLock::new(PerProcess::new);
        OF_PROCESS.get(|| {
            let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
            PageQueue::new(
                // They wait for the Store more than they compute.
                Capacity { at_once: (2 * cores).clamp(4, 16), waiting: 64 },
                Capacity { at_once: (cores / 2).clamp(1, 4), waiting: 64 },
                Duration::from_secs(10),
            )
        })
    }

    const fn new(small: Capacity, large: Capacity, timeout: Duration) -> PageQueue {
        let queues = Mutex::new([Queue::new(), Queue::new()]);
        PageQueue { small, large, timeout, queues, changed: Condvar::new() }
    }

    /// Waits for a permit to make a page, which is small until it becomes large.
    ///
    /// # Errors
    /// `is_unavailable` when too many wait, or none became free in time.
    pub(crate) fn enter(&'static self) -> Result<Permit> {
        self.take(Size::Small)?;
        Ok(Permit { queue: self, is_large: AtomicBool::new(false), is_held: AtomicBool::new(true) })
    }

    fn capacity(&self, size: Size) -> Capacity {
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
        let capacity = self.capacity(size);
        let began = Instant::now();
        let mut queues = self.queues();
        let queue = size.of(&mut queues);
        if queue.active < capacity.at_once && queue.waiting.is_empty() {
            queue.active += 1;
            return Ok(());
        }
        if queue.waiting.len() >= capacity.waiting {
            return Err(busy(size, capacity));
        }
        let number = queue.next;
        queue.next += 1;
        queue.waiting.push_back(number);
        loop {
            let queue = size.of(&mut queues);
            if queue.active < capacity.at_once && queue.waiting.front() == Some(&number) {
                queue.waiting.pop_front();
                queue.active += 1;
                // There may be a permit for the next page, too.
                self.changed.notify_all();
                return Ok(());
            }
            let Some(left) = self.timeout.checked_sub(began.elapsed()) else {
                queue.waiting.retain(|waiting| *waiting != number);
                self.changed.notify_all();
                return Err(busy(size, capacity));
            };
            queues = self.changed.wait_timeout(queues, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn leave(&self, size: Size) {
        let mut queues = self.queues();
        let queue = size.of(&mut queues);
        queue.active = queue.active.saturating_sub(1);
        drop(queues);
        self.changed.notify_all();
    }
}

impl Queue {
    const fn new() -> Queue {
        Queue { active: 0, waiting: VecDeque::new(), next: 0 }
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

fn busy(size: Size, capacity: Capacity) -> Error {
    let what = if size == Size::Large { "large pages" } else { "pages" };
    Error::unavailable(format!(
        "{} {what} are made at once and {} may wait for them: there are more, or one waited too long",
        capacity.at_once, capacity.waiting
    ))
}

/// The permit to make one page, until it is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    queue: &'static PageQueue,
    is_large: AtomicBool,
    is_held: AtomicBool,
}

impl Permit {
    /// Waits for the permit to make a large page, once it is known that this is one. Meanwhile another small page can be
    /// made.
    ///
    /// # Errors
    /// `is_unavailable` when too many wait, or none became free in time.
    pub(crate) fn become_large(&self) -> Result<()> {
        if self.is_large.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        self.queue.leave(Size::Small);
        self.is_held.store(false, Ordering::Relaxed);
        self.queue.take(Size::Large)?;
        self.is_held.store(true, Ordering::Relaxed);
        Ok(())
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.is_held.load(Ordering::Relaxed) {
            let is_large = self.is_large.load(Ordering::Relaxed);
            self.queue.leave(if is_large { Size::Large } else { Size::Small });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn page_queue(timeout: Duration) -> &'static PageQueue {
        let capacity = |at_once, waiting| Capacity { at_once, waiting };
        Box::leak(Box::new(PageQueue::new(capacity(2, 2), capacity(1, 2), timeout)))
    }

    /// Waits until this many large pages wait.
    fn until_waiting(pages: &PageQueue, count: usize) {
        while pages.queues()[1].waiting.len() < count {
            std::thread::yield_now();
        }
    }

    #[test]
    fn small_page_is_made_while_large_ones_wait() {
        let pages = page_queue(Duration::MAX);
        let (made, order) = mpsc::channel();
        let first = pages.enter().unwrap();
        first.become_large().unwrap();
        std::thread::scope(|scope| {
            for number in 0..2 {
                let made = made.clone();
                scope.spawn(move || {
                    let permit = pages.enter().unwrap();
                    permit.become_large().unwrap();
                    made.send(format!("large {number}")).unwrap();
                });
                until_waiting(pages, number + 1);
            }
            for _ in 0..10 {
                let _small = pages.enter().unwrap();
                made.send("small".to_owned()).unwrap();
            }
            drop(first);
        });
        let order: Vec<String> = order.try_iter().collect();
        assert_eq!(order[..10], vec!["small"; 10]);
        assert_eq!(order[10..], ["large 0", "large 1"], "in the order in which they came");
    }

    #[test]
    fn page_past_the_queue_is_refused_and_holds_no_permit() {
        let pages = page_queue(Duration::MAX);
        let first = pages.enter().unwrap();
        first.become_large().unwrap();
        std::thread::scope(|scope| {
            for number in 0..2 {
                scope.spawn(move || pages.enter().unwrap().become_large().unwrap());
                until_waiting(pages, number + 1);
            }
            for _ in 0..5 {
                let refused = pages.enter().unwrap();
                assert!(refused.become_large().unwrap_err().is_unavailable());
            }
            drop(first);
        });
        assert!(pages.queues().iter().all(|queue| queue.active == 0 && queue.waiting.is_empty()));
    }

    #[test]
    fn page_that_waits_too_long_is_refused() {
        let pages = page_queue(Duration::ZERO);
        let _permits = [pages.enter().unwrap(), pages.enter().unwrap()];
        assert!(pages.enter().unwrap_err().is_unavailable());
        assert!(pages.queues()[0].waiting.is_empty());
    }
}
