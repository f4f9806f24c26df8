//! How a Metrica comes into the seed layout: what it takes over from the original, and what it must agree with.

use std::collections::BTreeSet;

use redis::Value;
use staste_core::{AxisKind, Calendar, Combinations, Definition, Error, MetricaKind, Zone};

use super::keys::{COUNTS, SeedKeys, form_of};
use super::life::retention;
use super::text;
use crate::client::Client;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::connections::request::{Request, command};
use crate::options::Layout;

/// The most axes: the original counts every combination of them.
const MAX_AXES: usize = 8;
/// How many of the original's fields are looked at.
const SAMPLE: usize = 1000;

/// True when a Metrica that is defined for the first time is to count under the original's keys.
pub(crate) fn begins_as_seed(client: &mut Client, definition: &Definition) -> Outcome<bool> {
    match client.session.layout {
        Layout::Seed => Ok(true),
        Layout::Own | Layout::Auto => has_counted(client, &definition.name),
    }
}

/// True when the original has counted a Metrica whose keys are ours to go on with.
pub(crate) fn has_counted(client: &mut Client, metrica: &str) -> Outcome<bool> {
    // The original knows one server only.
    if client.session.layout == Layout::Own || client.session.in_cluster {
        return Ok(false);
    }
    let keys = SeedKeys::new(
        &client.session.prefix,
        metrica,
        client.session.naming.clone(),
        Calendar::new(Zone::utc(), 0),
    );
    Ok(reply::integer(&client.session.query(["EXISTS", &keys.ever(), &keys.years()])?)? > 0)
}

fn keys(client: &Client, definition: &Definition) -> SeedKeys {
    SeedKeys::new(
        &client.session.prefix,
        &definition.name,
        client.session.naming.clone(),
        definition.calendar(),
    )
}

/// The definition as it is remembered in the seed layout: every combination, and the original's retention.
///
/// # Errors
/// Too many axes; and a conflict when the original counted with other axes or another kind.
pub(crate) fn amended(client: &mut Client, definition: &Definition) -> Outcome<Definition> {
    if definition.axes.len() > MAX_AXES {
        return Err(Error::unsupported(format!(
            "metrica {} has {} axes; under the original's keys every combination is counted, of at most {MAX_AXES} \
             axes: open the store with layout=own",
            definition.name,
            definition.axes.len()
        ))
        .into());
    }
    let keys = keys(client, definition);
    check_kind(client, definition, &keys)?;
    check_axes(client, definition, &keys)?;
    let mut amended = definition.clone();
    amended.combinations = Combinations::Every;
    amended.retention = retention()?;
    Ok(amended)
}

/// Checks that a later definition leaves alone what the original does.
pub(crate) fn check_change(known: &Definition, definition: &Definition) -> Outcome<()> {
    if known.retention != definition.retention {
        return Err(Error::conflict(format!(
            "metrica {} is counted under the original's keys, where minutes are kept for 1 day, hours for 14, days for \
             185, months for 1095 and years for ever: leave its retention as it is, or forget it and define it with \
             layout=own",
            definition.name
        ))
        .into());
    }
    Ok(())
}

fn check_kind(client: &mut Client, definition: &Definition, keys: &SeedKeys) -> Outcome<()> {
    let there = |client: &mut Client, key: &str| {
        Ok::<_, crate::connections::failure::Failure>(
            reply::integer(&client.session.query(["EXISTS", key])?)? > 0,
        )
    };
    let ever = keys.ever();
    if !there(client, &ever)? {
        return Ok(());
    }
    let counted = there(client, &format!("{ever}{COUNTS}"))?;
    let (was, advice) = match (counted, definition.kind) {
        (true, MetricaKind::Plain) => ("averaged", "define it averaged, with the original's multiplier"),
        (false, MetricaKind::Averaged) => {
            ("plain", "define it plain, as older kicks were not counted one by one")
        }
        _ => return Ok(()),
    };
    Err(Error::conflict(format!(
        "metrica {} was counted as {was} by the original ({ever}): {advice}; or open the store with layout=own to begin \
         anew",
        definition.name
    ))
    .into())
}

/// Looks at some of the original's fields: their parts have no names, so that only what they hold tells whether
/// the axes are given in its order.
fn check_axes(client: &mut Client, definition: &Definition, keys: &SeedKeys) -> Outcome<()> {
    let fields = sample(client, keys)?;
    let width = definition.axes.len().max(1);
    let parted: Vec<(&String, Vec<&str>)> =
        fields.iter().map(|field| (field, field.split(':').collect())).collect();
    let fitting: Vec<&(&String, Vec<&str>)> =
        parted.iter().filter(|(_, parts)| parts.len() == width).collect();
    if let (true, Some((field, _))) = (fitting.is_empty(), parted.first()) {
        let why = format!("of {} parts", field.split(':').count());
        return Err(refused(definition, field, &why).into());
    }
    if definition.axes.is_empty() {
        let named = fields.iter().find(|field| !field.is_empty());
        return named.map_or(Ok(()), |field| Err(refused(definition, field, "of an axis").into()));
    }
    for (axis, known) in definition.axes.iter().enumerate() {
        let at = |(field, parts): &(&String, Vec<&str>)| -> Option<(String, String)> {
            let part = parts.get(axis).filter(|part| **part != keys.naming.all && **part != text::OTHER)?;
            // Of a path the sets hold the components.
            let top = if known.kind == AxisKind::Path { part.split('/').next() } else { Some(*part) };
            Some(((*field).clone(), top?.to_owned()))
        };
        let seen: Vec<(String, String)> = fitting.iter().filter_map(|field| at(field)).collect();
        let Some((field, part)) = seen.first() else { continue };
        let tops: BTreeSet<&str> = seen.iter().map(|(_, top)| top.as_str()).collect();
        let is_known = match &known.kind {
            AxisKind::Declared(choices) => choices
                .iter()
                .flat_map(|choice| text::spellings(choice, form_of(known), &keys.naming.all))
                .any(|spelling| tops.contains(spelling.as_str())),
            AxisKind::Stored | AxisKind::Path => {
                let set = keys.choices(&known.name);
                let asked: Vec<Request> = tops.iter().map(|top| command(["SISMEMBER", &set, top])).collect();
                let answers = client.session.query_all(&asked)?;
                answers.iter().map(reply::integer).collect::<Outcome<Vec<i64>>>()?.contains(&1)
            }
        };
        if !is_known {
            let why = format!("with {part:?} where the axis {} is", known.name);
            return Err(refused(definition, field, &why).into());
        }
    }
    Ok(())
}

fn refused(definition: &Definition, field: &str, why: &str) -> Error {
    let shown: String = field.chars().take(80).collect();
    Error::conflict(format!(
        "the original counted metrica {} with other axes: it has a field {shown:?}, {why}; asked: {definition}. Give \
         the axes in the original's order, with its names and choices, or open the store with layout=own to begin anew",
        definition.name
    ))
}

fn sample(client: &mut Client, keys: &SeedKeys) -> Outcome<Vec<String>> {
    let answer = client.session.query(["HSCAN", &keys.ever(), "0", "COUNT", &SAMPLE.to_string()])?;
    let mut items = reply::list(answer)?.into_iter();
    reply::next(&mut items)?;
    let flat: Vec<Value> = reply::list(reply::next(&mut items)?)?;
    let fields = flat.into_iter().step_by(2).take(SAMPLE).map(reply::bytes);
    let fields = fields.collect::<Outcome<Vec<Vec<u8>>>>()?;
    Ok(fields.into_iter().filter_map(|field| String::from_utf8(field).ok()).collect())
}
