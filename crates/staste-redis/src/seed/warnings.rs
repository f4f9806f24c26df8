//! What of the original's cells and keys cannot be counted on, in words.

use std::collections::BTreeSet;

use redis::Value;
use staste_core::Definition;

use super::keys::SeedKeys;
use super::tree::Tree;
use crate::client::Client;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::define::{definitions, names};
use crate::scripts;
use crate::state::State;

/// So many fields of a Metrica, and so many keys of a server, are looked at.
const MOST: usize = 1_000_000;
/// How many in one step.
const AT_A_TIME: &str = "1000";
/// So many metricas are named.
const NAMED: usize = 10;

/// What is to be known of metricas that the original counted.
pub(crate) fn warnings(client: &mut Client) -> Outcome<Vec<String>> {
    if client.session.in_cluster {
        return Ok(Vec::new());
    }
    let mut warnings = Vec::new();
    for definition in definitions(client, None)? {
        match learn(client, &definition.name) {
            // The faults of the Metrica say so.
            Err(failure) if failure.is_corruption() => continue,
            learnt => learnt?,
        }
        let known = client.catalog.get(&definition.name);
        if let Some(keys) = known.and_then(|known| known.seed_keys(&client.session.prefix)) {
            warnings.extend(unclear(client, &definition, &keys)?);
        }
    }
    warnings.extend(undefined(client)?);
    Ok(warnings)
}

fn learn(client: &mut Client, metrica: &str) -> Outcome<()> {
    let mut call = client.session.call(metrica);
    client.catalog.push_known(metrica, &mut call.arguments);
    let (head, mut items) = reply::with_status(client.session.run(&scripts::LOOK, &call)?)?;
    if head == "state" {
        client.catalog.learn(metrica, State::parse(reply::next(&mut items)?)?)?;
    }
    Ok(())
}

/// Fields that no point has: they are left out of every split.
fn unclear(client: &mut Client, definition: &Definition, keys: &SeedKeys) -> Outcome<Option<String>> {
    let mut tree = Tree::new(definition, &keys.naming);
    let is_open: Vec<bool> =
        definition.axes.iter().map(|axis| !matches!(axis.kind, staste_core::AxisKind::Declared(_))).collect();
    let (mut cursor, mut seen, mut unclear, mut example) = ("0".to_owned(), 0, 0_u64, None);
    loop {
        let answer = client.session.query(["HSCAN", &keys.ever(), &cursor, "COUNT", AT_A_TIME])?;
        let mut items = reply::list(answer)?.into_iter();
        cursor = reply::text(reply::next(&mut items)?)?;
        let flat: Vec<Value> = reply::list(reply::next(&mut items)?)?;
        for field in flat.into_iter().step_by(2) {
            let field = reply::bytes(field)?;
            seen += 1;
            if tree.point(&field, &is_open).is_none() {
                unclear += 1;
                example.get_or_insert(field);
            }
        }
        if cursor == "0" || seen >= MOST {
            break;
        }
    }
    let Some(example) = example else { return Ok(None) };
    let shown: String = String::from_utf8_lossy(&example).chars().take(80).collect();
    let fields = if unclear == 1 { "1 field".to_owned() } else { format!("{unclear} fields") };
    Ok(Some(format!(
        "metrica {}: {fields} of {} could mean several choices, or none that is declared, such as {shown:?} for {} axes: \
         the original wrote values with : and the like as they were. Their kicks are in the totals, and unset where it \
         is split by axis; count such values through Staste, which keeps them apart, and declare what is missing",
        definition.name,
        keys.ever(),
        definition.axes.len()
    )))
}

/// Metricas of the original that nobody has defined yet.
fn undefined(client: &mut Client) -> Outcome<Option<String>> {
    let known: BTreeSet<String> = names(client)?;
    let (begins, ends) = (format!("{}:", client.session.prefix), ":years");
    let pattern = format!("{begins}*{ends}");
    let (mut cursor, mut seen, mut found) = ("0".to_owned(), 0, BTreeSet::new());
    loop {
        let answer = client.session.query(["SCAN", &cursor, "MATCH", &pattern, "COUNT", AT_A_TIME])?;
        let mut items = reply::list(answer)?.into_iter();
        cursor = reply::text(reply::next(&mut items)?)?;
        for key in reply::list(reply::next(&mut items)?)? {
            let Ok(key) = reply::text(key) else { continue };
            let name = key.strip_prefix(&begins).and_then(|rest| rest.strip_suffix(ends));
            let is_name = |name: &&str| !name.contains([':', '{', '}']) && !known.contains(*name);
            found.extend(name.filter(is_name).map(str::to_owned));
        }
        seen += 1000;
        if cursor == "0" || seen >= MOST {
            break;
        }
    }
    if found.is_empty() {
        return Ok(None);
    }
    let shown: Vec<&str> = found.iter().take(NAMED).map(String::as_str).collect();
    let more = if found.len() > NAMED { format!(" and {} more", found.len() - NAMED) } else { String::new() };
    Ok(Some(format!(
        "the original counted metricas that are not defined here: {}{more}; define each with the original's axes, in \
         its order, and it goes on counting under the same keys",
        shown.join(", ")
    )))
}
