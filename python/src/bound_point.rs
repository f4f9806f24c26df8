//! `BoundPoint`: a handle on one point of a Metrica.

use std::sync::Arc;

use arc_swap::ArcSwap;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use staste::{Choice, ChoiceInput, Moment};

use crate::choice::{choice_arguments, choice_inputs, owned_choice};
use crate::detach_on_drop::DetachOnDrop;
use crate::error::exception;
use crate::metrica::Metrica;
use crate::moment::moment_in_zone;
use crate::number::value_from_py;

/// A handle on one point, whose kicks skip the lookup of choices.
#[pyclass(frozen, module = "staste")]
#[derive(Debug)]
pub(crate) struct BoundPoint {
    metrica: Py<Metrica>,
    choices: Vec<(String, Choice)>,
    resolved: ArcSwap<ResolvedPoint>,
}

/// The point in a Store.
#[derive(Debug)]
struct ResolvedPoint {
    generation: u64,
    point: DetachOnDrop<staste::BoundPoint>,
}

impl BoundPoint {
    pub(crate) fn new(metrica: &Bound<'_, Metrica>, choices: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let py = metrica.py();
        let choices = choice_arguments(choices)?;
        let inputs = choice_inputs(&choices)?;
        let resolved = metrica.get().resolve(py)?;
        let point = resolved.metrica.bind(inputs.clone());
        let point = point.map_err(|error| exception(py, &error))?;
        let owned =
            |(axis, input): &(&str, ChoiceInput<'_>)| Some(((*axis).to_owned(), owned_choice(input)?));
        Ok(BoundPoint {
            metrica: metrica.clone().unbind(),
            choices: inputs.iter().filter_map(owned).collect(),
            resolved: ArcSwap::from_pointee(ResolvedPoint {
                generation: resolved.generation,
                point: DetachOnDrop::new(point),
            }),
        })
    }

    fn kick_resolved(
        &self,
        py: Python<'_>,
        resolved: &ResolvedPoint,
        value: Option<&Bound<'_, PyAny>>,
        date: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let result = match (value, date) {
            (None, None) => resolved.point.kick(),
            (value, date) => {
                let value = value_from_py(value)?;
                let date = match date {
                    Some(date) => moment_in_zone(date, &self.metrica.get().current(py)?)?,
                    None => Moment::Now,
                };
                resolved.point.kick_with(value, date)
            }
        };
        result.map_err(|error| exception(py, &error))
    }
}

#[pymethods]
impl BoundPoint {
    /// Count one event at the point.
    #[pyo3(signature = (value = None, date = None))]
    fn kick(
        &self,
        py: Python<'_>,
        value: Option<&Bound<'_, PyAny>>,
        date: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let resolved = self.resolved.load();
        if Metrica::is_current(resolved.generation) {
            return self.kick_resolved(py, &resolved, value, date);
        }
        let current = self.metrica.get().resolve(py)?;
        let point = current.metrica.bind(self.choices.iter().map(|(axis, choice)| (axis, choice)));
        let point = DetachOnDrop::new(point.map_err(|error| exception(py, &error))?);
        let resolved = Arc::new(ResolvedPoint { generation: current.generation, point });
        self.resolved.store(Arc::clone(&resolved));
        self.kick_resolved(py, &resolved, value, date)
    }

    /// Check a value and a date without counting.
    fn _check(
        &self,
        py: Python<'_>,
        value: Option<&Bound<'_, PyAny>>,
        date: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let value = value_from_py(value)?;
        let metrica = self.metrica.get().current(py)?;
        let definition = metrica.definition().map_err(|error| exception(py, &error))?;
        value.times(definition.multiplier).map_err(|error| exception(py, &error))?;
        let instant = moment_in_zone(date, &metrica)?.instant(&definition.zone);
        instant.map(|_| ()).map_err(|error| exception(py, &error))
    }
}
