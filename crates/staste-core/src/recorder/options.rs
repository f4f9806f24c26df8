//! `RecorderOptions`: the flush interval, the memory and the timeout of a Recorder.

use std::time::Duration;

/// The options of a Recorder.
///
/// ```
/// use std::{sync::Arc, time::Duration};
/// use staste::{Clock, MemoryStore, RecorderOptions, Staste};
/// let options = RecorderOptions::default().flush_every(Some(Duration::from_secs(1))).pending_at_most(8 << 20);
/// let staste = Staste::with(Arc::new(MemoryStore::new()), Clock::system(), options);
/// # let _ = staste;
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RecorderOptions {
    /// The interval between flushes; longer if needed so that flushing takes at most a quarter of the time, unless
    /// memory fills. None to flush only in queries, `flush` and `close`, and when memory is full.
    pub flush_interval: Option<Duration>,
    /// Maximum bytes of pending kicks: half for kicks since the last flush, half for kicks that are being sent. A
    /// Metrica may use at most four times the free memory of each half.
    pub pending_bytes: usize,
    /// How long a kick waits for memory while the Store takes batches. None to never wait: the kick is dropped and
    /// counted as dropped.
    pub room_timeout: Option<Duration>,
}

impl Default for RecorderOptions {
    /// Returns an interval of 250 milliseconds, 64 MiB of memory, and a timeout of 30 seconds.
    fn default() -> RecorderOptions {
        RecorderOptions {
            flush_interval: Some(Duration::from_millis(250)),
            pending_bytes: 64 << 20,
            room_timeout: Some(Duration::from_secs(30)),
        }
    }
}

impl RecorderOptions {
    /// Returns the same options with another flush interval.
    #[must_use]
    pub fn flush_every(mut self, interval: Option<Duration>) -> RecorderOptions {
        self.flush_interval = interval;
        self
    }

    /// Returns the same options with another limit on the memory for pending kicks.
    #[must_use]
    pub fn pending_at_most(mut self, bytes: usize) -> RecorderOptions {
        self.pending_bytes = bytes;
        self
    }

    /// Returns the same options with another timeout of kicks that wait for memory.
    ///
    /// A kick waits only when it needs new memory, there is none, and the Store takes batches. Each batch frees memory,
    /// so that 30 seconds without any mean that the Store hangs. While the Store fails, kicks never wait. On an event
    /// loop use [`Metrica::without_waiting`](crate::Metrica::without_waiting).
    ///
    /// ```
    /// use std::sync::Arc;
    /// use staste::{Axis, Clock, MemoryStore, RecorderOptions, Staste};
    /// // Memory for a few dozen points; a kick that finds none waits for the Store.
    /// let options = RecorderOptions::default().pending_at_most(8192);
    /// let staste = Staste::with(Arc::new(MemoryStore::new()), Clock::system(), options);
    /// let visits = staste.metrica("visits").axis("page", Axis::stored()).build()?;
    /// for page in 0..5000 {
    ///     visits.kick([("page", page)])?;
    /// }
    /// assert_eq!(visits.total()?, 5000);
    /// assert_eq!(staste.health().dropped, 0);
    /// # Ok::<(), staste::Error>(())
    /// ```
    #[must_use]
    pub fn wait_for_room(mut self, timeout: Option<std::time::Duration>) -> RecorderOptions {
        self.room_timeout = timeout;
        self
    }

    pub(crate) const fn half(&self) -> usize {
        self.pending_bytes / 2
    }
}
