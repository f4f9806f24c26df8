//! `Sender`: each batch of a writer counted exactly once, also where the reply of the Store was lost.
//!
//! A writer numbers its batches and sends one at a time. A batch is not changed after it was sent, until the Store has
//! applied it or certainly has not: the Store remembers the highest number that it applied of each writer, so that the
//! same batch sent again is a duplicate if it went through the first time.

use crate::error::{Error, Result};
use crate::store::{Applied, Batch, Claim, Part, Store, Writer};

/// A batch in doubt for longer than this many seconds is given up: the Store remembers the number of a batch for seven
/// days, and after half of that its reply would no longer be reliable.
const MAX_DOUBT: i64 = 7 * 86_400 / 2;

/// The batches of one writer, each with its source: what it was made of, to make it again from.
#[derive(Debug)]
pub(crate) struct Sender<S> {
    writer: Writer,
    sequence: u64,
    in_flight: Option<InFlight<S>>,
}

/// A batch that was sealed and is not confirmed yet.
#[derive(Debug)]
struct InFlight<S> {
    batch: Batch,
    source: S,
    is_in_doubt: bool,
}

/// What became of a batch that was sent.
#[derive(Debug)]
pub(crate) enum Sent<S> {
    /// The Store has it, unless one of its claims had been made before.
    Applied(Applied, Batch, S),
    /// A definition has changed, so that it was certainly not applied: it has to be made again.
    Stale(Error, Batch, S),
}

impl<S> Sender<S> {
    pub(crate) fn new(writer: Writer) -> Sender<S> {
        Sender { writer, sequence: 0, in_flight: None }
    }

    /// The source of the batch in flight, if there is one.
    pub(crate) fn source(&self) -> Option<&S> {
        self.in_flight.as_ref().map(|in_flight| &in_flight.source)
    }

    /// True when a batch is in flight, which has to be sent before the next is sealed.
    pub(crate) fn is_waiting(&self) -> bool {
        self.in_flight.is_some()
    }

    /// Numbers a batch and seals it: from now on it is sent as it is.
    pub(crate) fn seal(&mut self, parts: Vec<Part>, claims: Vec<Claim>, now: i64, source: S) {
        self.sequence += 1;
        let batch = Batch { writer: self.writer, sequence: self.sequence, claims, parts, now };
        self.in_flight = Some(InFlight { batch, source, is_in_doubt: false });
    }

    /// Sends the batch in flight, up to `attempts` times while its outcome is in doubt; none when there is none.
    ///
    /// # Errors
    /// When the Store cannot be reached or refuses it. The batch stays in flight, to be sent again or taken back; the
    /// first error is returned that left it in doubt.
    pub(crate) fn send(&mut self, store: &dyn Store, attempts: usize) -> Result<Option<Sent<S>>> {
        let Some(mut in_flight) = self.in_flight.take() else { return Ok(None) };
        let mut doubt = None;
        for _ in 0..attempts.max(1) {
            match store.apply(&in_flight.batch) {
                Ok(applied) => {
                    // Nobody else has this writer, so that a duplicate is this very batch, which went through before.
                    let went_through = applied.duplicate && !applied.claimed;
                    let applied = if went_through { Applied::default() } else { applied };
                    return Ok(Some(Sent::Applied(applied, in_flight.batch, in_flight.source)));
                }
                // The Store compares numbers before definitions: a stale batch was not applied, not even if it was in
                // doubt; if an earlier copy of it arrives late, it finds a higher number.
                Err(error) if error.is_stale() => {
                    return Ok(Some(Sent::Stale(error, in_flight.batch, in_flight.source)));
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

    /// Takes the batch in flight back, unless it is in doubt; returns its source.
    pub(crate) fn take_back(&mut self) -> Option<S> {
        self.in_flight.take_if(|in_flight| !in_flight.is_in_doubt).map(|in_flight| in_flight.source)
    }

    /// Gives the batch in flight up when it was in doubt for too long by `now`; returns its source. Whether it was
    /// counted is not known.
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

    /// A Store that answers to batches as it is told, and remembers their numbers.
    #[derive(Debug, Default)]
    struct Scripted {
        inner: MemoryStore,
        replies: Mutex<Vec<Result<Applied>>>,
        sequences: Mutex<Vec<u64>>,
    }

    impl Scripted {
        fn replying(mut replies: Vec<Result<Applied>>) -> Scripted {
            replies.reverse();
            Scripted { replies: Mutex::new(replies), ..Scripted::default() }
        }

        fn sequences(&self) -> Vec<u64> {
            self.sequences.lock().unwrap().clone()
        }
    }

    impl Store for Scripted {
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
    fn batch_in_doubt_is_sent_again_and_a_duplicate_is_a_success() {
        let store = Scripted::replying(vec![Err(Error::in_doubt("lost")), Ok(Applied::DUPLICATE)]);
        let sent = sealed().send(&store, 2).unwrap();
        assert!(matches!(sent, Some(Sent::Applied(applied, _, "source")) if applied == Applied::default()));
        assert_eq!(store.sequences(), [1, 1]);
    }

    #[test]
    fn batch_in_doubt_cannot_be_taken_back_but_given_up_after_half_a_week() {
        let store = Scripted::replying(vec![Err(Error::in_doubt("lost")), Err(Error::unavailable("down"))]);
        let mut sender = sealed();
        let error = sender.send(&store, 2).unwrap_err();
        assert!(error.is_in_doubt(), "the error that left it in doubt: {error}");
        assert_eq!((sender.take_back(), sender.give_up(MAX_DOUBT)), (None, None));
        assert_eq!(sender.give_up(MAX_DOUBT + 1), Some("source"));
        assert!(!sender.is_waiting());
    }

    #[test]
    fn batch_that_was_refused_stays_in_flight_and_can_be_taken_back() {
        let store =
            Scripted::replying(vec![Err(Error::unavailable("down")), Err(Error::unavailable("down"))]);
        let mut sender = sealed();
        assert!(sender.send(&store, 2).is_err() && sender.send(&store, 2).is_err());
        assert_eq!(store.sequences(), [1, 1], "without doubt it is sent once");
        assert_eq!((sender.give_up(i64::MAX), sender.take_back()), (None, Some("source")));
    }

    #[test]
    fn stale_batch_is_returned_and_the_next_has_a_new_number() {
        let stale = Err(Error::stale("guests"));
        let store = Scripted::replying(vec![Err(Error::in_doubt("lost")), stale, Ok(Applied::CLAIMED)]);
        let mut sender = sealed();
        assert!(matches!(sender.send(&store, 2).unwrap(), Some(Sent::Stale(_, _, "source"))));
        assert!(!sender.is_waiting());
        sender.seal(Vec::new(), Vec::new(), 0, "again");
        let sent = sender.send(&store, 1).unwrap();
        assert!(matches!(sent, Some(Sent::Applied(applied, _, "again")) if applied.claimed));
        assert_eq!(store.sequences(), [1, 1, 2]);
    }
}
