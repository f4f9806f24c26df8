//! `Metrica`: the part of the Python class that is called on every request, and what it asks with.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwapOption;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList};
use staste::{Error, Moment, Value};

use crate::choice::{Choices, given, held, told};
use crate::error::{no_axis, raised};
use crate::handle::Staste;
use crate::moment::moment;
use crate::spec::{AxisSpec, Spec};
use crate::value::value;
use crate::view::View;

/// Which configuration is in force: the Store of an earlier one is no longer counted in.
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// Told when the default Store has become another.
#[pyfunction]
pub(crate) fn reconfigured() {
    GENERATION.fetch_add(1, Ordering::Release);
}

/// A class of events, as a program describes it. It finds its Store when it is first counted in or asked.
#[pyclass(frozen, subclass, module = "staste._staste")]
#[derive(Debug)]
pub(crate) struct Metrica {
    spec: Arc<Spec>,
    /// The Store of its own; none for the one that is configured.
    store: Option<Py<Staste>>,
    found: ArcSwapOption<Found>,
}

/// The Metrica of a Store.
#[derive(Debug)]
struct Found {
    generation: u64,
    metrica: staste::Metrica,
}

#[pymethods]
impl Metrica {
    #[new]
    #[pyo3(signature = (name, axes, averaged, multiplier, zone, keep, store))]
    fn new(
        name: String,
        axes: Vec<AxisSpec>,
        averaged: bool,
        multiplier: Option<u32>,
        zone: Option<String>,
        keep: Vec<(String, String)>,
        store: Option<Py<Staste>>,
    ) -> Metrica {
        let spec = Arc::new(Spec { name, axes, averaged, multiplier, zone, keep });
        Metrica { spec, store, found: ArcSwapOption::empty() }
    }

    #[pyo3(signature = (value = None, date = None, **choices))]
    fn kick(
        &self,
        py: Python<'_>,
        value: Option<&Bound<'_, PyAny>>,
        date: Option<&Bound<'_, PyAny>>,
        choices: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        let choices = held(choices)?;
        let value = value.map_or(Ok(Value::ONE), self::value)?;
        let date = date.map_or(Ok(Moment::Now), moment)?;
        let given = given(&choices)?;
        let kicked = self.found(py)?.metrica.kick_with(given, value, date);
        kicked.map_err(|error| self.spec.raised(py, &error, &choices))
    }

    /// A handle for one point.
    #[pyo3(signature = (**choices))]
    fn bind(&self, py: Python<'_>, choices: Option<&Bound<'_, PyDict>>) -> PyResult<Point> {
        let choices = held(choices)?;
        let bound = self.found(py)?.metrica.bind(given(&choices)?);
        let inner = bound.map_err(|error| self.spec.raised(py, &error, &choices))?;
        Ok(Point { inner })
    }

    /// Everything that was counted, to be narrowed and asked.
    fn values(&self, py: Python<'_>) -> PyResult<View> {
        let view = self.found(py)?.metrica.values();
        Ok(View { spec: Arc::clone(&self.spec), inner: view })
    }

    /// The choices known on an axis, first seen first.
    fn choices<'py>(&self, py: Python<'py>, axis: &str) -> PyResult<Bound<'py, PyList>> {
        let found = self.found(py)?;
        let choices = py.detach(|| found.metrica.choices(axis));
        let choices = choices.map_err(|error| self.spec.raised_by(py, &error, axis))?;
        PyList::new(py, choices.iter().map(|choice| told(py, choice)).collect::<PyResult<Vec<_>>>()?)
    }

    /// Tells the Store of the definition now instead of with the first kick.
    fn define(&self, py: Python<'_>) -> PyResult<()> {
        let found = self.found(py)?;
        py.detach(|| found.metrica.define()).map(|_| ()).map_err(|error| raised(py, &error))
    }
}

impl Metrica {
    /// The same as the core has it.
    pub(crate) fn in_force(&self, py: Python<'_>) -> PyResult<staste::Metrica> {
        Ok(self.found(py)?.metrica.clone())
    }

    /// The Metrica of the Store that is in force.
    fn found(&self, py: Python<'_>) -> PyResult<Arc<Found>> {
        let generation = GENERATION.load(Ordering::Acquire);
        if let Some(found) = &*self.found.load()
            && (found.generation == generation || self.store.is_some())
        {
            return Ok(Arc::clone(found));
        }
        let builder = match &self.store {
            Some(store) => store.get().inner.metrica(&self.spec.name),
            None => configured(py)?.get().inner.metrica(&self.spec.name),
        };
        let metrica = self.spec.build(py, builder)?.build().map_err(|error| raised(py, &error))?;
        let found = Arc::new(Found { generation, metrica });
        self.found.store(Some(Arc::clone(&found)));
        Ok(found)
    }
}

/// The Store that is configured.
fn configured(py: Python<'_>) -> PyResult<Bound<'_, Staste>> {
    static CONFIGURED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let configured = CONFIGURED.import(py, "staste._configured", "store")?;
    Ok(configured.call0()?.cast_into()?)
}

/// A handle for one point, whose kicks cost next to nothing.
#[pyclass(frozen, module = "staste")]
#[derive(Debug)]
pub(crate) struct Point {
    inner: staste::Bound,
}

#[pymethods]
impl Point {
    #[pyo3(signature = (value = None, date = None))]
    fn kick(
        &self,
        py: Python<'_>,
        value: Option<&Bound<'_, PyAny>>,
        date: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let kicked = match (value, date) {
            (None, None) => self.inner.kick(),
            (value, date) => {
                let value = value.map_or(Ok(Value::ONE), self::value)?;
                self.inner.kick_with(value, date.map_or(Ok(Moment::Now), moment)?)
            }
        };
        kicked.map_err(|error| raised(py, &error))
    }
}

impl Spec {
    /// The exception of an error about choices; one about a keyword that is no axis is a `TypeError`, as Python has it.
    pub(crate) fn raised(&self, py: Python<'_>, error: &Error, choices: &Choices<'_>) -> PyErr {
        let is_unknown = |axis: &str| !self.has_axis(axis);
        let unknown = choices.iter().any(|(axis, _)| axis.to_str().is_ok_and(is_unknown));
        if unknown && error.is_input() { no_axis(py, error) } else { raised(py, error) }
    }

    /// The same for an axis that is asked for by its name.
    pub(crate) fn raised_by(&self, py: Python<'_>, error: &Error, axis: &str) -> PyErr {
        if !self.has_axis(axis) && error.is_input() { no_axis(py, error) } else { raised(py, error) }
    }
}
