//! Removing all cells of a Metrica under the original's keys, or everything of it.

use redis::Value;
use staste_core::Definition;
use staste_core::plan::Point;
use staste_core::store::{ALL, Forgotten};

use super::fields::Fields;
use super::keys::{COUNTS, LegacyKeys};
use super::period_key::PeriodKey;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::connections::session::Session;
use crate::layout::Deletion;
use crate::layout::erasure::deleted;
use crate::scripts;

/// Keys that one step of a scan reads.
const KEYS_PER_SCAN: &str = "1000";

/// Removes all cells of a generation of a Metrica, or everything of it.
pub(crate) fn delete(
    keys: &LegacyKeys,
    session: &mut Session,
    definition: &Definition,
    generation: &str,
    (what, fresh_generation): (Deletion, &str),
) -> Outcome<Forgotten> {
    let metrica = definition.name.as_str();
    // The field of the grand total needs no choices.
    let all = Point::from_elem(ALL, definition.stored_axes.len());
    let all = Fields::of(definition, &[], &keys.words).text(&all);
    let own_keys = session.keys(metrica);
    let mut call = session.call(metrica);
    call.keys.push(own_keys.claims()).push(own_keys.expiring_claims());
    keys.push(&mut call.arguments);
    call.arguments.push(what.name()).push(generation).push(fresh_generation);
    call.arguments.push(all).push(format!("import/{metrica}/"));
    let axes = definition.stored_axes.iter().filter(|axis| axis.declared().is_none());
    let sets: Vec<String> = axes.map(|axis| keys.choices(&axis.name)).collect();
    call.arguments.push_display(sets.len());
    for set in &sets {
        call.keys.push(set);
    }
    // The server may refuse the scan, so that it comes before anything is removed.
    let counts = if definition.is_averaged() { find_counts(session, keys)? } else { Vec::new() };
    let Some(forgotten) = deleted(metrica, session.run(&scripts::legacy::DELETE, &call)?)? else {
        return Ok(Forgotten::default());
    };
    sweep(session, &counts)?;
    Ok(forgotten)
}

/// Finds the keys of counts, each with the key of its totals before it.
fn find_counts(session: &mut Session, keys: &LegacyKeys) -> Outcome<Vec<(String, String)>> {
    // Names and prefixes contain no special characters of the pattern language.
    let pattern = format!("{}year:*{COUNTS}", keys.base);
    let (mut counts, mut cursor) = (Vec::new(), "0".to_owned());
    loop {
        let page = session.query(["SCAN", &cursor, "MATCH", &pattern, "COUNT", KEYS_PER_SCAN])?;
        let mut items = reply::list(page)?.into_iter();
        cursor = reply::text(reply::next(&mut items)?)?;
        let found: Vec<Value> = reply::list(reply::next(&mut items)?)?;
        for key in found {
            let Ok(key) = reply::text(key) else { continue };
            let totals = key.strip_suffix(COUNTS).unwrap_or(&key).to_owned();
            if totals.strip_prefix(&keys.base).is_some_and(|period| PeriodKey::parse(period).is_some()) {
                counts.push((totals, key));
            }
        }
        if cursor == "0" {
            return Ok(counts);
        }
    }
}

/// Removes the counts whose totals have expired: the original's counts never expire, and no other key refers to them.
fn sweep(session: &mut Session, counts: &[(String, String)]) -> Outcome<()> {
    for (totals, key) in counts {
        if reply::integer(&session.query(["EXISTS", key])?)? > 0
            && reply::integer(&session.query(["EXISTS", totals])?)? == 0
        {
            session.write(["UNLINK", key])?;
        }
    }
    Ok(())
}
