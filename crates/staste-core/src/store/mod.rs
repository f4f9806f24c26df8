//! The Store: where cells live, as a few verbs over plain data.

mod batch;
mod choice_table;
mod forget;
mod question;
mod scheme;
mod store_clock;
mod time_limit;

use std::any::Any;
use std::fmt;
use std::sync::Arc;

pub use batch::{Applied, Batch, Claim, Kick, Part, Picks, Writer};
pub use choice_table::{ALL, ChoiceTable, Entry, FIRST_VALUE, Levels, OTHER, UNSET};
pub use forget::{Forget, Forgotten, KickSelection};
pub use question::{Answer, Group, Question, Select, Span, Tally};
pub use scheme::Scheme;
pub use store_clock::{ClockCheck, MAX_CLOCK_STEP, StoreClock};
pub use time_limit::TimeLimit;

use crate::error::Result;
use crate::schema::{Choice, Definition, Watermarks};

/// What a Store can do beyond the contract, and how large a transaction it likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// A defined Metrica may get further axes; its older kicks are unset on them.
    pub new_axes: bool,
    /// How many cells one transaction or script call should bump at most.
    pub cells_per_batch: usize,
    /// True when every part of a batch must be of one Metrica.
    pub one_metrica_per_batch: bool,
    /// True when the data outlives the process.
    pub durable: bool,
}

impl Capabilities {
    /// Everything, in transactions of `cells_per_batch` cells.
    pub const fn everything(cells_per_batch: usize) -> Capabilities {
        Capabilities { new_axes: true, cells_per_batch, one_metrica_per_batch: false, durable: true }
    }

    /// The same, without durability.
    #[must_use]
    pub const fn in_memory(mut self) -> Capabilities {
        self.durable = false;
        self
    }
}

/// How much a Metrica takes in its Store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Size {
    /// Points in the bucket *ever*, ALL combinations included.
    pub points: u64,
    /// Buckets and cells per kept scale, finest first.
    pub scales: [(u64, u64); 6],
    /// Bytes of the cells, where the Store can tell.
    pub bytes: Option<u64>,
}

/// Where cells live. Every verb blocks, but no longer than the [`TimeLimit`] of its thread; a Store is shared
/// between threads and opened lazily, never when it is made.
///
/// The contract's conformance suite runs against every implementation. A handle has a Store as `dyn Store`, which
/// is [`Any`], so that what one kind of Store alone can do finds it there.
pub trait Store: Any + Send + Sync + fmt::Debug {
    /// What this Store can do.
    fn capabilities(&self) -> Capabilities;

    /// The address for messages, without secrets.
    fn address(&self) -> String;

    /// The address of another place of the same kind, for messages, without secrets; `ADDRESS` where none can be
    /// thought of.
    fn sibling_address(&self) -> String {
        "ADDRESS".to_owned()
    }

    /// The definitions remembered: of one Metrica (none or one), or of all that can be read, by name.
    ///
    /// # Errors
    /// When the Store cannot be reached or is damaged; `is_damaged` when the definition of the one is missing or cannot be
    /// read, while other parts of the Metrica are there.
    fn definitions(&self, metrica: Option<&str>) -> Result<Vec<Arc<Definition>>>;

    /// What keeps metricas from being read, of one or of all: by name, each fault in words with what to do. Nothing when
    /// all is well.
    ///
    /// A Metrica with faults need not have a definition. [`Forget::Metrica`] removes what is left of it.
    ///
    /// # Errors
    /// When the Store cannot be reached.
    fn faults(&self, metrica: Option<&str>) -> Result<Vec<(String, Vec<String>)>> {
        let _ = metrica;
        Ok(Vec::new())
    }

    /// True when there is something counted under the name of a Metrica that is not remembered, as by another
    /// program: then even asking defines it, as it must not read nothing.
    ///
    /// # Errors
    /// When the Store cannot be reached.
    fn has_unregistered_data(&self, metrica: &str) -> Result<bool> {
        let _ = metrica;
        Ok(false)
    }

    /// Remembers a definition if the Store's has the version before it (version 1: if it has none);
    /// false when it does not, because somebody else was first.
    ///
    /// # Errors
    /// When the Store cannot be reached, or lacks the capability to change an axis.
    fn define(&self, definition: &Definition) -> Result<bool>;

    /// Adds a batch to its cells: all of it or nothing, once per writer and sequence, and only if
    /// none of its claims was made before. Marks are looked at first, then claims, then definitions.
    ///
    /// # Errors
    /// `is_stale` when a definition is not the Store's; `is_in_doubt` when the outcome is unknown;
    /// otherwise nothing was changed.
    fn apply(&self, batch: &Batch) -> Result<Applied>;

    /// Answers a question with one consistent look at the cells.
    ///
    /// # Errors
    /// `is_stale` when the definition is not the Store's, or the Store cannot be reached.
    fn read(&self, question: &Question) -> Result<Answer>;

    /// The choices known on an axis, first seen first; for a path, every place of every depth.
    ///
    /// # Errors
    /// `is_stale` when the definition is not the Store's, or the Store cannot be reached.
    fn choices(&self, definition: &Definition, axis: usize) -> Result<Vec<Choice>>;

    /// Removes kicks, or moves them to *other*, in one transaction.
    ///
    /// # Errors
    /// When the Store cannot be reached or the definition is stale.
    fn forget(&self, forget: &Forget) -> Result<Forgotten>;

    /// Sets the clock by which data expires to `now`, as an operator's word, where the Store has none of its own.
    ///
    /// # Errors
    /// When the Store cannot be reached.
    fn set_clock(&self, now: i64) -> Result<()>;

    /// Sets the watermarks of a Metrica, to lower ones as well, which only a repair may do; returns false when they are
    /// not `from` any more, because somebody wrote meanwhile.
    ///
    /// # Errors
    /// `is_stale` when the definition is not the Store's, or the Store cannot be reached.
    fn set_watermarks(&self, definition: &Definition, from: &Watermarks, to: &Watermarks) -> Result<bool>;

    /// The small records whose key starts with `prefix`, claims among them, in order of their keys.
    ///
    /// # Errors
    /// When the Store cannot be reached.
    fn records(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>>;

    /// Writes a small record, or removes it.
    ///
    /// # Errors
    /// When the Store cannot be reached.
    fn put_record(&self, key: &str, value: Option<&[u8]>) -> Result<()>;

    /// How much a Metrica takes.
    ///
    /// # Errors
    /// When the Store cannot be reached.
    fn size(&self, metrica: &str) -> Result<Size>;

    /// What should be set otherwise where the cells live, so that counts stay what they are, in words; nothing
    /// when all is well.
    ///
    /// # Errors
    /// When the Store cannot be reached.
    fn warnings(&self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}
