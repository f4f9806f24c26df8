//! The verb `forget`: a Metrica, or kicks of it.

use std::collections::BTreeSet;

use redis::Value;
use staste_core::plan::Point;
use staste_core::store::ALL;
use staste_core::store::{Forget, Forgotten};
use staste_core::{Amount, Error, MAX_AXES};

use crate::client::Client;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::define::fresh_generation;
use crate::erase::erase;
use crate::state::State;
use crate::{faults, point, scripts, seed};

/// Removes kicks, or moves them to *other*, in one call of a script.
pub(crate) fn forget(client: &mut Client, forget: &Forget) -> Outcome<Forgotten> {
    match forget {
        Forget::Metrica(metrica) => {
            let forgotten = forget_metrica(client, metrica)?;
            client.catalog.forget(metrica);
            Ok(forgotten)
        }
        Forget::Kicks(selection) => {
            let metrica = selection.definition.name.as_str();
            if !learn(client, metrica)? {
                return Err(faults::gone(client, metrica));
            }
            if client.catalog.agreeing(&selection.definition).is_none() {
                return Err(Error::stale(metrica).into());
            }
            let forgotten = if selection.is_everything() {
                drop_kicks(client, metrica)?
            } else if client.catalog.is_seed(metrica) {
                seed::forget_kicks(client, selection)?
            } else {
                erase(client, selection)?
            };
            client.catalog.forget(metrica);
            Ok(forgotten)
        }
    }
}

/// Brings what is known of a Metrica up to date.
fn learn(client: &mut Client, metrica: &str) -> Outcome<bool> {
    let mut call = client.session.call(metrica);
    client.catalog.push_known(metrica, &mut call.arguments);
    let (head, mut items) = reply::with_status(client.session.run(&scripts::LOOK, &call)?)?;
    if head == "gone" {
        client.catalog.forget(metrica);
        return Ok(false);
    }
    client.catalog.learn(metrica, State::parse(reply::next(&mut items)?)?)?;
    Ok(true)
}

/// Removes a Metrica, or what is left of one. Nothing but its generation has to be readable.
fn forget_metrica(client: &mut Client, metrica: &str) -> Outcome<Forgotten> {
    let Some(found) = faults::look(client, metrica)? else { return Ok(Forgotten::default()) };
    if found.faults.is_empty() && seed::naming_of(&found.generation).is_some() {
        return if learn(client, metrica)? {
            seed::drop(client, metrica, "metrica")
        } else {
            Ok(Forgotten::default())
        };
    }
    // An index may be missing too; a bucket that it led to would be added to by the next Metrica of the name.
    let others = if found.faults.is_empty() { Vec::new() } else { own_keys(client, metrica)? };
    let axes = found.definition.map_or(0, |definition| definition.axes.len());
    drop(client, metrica, ("metrica", &found.generation, axes), &others)
}

/// Removes all cells.
fn drop_kicks(client: &mut Client, metrica: &str) -> Outcome<Forgotten> {
    let Some(known) = client.catalog.get(metrica) else { return Ok(Forgotten::default()) };
    if known.naming.is_some() {
        return seed::drop(client, metrica, "kicks");
    }
    let (axes, (generation, _)) = (known.tables.len(), known.incarnation());
    drop(client, metrica, ("kicks", &generation, axes), &[])
}

/// Removes all cells, and with "metrica" everything else and `others`; the generation is checked if it is known.
fn drop(
    client: &mut Client,
    metrica: &str,
    (what, generation, axes): (&str, &str, usize),
    others: &[String],
) -> Outcome<Forgotten> {
    let keys = client.session.keys(metrica);
    let mut call = client.session.call(metrica);
    call.keys.push(keys.claims()).push(keys.expiring());
    let words = &mut call.arguments;
    words.push(what).push(generation).push(fresh_generation()).push_display(MAX_AXES);
    words.push(point::encode(&Point::from_elem(ALL, axes))).push(format!("import/{metrica}/"));
    words.push_display(others.len());
    for key in others {
        words.push(key);
    }
    let (head, items) = reply::with_status(client.session.run(&scripts::own::DROP, &call)?)?;
    dropped(metrica, &head, items)
}

/// Finds the keys that a Metrica has, whether anything leads to them or not; marks and claims stay.
fn own_keys(client: &mut Client, metrica: &str) -> Outcome<Vec<String>> {
    let keys = client.session.keys(metrica);
    // Of the signs of the pattern language, names and prefixes have none.
    let pattern = format!("{}*", keys.base);
    let (mut found, mut cursor) = (BTreeSet::new(), "0".to_owned());
    loop {
        let mut call = client.session.call(metrica);
        call.arguments.push(&cursor).push(&pattern);
        let mut items = reply::list(client.session.run(&scripts::KEYS, &call)?)?.into_iter();
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
        other => reply::unknown_status(other),
    }
}
