//! The verb `forget`: a Metrica, or kicks of it.

use std::collections::BTreeSet;

use redis::Value;
use staste_core::plan::Point;
use staste_core::store::ALL;
use staste_core::store::{Forget, Forgotten};
use staste_core::{Amount, Error, MAX_AXES};

use crate::define::fresh_generation;
use crate::erase::erase;
use crate::failure::Outcome;
use crate::link::Link;
use crate::state::State;
use crate::{faults, point, reply, script, seed};

/// Removes kicks, or moves them to *other*, in one call of a script.
pub(crate) fn forget(link: &mut Link, forget: &Forget) -> Outcome<Forgotten> {
    match forget {
        Forget::Metrica(metrica) => {
            let forgotten = forget_metrica(link, metrica)?;
            link.catalog.forget(metrica);
            Ok(forgotten)
        }
        Forget::Kicks(selection) => {
            let metrica = selection.definition.name.as_str();
            if !learn(link, metrica)? {
                return Err(faults::gone(link, metrica));
            }
            if link.catalog.agreeing(&selection.definition).is_none() {
                return Err(Error::stale(metrica).into());
            }
            let forgotten = if selection.is_everything() {
                drop_kicks(link, metrica)?
            } else if link.catalog.is_seed(metrica) {
                seed::forget_kicks(link, selection)?
            } else {
                erase(link, selection)?
            };
            link.catalog.forget(metrica);
            Ok(forgotten)
        }
    }
}

/// Brings what is known of a Metrica up to date.
fn learn(link: &mut Link, metrica: &str) -> Outcome<bool> {
    let mut call = link.call(metrica);
    link.catalog.push_known(metrica, &mut call.arguments);
    let (head, mut items) = reply::headed(link.run(&script::LOOK, &call)?)?;
    if head == "gone" {
        link.catalog.forget(metrica);
        return Ok(false);
    }
    link.catalog.learn(metrica, State::parse(reply::next(&mut items)?)?)?;
    Ok(true)
}

/// Removes a Metrica, or what is left of one. Nothing but its generation has to be readable.
fn forget_metrica(link: &mut Link, metrica: &str) -> Outcome<Forgotten> {
    let Some(found) = faults::look(link, metrica)? else { return Ok(Forgotten::default()) };
    if found.faults.is_empty() && seed::naming_of(&found.generation).is_some() {
        return if learn(link, metrica)? {
            seed::drop(link, metrica, "metrica")
        } else {
            Ok(Forgotten::default())
        };
    }
    // An index may be missing too; a bucket that it led to would be added to by the next Metrica of the name.
    let others = if found.faults.is_empty() { Vec::new() } else { own_keys(link, metrica)? };
    let axes = found.definition.map_or(0, |definition| definition.axes.len());
    drop(link, metrica, ("metrica", &found.generation, axes), &others)
}

/// Removes all cells.
fn drop_kicks(link: &mut Link, metrica: &str) -> Outcome<Forgotten> {
    let Some(known) = link.catalog.get(metrica) else { return Ok(Forgotten::default()) };
    if known.naming.is_some() {
        return seed::drop(link, metrica, "kicks");
    }
    let (axes, (generation, _)) = (known.tables.len(), known.incarnation());
    drop(link, metrica, ("kicks", &generation, axes), &[])
}

/// Removes all cells, and with "metrica" everything else and `others`; the generation is checked if it is known.
fn drop(
    link: &mut Link,
    metrica: &str,
    (what, generation, axes): (&str, &str, usize),
    others: &[String],
) -> Outcome<Forgotten> {
    let keys = link.keys(metrica);
    let mut call = link.call(metrica);
    call.keys.push(keys.claims()).push(keys.expiring());
    let words = &mut call.arguments;
    words.push(what).push(generation).push(fresh_generation()).show(MAX_AXES);
    words.push(point::encode(&Point::from_elem(ALL, axes))).push(format!("import/{metrica}/"));
    words.show(others.len());
    for key in others {
        words.push(key);
    }
    let (head, items) = reply::headed(link.run(&script::DROP, &call)?)?;
    dropped(metrica, &head, items)
}

/// Finds the keys that a Metrica has, whether anything leads to them or not; marks and claims stay.
fn own_keys(link: &mut Link, metrica: &str) -> Outcome<Vec<String>> {
    let keys = link.keys(metrica);
    // Of the signs of the pattern language, names and prefixes have none.
    let pattern = format!("{}*", keys.base);
    let (mut found, mut cursor) = (BTreeSet::new(), "0".to_owned());
    loop {
        let mut call = link.call(metrica);
        call.arguments.push(&cursor).push(&pattern);
        let mut items = reply::list(link.run(&script::KEYS, &call)?)?.into_iter();
        cursor = reply::text(reply::next(&mut items)?)?;
        for key in reply::list(reply::next(&mut items)?)? {
            found.extend(reply::text(key).ok().filter(|key| keys.is_of_cells(key)));
        }
        if cursor == "0" {
            return Ok(found.into_iter().collect());
        }
    }
}

/// What a script says that it removed.
pub(crate) fn dropped(metrica: &str, head: &str, items: impl Iterator<Item = Value>) -> Outcome<Forgotten> {
    match head {
        "gone" => Ok(Forgotten::default()),
        "behind" => Err(Error::stale(metrica).into()),
        "dropped" => {
            let numbers = items.map(|item| reply::integer(&item)).collect::<Outcome<Vec<i64>>>()?;
            let mut forgotten = Forgotten::default();
            if let [cells, total, count] = numbers.as_slice() {
                forgotten.cells = u64::try_from(*cells).unwrap_or(0);
                forgotten.amount = Amount::stored(*total, *count);
            }
            Ok(forgotten)
        }
        other => reply::unknown(other),
    }
}
