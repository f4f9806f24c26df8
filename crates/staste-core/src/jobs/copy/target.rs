//! `Target`: the definition of the copy, and whether it fits the one that is there.

use crate::error::{Error, Result};
use crate::jobs::copy::side::Side;
use crate::schema::{Axis, AxisKind, Choice, Definition, MetricaSpec, random_id};
use crate::store::Store;
use crate::time::Scale;

/// The definition of a copy.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) definition: Definition,
    /// The Store does not have it so yet.
    pub(super) is_changed: bool,
    /// What is otherwise than in the first Store, in words.
    pub(super) notes: Vec<String>,
}

/// What the first Store holds: what the copy must have room for.
#[derive(Debug)]
pub(super) struct Holds {
    /// Points, ALL combinations included.
    pub(super) points: u64,
    /// For each axis the choices known.
    pub(super) known: Vec<Vec<Choice>>,
}

impl Holds {
    pub(super) fn of(side: &Side<'_>, axes: usize) -> Result<Holds> {
        let known = (0..axes).map(|axis| side.choices(axis)).collect::<Result<Vec<_>>>()?;
        Ok(Holds { points: side.points()?, known })
    }
}

/// The definition that `source` has with further axes.
///
/// # Errors
/// An axis it has already, or that it cannot get.
pub(super) fn with_axes(source: &Definition, axes: &[(String, Axis)]) -> Result<Definition> {
    let mut asked = MetricaSpec::as_stored(source);
    for (name, axis) in axes {
        asked.axis(name, axis)?;
    }
    let mut wanted = asked.reconcile(Some(source))?.0;
    (wanted.id, wanted.version) = (random_id(), 1);
    Ok(wanted)
}

impl Target {
    /// The definition for a Store that has none of the name.
    pub(super) fn fresh(mut wanted: Definition, source: &Definition, holds: &Holds) -> Target {
        let notes = make_room(&mut wanted, source, holds);
        Target { definition: wanted, is_changed: true, notes }
    }

    /// The definition for a Store that has one of the name.
    ///
    /// # Errors
    /// A conflict when they differ, or when the one that is there has no room for what is to come.
    pub(super) fn of(
        wanted: &Definition,
        source: &Definition,
        holds: &Holds,
        stored: &Definition,
        (from, to): (&dyn Store, &dyn Store),
    ) -> Result<Target> {
        let places = (from.address(), to.address());
        if stored.id == source.id && source.id != 0 {
            return Err(Error::input(format!(
                "{} and {} hold the same metrica {}: they are one store, or one is a backup of the other; name \
                 another place to copy to",
                places.0, places.1, source.name
            )));
        }
        let differences = differences(wanted, stored, to.capabilities().new_axes);
        if !differences.is_empty() {
            return Err(Error::conflict(format!(
                "metrica {} is defined differently in {}: {}.\n  to copy: {wanted}\n  stored:  {stored}\n\
                 Define it there as it is here, forget it there, or copy to another place.",
                source.name,
                places.1,
                differences.join("; ")
            )));
        }
        let (mut definition, mut is_changed) = MetricaSpec::as_stored(wanted).reconcile(Some(stored))?;
        let before = definition.clone();
        let notes = make_room(&mut definition, source, holds);
        if definition != before && !is_changed {
            definition.version += 1;
            is_changed = true;
        }
        Ok(Target { definition, is_changed, notes })
    }
}

/// Raises caps so that nothing folds that is told apart in the first Store: a cap may have been lowered after more
/// was counted, and the last kick that found room may have taken several places.
fn make_room(definition: &mut Definition, source: &Definition, holds: &Holds) -> Vec<String> {
    let mut notes = Vec::new();
    for axis in &mut definition.axes {
        let index = source.axes.iter().position(|known| known.name == axis.name);
        let known = index.and_then(|index| holds.known.get(index));
        let needed = known.map_or(0, |known| most_at_a_depth(known));
        if needed > axis.cap && !matches!(axis.kind, AxisKind::Declared(_)) {
            axis.cap = needed;
            notes.push(format!("axis {} keeps {needed} choices, as there are so many already", axis.name));
        }
    }
    let added = definition.axes.len().saturating_sub(source.axes.len());
    // With a new axis each point is one at ALL and one at unset.
    let needed = (0..added).fold(holds.points, |points, _| points.saturating_mul(2));
    if needed > definition.points {
        definition.points = needed;
        notes.push(format!("it keeps {needed} points, as there are so many already"));
    }
    notes
}

fn most_at_a_depth(known: &[Choice]) -> u32 {
    let mut depths = [0_u32; crate::schema::MAX_PATH_DEPTH + 1];
    for choice in known {
        let depth = choice.as_path().map_or(1, |path| path.components().len());
        if let Some(places) = depths.get_mut(depth) {
            *places += 1;
        }
    }
    depths.into_iter().max().unwrap_or(0)
}

/// What the definition that is there has otherwise, in words. Further declared choices and larger caps take nothing
/// from what is copied.
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
    for axis in &wanted.axes {
        match stored.axes.iter().find(|known| known.name == axis.name) {
            None if new_axes => {}
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
    for axis in &stored.axes {
        if !wanted.axes.iter().any(|known| known.name == axis.name) {
            found.push(format!(
                "it has an axis {} there; to count what comes as unset on it, add the axis to the copy too",
                axis.name
            ));
        }
    }
    found
}
