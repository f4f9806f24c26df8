//! `Bulk`: many kicks of one Metrica, committed in large batches of their own.

use std::sync::{Mutex, PoisonError, TryLockError};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use staste::{Moment, Value};

use crate::choice::{given, held};
use crate::error::{misused, raised};
use crate::metrica::Metrica;
use crate::moment::moment_of;

/// Many kicks at once: gathered, and committed whenever they fill a transaction, at the end of a `with` at the latest.
#[pyclass(frozen, module = "staste")]
#[derive(Debug)]
pub(crate) struct Bulk {
    described: Py<Metrica>,
    metrica: staste::Metrica,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    bulk: staste::BulkWriter,
    gathered: u64,
    committed: u64,
}

impl Bulk {
    pub(crate) fn new(py: Python<'_>, described: Py<Metrica>) -> PyResult<Bulk> {
        let metrica = described.get().in_force(py)?;
        let bulk = py.detach(|| metrica.bulk()).map_err(|error| raised(py, &error))?;
        let state = Mutex::new(State { bulk, gathered: 0, committed: 0 });
        Ok(Bulk { described, metrica, state })
    }

    /// Commits what was gathered. Other threads of Python run meanwhile.
    fn commit(&self, py: Python<'_>) -> PyResult<()> {
        let committed = py.detach(|| {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if !state.bulk.is_empty() {
                state.bulk.commit(Vec::new())?;
                state.committed += std::mem::take(&mut state.gathered);
            }
            Ok(())
        });
        committed.map_err(|error| raised(py, &error))
    }
}

#[pymethods]
impl Bulk {
    #[pyo3(signature = (value = None, date = None, **choices))]
    fn kick(
        &self,
        py: Python<'_>,
        value: Option<&Bound<'_, PyAny>>,
        date: Option<&Bound<'_, PyAny>>,
        choices: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        let choices = held(choices)?;
        let value = value.map_or(Ok(Value::ONE), crate::value::value)?;
        let date = date.map_or(Ok(Moment::Now), |date| moment_of(date, &self.metrica))?;
        let is_full = {
            let mut state = match self.state.try_lock() {
                Ok(state) => state,
                Err(TryLockError::Poisoned(state)) => state.into_inner(),
                // Waiting here would hold up the interpreter.
                Err(TryLockError::WouldBlock) => {
                    return Err(misused(
                        "a bulk is for one thread at a time: give each thread one of its own",
                    ));
                }
            };
            let kicked = state.bulk.kick(given(&choices)?, value, date);
            kicked.map_err(|error| self.described.get().spec().raised(py, &error, &choices))?;
            state.gathered += 1;
            state.bulk.is_full()
        };
        if is_full { self.commit(py) } else { Ok(()) }
    }

    /// Commits what was gathered, and waits for it.
    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        self.commit(py)
    }

    /// How many kicks are committed.
    #[getter]
    fn committed(&self, py: Python<'_>) -> u64 {
        py.detach(|| self.state.lock().unwrap_or_else(PoisonError::into_inner).committed)
    }

    fn __enter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    #[pyo3(signature = (*_raised))]
    fn __exit__(&self, py: Python<'_>, _raised: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.commit(py)
    }
}
