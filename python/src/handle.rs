//! `Staste`: a Store and the Recorder of this process.

use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use staste::store::TimeLimit;
use staste::{Address, Clock, RecorderOptions, SqlQuery};

use crate::clock::FixedClock;
use crate::detach_on_drop::DetachOnDrop;
use crate::error::{exception, input_error};
use crate::imports;
use crate::log;
use crate::moment::utc_datetime;
use crate::sql;

/// A Store and the Recorder of this process. Nothing is opened until the first kick is flushed or the first query runs.
#[pyclass(frozen, subclass, name = "Staste", module = "staste._staste")]
pub(crate) struct Staste {
    pub(crate) inner: DetachOnDrop<staste::Staste>,
    /// The zone of metricas that do not set one.
    pub(crate) zone: Option<String>,
    address: String,
    address_with_password: String,
}

#[pymethods]
impl Staste {
    #[new]
    #[pyo3(signature = (
        address, *, flush_interval = 0.25, zone = None, clock = None, pending_bytes = None, room_timeout = 30.0
    ))]
    fn new(
        py: Python<'_>,
        address: &str,
        flush_interval: Option<f64>,
        zone: Option<String>,
        clock: Option<PyRef<'_, FixedClock>>,
        pending_bytes: Option<usize>,
        room_timeout: Option<f64>,
    ) -> PyResult<Staste> {
        log::subscribe();
        let parsed = Address::parse(address).map_err(|error| exception(py, &error))?;
        let mut options = RecorderOptions::default()
            .flush_every(seconds(py, "flush_interval", flush_interval)?)
            .wait_for_room(seconds(py, "room_timeout", room_timeout)?);
        if let Some(bytes) = pending_bytes {
            options = options.pending_at_most(bytes);
        }
        let clock = clock.map_or_else(Clock::from_env, |fixed| Ok(fixed.inner.clone()));
        let clock = clock.map_err(|error| exception(py, &error))?;
        let inner = staste::Staste::with(parsed.store(), clock, options);
        Ok(Staste {
            inner: DetachOnDrop::new(inner),
            zone,
            address: parsed.to_string(),
            address_with_password: address.to_owned(),
        })
    }

    /// The address, without user name and password.
    #[getter]
    fn address(&self) -> &str {
        &self.address
    }

    /// The address as it was passed, with its password. Do not log it.
    #[getter]
    fn address_with_password(&self) -> &str {
        &self.address_with_password
    }

    /// Return the time by the clock of the store, in UTC and whole seconds.
    fn now<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        utc_datetime(py, self.inner.clock().now())
    }

    /// Commit all pending kicks and wait until it is done.
    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        let flushed = py.detach(|| self.inner.flush());
        log::deliver(py)?;
        flushed.map_err(|error| exception(py, &error))
    }

    /// Commit all pending kicks and stop the flushing thread.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let closed = py.detach(|| self.inner.close());
        log::deliver(py)?;
        closed.map_err(|error| exception(py, &error))
    }

    /// Return the fields of `staste.Health`.
    fn _health<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        log::deliver(py)?;
        let health = self.inner.health();
        let fields = PyDict::new(py);
        fields.set_item("pending_bytes", health.pending_bytes)?;
        fields.set_item("pending_age", health.pending_age.map(|age| age.as_secs_f64()))?;
        for (name, count) in [
            ("committed", health.committed),
            ("dropped", health.dropped),
            ("waited", health.waited),
            ("refused", health.refused),
            ("overflowed", health.overflowed),
            ("folded", health.folded),
            ("in_doubt", health.in_doubt),
            ("lost", health.lost),
            ("failures", health.failures),
        ] {
            fields.set_item(name, count)?;
        }
        fields.set_item("clock_skew", health.clock_skew)?;
        fields.set_item("last_error", health.last_error.map(|error| error.to_string()))?;
        fields.set_item("last_refusal", health.last_refusal.map(|error| error.to_string()))?;
        Ok(fields)
    }

    /// Return the fields of each `staste.Trouble`.
    fn _troubles<'py>(&self, py: Python<'py>, timeout: f64) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let timeout = seconds(py, "timeout", Some(timeout))?.unwrap_or_default();
        let troubles = py.detach(|| TimeLimit::run(timeout, || self.inner.troubles()));
        let troubles = troubles.map_err(|error| exception(py, &error))?;
        let fields = |trouble: &staste::Trouble| {
            let fields = PyDict::new(py);
            fields.set_item("kind", trouble.kind.name())?;
            fields.set_item("amount", trouble.amount)?;
            fields.set_item("processes", trouble.processes)?;
            fields.set_item("at", utc_datetime(py, trouble.at)?)?;
            fields.set_item("text", trouble.to_string())?;
            fields.set_item("reported", trouble.reported())?;
            Ok(fields)
        };
        troubles.iter().map(fields).collect()
    }

    /// Return the fields of each `staste.AxisUsage`.
    fn _nearly_full_axes<'py>(&self, py: Python<'py>, timeout: f64) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let timeout = seconds(py, "timeout", Some(timeout))?.unwrap_or_default();
        let axes = py.detach(|| TimeLimit::run(timeout, || self.inner.nearly_full_axes()));
        let axes = axes.map_err(|error| exception(py, &error))?;
        let fields = |axis: &staste::AxisUsage| {
            let fields = PyDict::new(py);
            fields.set_item("metrica", &axis.metrica)?;
            fields.set_item("axis", &axis.axis)?;
            fields.set_item("taken", axis.taken)?;
            fields.set_item("cap", axis.cap)?;
            fields.set_item("text", axis.to_string())?;
            Ok(fields)
        };
        axes.iter().map(fields).collect()
    }

    /// Return the names of the metricas in the store.
    fn metricas(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        let found = py.detach(|| {
            self.inner.flush()?;
            self.inner.definitions()
        });
        let found = found.map_err(|error| exception(py, &error))?;
        Ok(found.iter().map(|definition| definition.name.clone()).collect())
    }

    /// Return the stored definition of a metrica.
    fn definition<'py>(&self, py: Python<'py>, metrica: &str) -> PyResult<Bound<'py, PyAny>> {
        let found = py.detach(|| self.inner.stored_metrica(metrica).and_then(|metrica| metrica.definition()));
        let found = found.map_err(|error| exception(py, &error))?;
        let axes = PyList::empty(py);
        for axis in found.axes() {
            axes.append(imports::axis_definition(py)?.call1((&axis.name, axis.kind.name()))?)?;
        }
        let fields = (found.is_averaged(), found.multiplier, found.zone.name(), axes, found.kind.name());
        imports::metrica_definition(py)?.call1(fields)
    }

    /// Return the name and the zone of each metrica in the store.
    fn _zones(&self, py: Python<'_>, timeout: f64) -> PyResult<Vec<(String, String)>> {
        let timeout = seconds(py, "timeout", Some(timeout))?.unwrap_or_default();
        let found = py.detach(|| TimeLimit::run(timeout, || self.inner.definitions()));
        let found = found.map_err(|error| exception(py, &error))?;
        Ok(found.iter().map(|each| (each.name.clone(), each.zone.name().to_owned())).collect())
    }

    /// Return the columns and the rows of one SQL statement that reads the store.
    fn _sql<'py>(
        &self,
        py: Python<'py>,
        statement: &str,
        params: &Bound<'py, PyAny>,
        timeout: f64,
        max_rows: usize,
    ) -> PyResult<sql::ColumnsAndRows<'py>> {
        let query = sql::with_parameters(SqlQuery::new(statement).max_rows(max_rows), params)?;
        let timeout = seconds(py, "timeout", Some(timeout))?.unwrap_or(SqlQuery::DEFAULT_TIMEOUT);
        sql::run(py, &self.inner, &query.timeout(timeout))
    }

    /// Return the settings of the database server that can lose counts, as sentences.
    fn warnings(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        py.detach(|| self.inner.store().warnings()).map_err(|error| exception(py, &error))
    }

    /// Delete a metrica with everything that it counted.
    fn forget(&self, py: Python<'_>, metrica: &str) -> PyResult<()> {
        py.detach(|| self.inner.forget(metrica)).map(|_| ()).map_err(|error| exception(py, &error))
    }

    fn __enter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.close(py)
    }

    fn __repr__(&self) -> String {
        format!("staste.Staste({:?})", self.address)
    }
}

/// Converts a number of seconds; none means never.
fn seconds(py: Python<'_>, name: &str, seconds: Option<f64>) -> PyResult<Option<Duration>> {
    let parsed = seconds.map(Duration::try_from_secs_f64).transpose();
    parsed.map_err(|error| {
        let given = seconds.unwrap_or_default();
        input_error(py, format!("invalid {name} {given}: expected seconds of at least 0, or None ({error})"))
    })
}
