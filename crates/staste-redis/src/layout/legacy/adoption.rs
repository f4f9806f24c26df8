//! Adoption of a Metrica that the original has counted: its definition has to agree with the existing data.

use std::collections::BTreeSet;

use redis::Value;
use staste_core::{Calendar, Combinations, Definition, Error, MetricaKind, Zone};

use super::keys::{COUNTS, LegacyKeys, form_of};
use super::text;
use super::ttl::retention;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::connections::request::{Request, command};
use crate::connections::session::Session;
use crate::options::KeyLayout;

/// Maximum number of axes: the original counts every combination of them.
const MAX_AXES: usize = 8;
/// Number of the original's fields that are checked.
const SAMPLE: usize = 1000;

/// Returns true when the original has counted a Metrica, unless the setting of the layout excludes its data.
pub(crate) fn has_data(session: &mut Session, metrica: &str) -> Outcome<bool> {
    // The original knows one server only.
    if session.layout == KeyLayout::Own || session.in_cluster {
        return Ok(false);
    }
    let calendar = Calendar::new(Zone::utc(), 0);
    let keys = LegacyKeys::new(&session.prefix, metrica, session.key_words.clone(), calendar);
    Ok(reply::integer(&session.query(["EXISTS", &keys.ever(), &keys.years()])?)? > 0)
}

/// Returns the definition as the legacy layout stores it: with every combination, and the original's retention.
///
/// # Errors
/// Too many axes; a conflict when the original counted other axes or another kind.
pub(crate) fn first_definition(
    session: &mut Session,
    keys: &LegacyKeys,
    definition: &Definition,
) -> Outcome<Definition> {
    if definition.is_distribution() {
        return Err(Error::unsupported(format!(
            "metrica {} cannot be a distribution under the original's keys, which have no bins: define it averaged, or open the \
             store with layout=own",
            definition.name
        ))
        .into());
    }
    if definition.stored_axes.len() > MAX_AXES {
        return Err(Error::unsupported(format!(
            "metrica {} has {} axes; under the original's keys, every combination of at most {MAX_AXES} axes is counted: \
             open the store with layout=own",
            definition.name,
            definition.stored_axes.len()
        ))
        .into());
    }
    check_kind(session, definition, keys)?;
    check_axes(session, definition, keys)?;
    let mut first = definition.clone();
    first.combinations = Combinations::Every;
    first.retention = retention()?;
    Ok(first)
}

/// Checks that a later definition keeps the original's retention.
pub(crate) fn check_change(known: &Definition, definition: &Definition) -> Outcome<()> {
    if known.retention != definition.retention {
        return Err(Error::conflict(format!(
            "metrica {} is counted under the original's keys, where minutes are kept for 1 day, hours for 14, days for \
             185, months for 1095 and years forever: leave its retention as it is, or forget it and define it with \
             layout=own",
            definition.name
        ))
        .into());
    }
    Ok(())
}

fn check_kind(session: &mut Session, definition: &Definition, keys: &LegacyKeys) -> Outcome<()> {
    let exists = |session: &mut Session, key: &str| -> Outcome<bool> {
        Ok(reply::integer(&session.query(["EXISTS", key])?)? > 0)
    };
    let ever = keys.ever();
    if !exists(session, &ever)? {
        return Ok(());
    }
    let counted = exists(session, &format!("{ever}{COUNTS}"))?;
    let (was, advice) = match (counted, definition.kind) {
        (true, MetricaKind::Plain) => ("averaged", "define it averaged, with the original's multiplier"),
        (false, MetricaKind::Averaged) => {
            ("plain", "define it plain, as older kicks were not counted one by one")
        }
        _ => return Ok(()),
    };
    Err(Error::conflict(format!(
        "metrica {} was counted as {was} by the original ({ever}): {advice}; or open the store with layout=own to start \
         again",
        definition.name
    ))
    .into())
}

/// Checks the axes against some of the original's fields. Parts of fields have no names, so that only their values show
/// whether the axes are in the original's order.
fn check_axes(session: &mut Session, definition: &Definition, keys: &LegacyKeys) -> Outcome<()> {
    let fields = sample(session, keys)?;
    let width = definition.stored_axes.len().max(1);
    let split: Vec<(&String, Vec<&str>)> =
        fields.iter().map(|field| (field, field.split(':').collect())).collect();
    let fitting: Vec<&(&String, Vec<&str>)> =
        split.iter().filter(|(_, parts)| parts.len() == width).collect();
    if let (true, Some((field, _))) = (fitting.is_empty(), split.first()) {
        let problem = format!("of {} parts", field.split(':').count());
        return Err(conflict(definition, field, &problem).into());
    }
    if definition.stored_axes.is_empty() {
        let named = fields.iter().find(|field| !field.is_empty());
        return named.map_or(Ok(()), |field| Err(conflict(definition, field, "of an axis").into()));
    }
    for (axis, known) in definition.stored_axes.iter().enumerate() {
        let at = |(field, parts): &(&String, Vec<&str>)| -> Option<(String, String)> {
            let part = parts.get(axis).filter(|part| **part != keys.words.all && **part != text::OTHER)?;
            // The sets contain the components of paths.
            let top = if known.is_path() { part.split('/').next() } else { Some(*part) };
            Some(((*field).clone(), top?.to_owned()))
        };
        let seen: Vec<(String, String)> = fitting.iter().filter_map(|field| at(field)).collect();
        let Some((field, part)) = seen.first() else { continue };
        let tops: BTreeSet<&str> = seen.iter().map(|(_, top)| top.as_str()).collect();
        let is_known = match known.declared() {
            Some(choices) => choices
                .iter()
                .flat_map(|choice| text::spellings(choice, form_of(known), &keys.words.all))
                .any(|spelling| tops.contains(spelling.as_str())),
            None => {
                let set = keys.choices(&known.name);
                let reads: Vec<Request> = tops.iter().map(|top| command(["SISMEMBER", &set, top])).collect();
                let replies = session.query_all(&reads)?;
                replies.iter().map(reply::integer).collect::<Outcome<Vec<i64>>>()?.contains(&1)
            }
        };
        if !is_known {
            let problem = format!("with {part:?} at the position of axis {}", known.name);
            return Err(conflict(definition, field, &problem).into());
        }
    }
    Ok(())
}

fn conflict(definition: &Definition, field: &str, problem: &str) -> Error {
    let field: String = field.chars().take(80).collect();
    Error::conflict(format!(
        "the original counted metrica {} with other axes: it has a field {field:?}, {problem}; requested: {definition}. \
         Give the axes in the original's order, with its names and choices, or open the store with layout=own to start again",
        definition.name
    ))
}

/// Reads some of the original's fields.
fn sample(session: &mut Session, keys: &LegacyKeys) -> Outcome<Vec<String>> {
    let page = session.query(["HSCAN", &keys.ever(), "0", "COUNT", &SAMPLE.to_string()])?;
    let mut items = reply::list(page)?.into_iter();
    reply::next(&mut items)?;
    let flat: Vec<Value> = reply::list(reply::next(&mut items)?)?;
    let fields = flat.into_iter().step_by(2).take(SAMPLE).map(reply::bytes);
    let fields = fields.collect::<Outcome<Vec<Vec<u8>>>>()?;
    Ok(fields.into_iter().filter_map(|field| String::from_utf8(field).ok()).collect())
}
