//! `Staste`: a Store, and the process' kicks on their way to it.

use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use staste::store::TimeLimit;
use staste::{Address, Clock, RecorderOptions, SqlQuery};

use crate::clock::FixedClock;
use crate::detached::Detached;
use crate::error::{raised, refused};
use crate::log;
use crate::moment::aware;
use crate::sql;

/// A Store, and the process' kicks on their way to it. Nothing is opened until something is counted or asked.
#[pyclass(frozen, subclass, name = "Staste", module = "staste._staste")]
pub(crate) struct Staste {
    pub(crate) inner: Detached<staste::Staste>,
    /// The zone of metricas that name none.
    pub(crate) zone: Option<String>,
    address: String,
    /// As it was given, with its password.
    url: String,
}

/// Whether a Metrica is averaged, its multiplier, its zone, and its axes with their kinds.
type Remembered = (bool, u32, String, Vec<(String, String)>);

#[pymethods]
impl Staste {
    /// The Store of an address, such as `sqlite:guests.db`, `redis://localhost` or `memory:`.
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
        log::listen();
        let parsed = Address::parse(address).map_err(|error| raised(py, &error))?;
        let mut options = RecorderOptions::default()
            .flush_every(seconds(py, "flush_interval", flush_interval)?)
            .wait_for_room(seconds(py, "room_timeout", room_timeout)?);
        if let Some(bytes) = pending_bytes {
            options = options.pending_at_most(bytes);
        }
        let clock = clock.map_or_else(Clock::from_env, |fixed| Ok(fixed.inner.clone()));
        let clock = clock.map_err(|error| raised(py, &error))?;
        let inner = staste::Staste::with(parsed.store(), clock, options);
        Ok(Staste { inner: Detached::new(inner), zone, address: parsed.to_string(), url: address.to_owned() })
    }

    /// The address, without a password.
    #[getter]
    fn address(&self) -> &str {
        &self.address
    }

    /// The address as it was given, with a password if it has one: not for logs.
    #[getter]
    fn url(&self) -> &str {
        &self.url
    }

    /// The time by the clock of the Store, in UTC and whole seconds.
    fn now<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        aware(py, self.inner.clock().now())
    }

    /// Commits everything that was kicked before, and waits for it.
    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        let flushed = py.detach(|| self.inner.flush());
        log::deliver(py)?;
        flushed.map_err(|error| raised(py, &error))
    }

    /// Commits the rest and stops the flushing thread.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let closed = py.detach(|| self.inner.close());
        log::deliver(py)?;
        closed.map_err(|error| raised(py, &error))
    }

    /// What waits, and what was lost and why, by the names of the fields of `staste.Health`.
    fn _health<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        log::deliver(py)?;
        let health = self.inner.health();
        let told = PyDict::new(py);
        told.set_item("pending_bytes", health.pending_bytes)?;
        told.set_item("pending_age", health.pending_age.map(|age| age.as_secs_f64()))?;
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
            told.set_item(name, count)?;
        }
        told.set_item("clock_skew", health.clock_skew)?;
        told.set_item("last_error", health.last_error.map(|error| error.to_string()))?;
        told.set_item("last_refusal", health.last_refusal.map(|error| error.to_string()))?;
        Ok(told)
    }

    /// What went wrong with counting in the last days, by the names of the fields of `staste.Trouble`.
    fn _troubles<'py>(&self, py: Python<'py>, timeout: f64) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let timeout = seconds(py, "timeout", Some(timeout))?.unwrap_or_default();
        let troubles = py.detach(|| TimeLimit::run(timeout, || self.inner.troubles()));
        let troubles = troubles.map_err(|error| raised(py, &error))?;
        let fields = |trouble: &staste::Trouble| {
            let fields = PyDict::new(py);
            fields.set_item("kind", trouble.kind.name())?;
            fields.set_item("amount", trouble.amount)?;
            fields.set_item("processes", trouble.processes)?;
            fields.set_item("at", aware(py, trouble.at)?)?;
            fields.set_item("text", trouble.to_string())?;
            fields.set_item("reported", trouble.reported())?;
            Ok(fields)
        };
        troubles.iter().map(fields).collect()
    }

    /// The names of the metricas in the Store.
    fn metricas(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        let found = py.detach(|| {
            self.inner.flush()?;
            self.inner.definitions()
        });
        let found = found.map_err(|error| raised(py, &error))?;
        Ok(found.iter().map(|definition| definition.name.clone()).collect())
    }

    /// How a Metrica is remembered: whether it is averaged, its multiplier, its zone, and its axes as `(name, kind)`.
    fn definition(&self, py: Python<'_>, metrica: &str) -> PyResult<Remembered> {
        let found = py.detach(|| self.inner.known(metrica).and_then(|metrica| metrica.definition()));
        let found = found.map_err(|error| raised(py, &error))?;
        let axes = found.axes.iter().map(|axis| (axis.name.clone(), axis.kind.name().to_owned())).collect();
        Ok((found.is_averaged(), found.multiplier, found.zone.name().to_owned(), axes))
    }

    /// The columns and the rows of one statement in SQL that reads the Store. What was kicked before is in it.
    fn _sql<'py>(
        &self,
        py: Python<'py>,
        statement: &str,
        params: &Bound<'py, PyAny>,
        timeout: f64,
        max_rows: usize,
    ) -> PyResult<sql::Rows<'py>> {
        let query = sql::with_parameters(SqlQuery::new(statement).max_rows(max_rows), params)?;
        let timeout = seconds(py, "timeout", Some(timeout))?.unwrap_or(SqlQuery::DEFAULT_TIMEOUT);
        sql::run(py, &self.inner, &query.timeout(timeout))
    }

    /// What of the Store's settings would lose counts.
    fn warnings(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        py.detach(|| self.inner.store().warnings()).map_err(|error| raised(py, &error))
    }

    /// Removes a Metrica with everything that was counted in it.
    fn forget(&self, py: Python<'_>, metrica: &str) -> PyResult<()> {
        py.detach(|| self.inner.forget(metrica)).map(|_| ()).map_err(|error| raised(py, &error))
    }

    fn __enter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    #[pyo3(signature = (*_raised))]
    fn __exit__(&self, py: Python<'_>, _raised: &Bound<'_, pyo3::types::PyTuple>) -> PyResult<()> {
        self.close(py)
    }

    fn __repr__(&self) -> String {
        format!("staste.Staste({:?})", self.address)
    }
}

/// A number of seconds; none for never.
fn seconds(py: Python<'_>, name: &str, seconds: Option<f64>) -> PyResult<Option<Duration>> {
    let parsed = seconds.map(Duration::try_from_secs_f64).transpose();
    parsed.map_err(|error| {
        let given = seconds.unwrap_or_default();
        refused(py, format!("invalid {name} {given}: expected seconds of at least 0, or None ({error})"))
    })
}
