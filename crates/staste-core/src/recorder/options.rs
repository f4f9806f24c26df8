//! How a Recorder behaves.

use std::time::Duration;

/// How a Recorder behaves.
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
    /// How often kicks are flushed; stretched so that flushing takes at most a quarter of the time, unless memory
    /// fills. None: only reads, `flush` and `close` flush, and a kick that finds memory full.
    pub flush_interval: Option<Duration>,
    /// Bytes of kicks that may wait in memory: half for what was kicked since the last flush, half for what the Store
    /// has not taken yet. A Metrica may hold at most four times what is still free of each half.
    pub pending_bytes: usize,
    /// How long a kick waits for room while the Store takes batches. None: a kick never waits, and is dropped and
    /// counted when memory is full.
    pub room_timeout: Option<Duration>,
}

impl Default for RecorderOptions {
    /// 250 milliseconds, 64 MiB, and 30 seconds.
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

    /// Returns the same options with another bound on what may wait in memory.
    #[must_use]
    pub fn pending_at_most(mut self, bytes: usize) -> RecorderOptions {
        self.pending_bytes = bytes;
        self
    }

    /// Returns the same options with another limit to how long a kick waits for room.
    ///
    /// A kick waits only when it would need new memory, there is none, and the Store takes batches: then each batch
    /// makes room, so that 30 seconds without any mean a Store that hangs. While the Store fails, kicks never wait.
    /// On an event loop use [`Metrica::without_waiting`](crate::Metrica::without_waiting).
    ///
    /// ```
    /// use std::sync::Arc;
    /// use staste::{Axis, Clock, MemoryStore, RecorderOptions, Staste};
    /// // Room for a few dozen points; a kick that finds none waits for the Store.
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
