//! `MetricaSpec`: a Metrica as a program requests it, and its reconciliation with the stored definition.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::schema::axis::{Axis, AxisDefinition, AxisKind};
use crate::schema::definition::{
    Combinations, DEFAULT_POINT_LIMIT, DEFAULT_POINT_LIMIT_WITH_BINS, Definition, Labels, MAX_AXES,
    MetricaKind, random_id,
};
use crate::schema::name;
use crate::schema::retention::{Keep, Retention};
use crate::time::{Scale, Zone};

/// A Metrica that is defined with at most this many axes counts every combination of choice and ALL.
const INITIAL_AXES_EVERY_COMBINATION: usize = 5;
/// Maximum number of axes to which such a Metrica can be extended later.
const MAX_AXES_EVERY_COMBINATION: usize = 8;

/// A Metrica as a program requests it. Settings that are left out adopt the stored definition.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricaSpec {
    pub(crate) name: String,
    pub(crate) kind: Option<MetricaKind>,
    /// True to count averages where the Store cannot have the distribution that `kind` asks for.
    pub(crate) accepts_averaged: bool,
    pub(crate) axes: Vec<AxisDefinition>,
    pub(crate) explicit_caps: Vec<bool>,
    pub(crate) multiplier: Option<u32>,
    pub(crate) zone: Option<Zone>,
    /// The zone of a Metrica that the Store does not have yet, when `zone` is not set. It never conflicts.
    pub(crate) default_zone: Option<Zone>,
    pub(crate) week_start: Option<u8>,
    pub(crate) labels: Labels,
    pub(crate) retention: Vec<(Scale, Keep)>,
    pub(crate) points: Option<u64>,
}

impl MetricaSpec {
    /// Creates the specification of a Metrica without axes.
    ///
    /// # Errors
    /// When the name is invalid: it has a letter or `_`, then letters, digits, `_`, `.` and `-`, at most 100 bytes.
    pub fn new(metrica: &str) -> Result<MetricaSpec> {
        name::check_metrica(metrica)?;
        Ok(MetricaSpec {
            name: metrica.to_owned(),
            kind: None,
            accepts_averaged: false,
            axes: Vec::new(),
            explicit_caps: Vec::new(),
            multiplier: None,
            zone: None,
            default_zone: None,
            week_start: None,
            labels: Labels::default(),
            retention: Vec::new(),
            points: None,
        })
    }

    /// Creates the specification that equals a stored definition.
    pub fn as_stored(definition: &Definition) -> MetricaSpec {
        MetricaSpec {
            name: definition.name.clone(),
            kind: Some(definition.kind),
            accepts_averaged: false,
            axes: definition.axes().cloned().collect(),
            explicit_caps: vec![false; definition.axes().count()],
            multiplier: Some(definition.multiplier),
            zone: Some(definition.zone.clone()),
            default_zone: None,
            week_start: None,
            labels: Labels::default(),
            retention: Vec::new(),
            points: None,
        }
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the axes.
    pub fn axes(&self) -> &[AxisDefinition] {
        &self.axes
    }

    /// Sets the kind.
    pub fn set_kind(&mut self, kind: MetricaKind) {
        self.kind = Some(kind);
    }

    /// Adds an axis.
    ///
    /// # Errors
    /// For an invalid or repeated name, a declared choice that is too long, or more than sixteen axes.
    pub fn axis(&mut self, axis_name: &str, axis: &Axis) -> Result<()> {
        if self.axes.iter().any(|known| known.name == axis_name) {
            return Err(Error::invalid_input(format!(
                "metrica {} already has an axis {axis_name}",
                self.name
            )));
        }
        if self.axes.len() == MAX_AXES {
            return Err(Error::invalid_input(format!(
                "metrica {} may have at most {MAX_AXES} axes",
                self.name
            )));
        }
        self.axes.push(axis.named(axis_name)?);
        self.explicit_caps.push(axis.cap.is_some());
        Ok(())
    }

    /// Returns the definition for a Store that does not have the Metrica yet.
    pub(crate) fn initial_definition(&self) -> Result<Definition> {
        let mut retention = Retention::default();
        for (scale, keep) in &self.retention {
            retention = retention.keep(*scale, *keep)?;
        }
        let kind = self.kind.unwrap_or(MetricaKind::Plain);
        let mut definition = Definition {
            name: self.name.clone(),
            id: random_id(),
            kind,
            stored_axes: self.axes.clone(),
            bins: None,
            multiplier: self.multiplier.unwrap_or(1),
            zone: self.zone.as_ref().or(self.default_zone.as_ref()).map_or_else(Zone::utc, Zone::clone),
            week_start: self.week_start.unwrap_or(0),
            labels: self.labels.clone(),
            retention,
            combinations: if self.axes.len() <= INITIAL_AXES_EVERY_COMBINATION {
                Combinations::Every
            } else {
                Combinations::Pairs
            },
            points: self.points.unwrap_or(default_points(kind)),
            version: 1,
        };
        if kind == MetricaKind::Distribution {
            definition.add_bins(None);
        }
        Ok(definition)
    }

    /// Returns the stored definition with the requested changes, and true when it differs from the stored one, so that
    /// it has to be written.
    ///
    /// # Errors
    /// A conflict when kind, multiplier, zone or the kind of an axis were given and differ.
    pub fn reconcile(&self, stored: Option<&Definition>) -> Result<(Definition, bool)> {
        self.merge(stored, true)
    }

    /// Does the same, but keeps the stored caps, retention, first day of the week and point limit.
    pub(crate) fn adopt(&self, stored: Option<&Definition>) -> Result<(Definition, bool)> {
        self.merge(stored, false)
    }

    fn merge(&self, stored: Option<&Definition>, overrides_settings: bool) -> Result<(Definition, bool)> {
        let Some(stored) = stored else {
            return Ok((self.initial_definition()?, true));
        };
        let mut merged = stored.clone();
        let has_kind = |kind: MetricaKind| {
            // What an averaged Metrica counts, a distribution counts too.
            stored.kind.allows(kind) || kind.can_become(stored.kind)
        };
        let differs = self.kind.is_some_and(|kind| !has_kind(kind))
            || self.multiplier.is_some_and(|multiplier| multiplier != stored.multiplier)
            || self.zone.as_ref().is_some_and(|zone| *zone != stored.zone);
        if differs {
            return Err(self.conflict(
                stored,
                "multiplier and zone cannot change, and the kind only from averaged to distribution",
            ));
        }
        for (axis, explicit_cap) in self.axes.iter().zip(&self.explicit_caps) {
            let Some(known) = merged.stored_axes.iter_mut().find(|known| known.name == axis.name) else {
                if merged.axes().count() == MAX_AXES {
                    return Err(self.conflict(stored, "a metrica has at most 16 axes"));
                }
                if merged.combinations == Combinations::Every
                    && merged.axes().count() == MAX_AXES_EVERY_COMBINATION
                {
                    return Err(self.conflict(
                        stored,
                        "it counts every combination of its axes, which a ninth axis would double to 512 a kick",
                    ));
                }
                merged.stored_axes.push(axis.clone());
                continue;
            };
            match (&mut known.kind, &axis.kind) {
                (AxisKind::Declared(known), AxisKind::Declared(requested)) => {
                    let new: Vec<Arc<str>> =
                        requested.iter().filter(|choice| !known.contains(choice)).map(Arc::clone).collect();
                    known.extend(new);
                }
                (known, requested) if known == requested => {}
                _ => return Err(self.conflict(stored, &format!("axis {} has another kind", axis.name))),
            }
            if *explicit_cap && overrides_settings {
                known.cap = axis.cap;
            }
        }
        if self.kind.is_some_and(|kind| stored.kind.can_become(kind)) {
            merged.add_bins(None);
            if merged.points == default_points(stored.kind) {
                merged.points = default_points(merged.kind);
            }
        }
        if overrides_settings {
            for (scale, keep) in &self.retention {
                merged.retention = merged.retention.keep(*scale, *keep)?;
            }
            merged.week_start = self.week_start.unwrap_or(merged.week_start);
            merged.labels = self.labels.clone().or(&merged.labels);
            merged.points = self.points.unwrap_or(merged.points);
        }
        let changed = merged != *stored;
        if changed {
            merged.version += 1;
        }
        Ok((merged, changed))
    }

    fn conflict(&self, stored: &Definition, why: &str) -> Error {
        let requested = match self.initial_definition() {
            Ok(requested) => requested.to_string(),
            Err(error) => return error,
        };
        Error::conflict(format!(
            "metrica {} is defined differently in the store: {why}.\n  stored: {stored}\n  requested: {requested}\n\
             Use the stored definition, or another name.",
            self.name
        ))
    }
}

/// Returns the default limit on points. Those of a distribution are bins at points, and more.
const fn default_points(kind: MetricaKind) -> u64 {
    match kind {
        MetricaKind::Plain | MetricaKind::Averaged => DEFAULT_POINT_LIMIT,
        MetricaKind::Distribution => DEFAULT_POINT_LIMIT_WITH_BINS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(axes: &[(&str, Axis)]) -> MetricaSpec {
        let mut spec = MetricaSpec::new("guests").unwrap();
        for (axis_name, axis) in axes {
            spec.axis(axis_name, axis).unwrap();
        }
        spec
    }

    #[test]
    fn reconcile_ignores_the_order_of_axes_and_merges_choices() {
        let (stored, _) =
            spec(&[("gender", Axis::declared(["boy"])), ("age", Axis::stored())]).reconcile(None).unwrap();
        let again = spec(&[("age", Axis::stored()), ("gender", Axis::declared(["boy"]))]);
        assert_eq!(again.reconcile(Some(&stored)).unwrap(), (stored.clone(), false));
        let more = spec(&[("gender", Axis::declared(["girl", "boy"]))]);
        let (merged, changed) = more.reconcile(Some(&stored)).unwrap();
        assert!(changed);
        assert_eq!(merged.version, 2);
        assert_eq!(merged.stored_axes[0].kind, AxisKind::Declared(vec!["boy".into(), "girl".into()]));
    }

    #[test]
    fn reconcile_adopts_unset_settings_and_fails_for_different_ones() {
        let mut first = spec(&[]);
        first.multiplier = Some(100);
        first.kind = Some(MetricaKind::Averaged);
        let (stored, _) = first.reconcile(None).unwrap();
        assert_eq!(spec(&[]).reconcile(Some(&stored)).unwrap().0.multiplier, 100);
        let mut other = spec(&[]);
        other.multiplier = Some(10);
        let error = other.reconcile(Some(&stored)).unwrap_err();
        assert!(error.is_conflict());
        assert!(error.to_string().contains("multiplier 100") && error.to_string().contains("multiplier 10,"));
        let mut plain = spec(&[]);
        plain.kind = Some(MetricaKind::Plain);
        assert!(plain.reconcile(Some(&stored)).unwrap_err().is_conflict());
    }

    #[test]
    fn default_zone_defines_a_new_metrica_and_yields_to_the_stored_zone() {
        let [riga, tokyo] = ["Europe/Riga", "Asia/Tokyo"].map(|name| Zone::named(name).unwrap());
        let mut first = spec(&[]);
        first.default_zone = Some(riga.clone());
        let (stored, _) = first.reconcile(None).unwrap();
        assert_eq!(stored.zone, riga);
        let mut second = spec(&[]);
        second.default_zone = Some(tokyo.clone());
        assert_eq!(second.reconcile(Some(&stored)).unwrap(), (stored.clone(), false));
        second.zone = Some(tokyo.clone());
        second.default_zone = Some(riga);
        assert!(second.reconcile(Some(&stored)).unwrap_err().is_conflict());
        assert_eq!(second.reconcile(None).unwrap().0.zone, tokyo);
    }

    #[test]
    fn definition_survives_json() {
        let (definition, _) =
            spec(&[("page", Axis::path()), ("age", Axis::stored())]).reconcile(None).unwrap();
        let text = serde_json::to_string(&definition).unwrap();
        assert_eq!(serde_json::from_str::<Definition>(&text).unwrap(), definition);
    }
}
