//! Reading the choices in the original's sets.
//!
//! Sets have no order, so that choices are sorted: numbers by value, then texts.

use redis::Value;
use staste_core::{AxisDefinition, Definition};

use super::choice_sets::ChoiceSets;
use super::keys::LegacyKeys;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::connections::request::{Request, command};
use crate::connections::session::Session;
use crate::layout::cells::UnclearMembers;

/// Sets read at a time.
const SETS_AT_A_TIME: usize = 256;

/// Reads the choices of all axes.
pub(crate) fn load(
    session: &mut Session,
    keys: &LegacyKeys,
    definition: &Definition,
) -> Outcome<(ChoiceSets, UnclearMembers)> {
    let (mut sets, mut unclear) = (ChoiceSets::new(definition, &keys.words), UnclearMembers::new());
    for axis in definition.stored_axes.iter().enumerate() {
        load_axis(session, keys, &mut sets, axis, &mut unclear)?;
    }
    Ok((sets, unclear))
}

/// Reads the choices of an axis, depth by depth.
pub(crate) fn load_axis(
    session: &mut Session,
    keys: &LegacyKeys,
    sets: &mut ChoiceSets,
    (axis, known): (usize, &AxisDefinition),
    unclear: &mut UnclearMembers,
) -> Outcome<()> {
    if known.declared().is_some() {
        return Ok(());
    }
    let deepest = u32::try_from(known.max_depth()).unwrap_or(u32::MAX);
    // The paths whose sets are read next; none is the root.
    let mut paths: Vec<Option<String>> = vec![None];
    for depth in 1..=deepest {
        let mut below = Vec::new();
        for part in paths.chunks(SETS_AT_A_TIME) {
            let set = |path: &Option<String>| match path {
                None => keys.choices(&known.name),
                Some(path) => keys.below(&known.name, path),
            };
            let reads: Vec<Request> = part.iter().map(|path| command(["SMEMBERS", &set(path)])).collect();
            for (path, members) in part.iter().zip(session.query_all(&reads)?) {
                for member in sorted(members, sets, axis)? {
                    let above = path.as_ref().map_or_else(String::new, |path| format!("{path}/"));
                    match add_member(sets, axis, &above, &member) {
                        Some(part) => below.push(Some(part)),
                        None => *unclear.entry((axis, depth)).or_default() += 1,
                    }
                }
            }
        }
        paths = below;
    }
    Ok(())
}

/// Adds a member of the set below a path. Returns the part of the choice if it is new and clear.
pub(crate) fn add_member(sets: &mut ChoiceSets, axis: usize, above: &str, member: &[u8]) -> Option<String> {
    let part = format!("{above}{}", std::str::from_utf8(member).ok()?);
    let before = sets.tables.get(axis)?.next_id();
    if sets.is_path(axis) && member.contains(&b'/') {
        return None;
    }
    (sets.add(axis, &part)? >= before).then_some(part)
}

/// Returns the members of a set: numbers by value, then texts.
pub(crate) fn sorted(set: Value, sets: &ChoiceSets, axis: usize) -> Outcome<Vec<Vec<u8>>> {
    let members = match set {
        Value::Set(members) | Value::Array(members) => members,
        other => reply::list(other)?,
    };
    let mut members = members.into_iter().map(reply::bytes).collect::<Outcome<Vec<Vec<u8>>>>()?;
    members.sort_by_cached_key(|member| {
        let text = std::str::from_utf8(member).ok().and_then(|member| sets.text(axis, member));
        let number = text.as_ref().and_then(|text| text.parse::<i64>().ok());
        (number.is_none(), number, text, member.clone())
    });
    Ok(members)
}
