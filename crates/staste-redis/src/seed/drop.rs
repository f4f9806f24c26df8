//! Forgetting a Metrica, or all its kicks, under the original's keys.

use redis::Value;
use staste_core::plan::Point;
use staste_core::store::ALL;
use staste_core::store::Forgotten;
use staste_core::{AxisKind, Error};

use super::fields::Fields;
use super::keys::{COUNTS, SeedKeys};
use super::label::Label;
use super::naming::fresh_generation;
use super::read::push_seed;
use crate::client::Client;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::forget::dropped;
use crate::scripts;

/// Keys looked at in one step of a scan.
const AT_A_TIME: &str = "1000";

/// Removes all cells, and with "metrica" everything else; none when the Metrica is not known.
pub(crate) fn drop(client: &mut Client, metrica: &str, what: &str) -> Outcome<Forgotten> {
    let Some(known) = client.catalog.get(metrica) else { return Ok(Forgotten::default()) };
    let Some(keys) = known.seed_keys(&client.session.prefix) else {
        return Err(Error::stale(metrica).into());
    };
    let (generation, _) = known.incarnation();
    let definition = std::sync::Arc::clone(&known.definition);
    let everything = Fields::of(&definition, &known.tables, &keys.naming)
        .encode(&Point::from_elem(ALL, definition.axes.len()));
    let own = client.session.keys(metrica);
    let mut call = client.session.call(metrica);
    call.keys.push(own.claims()).push(own.expiring());
    push_seed(&mut call.arguments, &keys);
    call.arguments.push(what).push(generation).push(fresh_generation(&keys.naming));
    call.arguments.push(everything).push(format!("import/{metrica}/"));
    let axes = definition.axes.iter().filter(|axis| !matches!(axis.kind, AxisKind::Declared(_)));
    let sets: Vec<String> = axes.map(|axis| keys.choices(&axis.name)).collect();
    call.arguments.push_display(sets.len());
    for set in &sets {
        call.keys.push(set);
    }
    // Before anything is removed, as it may be refused.
    let counts = if definition.is_averaged() { find_counts(client, &keys)? } else { Vec::new() };
    let (head, items) = reply::with_status(client.session.run(&scripts::legacy::DROP, &call)?)?;
    let forgotten = dropped(metrica, &head, items)?;
    if head == "dropped" {
        sweep(client, &counts)?;
    }
    Ok(forgotten)
}

/// Finds the keys of counts, each after that of its totals.
fn find_counts(client: &mut Client, keys: &SeedKeys) -> Outcome<Vec<(String, String)>> {
    // Words of the pattern language may be in a prefix of ours only as a dot, which is none.
    let pattern = format!("{}year:*{COUNTS}", keys.base);
    let (mut counts, mut cursor) = (Vec::new(), "0".to_owned());
    loop {
        let answer = client.session.query(["SCAN", &cursor, "MATCH", &pattern, "COUNT", AT_A_TIME])?;
        let mut items = reply::list(answer)?.into_iter();
        cursor = reply::text(reply::next(&mut items)?)?;
        let found: Vec<Value> = reply::list(reply::next(&mut items)?)?;
        for key in found {
            let Ok(key) = reply::text(key) else { continue };
            let totals = key.strip_suffix(COUNTS).unwrap_or(&key).to_owned();
            if totals.strip_prefix(&keys.base).is_some_and(|period| Label::parse(period).is_some()) {
                counts.push((totals, key));
            }
        }
        if cursor == "0" {
            return Ok(counts);
        }
    }
}

/// Removes the counts that outlived their totals: the original's never expire, and nothing leads to them.
fn sweep(client: &mut Client, counts: &[(String, String)]) -> Outcome<()> {
    for (totals, key) in counts {
        if reply::integer(&client.session.query(["EXISTS", key])?)? > 0
            && reply::integer(&client.session.query(["EXISTS", totals])?)? == 0
        {
            client.session.write(["UNLINK", key])?;
        }
    }
    Ok(())
}
