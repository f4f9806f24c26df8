//! The definition of a Metrica: as a program asks for it, and as the Store remembers it.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::schema::axis::{Axis, AxisDefinition, AxisKind};
use crate::schema::name;
use crate::schema::retention::{Keep, Retention};
use crate::time::{Calendar, Scale, Zone};

/// How many points a Metrica keeps when no limit is given.
pub const DEFAULT_POINT_LIMIT: u64 = 1_000_000;
/// The most axes a Metrica may have.
pub const MAX_AXES: usize = 16;
/// Up to this many axes every combination of choice and ALL has its cell.
const EVERY_COMBINATION: usize = 5;
/// Up to so many such a Metrica can be extended later.
const MOST_OF_EVERY: usize = 8;

/// Plain: totals only. Averaged: totals and counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MetricaKind {
    /// Totals only; `count` and `average` are errors.
    Plain,
    /// Totals and counts.
    Averaged,
}

/// Which points a kick bumps; chosen when the Metrica is made and kept for its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Combinations {
    /// Every combination of choice and ALL: every filter is one look-up.
    Every,
    /// The full point and all combinations of at most two axes; other filters scan full points.
    Pairs,
}

/// A Metrica as its Store remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// A random number that tells it from others of its name that were forgotten.
    #[serde(default)]
    pub id: u64,
    /// Plain or averaged.
    pub kind: MetricaKind,
    /// Its axes in the Store's order.
    pub axes: Vec<AxisDefinition>,
    /// How many units of a cell make one of a value.
    pub multiplier: u32,
    /// The zone of its days.
    pub zone: Zone,
    /// The first day of its weeks, 0 being Monday.
    pub week_start: u8,
    /// How long each scale is kept.
    pub retention: Retention,
    /// Which points a kick bumps.
    pub combinations: Combinations,
    /// How many points it keeps before new ones fold their stored axes to *other*.
    pub points: u64,
    /// Counts the changes of the definition in its Store, from 1.
    pub version: u64,
}

impl Definition {
    /// Its calendar.
    pub fn calendar(&self) -> Calendar {
        Calendar::new(self.zone.clone(), self.week_start)
    }

    /// The position of an axis.
    ///
    /// # Errors
    /// When it has no axis of this name; the message lists those it has.
    pub fn axis_index(&self, axis: &str) -> Result<usize> {
        self.axes
            .iter()
            .position(|known| known.name == axis)
            .ok_or_else(|| unknown_axis(&self.name, axis, &self.axes))
    }

    /// How many cells a counter adds to a batch, about: a third of its points are its own, the others
    /// are shared with other counters of the batch.
    pub(crate) fn expected_cells(&self) -> usize {
        let axes = self.axes.len();
        let points = match self.combinations {
            Combinations::Every => 1 << axes.min(MAX_AXES),
            Combinations::Pairs => 2 + axes + axes * axes.saturating_sub(1) / 2,
        };
        (points * Scale::KEPT.len()).div_ceil(3)
    }

    /// True for an averaged Metrica.
    pub fn is_averaged(&self) -> bool {
        self.kind == MetricaKind::Averaged
    }
}

/// The identity of a Metrica that is made.
pub(crate) fn fresh_id() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// The refusal of an axis the Metrica does not have.
#[cold]
pub(crate) fn unknown_axis(metrica: &str, axis: &str, axes: &[AxisDefinition]) -> Error {
    let names: Vec<&str> = axes.iter().map(|axis| axis.name.as_str()).collect();
    let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let shown: String = axis.chars().take(64).collect();
    Error::input(format!("metrica {metrica} has no axis {shown:?}; its axes are: {known}"))
}

impl fmt::Display for Definition {
    /// One line for error messages: kind, axes, multiplier and zone.
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

/// A Metrica as a program asks for it: what is left open adopts what the Store remembers.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricaSpec {
    pub(crate) name: String,
    pub(crate) kind: Option<MetricaKind>,
    pub(crate) axes: Vec<AxisDefinition>,
    pub(crate) explicit_caps: Vec<bool>,
    pub(crate) multiplier: Option<u32>,
    pub(crate) zone: Option<Zone>,
    pub(crate) week_start: Option<u8>,
    pub(crate) retention: Vec<(Scale, Keep)>,
    pub(crate) points: Option<u64>,
}

impl MetricaSpec {
    /// A Metrica of this name without axes.
    ///
    /// # Errors
    /// When the name is not one; see the glossary for the letters it may have.
    pub fn new(metrica: &str) -> Result<MetricaSpec> {
        name::check_metrica(metrica)?;
        Ok(MetricaSpec {
            name: metrica.to_owned(),
            kind: None,
            axes: Vec::new(),
            explicit_caps: Vec::new(),
            multiplier: None,
            zone: None,
            week_start: None,
            retention: Vec::new(),
            points: None,
        })
    }

    /// What a Store already remembers, asked for as it is.
    pub fn as_stored(definition: &Definition) -> MetricaSpec {
        MetricaSpec {
            name: definition.name.clone(),
            kind: Some(definition.kind),
            axes: definition.axes.clone(),
            explicit_caps: vec![false; definition.axes.len()],
            multiplier: Some(definition.multiplier),
            zone: Some(definition.zone.clone()),
            week_start: None,
            retention: Vec::new(),
            points: None,
        }
    }

    /// The name asked for.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The axes asked for.
    pub fn axes(&self) -> &[AxisDefinition] {
        &self.axes
    }

    /// Adds an axis.
    ///
    /// # Errors
    /// A bad or repeated name, a declared choice that is too long, more than sixteen axes.
    pub fn axis(&mut self, axis_name: &str, axis: &Axis) -> Result<()> {
        if self.axes.iter().any(|known| known.name == axis_name) {
            return Err(Error::input(format!("metrica {} already has an axis {axis_name}", self.name)));
        }
        if self.axes.len() == MAX_AXES {
            return Err(Error::input(format!("metrica {} may have at most {MAX_AXES} axes", self.name)));
        }
        self.axes.push(axis.named(axis_name)?);
        self.explicit_caps.push(axis.cap.is_some());
        Ok(())
    }

    /// The definition this makes in a Store that does not have it yet.
    pub(crate) fn first(&self) -> Result<Definition> {
        let mut retention = Retention::default();
        for (scale, keep) in &self.retention {
            retention = retention.keep(*scale, *keep)?;
        }
        Ok(Definition {
            name: self.name.clone(),
            id: fresh_id(),
            kind: self.kind.unwrap_or(MetricaKind::Plain),
            axes: self.axes.clone(),
            multiplier: self.multiplier.unwrap_or(1),
            zone: self.zone.clone().unwrap_or_else(Zone::utc),
            week_start: self.week_start.unwrap_or(0),
            retention,
            combinations: if self.axes.len() <= EVERY_COMBINATION {
                Combinations::Every
            } else {
                Combinations::Pairs
            },
            points: self.points.unwrap_or(DEFAULT_POINT_LIMIT),
            version: 1,
        })
    }

    /// The definition to use and whether the Store must be told of it: the stored one, with what was
    /// asked beyond it.
    ///
    /// # Errors
    /// A conflict when kind, multiplier, zone or an axis' kind were given and differ.
    pub fn reconcile(&self, stored: Option<&Definition>) -> Result<(Definition, bool)> {
        self.merge(stored, true)
    }

    /// The same, but caps, retention, first day of the week and points are taken as they are stored.
    pub(crate) fn adopt(&self, stored: Option<&Definition>) -> Result<(Definition, bool)> {
        self.merge(stored, false)
    }

    fn merge(&self, stored: Option<&Definition>, imposing: bool) -> Result<(Definition, bool)> {
        let Some(stored) = stored else {
            return Ok((self.first()?, true));
        };
        let mut merged = stored.clone();
        let differs = self.kind.is_some_and(|kind| kind != stored.kind)
            || self.multiplier.is_some_and(|multiplier| multiplier != stored.multiplier)
            || self.zone.as_ref().is_some_and(|zone| *zone != stored.zone);
        if differs {
            return Err(self.conflict(stored, "kind, multiplier and zone are kept for life"));
        }
        for (axis, explicit_cap) in self.axes.iter().zip(&self.explicit_caps) {
            let Some(known) = merged.axes.iter_mut().find(|known| known.name == axis.name) else {
                if merged.axes.len() == MAX_AXES {
                    return Err(self.conflict(stored, "a metrica has at most 16 axes"));
                }
                if merged.combinations == Combinations::Every && merged.axes.len() == MOST_OF_EVERY {
                    return Err(self.conflict(
                        stored,
                        "it counts every combination of its axes, which a ninth axis would double to 512 a kick",
                    ));
                }
                merged.axes.push(axis.clone());
                continue;
            };
            match (&mut known.kind, &axis.kind) {
                (AxisKind::Declared(known), AxisKind::Declared(asked)) => {
                    let new: Vec<Arc<str>> =
                        asked.iter().filter(|choice| !known.contains(choice)).map(Arc::clone).collect();
                    known.extend(new);
                }
                (known, asked) if known == asked => {}
                _ => return Err(self.conflict(stored, &format!("axis {} is of another kind", axis.name))),
            }
            if *explicit_cap && imposing {
                known.cap = axis.cap;
            }
        }
        if imposing {
            for (scale, keep) in &self.retention {
                merged.retention = merged.retention.keep(*scale, *keep)?;
            }
            merged.week_start = self.week_start.unwrap_or(merged.week_start);
            merged.points = self.points.unwrap_or(merged.points);
        }
        let changed = merged != *stored;
        if changed {
            merged.version += 1;
        }
        Ok((merged, changed))
    }

    fn conflict(&self, stored: &Definition, why: &str) -> Error {
        let asked = match self.first() {
            Ok(asked) => asked.to_string(),
            Err(error) => return error,
        };
        Error::conflict(format!(
            "metrica {} is defined differently in the store: {why}.\n  stored: {stored}\n  asked:  {asked}\n\
             Ask for what is stored, or count under another name.",
            self.name
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(axes: &[(&str, Axis)]) -> MetricaSpec {
        let mut asked = MetricaSpec::new("guests").unwrap();
        for (axis_name, axis) in axes {
            asked.axis(axis_name, axis).unwrap();
        }
        asked
    }

    #[test]
    fn order_of_axes_does_not_matter_and_choices_are_joined() {
        let (stored, _) =
            asked(&[("gender", Axis::declared(["boy"])), ("age", Axis::stored())]).reconcile(None).unwrap();
        let again = asked(&[("age", Axis::stored()), ("gender", Axis::declared(["boy"]))]);
        assert_eq!(again.reconcile(Some(&stored)).unwrap(), (stored.clone(), false));
        let more = asked(&[("gender", Axis::declared(["girl", "boy"]))]);
        let (merged, changed) = more.reconcile(Some(&stored)).unwrap();
        assert!(changed);
        assert_eq!(merged.version, 2);
        assert_eq!(merged.axes[0].kind, AxisKind::Declared(vec!["boy".into(), "girl".into()]));
    }

    #[test]
    fn defaults_adopt_and_explicit_differences_are_refused() {
        let mut first = asked(&[]);
        first.multiplier = Some(100);
        first.kind = Some(MetricaKind::Averaged);
        let (stored, _) = first.reconcile(None).unwrap();
        assert_eq!(asked(&[]).reconcile(Some(&stored)).unwrap().0.multiplier, 100);
        let mut other = asked(&[]);
        other.multiplier = Some(10);
        let error = other.reconcile(Some(&stored)).unwrap_err();
        assert!(error.is_conflict());
        assert!(error.to_string().contains("multiplier 100") && error.to_string().contains("multiplier 10,"));
        let mut plain = asked(&[]);
        plain.kind = Some(MetricaKind::Plain);
        assert!(plain.reconcile(Some(&stored)).unwrap_err().is_conflict());
    }

    #[test]
    fn definitions_survive_json() {
        let (definition, _) =
            asked(&[("page", Axis::path()), ("age", Axis::stored())]).reconcile(None).unwrap();
        let text = serde_json::to_string(&definition).unwrap();
        assert_eq!(serde_json::from_str::<Definition>(&text).unwrap(), definition);
    }
}
