//! `Description`: a Metrica as a program describes it, before there is a Store.

use pyo3::prelude::*;
use staste::{Axis, Keep, MemoryStore, MetricaBuilder, Scale};

use crate::error::exception;

/// An axis: its name, its kind (`declared`, `stored` or `path`), its choices and its cap.
pub(crate) type AxisDescription = (String, String, Vec<String>, Option<u32>);

/// A Metrica as a program describes it.
#[derive(Debug, Default)]
pub(crate) struct Description {
    pub(crate) name: String,
    pub(crate) axes: Vec<AxisDescription>,
    pub(crate) averaged: bool,
    pub(crate) multiplier: Option<u32>,
    pub(crate) zone: Option<String>,
    /// Scales, each with its retention: `8d`, `forever` or `never`.
    pub(crate) keep: Vec<(String, String)>,
}

impl Description {
    /// Adds the description to the builder of a Store.
    ///
    /// # Errors
    /// When a scale or a retention is invalid.
    pub(crate) fn build(
        &self,
        py: Python<'_>,
        mut builder: MetricaBuilder,
        default_zone: Option<&String>,
    ) -> PyResult<MetricaBuilder> {
        for (name, kind, choices, cap) in &self.axes {
            let axis = match kind.as_str() {
                "declared" => Axis::declared(choices),
                "path" => Axis::path(),
                _ => Axis::stored(),
            };
            builder = builder.axis(
                name,
                match cap {
                    Some(cap) => axis.cap(*cap),
                    None => axis,
                },
            );
        }
        if self.averaged {
            builder = builder.averaged();
        }
        if let Some(multiplier) = self.multiplier {
            builder = builder.multiplier(multiplier);
        }
        if let Some(zone) = self.zone.as_ref().or(default_zone) {
            builder = builder.zone(zone);
        }
        for (scale, keep) in &self.keep {
            let scale = Scale::parse(scale).map_err(|error| exception(py, &error))?;
            let keep = Keep::parse(keep).map_err(|error| exception(py, &error))?;
            builder = builder.keep(scale, keep);
        }
        Ok(builder)
    }

    /// Checks everything that can be checked without the Store.
    ///
    /// # Errors
    /// When the name, an axis, the zone, the multiplier or a retention is invalid.
    pub(crate) fn check(&self, py: Python<'_>) -> PyResult<()> {
        let scratch = staste::Staste::new(MemoryStore::new());
        let checked = self.build(py, scratch.metrica(&self.name), None)?.spec();
        checked.map(|_| ()).map_err(|error| exception(py, &error))
    }

    /// Returns true if the Metrica has an axis of this name.
    pub(crate) fn has_axis(&self, name: &str) -> bool {
        self.axes.iter().any(|(axis, ..)| axis == name)
    }
}
