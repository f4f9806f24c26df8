//! A layer in front of a Store: sees every verb on its way in, and may change what comes of it.

use std::fmt;
use std::sync::Arc;

use staste_core::store::{Answer, Applied, Batch, Capabilities, Forget, Forgotten, Question, Size, Store};
use staste_core::{Choice, Definition, Result, Watermarks};

/// A verb of a Store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// `definitions` and `define`.
    Define,
    /// `apply`.
    Apply,
    /// `read`.
    Read,
    /// `choices`.
    Choices,
    /// `forget`.
    Forget,
    /// `records` and `put_record`.
    Records,
    /// `size`.
    Size,
}

/// What a layer does; it does nothing unless it says so.
pub trait Layer: Send + Sync + fmt::Debug {
    /// What the Store is said to be capable of.
    fn capabilities(&self, own: Capabilities) -> Capabilities {
        own
    }

    /// Called before each verb; an error is its outcome.
    ///
    /// # Errors
    /// As the layer likes.
    fn before(&self, verb: Verb) -> Result<()> {
        let _ = verb;
        Ok(())
    }

    /// `apply`, after [`Layer::before`].
    ///
    /// # Errors
    /// As the layer likes.
    fn apply(&self, batch: &Batch, inner: &dyn Store) -> Result<Applied> {
        inner.apply(batch)
    }

    /// Looks at, or changes, what was read.
    fn answer(&self, question: &Question, answer: &mut Answer) {
        let _ = (question, answer);
    }
}

/// A Store with a layer in front of it.
#[derive(Debug)]
pub struct Layered<L> {
    layer: L,
    inner: Arc<dyn Store>,
}

impl<L: Layer> Layered<L> {
    /// The Store `inner` behind `layer`.
    pub fn new(layer: L, inner: Arc<dyn Store>) -> Layered<L> {
        Layered { layer, inner }
    }
}

impl<L: Layer + 'static> Store for Layered<L> {
    fn capabilities(&self) -> Capabilities {
        self.layer.capabilities(self.inner.capabilities())
    }

    fn address(&self) -> String {
        self.inner.address()
    }

    fn sibling_address(&self) -> String {
        self.inner.sibling_address()
    }

    fn definitions(&self, metrica: Option<&str>) -> Result<Vec<Arc<Definition>>> {
        self.layer.before(Verb::Define)?;
        self.inner.definitions(metrica)
    }

    fn faults(&self, metrica: Option<&str>) -> Result<Vec<(String, Vec<String>)>> {
        self.layer.before(Verb::Define)?;
        self.inner.faults(metrica)
    }

    fn has_unregistered_data(&self, metrica: &str) -> Result<bool> {
        self.layer.before(Verb::Define)?;
        self.inner.has_unregistered_data(metrica)
    }

    fn define(&self, definition: &Definition) -> Result<bool> {
        self.layer.before(Verb::Define)?;
        self.inner.define(definition)
    }

    fn apply(&self, batch: &Batch) -> Result<Applied> {
        self.layer.before(Verb::Apply)?;
        self.layer.apply(batch, self.inner.as_ref())
    }

    fn read(&self, question: &Question) -> Result<Answer> {
        self.layer.before(Verb::Read)?;
        let mut answer = self.inner.read(question)?;
        self.layer.answer(question, &mut answer);
        Ok(answer)
    }

    fn choices(&self, definition: &Definition, axis: usize) -> Result<Vec<Choice>> {
        self.layer.before(Verb::Choices)?;
        self.inner.choices(definition, axis)
    }

    fn forget(&self, forget: &Forget) -> Result<Forgotten> {
        self.layer.before(Verb::Forget)?;
        self.inner.forget(forget)
    }

    fn set_clock(&self, now: i64) -> Result<()> {
        self.layer.before(Verb::Records)?;
        self.inner.set_clock(now)
    }

    fn set_watermarks(&self, definition: &Definition, from: &Watermarks, to: &Watermarks) -> Result<bool> {
        self.layer.before(Verb::Records)?;
        self.inner.set_watermarks(definition, from, to)
    }

    fn records(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>> {
        self.layer.before(Verb::Records)?;
        self.inner.records(prefix)
    }

    fn put_record(&self, key: &str, value: Option<&[u8]>) -> Result<()> {
        self.layer.before(Verb::Records)?;
        self.inner.put_record(key, value)
    }

    fn size(&self, metrica: &str) -> Result<Size> {
        self.layer.before(Verb::Size)?;
        self.inner.size(metrica)
    }

    fn warnings(&self) -> Result<Vec<String>> {
        self.inner.warnings()
    }
}
