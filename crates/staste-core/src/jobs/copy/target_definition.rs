//! `TargetDefinition`: the definition of a copy, and its agreement with an existing one in the target.

use crate::error::{Error, Result};
use crate::jobs::copy::job::CopyJob;
use crate::jobs::copy::store_reader::StoreReader;
use crate::schema::{Choice, Definition, MetricaKind, MetricaSpec, random_id};
use crate::store::Store;
use crate::time::Scale;

/// The definition of a copy.
#[derive(Debug)]
pub(super) struct TargetDefinition {
    pub(super) definition: Definition,
    /// True when it differs from the stored one.
    pub(super) is_changed: bool,
    /// Messages about settings that differ from those of the source.
    pub(super) notes: Vec<String>,
}

/// The numbers of points and choices at the source, which the limits of the copy have to allow.
#[derive(Debug)]
pub(super) struct SourceContents {
    /// Number of points, combinations with ALL included.
    pub(super) points: u64,
    /// The known choices of each axis.
    pub(super) choices: Vec<Vec<Choice>>,
}

impl SourceContents {
    pub(super) fn read(source: &StoreReader<'_>, axes: usize) -> Result<SourceContents> {
        let choices = (0..axes).map(|axis| source.choices(axis)).collect::<Result<Vec<_>>>()?;
        Ok(SourceContents { points: source.points()?, choices })
    }
}

/// Returns the definition of the source with the additional axes and bins of a copy, under a new id.
///
/// # Errors
/// For an axis that it has already or that cannot be added.
pub(super) fn with_axes(source: &Definition, job: &CopyJob) -> Result<Definition> {
    let mut spec = MetricaSpec::as_stored(source);
    for (name, axis) in &job.axes {
        spec.axis(name, axis)?;
    }
    if job.becomes_distribution {
        spec.set_kind(MetricaKind::Distribution);
    }
    let mut wanted = spec.reconcile(Some(source))?.0;
    if let Some(bins) = wanted.bins.as_mut().filter(|_| source.bins.is_none()) {
        bins.since = Some(job.source.staste().clock().now());
    }
    (wanted.id, wanted.version) = (random_id(), 1);
    Ok(wanted)
}

impl TargetDefinition {
    /// Returns the definition for a target without the Metrica.
    pub(super) fn initial(
        mut wanted: Definition,
        source: &Definition,
        contents: &SourceContents,
    ) -> TargetDefinition {
        let notes = raise_limits(&mut wanted, source, contents);
        TargetDefinition { definition: wanted, is_changed: true, notes }
    }

    /// Returns the definition for a target that has the Metrica.
    ///
    /// # Errors
    /// A conflict when the definitions differ.
    pub(super) fn merged(
        wanted: &Definition,
        source: &Definition,
        contents: &SourceContents,
        stored: &Definition,
        (source_store, target_store): (&dyn Store, &dyn Store),
    ) -> Result<TargetDefinition> {
        let addresses = (source_store.address(), target_store.address());
        if stored.id == source.id && source.id != 0 {
            return Err(Error::invalid_input(format!(
                "{} and {} hold the same metrica {}: they are one store, or one is a backup of the other; copy to another \
                 address",
                addresses.0, addresses.1, source.name
            )));
        }
        let differences = differences(wanted, stored, target_store.capabilities().new_axes);
        if !differences.is_empty() {
            return Err(Error::conflict(format!(
                "metrica {} is defined differently in {}: {}.\n  to copy: {wanted}\n  stored: {stored}\n\
                 Define it there in the same way, forget it there, or copy to another address.",
                source.name,
                addresses.1,
                differences.join("; ")
            )));
        }
        let (mut definition, mut is_changed) = MetricaSpec::as_stored(wanted).reconcile(Some(stored))?;
        let before = definition.clone();
        let notes = raise_limits(&mut definition, source, contents);
        if definition != before && !is_changed {
            definition.version += 1;
            is_changed = true;
        }
        Ok(TargetDefinition { definition, is_changed, notes })
    }
}

/// Raises limits so that no kick folds that is counted separately at the source: a cap may have been lowered after more
/// choices were counted, and the last kick within the point limit may have added several points.
fn raise_limits(definition: &mut Definition, source: &Definition, contents: &SourceContents) -> Vec<String> {
    let mut notes = Vec::new();
    for axis in &mut definition.stored_axes {
        let index = source.stored_axes.iter().position(|known| known.name == axis.name);
        let known = index.and_then(|index| contents.choices.get(index));
        let needed = known.map_or(0, |known| max_at_one_depth(known));
        if needed > axis.cap && axis.declared().is_none() {
            axis.cap = needed;
            notes.push(format!("axis {} keeps {needed} choices, since the source has as many", axis.name));
        }
    }
    let added = definition.stored_axes.len().saturating_sub(source.stored_axes.len());
    // With a new axis each point becomes one at ALL and one at unset.
    let needed = (0..added).fold(contents.points, |points, _| points.saturating_mul(2));
    if needed > definition.points {
        definition.points = needed;
        notes.push(format!("it keeps {needed} points, since the source has as many"));
    }
    notes
}

/// Returns the maximum number of choices at one depth.
fn max_at_one_depth(known: &[Choice]) -> u32 {
    let mut depths = [0_u32; crate::schema::MAX_PATH_DEPTH + 1];
    for choice in known {
        let depth = choice.as_path().map_or(1, |path| path.components().len());
        if let Some(choices) = depths.get_mut(depth) {
            *choices += 1;
        }
    }
    depths.into_iter().max().unwrap_or(0)
}

/// Returns messages about conflicts with the stored definition. Additional declared choices and larger limits are no
/// conflicts.
fn differences(wanted: &Definition, stored: &Definition, new_axes: bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut differ = |what: &str, wanted: String, stored: String| {
        if wanted != stored {
            found.push(format!("{what} is {stored} there, not {wanted}"));
        }
    };
    differ("its kind", format!("{:?}", wanted.kind), format!("{:?}", stored.kind));
    differ("its multiplier", wanted.multiplier.to_string(), stored.multiplier.to_string());
    differ("its zone", wanted.zone.name().to_owned(), stored.zone.name().to_owned());
    differ("the first day of its weeks", wanted.week_start.to_string(), stored.week_start.to_string());
    differ("how axes combine", format!("{:?}", wanted.combinations), format!("{:?}", stored.combinations));
    for scale in Scale::KEPT {
        let kept = |definition: &Definition| definition.retention.of(scale).to_string();
        let article = if scale == Scale::Hour { "an" } else { "a" };
        differ(&format!("how long {article} {scale} is kept"), kept(wanted), kept(stored));
    }
    if stored.points < wanted.points {
        found.push(format!("it keeps {} points there, not {}", stored.points, wanted.points));
    }
    for axis in &wanted.stored_axes {
        match stored.stored_axes.iter().find(|known| known.name == axis.name) {
            None if new_axes => {}
            None if axis.is_bins() => found.push("it has no bins there and cannot get them".to_owned()),
            None => found.push(format!("it has no axis {} there and cannot get one", axis.name)),
            Some(known) if known.kind.name() != axis.kind.name() => {
                found.push(format!("axis {} is {} there", axis.name, known.kind.name()));
            }
            Some(known) if known.cap < axis.cap => {
                found.push(format!("axis {} keeps {} choices there, not {}", axis.name, known.cap, axis.cap));
            }
            Some(_) => {}
        }
    }
    for axis in &stored.stored_axes {
        if wanted.stored_axes.iter().any(|known| known.name == axis.name) {
            continue;
        }
        if axis.is_bins() {
            found.push(
                "it is a distribution there; copy it as a distribution, whose copied kicks have no bin"
                    .to_owned(),
            );
        } else {
            found.push(format!(
                "it has an axis {} there; add the axis to the copy, on which copied kicks are unset",
                axis.name
            ));
        }
    }
    found
}
