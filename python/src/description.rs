//! `Description`: a Metrica as a program describes it, before there is a Store.

use pyo3::prelude::*;
use staste::{Axis, Better, Keep, MemoryStore, MetricaBuilder, Scale};

use crate::error::exception;
use crate::imports;

/// An axis: its name, its kind (`declared`, `stored` or `path`), its choices and its cap.
pub(crate) type AxisDescription = (String, String, Vec<String>, Option<u32>);

/// The kind of a Metrica, as its Python class says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Plain, unless the Store says otherwise.
    #[default]
    Plain,
    Averaged,
    Distribution,
    DistributionIfPossible,
}

impl Kind {
    /// Returns the kind for a word of the Python class.
    pub(crate) fn of(word: &str) -> Kind {
        match word {
            "averaged" => Kind::Averaged,
            "distribution" => Kind::Distribution,
            "distribution if possible" => Kind::DistributionIfPossible,
            _ => Kind::Plain,
        }
    }
}

/// What pages show of a Metrica.
#[derive(Debug, Default, FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct LabelTexts {
    pub(crate) unit: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) better: Option<String>,
}

/// A Metrica as a program describes it.
#[derive(Debug, Default)]
pub(crate) struct Description {
    pub(crate) name: String,
    pub(crate) axes: Vec<AxisDescription>,
    pub(crate) kind: Kind,
    pub(crate) multiplier: Option<u32>,
    pub(crate) zone: Option<String>,
    pub(crate) labels: LabelTexts,
    /// Scales, each with its retention: `8d`, `forever` or `never`.
    pub(crate) keep: Vec<(String, String)>,
}

impl Description {
    /// Adds the description to the builder of a Store, all but the zone.
    ///
    /// # Errors
    /// When a scale, a retention or a label is invalid.
    fn build_without_zone(&self, py: Python<'_>, mut builder: MetricaBuilder) -> PyResult<MetricaBuilder> {
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
        builder = match self.kind {
            Kind::Plain => builder,
            Kind::Averaged => builder.averaged(),
            Kind::Distribution => builder.distribution(),
            Kind::DistributionIfPossible => builder.prefer_distribution(),
        };
        let LabelTexts { unit, title, description, better } = &self.labels;
        builder = unit.iter().fold(builder, |builder, unit| builder.unit(unit));
        builder = title.iter().fold(builder, |builder, title| builder.title(title));
        builder = description.iter().fold(builder, |builder, text| builder.description(text));
        if let Some(word) = better {
            builder = builder.better(Better::parse(word).map_err(|error| exception(py, &error))?);
        }
        if let Some(multiplier) = self.multiplier {
            builder = builder.multiplier(multiplier);
        }
        for (scale, keep) in &self.keep {
            let scale = Scale::parse(scale).map_err(|error| exception(py, &error))?;
            let keep = Keep::parse(keep).map_err(|error| exception(py, &error))?;
            builder = builder.keep(scale, keep);
        }
        Ok(builder)
    }

    /// Adds the description to the builder of a Store, which may have a zone for metricas that do not set one.
    ///
    /// # Errors
    /// When a scale or a retention is invalid.
    pub(crate) fn build(
        &self,
        py: Python<'_>,
        builder: MetricaBuilder,
        zone_of_store: Option<&String>,
    ) -> PyResult<MetricaBuilder> {
        let builder = self.build_without_zone(py, builder)?;
        if let Some(zone) = self.zone.as_ref().or(zone_of_store) {
            return Ok(builder.zone(zone));
        }
        let zone: Option<String> = imports::default_zone(py)?.call0()?.extract()?;
        Ok(match zone {
            Some(zone) => builder.default_zone(&zone),
            None => builder,
        })
    }

    /// Checks everything that can be checked without the Store.
    ///
    /// # Errors
    /// When the name, an axis, the zone, the multiplier or a retention is invalid.
    pub(crate) fn check(&self, py: Python<'_>) -> PyResult<()> {
        let scratch = staste::Staste::new(MemoryStore::new());
        let mut builder = self.build_without_zone(py, scratch.metrica(&self.name))?;
        if let Some(zone) = &self.zone {
            builder = builder.zone(zone);
        }
        let checked = builder.spec();
        checked.map(|_| ()).map_err(|error| exception(py, &error))
    }

    /// Returns true if the Metrica has an axis of this name.
    pub(crate) fn has_axis(&self, name: &str) -> bool {
        self.axes.iter().any(|(axis, ..)| axis == name)
    }
}
