//! The `Store` trait: the operations on cells, choices and records that every Store implements.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::error::Result;
use crate::schema::{Choice, Definition, Watermarks};
use crate::store::applied::Applied;
use crate::store::batch::Batch;
use crate::store::capabilities::Capabilities;
use crate::store::forget::{Forget, Forgotten};
use crate::store::question::{Answer, Question};

/// The size of a Metrica in its Store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Size {
    /// Number of points in the bucket *ever*, combinations with ALL included.
    pub points: u64,
    /// Numbers of buckets and cells per kept scale, finest first.
    pub scales: [(u64, u64); 6],
    /// Bytes of the cells; none when the Store cannot measure them.
    pub bytes: Option<u64>,
}

/// Storage for cells, choices, definitions and small records.
///
/// Every method blocks, but no longer than the [`TimeLimit`](crate::store::TimeLimit) of its thread. A Store is shared
/// between threads. Creating one opens nothing: it connects when it is first used.
///
/// Every implementation passes the same conformance suite. A handle holds a `dyn Store`, which is [`Any`], so that code
/// for one kind of Store can downcast to it.
pub trait Store: Any + Send + Sync + fmt::Debug {
    /// Returns the optional features of this Store.
    fn capabilities(&self) -> Capabilities;

    /// Returns the address for messages, without secrets.
    fn address(&self) -> String;

    /// Returns an example address of another Store of the same kind, for messages, without secrets; `ADDRESS` when
    /// there is no good example.
    fn sibling_address(&self) -> String {
        "ADDRESS".to_owned()
    }

    /// Returns the stored definition of one Metrica (an empty list when it has none), or all that can be read, in order
    /// of their names.
    ///
    /// # Errors
    /// When the Store cannot be reached or is damaged; `is_corrupt` when the definition of the requested Metrica is
    /// missing or cannot be read while other parts of it exist.
    fn definitions(&self, metrica: Option<&str>) -> Result<Vec<Arc<Definition>>>;

    /// Returns the faults that keep one Metrica, or any, from being read: by name, a message per fault with its remedy.
    /// Empty when there is none.
    ///
    /// A Metrica with faults may lack a definition. [`Forget::Metrica`] removes the rest of it.
    ///
    /// # Errors
    /// When the Store cannot be reached.
    fn faults(&self, metrica: Option<&str>) -> Result<Vec<(String, Vec<String>)>> {
        let _ = metrica;
        Ok(Vec::new())
    }

    /// Returns true when the Store holds counts under the name of a Metrica without a definition, written by another
    /// program. Then a query defines the Metrica first, so that it reads those counts.
    ///
    /// # Errors
    /// When the Store cannot be reached.
    fn has_unregistered_data(&self, metrica: &str) -> Result<bool> {
        let _ = metrica;
        Ok(false)
    }

    /// Stores a definition if the stored one has the version before it (version 1: if there is none). Returns false
    /// when another process changed the definition first.
    ///
    /// # Errors
    /// When the Store cannot be reached, or lacks the capability to change an axis.
    fn define(&self, definition: &Definition) -> Result<bool>;

    /// Adds a batch to its cells: all or nothing, once per writer and sequence number, and only if none of its claims
    /// was made before. Implementations check the sequence number first, then claims, then definitions.
    ///
    /// # Errors
    /// `is_stale` when a definition differs from the Store's; `is_in_doubt` when the outcome is unknown. After any
    /// other error nothing was changed.
    fn apply(&self, batch: &Batch) -> Result<Applied>;

    /// Answers a question with one consistent read of the cells.
    ///
    /// # Errors
    /// `is_stale` when the definition differs from the Store's, or the Store cannot be reached.
    fn read(&self, question: &Question) -> Result<Answer>;

    /// Returns the choices known on an axis in order of first appearance; on a path axis, paths of every depth.
    ///
    /// # Errors
    /// `is_stale` when the definition differs from the Store's, or the Store cannot be reached.
    fn choices(&self, definition: &Definition, axis: usize) -> Result<Vec<Choice>>;

    /// Removes kicks, or moves them to *other*, in one transaction.
    ///
    /// # Errors
    /// When the Store cannot be reached or the definition is stale.
    fn forget(&self, forget: &Forget) -> Result<Forgotten>;

    /// Sets the time by which data expires to `now`, on behalf of an operator. Stores with a clock of their own ignore
    /// it.
    ///
    /// # Errors
    /// When the Store cannot be reached.
    fn set_clock(&self, now: i64) -> Result<()>;

    /// Sets the watermarks of a Metrica, also to lower ones, which only a repair may do. Returns false when they no
    /// longer equal `from` because another process wrote meanwhile.
    ///
    /// # Errors
    /// `is_stale` when the definition differs from the Store's, or the Store cannot be reached.
    fn set_watermarks(&self, definition: &Definition, from: &Watermarks, to: &Watermarks) -> Result<bool>;

    /// Returns the small records whose key starts with `prefix`, claims included, in order of their keys.
    ///
    /// # Errors
    /// When the Store cannot be reached.
    fn records(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>>;

    /// Writes a small record, or removes it when `value` is none.
    ///
    /// # Errors
    /// When the Store cannot be reached.
    fn put_record(&self, key: &str, value: Option<&[u8]>) -> Result<()>;

    /// Returns the size of a Metrica.
    ///
    /// # Errors
    /// When the Store cannot be reached.
    fn size(&self, metrica: &str) -> Result<Size>;

    /// Returns messages about settings of the server or file that put counts at risk; empty when there is none.
    ///
    /// # Errors
    /// When the Store cannot be reached.
    fn warnings(&self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}
