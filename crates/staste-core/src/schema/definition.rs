//! `Definition`: a Metrica as its Store holds it.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hasher};

use serde::{Deserialize, Serialize};

use crate::amount::Measure;
use crate::error::{Error, Result};
use crate::schema::axis::AxisDefinition;
use crate::schema::name;
use crate::schema::retention::Retention;
use crate::time::{Calendar, Scale, Zone};

/// The default limit on the points of a Metrica.
pub const DEFAULT_POINT_LIMIT: u64 = 1_000_000;
/// Maximum number of axes of a Metrica.
pub const MAX_AXES: usize = 16;

/// The measures that a Metrica counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MetricaKind {
    /// Totals only; queries of counts and averages are errors.
    Plain,
    /// Totals and counts, and averages from both.
    Averaged,
}

/// The points at which a kick is counted; chosen when the Metrica is defined, and never changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Combinations {
    /// Every combination of choice and ALL: every filter has a cell of its own.
    Every,
    /// The full point and all combinations of at most two axes: filters on more axes scan full points.
    Pairs,
}

/// A Metrica as its Store holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// A random number that distinguishes it from forgotten metricas of the same name.
    #[serde(default)]
    pub id: u64,
    /// Plain or averaged.
    pub kind: MetricaKind,
    /// Its axes, in the Store's order.
    pub axes: Vec<AxisDefinition>,
    /// The number of units of a cell that make one of a value.
    pub multiplier: u32,
    /// The time zone of its days.
    pub zone: Zone,
    /// The first day of its weeks, 0 being Monday.
    pub week_start: u8,
    /// The retention of each scale.
    pub retention: Retention,
    /// The points at which a kick is counted.
    pub combinations: Combinations,
    /// Maximum number of points; beyond it new ones fold to *other* on their stored and path axes.
    pub points: u64,
    /// The number of the definition in its Store: 1 at first, one more after each change.
    pub version: u64,
}

impl Definition {
    /// Returns its calendar.
    pub fn calendar(&self) -> Calendar {
        Calendar::new(self.zone.clone(), self.week_start)
    }

    /// Returns the position of an axis.
    ///
    /// # Errors
    /// When it has no axis of this name; the message lists its axes.
    pub fn axis_index(&self, axis: &str) -> Result<usize> {
        self.axes
            .iter()
            .position(|known| known.name == axis)
            .ok_or_else(|| unknown_axis(&self.name, axis, &self.axes))
    }

    /// Returns the approximate number of cells that a pending counter adds to a batch: about a third of its points are
    /// not shared with other counters of the batch.
    pub(crate) fn expected_cells(&self) -> usize {
        let axes = self.axes.len();
        let points = match self.combinations {
            Combinations::Every => 1 << axes.min(MAX_AXES),
            Combinations::Pairs => 2 + axes + axes * axes.saturating_sub(1) / 2,
        };
        (points * Scale::KEPT.len()).div_ceil(3)
    }

    /// Returns the measures that it has: totals alone unless it is averaged.
    ///
    /// ```
    /// use staste::{Measure, MemoryStore, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// assert_eq!(staste.metrica("visits").build()?.definition()?.measures(), [Measure::Total]);
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn measures(&self) -> &'static [Measure] {
        if self.is_averaged() { &Measure::ALL } else { &[Measure::Total] }
    }

    /// Returns the measure if the Metrica has it.
    ///
    /// # Errors
    /// When the Metrica is plain and the measure is not the total.
    pub fn check_measure(&self, measure: Measure) -> Result<Measure> {
        if self.measures().contains(&measure) { Ok(measure) } else { Err(Error::plain(&self.name)) }
    }

    /// Returns true for an averaged Metrica.
    pub fn is_averaged(&self) -> bool {
        self.kind == MetricaKind::Averaged
    }
}

/// Returns a random id for a new Metrica.
pub(crate) fn random_id() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Returns the error for an axis that the Metrica does not have.
#[cold]
pub(crate) fn unknown_axis(metrica: &str, axis: &str, axes: &[AxisDefinition]) -> Error {
    let names: Vec<&str> = axes.iter().map(|axis| axis.name.as_str()).collect();
    let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let truncated: String = axis.chars().take(64).collect();
    // The two may look the same.
    let meant = name::normal_form(axis).filter(|normal| names.contains(&normal.as_str()));
    let form = meant.map_or_else(String::new, |normal| {
        format!("; {} is not in its normal form: write it as {normal:?}", axis.escape_unicode())
    });
    Error::unknown_axis(
        axis,
        format!("metrica {metrica} has no axis {truncated:?}; its axes are: {known}{form}"),
    )
}

impl fmt::Display for Definition {
    /// Formats one line for error messages: kind, axes, multiplier and zone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            MetricaKind::Plain => "plain",
            MetricaKind::Averaged => "averaged",
        };
        let axes: Vec<String> =
            self.axes.iter().map(|axis| format!("{} ({})", axis.name, axis.kind.name())).collect();
        let axes = if axes.is_empty() { "no axes".to_owned() } else { format!("axes {}", axes.join(", ")) };
        write!(f, "{kind}, {axes}, multiplier {}, zone {}", self.multiplier, self.zone.name())
    }
}
