//! `Batch`: the kicks that a flush sends to the Store, merged by point and bucket.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::amount::Amount;
use crate::schema::{Choice, Definition, Watermarks};

/// The identity of a writer: a random number drawn once per process and Recorder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Writer(pub u128);

/// The kicks of one transaction.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The writer that sends it.
    pub writer: Writer,
    /// Its sequence number; a writer sends batches in order, so that the highest number applied stands for all before
    /// it.
    pub sequence: u64,
    /// Keys that must be unclaimed: if one is claimed already, the batch is a duplicate. The keys that they replace are not
    /// checked.
    pub claims: Vec<Claim>,
    /// The kicks of each Metrica.
    pub parts: Vec<Part>,
    /// The time by the writer's clock, in unix seconds. Sequence numbers and claims expire by it, unless the Store
    /// distrusts that clock (see [`StoreClock`](crate::store::StoreClock)).
    pub now: i64,
}

impl Batch {
    /// Returns the approximate number of cells it adds to.
    pub fn expected_cells(&self) -> usize {
        self.parts.iter().map(|part| part.kicks.len() * part.definition.expected_cells()).sum()
    }
}

/// A small record that is written with the batch. If it exists already, the batch is a duplicate.
///
/// ```
/// use staste_core::store::Claim;
///
/// let first = Claim::new("import/guests/1", b"10 rows");
/// let longer = Claim::new("import/guests/2", b"20 rows").replacing(&first.key);
/// assert_eq!((longer.expires, longer.replaces.as_deref()), (None, Some("import/guests/1")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claim {
    /// The key.
    pub key: String,
    /// The value stored under the key.
    pub value: Vec<u8>,
    /// When the Store may delete it, in unix seconds; none to keep it.
    pub expires: Option<i64>,
    /// The key of a record of the same Metrica that is deleted with the batch, whether it exists or not; none to delete no
    /// record.
    pub replaces: Option<String>,
}

impl Claim {
    /// Returns a claim that is kept.
    pub fn new(key: impl Into<String>, value: impl Into<Vec<u8>>) -> Claim {
        Claim { key: key.into(), value: value.into(), expires: None, replaces: None }
    }

    /// Lets the Store delete the claim at an instant in unix seconds, or keeps it with none.
    #[must_use]
    pub fn expiring(self, at: impl Into<Option<i64>>) -> Claim {
        Claim { expires: at.into(), ..self }
    }

    /// Deletes another record of the same Metrica, such as an earlier claim, when this one is stored.
    #[must_use]
    pub fn replacing(self, key: impl Into<String>) -> Claim {
        Claim { replaces: Some(key.into()), ..self }
    }
}

/// The kicks of one Metrica within a batch.
#[derive(Clone, Debug)]
pub struct Part {
    /// The definition that the writer knows; it must equal the Store's.
    pub definition: Arc<Definition>,
    /// Watermarks by the writer's clock; the Store raises its own to them, unless it distrusts that clock.
    pub watermarks: Watermarks,
    /// Per axis, the distinct choices of this part; kicks refer to them by position. The Store registers them in this
    /// order. A part without kicks registers choices at which nothing is counted.
    pub choices: Vec<Vec<Choice>>,
    /// The kicks, merged by point and finest bucket.
    pub kicks: Vec<Kick>,
}

/// A position in [`Part::choices`] per axis.
pub type Picks = SmallVec<[u32; 4]>;

/// Kicks at one point in one bucket of the finest retained scale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kick {
    /// An instant in that bucket, in unix seconds.
    pub at: i64,
    /// The point: per axis a position in [`Part::choices`].
    pub picks: Picks,
    /// Sum of their values and number of kicks.
    pub amount: Amount,
}
