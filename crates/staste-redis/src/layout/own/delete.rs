//! Removing all cells of a Metrica in the own layout, or whatever is left of one.

use std::collections::BTreeSet;

use staste_core::MAX_AXES;
use staste_core::plan::Point;
use staste_core::store::{ALL, Forgotten};

use super::cell_keys::CellKeys;
use super::point_encoding;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::connections::session::Session;
use crate::layout::Deletion;
use crate::layout::erasure::deleted;
use crate::metrica::state::fresh_generation;
use crate::scripts;

/// Removes all cells, or everything of a Metrica and the keys `others`. The generation is compared unless it is empty.
pub(crate) fn delete(
    session: &mut Session,
    metrica: &str,
    (what, generation, axes): (Deletion, &str, usize),
    others: &[String],
) -> Outcome<Forgotten> {
    let keys = session.keys(metrica);
    let mut call = session.call(metrica);
    call.keys.push(keys.claims()).push(keys.expiring_claims());
    let arguments = &mut call.arguments;
    arguments.push(what.name()).push(generation).push(fresh_generation()).push_display(MAX_AXES);
    arguments.push(point_encoding::encode(&Point::from_elem(ALL, axes))).push(format!("import/{metrica}/"));
    arguments.push_display(others.len());
    for key in others {
        arguments.push(key);
    }
    Ok(deleted(metrica, session.run(&scripts::own::DELETE, &call)?)?.unwrap_or_default())
}

/// Removes what is left of a Metrica whose keys were changed or deleted by another program.
///
/// An index may be missing as well, so that its buckets are found by their names: a later Metrica of the same name would
/// add to them.
pub(crate) fn delete_remains(
    session: &mut Session,
    metrica: &str,
    generation: &str,
    axes: usize,
) -> Outcome<Forgotten> {
    let others = find_keys(session, metrica)?;
    delete(session, metrica, (Deletion::Metrica, generation, axes), &others)
}

/// Finds the keys of a Metrica by their names; marks and claims stay.
fn find_keys(session: &mut Session, metrica: &str) -> Outcome<Vec<String>> {
    let keys = CellKeys::new(&session.keys(metrica));
    let (mut found, mut cursor) = (BTreeSet::new(), "0".to_owned());
    loop {
        let mut call = session.call(metrica);
        call.arguments.push(&cursor).push(keys.pattern());
        let mut items = reply::list(session.run(&scripts::KEYS, &call)?)?.into_iter();
        cursor = reply::text(reply::next(&mut items)?)?;
        for key in reply::list(reply::next(&mut items)?)? {
            found.extend(reply::text(key).ok().filter(|key| keys.is_of_cells(key)));
        }
        if cursor == "0" {
            return Ok(found.into_iter().collect());
        }
    }
}
