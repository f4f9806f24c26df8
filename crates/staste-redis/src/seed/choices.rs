//! The choices that the original's sets hold.
//!
//! Sets have no order, so that choices come in theirs: numbers by their value, then texts.

use redis::Value;
use staste_core::store::ChoiceTable;
use staste_core::{AxisDefinition, AxisKind, Choice, Definition, Error, MAX_PATH_DEPTH};

use super::keys::SeedKeys;
use super::sets::Odd;
use super::tree::Tree;
use crate::client::Client;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::connections::request::{Request, command};

/// Sets asked for at a time.
const AT_A_TIME: usize = 256;

/// The choices known on an axis.
pub(crate) fn choices(client: &mut Client, definition: &Definition, axis: usize) -> Outcome<Vec<Choice>> {
    let known = client.catalog.get(&definition.name);
    let Some(keys) = known.and_then(|known| known.seed_keys(&client.session.prefix)) else {
        return Err(Error::stale(&definition.name).into());
    };
    let mut tree = Tree::new(definition, &keys.naming);
    if let Some(known) = definition.axes.get(axis) {
        load_axis(client, &keys, &mut tree, (axis, known), &mut Odd::new())?;
    }
    Ok(tree.tables.get(axis).map(ChoiceTable::known).unwrap_or_default())
}

/// The choices of all axes, and how many members stand for none.
pub(crate) fn load(client: &mut Client, keys: &SeedKeys, definition: &Definition) -> Outcome<(Tree, Odd)> {
    let (mut tree, mut odd) = (Tree::new(definition, &keys.naming), Odd::new());
    for axis in definition.axes.iter().enumerate() {
        load_axis(client, keys, &mut tree, axis, &mut odd)?;
    }
    Ok((tree, odd))
}

fn load_axis(
    client: &mut Client,
    keys: &SeedKeys,
    tree: &mut Tree,
    (axis, known): (usize, &AxisDefinition),
    odd: &mut Odd,
) -> Outcome<()> {
    let deepest = match known.kind {
        AxisKind::Declared(_) => return Ok(()),
        AxisKind::Stored => 1,
        AxisKind::Path => u32::try_from(MAX_PATH_DEPTH).unwrap_or(u32::MAX),
    };
    // Depth by depth: the places whose sets are asked for; none is the root.
    let mut places: Vec<Option<String>> = vec![None];
    for depth in 1..=deepest {
        let mut below = Vec::new();
        for part in places.chunks(AT_A_TIME) {
            let set = |place: &Option<String>| match place {
                None => keys.choices(&known.name),
                Some(place) => keys.below(&known.name, place),
            };
            let asked: Vec<Request> = part.iter().map(|place| command(["SMEMBERS", &set(place)])).collect();
            for (place, answer) in part.iter().zip(client.session.query_all(&asked)?) {
                for member in sorted(answer, tree, axis)? {
                    let above = place.as_ref().map_or_else(String::new, |place| format!("{place}/"));
                    match add_member(tree, axis, &above, &member) {
                        Some(part) => below.push(Some(part)),
                        None => *odd.entry((axis, depth)).or_default() += 1,
                    }
                }
            }
        }
        places = below;
    }
    Ok(())
}

/// Adds a member of the set below a place; the part of the choice, when it is one that was not known.
pub(crate) fn add_member(tree: &mut Tree, axis: usize, above: &str, member: &[u8]) -> Option<String> {
    let part = format!("{above}{}", std::str::from_utf8(member).ok()?);
    let before = tree.tables.get(axis)?.next_id();
    if tree.has_places(axis) && member.contains(&b'/') {
        return None;
    }
    (tree.add(axis, &part)? >= before).then_some(part)
}

/// The members of a set, numbers by their value and then texts.
pub(crate) fn sorted(set: Value, tree: &Tree, axis: usize) -> Outcome<Vec<Vec<u8>>> {
    let members = match set {
        Value::Set(members) | Value::Array(members) => members,
        other => reply::list(other)?,
    };
    let mut members = members.into_iter().map(reply::bytes).collect::<Outcome<Vec<Vec<u8>>>>()?;
    members.sort_by_cached_key(|member| {
        let text = std::str::from_utf8(member).ok().and_then(|member| tree.text(axis, member));
        let number = text.as_ref().and_then(|text| text.parse::<i64>().ok());
        (number.is_none(), number, text, member.clone())
    });
    Ok(members)
}
