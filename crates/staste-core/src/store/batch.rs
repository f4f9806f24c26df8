//! What a flush sends to the Store: whole kicks, merged by point and period.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::amount::Amount;
use crate::schema::{Choice, Definition, Watermarks};
use crate::store::store_clock::ClockCheck;

/// Who writes: a random number drawn once per process and Recorder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Writer(pub u128);

/// One transaction's worth of kicks.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Who sends it.
    pub writer: Writer,
    /// Its number; a writer sends them in order, so the highest one applied marks all before it.
    pub sequence: u64,
    /// Keys that must not have been claimed before, or the batch is a duplicate.
    pub claims: Vec<Claim>,
    /// The kicks of each Metrica.
    pub parts: Vec<Part>,
    /// The writer's clock, in unix seconds. Marks and claims expire by it, unless the Store has reason to doubt it
    /// (`plan::StoreClock`).
    pub now: i64,
}

impl Batch {
    /// How many cells it bumps, about.
    pub fn expected_cells(&self) -> usize {
        self.parts.iter().map(|part| part.kicks.len() * part.definition.expected_cells()).sum()
    }
}

/// A small record that is written with the batch, or makes the batch a duplicate if it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The key.
    pub key: String,
    /// What to remember with it.
    pub value: Vec<u8>,
    /// When it may be forgotten, in unix seconds; never when none.
    pub expires: Option<i64>,
}

/// The kicks of one Metrica within a batch.
#[derive(Clone, Debug)]
pub struct Part {
    /// The definition as the writer knows it; it must be the Store's.
    pub definition: Arc<Definition>,
    /// What is retained by the writer's clock; the Store raises its own to it, unless it has reason to doubt that clock.
    pub watermarks: Watermarks,
    /// Per axis, the distinct choices of this part, which kicks name by position. They are remembered in this order; a
    /// part without kicks makes choices known at which nothing is counted.
    pub choices: Vec<Vec<Choice>>,
    /// The kicks, merged where point and finest bucket agree.
    pub kicks: Vec<Kick>,
}

/// A position in [`Part::choices`] per axis.
pub type Picks = SmallVec<[u32; 4]>;

/// Kicks at one point in one finest bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kick {
    /// An instant in the finest bucket.
    pub at: i64,
    /// The point: per axis a position in [`Part::choices`].
    pub picks: Picks,
    /// The sum of their values and their number.
    pub amount: Amount,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Applied {
    /// It had been applied before, or a claim of it had been made; nothing was changed.
    pub duplicate: bool,
    /// It was a duplicate because of a claim, which may have been somebody else's.
    pub claimed: bool,
    /// Kicks left out because a cell of theirs would have overflowed.
    pub overflowed: u64,
    /// Kicks that count as *other* on some axis because a cap was reached.
    pub folded: u64,
    /// The sequence of the last batch before of this writer that the Store has, 0 for none; where the Store
    /// can lose what it confirmed, as by a failover, this tells of it.
    pub mark: Option<u64>,
    /// The verdict of the Store on the writer's clock; none for a duplicate.
    pub clock: Option<ClockCheck>,
}

impl Applied {
    const FINE: Applied =
        Applied { duplicate: false, claimed: false, overflowed: 0, folded: 0, mark: None, clock: None };

    /// True when the Store took the watermarks of the batch over.
    pub fn raised_watermarks(&self) -> bool {
        self.clock.is_some_and(|clock| clock.is_trusted)
    }

    /// The outcome of a repeat.
    pub const DUPLICATE: Applied = Applied { duplicate: true, claimed: false, ..Applied::FINE };

    /// The outcome where a claim had been made.
    pub const CLAIMED: Applied = Applied { duplicate: true, claimed: true, ..Applied::FINE };
}
