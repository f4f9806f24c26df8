//! The verb `forget`: a Metrica, or kicks of it.

use redis::Value;
use staste_core::Error;
use staste_core::plan::{ALL, Point};
use staste_core::store::{Forget, Forgotten};

use crate::define::fresh_generation;
use crate::erase::Erasure;
use crate::failure::Outcome;
use crate::link::Link;
use crate::state::State;
use crate::{point, reply, script, seed};

/// Removes kicks, or moves them to *other*, in one call of a script.
pub(crate) fn forget(link: &mut Link, forget: &Forget) -> Outcome<Forgotten> {
    match forget {
        Forget::Metrica(metrica) => {
            let forgotten = drop(link, metrica, "metrica")?;
            link.catalog.forget(metrica);
            Ok(forgotten)
        }
        Forget::Kicks { definition, filter, span, into_other } => {
            let metrica = definition.name.as_str();
            learn(link, metrica)?;
            if link.catalog.agreeing(definition).is_none() {
                return Err(Error::stale(metrica).into());
            }
            let forgotten = if filter.is_empty() && span.is_none() {
                drop(link, metrica, "kicks")?
            } else {
                let erasure = Erasure { definition, filter, span: span.as_ref(), into_other: *into_other };
                if link.catalog.is_seed(metrica) {
                    seed::forget_kicks(link, &erasure)?
                } else {
                    erasure.run(link)?
                }
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

/// Removes all cells, and with "metrica" everything else.
fn drop(link: &mut Link, metrica: &str, what: &str) -> Outcome<Forgotten> {
    if what == "metrica" && !learn(link, metrica)? {
        return Ok(Forgotten::default());
    }
    let Some(known) = link.catalog.get(metrica) else { return Ok(Forgotten::default()) };
    if known.naming.is_some() {
        return seed::drop(link, metrica, what);
    }
    let axes = known.tables.len();
    let (generation, _) = known.incarnation();
    let keys = link.keys(metrica);
    let mut call = link.call(metrica);
    call.keys.push(keys.claims()).push(keys.expiring());
    call.arguments.push(what).push(generation).push(fresh_generation()).show(axes);
    call.arguments.push(point::encode(&Point::from_elem(ALL, axes))).push(format!("import/{metrica}/"));
    let (head, items) = reply::headed(link.run(&script::DROP, &call)?)?;
    dropped(metrica, &head, items)
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
                forgotten.total = i128::from(*total);
                forgotten.count = i128::from(*count);
            }
            Ok(forgotten)
        }
        other => reply::unknown(other),
    }
}
