//! What a program says of a Metrica, until there is a Store to count in.

use pyo3::prelude::*;
use staste::{Axis, Keep, MemoryStore, MetricaBuilder, Scale};

use crate::error::raised;

/// An axis as Python describes it: its name, its kind (`declared`, `stored` or `path`), its choices and its cap.
pub(crate) type AxisSpec = (String, String, Vec<String>, Option<u32>);

/// What a program says of a Metrica.
#[derive(Debug, Default)]
pub(crate) struct Spec {
    pub(crate) name: String,
    pub(crate) axes: Vec<AxisSpec>,
    pub(crate) averaged: bool,
    pub(crate) multiplier: Option<u32>,
    pub(crate) zone: Option<String>,
    /// Scales with how long they are kept: `8d`, `forever` or `never`.
    pub(crate) keep: Vec<(String, String)>,
}

impl Spec {
    /// The same for a Store's builder.
    ///
    /// # Errors
    /// When a scale or how long it is kept is none.
    pub(crate) fn build(
        &self,
        py: Python<'_>,
        mut builder: MetricaBuilder,
        zone: Option<&String>,
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
        if let Some(zone) = self.zone.as_ref().or(zone) {
            builder = builder.zone(zone);
        }
        for (scale, keep) in &self.keep {
            let scale = Scale::parse(scale).map_err(|error| raised(py, &error))?;
            let keep = Keep::parse(keep).map_err(|error| raised(py, &error))?;
            builder = builder.keep(scale, keep);
        }
        Ok(builder)
    }

    /// Checks all of it, before there is a Store.
    ///
    /// # Errors
    /// When anything of it is none: a name, a zone, a multiplier, how long a scale is kept.
    pub(crate) fn check(&self, py: Python<'_>) -> PyResult<()> {
        let nowhere = staste::Staste::new(MemoryStore::new());
        let asked = self.build(py, nowhere.metrica(&self.name), None)?.asked();
        asked.map(|_| ()).map_err(|error| raised(py, &error))
    }

    /// True when the program names such an axis.
    pub(crate) fn has_axis(&self, name: &str) -> bool {
        self.axes.iter().any(|(known, ..)| known == name)
    }
}
