//! `Definition`: a Metrica as its Store holds it.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hasher};

use serde::{Deserialize, Serialize};

use crate::amount::Measure;
use crate::error::{Error, Result};
use crate::schema::axis::AxisDefinition;
use crate::schema::better::Better;
use crate::schema::name;
use crate::schema::retention::Retention;
use crate::schema::unit::Unit;
use crate::time::{Calendar, Scale, Zone};

/// The default limit on the points of a Metrica.
pub const DEFAULT_POINT_LIMIT: u64 = 1_000_000;
/// The default limit on the points of a distribution, whose bins are points too.
pub const DEFAULT_POINT_LIMIT_WITH_BINS: u64 = 10_000_000;
/// Maximum number of axes of a Metrica, without that of its bins.
pub const MAX_AXES: usize = 16;

/// The measures that a Metrica counts. Each kind has those of the kinds before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MetricaKind {
    /// Totals only; queries of counts and averages are errors.
    Plain,
    /// Totals and counts, and averages from both.
    Averaged,
    /// Totals, counts, and how many values are in each [`Bin`](crate::Bin), from which percentiles follow.
    Distribution,
}

impl MetricaKind {
    /// Every kind, in order.
    pub const ALL: [MetricaKind; 3] = [MetricaKind::Plain, MetricaKind::Averaged, MetricaKind::Distribution];

    /// Returns the name.
    pub const fn name(self) -> &'static str {
        match self {
            MetricaKind::Plain => "plain",
            MetricaKind::Averaged => "averaged",
            MetricaKind::Distribution => "distribution",
        }
    }

    /// Returns true if a Metrica of this kind can be redefined with the other: the same, or a distribution for an averaged
    /// one.
    pub fn allows(self, other: MetricaKind) -> bool {
        self == other || self.can_become(other)
    }

    /// Returns true if a Metrica of this kind can become one of the other: an averaged one a distribution.
    pub const fn can_become(self, other: MetricaKind) -> bool {
        matches!((self, other), (MetricaKind::Averaged, MetricaKind::Distribution))
    }
}

impl fmt::Display for MetricaKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The points at which a kick is counted; chosen when the Metrica is defined, and never changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Combinations {
    /// Every combination of choice and ALL: every filter has a cell of its own.
    Every,
    /// The full point and all combinations of at most two axes: filters on more axes scan full points.
    Pairs,
    /// Every combination of the axes after the first, those of the first axis alone, and the full point: filters on the
    /// first axis and others scan the full points of its choice. With up to two axes these are all combinations.
    FirstApart,
}

/// The bins of a distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BinSettings {
    /// The combinations of choices that have bins.
    pub combinations: Combinations,
    /// When an averaged Metrica became a distribution, in unix seconds; kicks before have no bin.
    pub since: Option<i64>,
}

/// What a Metrica is called, and what its values are measured in. Counting does not depend on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Labels {
    /// The title, shown in place of the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A sentence about what is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The unit of its values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// Which of its values are better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub better: Option<Better>,
}

impl Labels {
    /// Returns true if there are none.
    pub fn is_empty(&self) -> bool {
        *self == Labels::default()
    }

    /// Returns these labels, and others where there are none.
    pub(crate) fn or(self, others: &Labels) -> Labels {
        Labels {
            title: self.title.or_else(|| others.title.clone()),
            description: self.description.or_else(|| others.description.clone()),
            unit: self.unit.or_else(|| others.unit.clone()),
            better: self.better.or(others.better),
        }
    }
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
    /// Plain, averaged or distribution.
    pub kind: MetricaKind,
    /// Every axis in the Store's order: those of [`Definition::axes`], and that of the bins of a distribution, which people
    /// do not see.
    #[serde(rename = "axes")]
    pub stored_axes: Vec<AxisDefinition>,
    /// The bins of a distribution; none for other kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bins: Option<BinSettings>,
    /// The number of units of a cell that make one of a value.
    pub multiplier: u32,
    /// The time zone of its days.
    pub zone: Zone,
    /// The first day of its weeks, 0 being Monday.
    pub week_start: u8,
    /// What pages and tables show of it.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
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

    /// Returns its axes, in the Store's order.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// let responses = staste.metrica("responses").axis("view", Axis::stored()).distribution().build()?;
    /// let names: Vec<String> = responses.definition()?.axes().map(|axis| axis.name.clone()).collect();
    /// assert_eq!(names, ["view"]);
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn axes(&self) -> impl DoubleEndedIterator<Item = &AxisDefinition> + Clone {
        self.stored_axes.iter().filter(|axis| !axis.is_bins())
    }

    /// Returns the axis of this name.
    pub fn axis(&self, axis: &str) -> Option<&AxisDefinition> {
        self.axes().find(|known| known.name == axis)
    }

    /// Returns the position of an axis among the stored ones.
    ///
    /// # Errors
    /// When it has no axis of this name; the message lists its axes.
    pub fn axis_index(&self, axis: &str) -> Result<usize> {
        let position = self.stored_axes.iter().position(|known| known.name == axis && !known.is_bins());
        position.ok_or_else(|| unknown_axis(&self.name, axis, self.axes()))
    }

    /// Returns the position of the axis of bins among the stored ones.
    pub fn bin_axis(&self) -> Option<usize> {
        self.stored_axes.iter().position(AxisDefinition::is_bins)
    }

    /// Makes it a distribution; `since` is the current time if it has kicks already.
    pub(crate) fn add_bins(&mut self, since: Option<i64>) {
        // With every combination, the cell of a path includes those below it. Full points of bins do not, unless bins have
        // every combination too: earlier kicks would be unset twice.
        let has_paths = self.stored_axes.iter().any(AxisDefinition::is_path);
        let combinations = match has_paths && self.combinations == Combinations::Every {
            true => Combinations::Every,
            false => Combinations::FirstApart,
        };
        self.kind = MetricaKind::Distribution;
        self.bins = Some(BinSettings { combinations, since });
        self.stored_axes.push(AxisDefinition::bins());
    }

    /// Returns the approximate number of cells that a pending counter adds to a batch: about a third of its points are
    /// not shared with other counters of the batch.
    pub(crate) fn expected_cells(&self) -> usize {
        let axes = self.axes().count();
        let points = |combinations: Combinations| match combinations {
            Combinations::Every => 1 << axes.min(MAX_AXES),
            Combinations::Pairs => 2 + axes + axes * axes.saturating_sub(1) / 2,
            Combinations::FirstApart => 2 + (1 << axes.saturating_sub(1).min(MAX_AXES)),
        };
        let points = points(self.combinations) + self.bins.map_or(0, |bins| points(bins.combinations));
        (points * Scale::KEPT.len()).div_ceil(3)
    }

    /// Returns the measures that it has, in the order of columns: totals alone unless it is averaged. A distribution has
    /// every other percentile too.
    ///
    /// ```
    /// use staste::{Measure, MemoryStore, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// assert_eq!(staste.metrica("visits").build()?.definition()?.measures(), [Measure::Total]);
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn measures(&self) -> &'static [Measure] {
        match self.kind {
            MetricaKind::Plain => &[Measure::Total],
            MetricaKind::Averaged => &Measure::AVERAGED,
            MetricaKind::Distribution => &Measure::DISTRIBUTION,
        }
    }

    /// Returns which values of a measure are better, as [`MetricaBuilder::better`](crate::MetricaBuilder::better) says of the
    /// values of kicks. Where smaller values are better, neither more nor fewer kicks are; of a plain Metrica, which only has
    /// totals, a smaller total is better then.
    pub fn better(&self, measure: Measure) -> Better {
        let better = self.labels.better.unwrap_or_default();
        match measure {
            Measure::Average | Measure::Percentile(_) => better,
            Measure::ShareBelow(_) => better.reversed(),
            Measure::Total | Measure::Count if self.is_averaged() && better == Better::Down => {
                Better::Neither
            }
            Measure::Total | Measure::Count => better,
        }
    }

    /// Returns the measure if the Metrica has it.
    ///
    /// # Errors
    /// When the kind of the Metrica does not have it.
    pub fn check_measure(&self, measure: Measure) -> Result<Measure> {
        match measure {
            Measure::Percentile(_) | Measure::ShareBelow(_) => self.check_distribution()?,
            Measure::Total => {}
            Measure::Count | Measure::Average if self.is_averaged() => {}
            Measure::Count | Measure::Average => return Err(Error::plain(&self.name)),
        }
        Ok(measure)
    }

    /// Checks that it is a distribution.
    ///
    /// # Errors
    /// For another kind.
    pub(crate) fn check_distribution(&self) -> Result<()> {
        match self.kind {
            MetricaKind::Plain => Err(Error::plain(&self.name)),
            MetricaKind::Averaged => Err(Error::averaged(&self.name)),
            MetricaKind::Distribution => Ok(()),
        }
    }

    /// Returns true if it has counts: for an averaged Metrica and a distribution.
    pub fn is_averaged(&self) -> bool {
        self.kind >= MetricaKind::Averaged
    }

    /// Returns true if it has bins, from which percentiles follow.
    pub fn is_distribution(&self) -> bool {
        self.kind == MetricaKind::Distribution
    }
}

/// Returns a random id for a new Metrica.
pub(crate) fn random_id() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Returns the error for an axis that the Metrica does not have.
#[cold]
pub(crate) fn unknown_axis<'a>(
    metrica: &str,
    axis: &str,
    axes: impl IntoIterator<Item = &'a AxisDefinition>,
) -> Error {
    let names: Vec<&str> = axes.into_iter().map(|axis| axis.name.as_str()).collect();
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
        let axes: Vec<String> =
            self.axes().map(|axis| format!("{} ({})", axis.name, axis.kind.name())).collect();
        let axes = if axes.is_empty() { "no axes".to_owned() } else { format!("axes {}", axes.join(", ")) };
        write!(f, "{}, {axes}, multiplier {}, zone {}", self.kind, self.multiplier, self.zone.name())
    }
}
