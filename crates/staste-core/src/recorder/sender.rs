//! `Sender`: sends the batches of a writer so that each is counted exactly once, even when replies of the Store are
//! lost.
//!
//! A writer numbers its batches and sends one at a time. A batch that was sent is not changed until the Store has
//! applied it or certainly has not. The Store remembers the highest number that it applied for each writer, so that a
//! batch that is sent again is a duplicate if it was applied the first time.

use crate::error::{Error, Result};
use crate::store::{Applied, Batch, Claim, Part, Store, Writer};

/// A batch in doubt is given up after this many seconds: the Store remembers sequence numbers for seven days, and after
/// half of that time its reply would no longer be reliable.
const MAX_DOUBT: i64 = 7 * 86_400 / 2;

/// The batches of one writer. Each has a source from which it can be rebuilt.
#[derive(Debug)]
pub(crate) struct Sender<S> {
    writer: Writer,
    sequence: u64,
    in_flight: Option<InFlight<S>>,
}

/// A sealed batch that is not acknowledged yet.
#[derive(Debug)]
struct InFlight<S> {
    batch: Batch,
    source: S,
    is_in_doubt: bool,
}

/// The outcome of a batch that was sent.
#[derive(Debug)]
pub(crate) enum SendOutcome<S> {
    /// The Store applied it, unless one of its claims had been made before.
    Applied(Applied, Batch, S),
    /// A definition has changed, so that it was certainly not applied and has to be rebuilt.
    Stale(Error, Batch, S),
}

impl<S> Sender<S> {
    pub(crate) fn new(writer: Writer) -> Sender<S> {
        Sender { writer, sequence: 0, in_flight: None }
    }

    /// Returns the source of the batch in flight, if there is one.
    pub(crate) fn source(&self) -> Option<&S> {
        self.in_flight.as_ref().map(|in_flight| &in_flight.source)
    }

    /// Returns true when a batch is in flight, which has to be sent before the next is sealed.
    pub(crate) fn has_batch(&self) -> bool {
        self.in_flight.is_some()
    }

    /// Numbers a batch and seals it: it is not changed any more.
    pub(crate) fn seal(&mut self, parts: Vec<Part>, claims: Vec<Claim>, now: i64, source: S) {
        self.sequence += 1;
        let batch = Batch { writer: self.writer, sequence: self.sequence, claims, parts, now };
        self.in_flight = Some(InFlight { batch, source, is_in_doubt: false });
    }

    /// Sends the batch in flight, up to `attempts` times while its outcome is in doubt. Returns none when there is no
    /// batch.
    ///
    /// # Errors
    /// When the Store cannot be reached or refuses it. The batch stays in flight, to be sent again or taken back. If
    /// the batch is in doubt, the first error that caused the doubt is returned.
    pub(crate) fn send(&mut self, store: &dyn Store, attempts: usize) -> Result<Option<SendOutcome<S>>> {
        let Some(mut in_flight) = self.in_flight.take() else { return Ok(None) };
        let mut doubt = None;
        for _ in 0..attempts.max(1) {
            match store.apply(&in_flight.batch) {
                Ok(applied) => {
                    // No other process uses this writer, so that a duplicate is this batch, applied before.
                    let was_applied = applied.duplicate && !applied.claimed;
                    let applied = if was_applied { Applied::default() } else { applied };
                    return Ok(Some(SendOutcome::Applied(applied, in_flight.batch, in_flight.source)));
                }
                // The Store checks sequence numbers before definitions, so that a stale batch was not applied, even if
                // it was in doubt. If an earlier copy arrives late, the Store has a higher number.
                Err(error) if error.is_stale() => {
                    return Ok(Some(SendOutcome::Stale(error, in_flight.batch, in_flight.source)));
                }
                Err(error) if error.is_in_doubt() => {
                    in_flight.is_in_doubt = true;
                    doubt.get_or_insert(error);
                }
                Err(error) => {
                    self.in_flight = Some(in_flight);
                    return Err(doubt.unwrap_or(error));
                }
            }
        }
        self.in_flight = Some(in_flight);
        Err(doubt.unwrap_or_else(|| Error::unavailable("a batch was not sent")))
    }

    /// Takes back the batch in flight unless it is in doubt; returns its source.
    pub(crate) fn take_back(&mut self) -> Option<S> {
        self.in_flight.take_if(|in_flight| !in_flight.is_in_doubt).map(|in_flight| in_flight.source)
    }

    /// Gives up the batch in flight when it has been in doubt for too long by `now`; returns its source. It is unknown
    /// whether the batch was counted.
    pub(crate) fn give_up(&mut self, now: i64) -> Option<S> {
        let is_overdue = |in_flight: &mut InFlight<S>| {
            in_flight.is_in_doubt && now.saturating_sub(in_flight.batch.now) > MAX_DOUBT
        };
        self.in_flight.take_if(is_overdue).map(|in_flight| in_flight.source)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::memory::MemoryStore;
    use crate::schema::{Choice, Definition, Watermarks};
    use crate::store::{Answer, Capabilities, Forget, Forgotten, Question, Size};

    /// A Store with prepared replies to batches, which records their sequence numbers.
    #[derive(Debug, Default)]
    struct ScriptedStore {
        inner: MemoryStore,
        replies: Mutex<Vec<Result<Applied>>>,
        sequences: Mutex<Vec<u64>>,
    }

    impl ScriptedStore {
        fn replying(mut replies: Vec<Result<Applied>>) -> ScriptedStore {
            replies.reverse();
            ScriptedStore { replies: Mutex::new(replies), ..ScriptedStore::default() }
        }

        fn sequences(&self) -> Vec<u64> {
            self.sequences.lock().unwrap().clone()
        }
    }

    impl Store for ScriptedStore {
        fn apply(&self, batch: &Batch) -> Result<Applied> {
            self.sequences.lock().unwrap().push(batch.sequence);
            self.replies.lock().unwrap().pop().unwrap()
        }

        fn capabilities(&self) -> Capabilities {
            self.inner.capabilities()
        }
        fn address(&self) -> String {
            self.inner.address()
        }
        fn definitions(&self, metrica: Option<&str>) -> Result<Vec<std::sync::Arc<Definition>>> {
            self.inner.definitions(metrica)
        }
        fn define(&self, definition: &Definition) -> Result<bool> {
            self.inner.define(definition)
        }
        fn read(&self, question: &Question) -> Result<Answer> {
            self.inner.read(question)
        }
        fn choices(&self, definition: &Definition, axis: usize) -> Result<Vec<Choice>> {
            self.inner.choices(definition, axis)
        }
        fn forget(&self, forget: &Forget) -> Result<Forgotten> {
            self.inner.forget(forget)
        }
        fn set_clock(&self, now: i64) -> Result<()> {
            self.inner.set_clock(now)
        }
        fn set_watermarks(
            &self,
            definition: &Definition,
            from: &Watermarks,
            to: &Watermarks,
        ) -> Result<bool> {
            self.inner.set_watermarks(definition, from, to)
        }
        fn records(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>> {
            self.inner.records(prefix)
        }
        fn put_record(&self, key: &str, value: Option<&[u8]>) -> Result<()> {
            self.inner.put_record(key, value)
        }
        fn size(&self, metrica: &str) -> Result<Size> {
            self.inner.size(metrica)
        }
    }

    fn sealed() -> Sender<&'static str> {
        let mut sender = Sender::new(Writer(1));
        sender.seal(Vec::new(), Vec::new(), 0, "source");
        sender
    }

    #[test]
    fn batch_in_doubt_is_sent_again_and_duplicate_is_success() {
        let store = ScriptedStore::replying(vec![Err(Error::in_doubt("lost")), Ok(Applied::DUPLICATE)]);
        let sent = sealed().send(&store, 2).unwrap();
        assert!(
            matches!(sent, Some(SendOutcome::Applied(applied, _, "source")) if applied == Applied::default())
        );
        assert_eq!(store.sequences(), [1, 1]);
    }

    #[test]
    fn batch_in_doubt_is_not_taken_back_but_given_up_after_half_a_week() {
        let store =
            ScriptedStore::replying(vec![Err(Error::in_doubt("lost")), Err(Error::unavailable("down"))]);
        let mut sender = sealed();
        let error = sender.send(&store, 2).unwrap_err();
        assert!(error.is_in_doubt(), "the error that left it in doubt: {error}");
        assert_eq!((sender.take_back(), sender.give_up(MAX_DOUBT)), (None, None));
        assert_eq!(sender.give_up(MAX_DOUBT + 1), Some("source"));
        assert!(!sender.has_batch());
    }

    #[test]
    fn refused_batch_stays_in_flight_and_can_be_taken_back() {
        let store =
            ScriptedStore::replying(vec![Err(Error::unavailable("down")), Err(Error::unavailable("down"))]);
        let mut sender = sealed();
        assert!(sender.send(&store, 2).is_err() && sender.send(&store, 2).is_err());
        assert_eq!(store.sequences(), [1, 1], "without doubt it is sent once");
        assert_eq!((sender.give_up(i64::MAX), sender.take_back()), (None, Some("source")));
    }

    #[test]
    fn stale_batch_is_returned_and_next_has_a_new_number() {
        let stale = Err(Error::stale("guests"));
        let store = ScriptedStore::replying(vec![Err(Error::in_doubt("lost")), stale, Ok(Applied::CLAIMED)]);
        let mut sender = sealed();
        assert!(matches!(sender.send(&store, 2).unwrap(), Some(SendOutcome::Stale(_, _, "source"))));
        assert!(!sender.has_batch());
        sender.seal(Vec::new(), Vec::new(), 0, "again");
        let sent = sender.send(&store, 1).unwrap();
        assert!(matches!(sent, Some(SendOutcome::Applied(applied, _, "again")) if applied.claimed));
        assert_eq!(store.sequences(), [1, 1, 2]);
    }
}
