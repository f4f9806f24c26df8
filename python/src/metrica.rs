//! `Metrica`: the base of the Python class, which counts every kick and starts every query.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwapOption;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use staste::{Moment, Timespan};

use crate::bound_point::BoundPoint;
use crate::bulk_writer::BulkWriter;
use crate::choice::{choice_arguments, choice_inputs, choice_to_py};
use crate::description::{AxisDescription, Description, Kind, LabelTexts};
use crate::detach_on_drop::DetachOnDrop;
use crate::error::{exception, type_error};
use crate::handle::Staste;
use crate::imports;
use crate::log;
use crate::moment::{moment_in_zone, utc_datetime};
use crate::number::value_from_py;
use crate::view::View;

/// Number of changes of the default Store and the default zone. What was resolved before the last one is outdated.
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// Make metricas resolve their store again. Call it after the default store or the default time zone has changed.
#[pyfunction]
pub(crate) fn default_store_changed() {
    GENERATION.fetch_add(1, Ordering::Release);
}

/// A class of events, as a program describes it. Its Store is resolved at the first kick or query.
#[pyclass(frozen, subclass, module = "staste._staste")]
#[derive(Debug)]
pub(crate) struct Metrica {
    /// Set by `__init__` of the Python class, so that subclasses may have an `__init__` with other arguments.
    description: OnceLock<Description>,
    /// The Store passed to `__init__`; none for the default one.
    own_store: OnceLock<Py<Staste>>,
    resolved: ArcSwapOption<Resolved>,
}

/// The Metrica of a Store.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) generation: u64,
    pub(crate) metrica: DetachOnDrop<staste::Metrica>,
}

#[pymethods]
impl Metrica {
    #[new]
    #[pyo3(signature = (*_arguments, **_keywords))]
    fn new(_arguments: &Bound<'_, PyTuple>, _keywords: Option<&Bound<'_, PyDict>>) -> Metrica {
        Metrica { description: OnceLock::new(), own_store: OnceLock::new(), resolved: ArcSwapOption::empty() }
    }

    /// Set the description, once.
    #[expect(clippy::too_many_arguments, reason = "only __init__ of the Python class calls it")]
    fn _describe(
        &self,
        py: Python<'_>,
        name: String,
        axes: Vec<AxisDescription>,
        kind: &str,
        multiplier: Option<u32>,
        zone: Option<String>,
        labels: LabelTexts,
        keep: Vec<(String, String)>,
        store: Option<Py<Staste>>,
    ) -> PyResult<()> {
        let description = Description { name, axes, kind: Kind::of(kind), multiplier, zone, labels, keep };
        description.check(py)?;
        let is_first = self.description.set(description).is_ok();
        if !is_first {
            return Err(type_error("__init__ of a metrica ran twice: create another metrica instead"));
        }
        if let Some(store) = store {
            // Only the first call gets here, so it is not set yet.
            let _ = self.own_store.set(store);
        }
        Ok(())
    }

    /// Count one event.
    #[pyo3(signature = (value = None, date = None, **choices))]
    fn kick(
        &self,
        py: Python<'_>,
        value: Option<&Bound<'_, PyAny>>,
        date: Option<&Bound<'_, PyAny>>,
        choices: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        let choices = choice_arguments(choices)?;
        let value = value_from_py(value)?;
        let resolved = self.resolve(py)?;
        let date = date.map_or(Ok(Moment::Now), |date| moment_in_zone(date, &resolved.metrica))?;
        let point = choice_inputs(&choices)?;
        let result = match resolved.metrica.try_kick_with(point.iter().cloned(), value, date) {
            // Memory is full: release the interpreter while this kick waits.
            Ok(false) => py.detach(|| resolved.metrica.kick_with(point, value, date)),
            result => result.map(|_| ()),
        };
        log::deliver(py)?;
        result.map_err(|error| exception(py, &error))
    }

    /// Return a writer that counts many kicks in large batches.
    fn bulk(slf: &Bound<'_, Metrica>) -> PyResult<BulkWriter> {
        BulkWriter::new(slf.py(), slf.get())
    }

    /// Return a handle on one point, whose kicks skip the lookup of choices.
    #[pyo3(signature = (**choices))]
    fn bind(slf: &Bound<'_, Metrica>, choices: Option<&Bound<'_, PyDict>>) -> PyResult<BoundPoint> {
        BoundPoint::new(slf, choices)
    }

    /// Return a view of everything that was counted.
    fn values(slf: &Bound<'_, Metrica>) -> View {
        View { metrica: slf.clone().unbind(), timespan: Timespan::EVER, filter: Vec::new() }
    }

    /// Return the known choices of an axis, in the order in which they appeared.
    fn choices<'py>(&self, py: Python<'py>, axis: &str) -> PyResult<Bound<'py, PyList>> {
        let resolved = self.resolve(py)?;
        let choices = py.detach(|| resolved.metrica.choices(axis));
        let choices = choices.map_err(|error| exception(py, &error))?;
        PyList::new(py, choices.iter().map(|choice| choice_to_py(py, choice)).collect::<PyResult<Vec<_>>>()?)
    }

    /// Return the time by the clock of the store, in UTC and whole seconds.
    fn now<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        utc_datetime(py, self.resolve(py)?.metrica.staste().clock().now())
    }

    /// Write the definition to the store now, not with the first kick.
    fn define(&self, py: Python<'_>) -> PyResult<()> {
        let resolved = self.resolve(py)?;
        py.detach(|| resolved.metrica.define()).map(|_| ()).map_err(|error| exception(py, &error))
    }
}

impl Metrica {
    /// Returns the description. If `__init__` did not run, it is empty and the first kick reports the missing name.
    pub(crate) fn description(&self) -> &Description {
        self.description.get_or_init(Description::default)
    }

    /// Returns the core's handle of the Metrica in its current Store.
    pub(crate) fn current(&self, py: Python<'_>) -> PyResult<staste::Metrica> {
        Ok((*self.resolve(py)?.metrica).clone())
    }

    /// Returns true if what was resolved in a generation still belongs to the Metrica's Store.
    pub(crate) fn is_current(generation: u64) -> bool {
        generation == GENERATION.load(Ordering::Acquire)
    }

    /// Finds the Metrica in its current Store.
    pub(crate) fn resolve(&self, py: Python<'_>) -> PyResult<Arc<Resolved>> {
        if let Some(resolved) = &*self.resolved.load()
            && Metrica::is_current(resolved.generation)
        {
            return Ok(Arc::clone(resolved));
        }
        let (generation, store) = match self.own_store.get() {
            // Its Store is the same in each generation, but the default zone may not be.
            Some(own) => (GENERATION.load(Ordering::Acquire), own.bind(py).clone()),
            None => default_store(py)?,
        };
        let store = store.get();
        let description = self.description();
        let builder = description.build(py, store.inner.metrica(&description.name), store.zone.as_ref())?;
        let metrica = DetachOnDrop::new(builder.build().map_err(|error| exception(py, &error))?);
        let resolved = Arc::new(Resolved { generation, metrica });
        self.resolved.store(Some(Arc::clone(&resolved)));
        Ok(resolved)
    }
}

/// Returns the default Store, and the generation in which it is the default.
fn default_store(py: Python<'_>) -> PyResult<(u64, Bound<'_, Staste>)> {
    let default_store = imports::default_store(py)?;
    loop {
        let generation = GENERATION.load(Ordering::Acquire);
        let store = default_store.call0()?.cast_into()?;
        // The call may have created the Store, and another thread may have configured one meanwhile.
        if GENERATION.load(Ordering::Acquire) == generation {
            return Ok((generation, store));
        }
    }
}
