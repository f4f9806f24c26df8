//! `BulkWriter`: counts many kicks of one Metrica in large batches of their own.

use std::sync::{Mutex, PoisonError, TryLockError};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use staste::Moment;

use crate::choice::{choice_arguments, choice_inputs};
use crate::error::{exception, type_error};
use crate::metrica::Metrica;
use crate::moment::moment_in_zone;
use crate::number::value_from_py;

/// Counts many kicks. Full batches are committed at once, the rest by `flush()` or at the end of a `with` block.
#[pyclass(frozen, module = "staste")]
#[derive(Debug)]
pub(crate) struct BulkWriter {
    metrica: staste::Metrica,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    writer: staste::BulkWriter,
    pending: u64,
    committed: u64,
}

impl BulkWriter {
    pub(crate) fn new(py: Python<'_>, python_metrica: &Metrica) -> PyResult<BulkWriter> {
        let metrica = python_metrica.current(py)?;
        let writer = py.detach(|| metrica.bulk()).map_err(|error| exception(py, &error))?;
        let state = Mutex::new(State { writer, pending: 0, committed: 0 });
        Ok(BulkWriter { metrica, state })
    }

    /// Commits pending kicks. Other Python threads run meanwhile.
    fn commit(&self, py: Python<'_>) -> PyResult<()> {
        let result = py.detach(|| {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if !state.writer.is_empty() {
                state.writer.commit(Vec::new())?;
                state.committed += std::mem::take(&mut state.pending);
            }
            Ok(())
        });
        result.map_err(|error| exception(py, &error))
    }
}

#[pymethods]
impl BulkWriter {
    /// Count one event. An invalid kick raises and is left out.
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
        let date = date.map_or(Ok(Moment::Now), |date| moment_in_zone(date, &self.metrica))?;
        let is_full = {
            let mut state = match self.state.try_lock() {
                Ok(state) => state,
                Err(TryLockError::Poisoned(state)) => state.into_inner(),
                // Waiting for the lock here would block the interpreter.
                Err(TryLockError::WouldBlock) => {
                    return Err(type_error(
                        "two threads use the same BulkWriter: call bulk() once in each thread",
                    ));
                }
            };
            let result = state.writer.kick(choice_inputs(&choices)?, value, date);
            result.map_err(|error| exception(py, &error))?;
            state.pending += 1;
            state.writer.is_full()
        };
        if is_full { self.commit(py) } else { Ok(()) }
    }

    /// Commit pending kicks and wait until it is done.
    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        self.commit(py)
    }

    /// Number of committed kicks.
    #[getter]
    fn committed(&self, py: Python<'_>) -> u64 {
        py.detach(|| self.state.lock().unwrap_or_else(PoisonError::into_inner).committed)
    }

    fn __enter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.commit(py)
    }
}
