//! A Store that calls an interceptor around every operation of the Store behind it.

use std::fmt;
use std::sync::Arc;

use staste_core::store::{Answer, Applied, Batch, Capabilities, Forget, Forgotten, Question, Size, Store};
use staste_core::{Choice, Definition, Result, Watermarks};

/// An operation of a Store, as an interceptor distinguishes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// `definitions`, `faults`, `has_unregistered_data` and `define`.
    Define,
    /// `apply`.
    Apply,
    /// `read`.
    Read,
    /// `choices`.
    Choices,
    /// `forget`.
    Forget,
    /// `records`, `put_record`, `set_clock` and `set_watermarks`.
    Records,
    /// `size`.
    Size,
}

/// What an [`InterceptedStore`] does around the operations of the Store behind it. Each method passes its operation on
/// unchanged unless it is overridden.
pub trait Interceptor: Send + Sync + fmt::Debug {
    /// Returns the capabilities to report, given those of the Store behind.
    fn capabilities(&self, inner: Capabilities) -> Capabilities {
        inner
    }

    /// Called before each operation. An error becomes the result of the operation, which then does not run.
    ///
    /// # Errors
    /// Whatever the interceptor decides.
    fn before(&self, operation: Operation) -> Result<()> {
        let _ = operation;
        Ok(())
    }

    /// Runs `apply`, after [`Interceptor::before`].
    ///
    /// # Errors
    /// Whatever the interceptor decides.
    fn apply(&self, batch: &Batch, inner: &dyn Store) -> Result<Applied> {
        inner.apply(batch)
    }

    /// Called with each result of `read`, which it may change.
    fn after_read(&self, question: &Question, answer: &mut Answer) {
        let _ = (question, answer);
    }
}

/// A Store with an interceptor in front of it: the shortest way to write a Store that changes one thing of another.
///
/// ```
/// use std::sync::Arc;
/// use staste_core::{Error, MemoryStore, Result, Staste};
/// use staste_testkit::{InterceptedStore, Interceptor, Operation};
///
/// /// Refuses every batch.
/// #[derive(Debug)]
/// struct ReadOnly;
///
/// impl Interceptor for ReadOnly {
///     fn before(&self, operation: Operation) -> Result<()> {
///         match operation {
///             Operation::Apply => Err(Error::unavailable("the store is read-only")),
///             _ => Ok(()),
///         }
///     }
/// }
///
/// let staste = Staste::new(InterceptedStore::new(ReadOnly, Arc::new(MemoryStore::new())));
/// let visits = staste.metrica("visits").build()?;
/// visits.kick([] as [(&str, &str); 0])?;
/// assert!(staste.flush().unwrap_err().is_unavailable());
/// # Ok::<(), staste_core::Error>(())
/// ```
#[derive(Debug)]
pub struct InterceptedStore<I> {
    interceptor: I,
    inner: Arc<dyn Store>,
}

impl<I: Interceptor> InterceptedStore<I> {
    /// The Store `inner` with `interceptor` in front of it.
    pub fn new(interceptor: I, inner: Arc<dyn Store>) -> InterceptedStore<I> {
        InterceptedStore { interceptor, inner }
    }
}

impl<I: Interceptor + 'static> Store for InterceptedStore<I> {
    fn capabilities(&self) -> Capabilities {
        self.interceptor.capabilities(self.inner.capabilities())
    }

    fn address(&self) -> String {
        self.inner.address()
    }

    fn sibling_address(&self) -> String {
        self.inner.sibling_address()
    }

    fn definitions(&self, metrica: Option<&str>) -> Result<Vec<Arc<Definition>>> {
        self.interceptor.before(Operation::Define)?;
        self.inner.definitions(metrica)
    }

    fn faults(&self, metrica: Option<&str>) -> Result<Vec<(String, Vec<String>)>> {
        self.interceptor.before(Operation::Define)?;
        self.inner.faults(metrica)
    }

    fn has_unregistered_data(&self, metrica: &str) -> Result<bool> {
        self.interceptor.before(Operation::Define)?;
        self.inner.has_unregistered_data(metrica)
    }

    fn define(&self, definition: &Definition) -> Result<bool> {
        self.interceptor.before(Operation::Define)?;
        self.inner.define(definition)
    }

    fn apply(&self, batch: &Batch) -> Result<Applied> {
        self.interceptor.before(Operation::Apply)?;
        self.interceptor.apply(batch, self.inner.as_ref())
    }

    fn read(&self, question: &Question) -> Result<Answer> {
        self.interceptor.before(Operation::Read)?;
        let mut answer = self.inner.read(question)?;
        self.interceptor.after_read(question, &mut answer);
        Ok(answer)
    }

    fn choices(&self, definition: &Definition, axis: usize) -> Result<Vec<Choice>> {
        self.interceptor.before(Operation::Choices)?;
        self.inner.choices(definition, axis)
    }

    fn forget(&self, forget: &Forget) -> Result<Forgotten> {
        self.interceptor.before(Operation::Forget)?;
        self.inner.forget(forget)
    }

    fn set_clock(&self, now: i64) -> Result<()> {
        self.interceptor.before(Operation::Records)?;
        self.inner.set_clock(now)
    }

    fn set_watermarks(&self, definition: &Definition, from: &Watermarks, to: &Watermarks) -> Result<bool> {
        self.interceptor.before(Operation::Records)?;
        self.inner.set_watermarks(definition, from, to)
    }

    fn records(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>> {
        self.interceptor.before(Operation::Records)?;
        self.inner.records(prefix)
    }

    fn put_record(&self, key: &str, value: Option<&[u8]>) -> Result<()> {
        self.interceptor.before(Operation::Records)?;
        self.inner.put_record(key, value)
    }

    fn size(&self, metrica: &str) -> Result<Size> {
        self.interceptor.before(Operation::Size)?;
        self.inner.size(metrica)
    }

    fn warnings(&self) -> Result<Vec<String>> {
        self.inner.warnings()
    }
}
