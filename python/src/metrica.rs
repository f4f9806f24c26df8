//! `Metrica`: the part of the Python class that is called on every request, and what it asks with.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use arc_swap::{ArcSwap, ArcSwapOption};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyTuple};
use staste::{Choice, ChoiceInput, Error, Moment, Timespan, Value};

use crate::bulk::Bulk;
use crate::choice::{Choices, given, held, kept, told};
use crate::detached::Detached;
use crate::error::{misused, no_axis, raised};
use crate::handle::Staste;
use crate::log;
use crate::moment::{aware, moment_of};
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
    /// Set by `__init__`, which classes of a program's own may call with what they know.
    spec: OnceLock<Spec>,
    /// The Store of its own; none for the one that is configured.
    store: OnceLock<Py<Staste>>,
    found: ArcSwapOption<Found>,
}

/// The Metrica of a Store.
#[derive(Debug)]
struct Found {
    generation: u64,
    metrica: Detached<staste::Metrica>,
}

#[pymethods]
impl Metrica {
    #[new]
    #[pyo3(signature = (*_arguments, **_named))]
    fn new(_arguments: &Bound<'_, PyTuple>, _named: Option<&Bound<'_, PyDict>>) -> Metrica {
        Metrica { spec: OnceLock::new(), store: OnceLock::new(), found: ArcSwapOption::empty() }
    }

    /// Says what it is, once.
    #[expect(clippy::too_many_arguments, reason = "all of them from one place")]
    fn _describe(
        &self,
        py: Python<'_>,
        name: String,
        axes: Vec<AxisSpec>,
        averaged: bool,
        multiplier: Option<u32>,
        zone: Option<String>,
        keep: Vec<(String, String)>,
        store: Option<Py<Staste>>,
    ) -> PyResult<()> {
        let spec = Spec { name, axes, averaged, multiplier, zone, keep };
        spec.check(py)?;
        self.spec.set(spec).map_err(|_| misused("a metrica is described once"))?;
        if let Some(store) = store {
            // It is as new as the description.
            let _ = self.store.set(store);
        }
        Ok(())
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
        let found = self.found(py)?;
        let date = date.map_or(Ok(Moment::Now), |date| moment_of(date, &found.metrica))?;
        let point = given(&choices)?;
        let kicked = match found.metrica.try_kick_with(point.iter().cloned(), value, date) {
            // Memory is full: other threads of Python run while this one waits for room.
            Ok(false) => py.detach(|| found.metrica.kick_with(point, value, date)),
            kicked => kicked.map(|_| ()),
        };
        log::deliver(py)?;
        kicked.map_err(|error| self.spec().raised(py, &error, &choices))
    }

    /// Gathers many kicks and commits them in large batches.
    fn bulk(slf: &Bound<'_, Metrica>) -> PyResult<Bulk> {
        Bulk::new(slf.py(), slf.clone().unbind())
    }

    /// A handle for one point.
    #[pyo3(signature = (**choices))]
    fn bind(slf: &Bound<'_, Metrica>, choices: Option<&Bound<'_, PyDict>>) -> PyResult<Point> {
        let py = slf.py();
        let choices = held(choices)?;
        let own = given(&choices)?;
        let found = slf.get().found(py)?;
        let bound = found.metrica.bind(own.clone());
        let bound = bound.map_err(|error| slf.get().spec().raised(py, &error, &choices))?;
        let of = |(axis, given): &(&str, ChoiceInput<'_>)| Some(((*axis).to_owned(), kept(given)?));
        let choices = own.iter().filter_map(of).collect();
        let bound = ArcSwap::from_pointee(Bind { generation: found.generation, bound: Detached::new(bound) });
        Ok(Point { metrica: slf.clone().unbind(), choices, bound })
    }

    /// Everything that was counted, to be narrowed and asked.
    fn values(slf: &Bound<'_, Metrica>) -> View {
        View { metrica: slf.clone().unbind(), timespan: Timespan::EVER, filter: Vec::new() }
    }

    /// The choices known on an axis, first seen first.
    fn choices<'py>(&self, py: Python<'py>, axis: &str) -> PyResult<Bound<'py, PyList>> {
        let found = self.found(py)?;
        let choices = py.detach(|| found.metrica.choices(axis));
        let choices = choices.map_err(|error| self.spec().raised_by(py, &error, axis))?;
        PyList::new(py, choices.iter().map(|choice| told(py, choice)).collect::<PyResult<Vec<_>>>()?)
    }

    /// The time by the clock of its Store.
    fn now<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        aware(py, self.found(py)?.metrica.staste().clock().now())
    }

    /// Tells the Store of the definition now instead of with the first kick.
    fn define(&self, py: Python<'_>) -> PyResult<()> {
        let found = self.found(py)?;
        py.detach(|| found.metrica.define()).map(|_| ()).map_err(|error| raised(py, &error))
    }
}

impl Metrica {
    pub(crate) fn spec(&self) -> &Spec {
        // One that was not described has no name, which is said when it is counted in.
        self.spec.get_or_init(Spec::default)
    }

    /// The same as the core has it.
    pub(crate) fn in_force(&self, py: Python<'_>) -> PyResult<staste::Metrica> {
        Ok((*self.found(py)?.metrica).clone())
    }

    /// The Metrica of the Store that is in force.
    fn found(&self, py: Python<'_>) -> PyResult<Arc<Found>> {
        if let Some(found) = &*self.found.load()
            && (found.generation == GENERATION.load(Ordering::Acquire) || self.store.get().is_some())
        {
            return Ok(Arc::clone(found));
        }
        let (generation, store) = match self.store.get() {
            Some(own) => (0, own.bind(py).clone()),
            None => configured(py)?,
        };
        let store = store.get();
        let builder = self.spec().build(py, store.inner.metrica(&self.spec().name), store.zone.as_ref())?;
        let metrica = Detached::new(builder.build().map_err(|error| raised(py, &error))?);
        let found = Arc::new(Found { generation, metrica });
        self.found.store(Some(Arc::clone(&found)));
        Ok(found)
    }
}

/// The Store that is configured, and the generation that it is of.
fn configured(py: Python<'_>) -> PyResult<(u64, Bound<'_, Staste>)> {
    static CONFIGURED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let configured = CONFIGURED.import(py, "staste._configured", "store")?;
    loop {
        let generation = GENERATION.load(Ordering::Acquire);
        let store = configured.call0()?.cast_into()?;
        // It is another where somebody configured one meanwhile, or it was made just now.
        if GENERATION.load(Ordering::Acquire) == generation {
            return Ok((generation, store));
        }
    }
}

/// A handle for one point, whose kicks cost next to nothing.
#[pyclass(frozen, module = "staste")]
#[derive(Debug)]
pub(crate) struct Point {
    metrica: Py<Metrica>,
    choices: Vec<(String, Choice)>,
    bound: ArcSwap<Bind>,
}

/// The point in the Store that is in force.
#[derive(Debug)]
struct Bind {
    generation: u64,
    bound: Detached<staste::BoundPoint>,
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
        let bound = self.bound.load();
        if bound.generation == GENERATION.load(Ordering::Acquire) || self.metrica.get().store.get().is_some()
        {
            return self.kicked(py, &bound, value, date);
        }
        let found = self.metrica.get().found(py)?;
        let anew = found.metrica.bind(self.choices.iter().map(|(axis, choice)| (axis, choice)));
        let anew = anew.map_err(|error| raised(py, &error))?;
        let anew = Arc::new(Bind { generation: found.generation, bound: Detached::new(anew) });
        self.bound.store(Arc::clone(&anew));
        self.kicked(py, &anew, value, date)
    }

    /// Checks a value and a date without counting.
    fn check(
        &self,
        py: Python<'_>,
        value: Option<&Bound<'_, PyAny>>,
        date: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let value = value.map_or(Ok(Value::ONE), self::value)?;
        let metrica = self.metrica.get().in_force(py)?;
        let definition = metrica.definition().map_err(|error| raised(py, &error))?;
        value.times(definition.multiplier).map_err(|error| raised(py, &error))?;
        let instant = moment_of(date, &metrica)?.instant(&definition.zone);
        instant.map(|_| ()).map_err(|error| raised(py, &error))
    }
}

impl Point {
    fn kicked(
        &self,
        py: Python<'_>,
        bind: &Bind,
        value: Option<&Bound<'_, PyAny>>,
        date: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let kicked = match (value, date) {
            (None, None) => bind.bound.kick(),
            (value, date) => {
                let value = value.map_or(Ok(Value::ONE), self::value)?;
                let date = match date {
                    Some(date) => moment_of(date, &self.metrica.get().in_force(py)?)?,
                    None => Moment::Now,
                };
                bind.bound.kick_with(value, date)
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
