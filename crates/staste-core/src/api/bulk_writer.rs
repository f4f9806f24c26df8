//! `BulkWriter`: commits many dated kicks at once, with claims, as an import does.

use std::ops::Range;
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::amount::{Bin, Value};
use crate::api::metrica::Metrica;
use crate::error::{Error, Result};
use crate::recorder::{
    Encoder, KickTime, NO_DIGITS, PartBuilder, Pending, PendingBucket, PendingMap, SendOutcome, Sender, hash,
    hash_texts, random_writer,
};
use crate::schema::{ChoiceInput, Definition};
use crate::store::{Applied, Claim};
use crate::time::Moment;

/// Maximum number of times that a batch is rebuilt because the definition changed.
const MAX_ATTEMPTS: usize = 16;
/// Maximum number of times that a batch is sent while its outcome is in doubt.
const MAX_SENDS: usize = 2;

/// Collects kicks of one Metrica independently of the Recorder, and commits them in its own batches.
///
/// The kicks and the claims of a commit are one transaction. Between commits only the kicks since the last one are
/// pending.
///
/// ```
/// use staste::{Axis, MemoryStore, Moment, Staste, Value, store::Claim};
/// let staste = Staste::new(MemoryStore::new());
/// let guests = staste.metrica("guests").axis("age", Axis::stored()).build()?;
/// let claim = || vec![Claim::new("import/guests/1", [])];
/// for _ in 0..2 {
///     let mut bulk = guests.bulk()?;
///     bulk.kick([("age", 18)], Value::ONE, Moment::parse("2010-02-07")?)?;
///     bulk.commit(claim())?;
/// }
/// assert_eq!(guests.total()?, 1);
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Debug)]
pub struct BulkWriter {
    metrica: Metrica,
    definition: Arc<Definition>,
    encoder: Encoder,
    /// The source of each batch is its counters.
    sender: Sender<Vec<Pending>>,
    seed: RandomState,
    map: PendingMap,
    /// Number of counters in the map, where each bin of a point is one.
    counters: usize,
    /// The finest retained bucket of the last date: consecutive dates are mostly in the same bucket.
    last_bucket: Range<i64>,
}

impl Metrica {
    /// Returns a writer that collects many dated kicks independently of the Recorder and commits them with claims.
    ///
    /// # Errors
    /// A conflict with the definition in the Store, or the Store cannot be reached.
    pub fn bulk(&self) -> Result<BulkWriter> {
        BulkWriter::new(self.clone())
    }
}

impl BulkWriter {
    pub(crate) fn new(metrica: Metrica) -> Result<BulkWriter> {
        let definition = metrica.resolve()?;
        Ok(BulkWriter {
            encoder: Encoder::new(metrica.name(), metrica.spec().axes()),
            definition,
            metrica,
            sender: Sender::new(random_writer()),
            seed: RandomState::default(),
            map: PendingMap::default(),
            counters: 0,
            last_bucket: 0..0,
        })
    }

    /// Collects one kick.
    ///
    /// # Errors
    /// As [`Metrica::kick_with`]; kicks collected before stay.
    pub fn kick<'a, N, V>(
        &mut self,
        choices: impl IntoIterator<Item = (N, V)>,
        value: Value,
        date: Moment,
    ) -> Result<()>
    where
        N: AsRef<str>,
        V: Into<ChoiceInput<'a>>,
    {
        let mut digits = NO_DIGITS;
        let mut texts = self.encoder.texts(&mut digits);
        let key = self.encoder.read_choices(choices, &mut texts)?;
        let multiplier = self.definition.multiplier;
        let total = value.times(multiplier)?;
        let bin = self.metrica.state().records_bins().then(|| Bin::of(total, multiplier));
        let instant = match date {
            Moment::Now => self.metrica.staste().clock().now(),
            date => date.check()?.instant(&self.definition.zone)?,
        };
        let time = KickTime::Instant(self.finest(instant));
        let bucket = PendingBucket { metrica: self.metrica.state().index, multiplier, time };
        if key.is_none() {
            let hash = hash_texts(&self.seed, bucket, &texts);
            if self.map.try_add(hash, bucket, |key| texts.matches(key), bin, total) {
                return Ok(());
            }
        }
        let order = self.counters as u64;
        let mut add = |key: &[u8]| {
            let hash = hash(&self.seed, bucket, key);
            self.map.add_to_bin((hash, order), bucket, (key, bin), (total, 1))
        };
        let bytes = match key {
            Some(key) => add(&key),
            None => add(&self.encoder.encode_texts(&texts)?),
        };
        self.counters += usize::from(bytes > 0);
        Ok(())
    }

    /// Returns the start of the finest retained bucket that holds an instant.
    fn finest(&mut self, instant: i64) -> i64 {
        if !self.last_bucket.contains(&instant) {
            // By the watermarks of the Store; see `Local::time`.
            let watermarks = self.metrica.state().watermarks();
            self.last_bucket = watermarks.finest(&self.definition.calendar(), instant);
        }
        self.last_bucket.start
    }

    /// Returns true when a commit would be about as large as the transactions that the Store prefers.
    pub fn is_full(&self) -> bool {
        let cells = self.counters * self.definition.expected_cells();
        cells >= self.metrica.staste().store().capabilities().cells_per_batch
    }

    /// Returns true when there are no collected kicks.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Commits the collected kicks with the claims, all or nothing, and waits for the Store. Without collected kicks
    /// the claims alone are made.
    ///
    /// If a claim was made before, nothing is counted, the outcome is a duplicate, and the collected kicks are
    /// discarded.
    ///
    /// # Errors
    /// When the Store cannot be reached or refuses; the collected kicks stay. If the outcome is in doubt, the next
    /// commit sends the same batch first.
    pub fn commit(&mut self, claims: Vec<Claim>) -> Result<Applied> {
        let mut earlier = Applied::default();
        if self.sender.has_batch() {
            // A duplicate was applied before, which is a success.
            earlier = self.send()?;
            if earlier.claimed {
                return Ok(earlier);
            }
        }
        let pending = self.map.take_all(&self.seed);
        self.counters = 0;
        self.seal(pending, claims)?;
        let applied = self.send()?;
        Ok(Applied {
            folded: earlier.folded + applied.folded,
            overflowed: earlier.overflowed + applied.overflowed,
            ..applied
        })
    }

    /// Builds a batch of counters, which are put back if that fails.
    fn seal(&mut self, pending: Vec<Pending>, claims: Vec<Claim>) -> Result<()> {
        let now = self.metrica.staste().clock().now();
        let part =
            PartBuilder::new(self.metrica.state(), Arc::clone(&self.definition)).and_then(|mut builder| {
                pending.iter().try_for_each(|pending| builder.add(pending))?;
                Ok(builder.build(now))
            });
        match part {
            Ok(part) => {
                self.sender.seal(vec![part], claims, now, pending);
                Ok(())
            }
            Err(error) => {
                self.put_back(pending);
                Err(error)
            }
        }
    }

    /// Sends the batch in flight, and rebuilds it while the definition changes.
    fn send(&mut self) -> Result<Applied> {
        for _ in 0..MAX_ATTEMPTS {
            match self.sender.send(self.metrica.staste().store(), MAX_SENDS) {
                Ok(None) => return Ok(Applied::default()),
                Ok(Some(SendOutcome::Applied(applied, batch, pending))) => {
                    let kicks = pending.iter().map(|pending| pending.count).sum();
                    self.metrica.local().recorder.note_applied(kicks, &applied);
                    if applied.raised_watermarks() {
                        let parts = batch.parts.iter();
                        parts.for_each(|part| self.metrica.state().raise_watermarks(&part.watermarks));
                        self.last_bucket = 0..0;
                    }
                    return Ok(applied);
                }
                Ok(Some(SendOutcome::Stale(_, batch, pending))) => match self.current_definition() {
                    Ok(definition) => {
                        self.definition = definition;
                        self.seal(pending, batch.claims)?;
                    }
                    Err(error) => {
                        self.put_back(pending);
                        return Err(error);
                    }
                },
                Err(error) => {
                    if let Some(pending) = self.sender.take_back() {
                        self.put_back(pending);
                    }
                    return Err(error);
                }
            }
        }
        if let Some(pending) = self.sender.take_back() {
            self.put_back(pending);
        }
        Err(Error::stale(self.metrica.name()))
    }

    /// Returns the current definition, unless the Metrica was forgotten and defined again: then the claims made before
    /// are deleted, and later claims could not be related to them.
    fn current_definition(&self) -> Result<Arc<Definition>> {
        let name = self.metrica.name();
        let stored = self.metrica.staste().store().definitions(Some(name))?.pop();
        if stored.is_none_or(|stored| stored.id != self.definition.id) {
            return Err(Error::conflict(format!(
                "metrica {name} was forgotten while kicks for it were collected; begin again to count them"
            )));
        }
        self.metrica.state().invalidate();
        self.metrica.resolve()
    }

    fn put_back(&mut self, pending: Vec<Pending>) {
        self.counters += pending.len();
        for Pending { hash, order, bucket, key, total, count } in pending {
            self.map.add((hash, order), bucket, &key, total, count);
        }
    }
}
