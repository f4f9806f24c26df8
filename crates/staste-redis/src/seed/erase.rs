//! Taking kicks out of the original's cells, so that every sum stays a sum.
//!
//! The original waits for nobody, so that its key of all time is watched: every kick writes to it, and nothing
//! is written here when it changed since the cells were read.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use redis::Value;
use staste_core::plan::{BucketKey, Point};
use staste_core::store::{ChoiceTable, Forgotten, KickSelection, UNSET};
use staste_core::{Amount, AxisKind, Error};

use super::choices::load;
use super::fields::Fields;
use super::keys::{SeedKeys, form_of};
use super::list::{List, list};
use super::text;
use super::unset::{Sums, derive};
use crate::client::Client;
use crate::connections::failure::{Failure, Outcome};
use crate::connections::reply;
use crate::connections::request::{ScriptCall, command};
use crate::erase::{Amounts, Plan, Writes, hold, scan};
use crate::scripts;

/// How often it is done again because others wrote meanwhile.
const TRIES: u32 = 16;
/// From this try on those who heed it are held off.
const PATIENT: u32 = 2;

/// Fields that another spelling of the same point has.
type Others = HashMap<(BucketKey, Point), Vec<Vec<u8>>>;

/// Takes the kicks out; tells what went.
pub(crate) fn forget_kicks(client: &mut Client, selection: &KickSelection) -> Outcome<Forgotten> {
    let metrica = selection.definition.name.as_str();
    for turn in 0..TRIES {
        if turn >= PATIENT {
            hold(client, metrica, crate::erase::HELD)?;
        }
        match try_once(client, selection) {
            Ok(None) => {}
            outcome => {
                if turn >= PATIENT && !outcome.as_ref().is_err_and(Failure::is_fatal) {
                    hold(client, metrica, 0)?;
                }
                return Ok(outcome?.unwrap_or_default());
            }
        }
    }
    let failure = format!("others kept writing to metrica {metrica} while kicks were forgotten; try again");
    Err(Error::unavailable(failure).into())
}

/// None when somebody wrote meanwhile.
fn try_once(client: &mut Client, selection: &KickSelection) -> Outcome<Option<Forgotten>> {
    let metrica = selection.definition.name.as_str();
    let known = client.catalog.agreeing(&selection.definition);
    let Some(keys) = known.and_then(|known| known.seed_keys(&client.session.prefix)) else {
        return Err(Error::stale(metrica).into());
    };
    client.session.query(["UNWATCH"])?;
    client.session.query(["WATCH", &keys.ever()])?;
    let listed = match list(client, metrica, false)? {
        List::Buckets(_, listed) => listed,
        List::Gone => return Err(Error::stale(metrica).into()),
        List::Again => return Ok(None),
    };
    let buckets: Vec<BucketKey> = listed.iter().map(|bucket| (bucket.scale, bucket.start)).collect();
    let (mut tree, _) = load(client, &keys, &selection.definition)?;
    let totals = |(scale, start): &BucketKey| keys.totals(*scale, *start);
    let counts = |(scale, start): &BucketKey| keys.counts(*scale, *start);
    let found = scan(client, &buckets, totals, selection.definition.is_averaged().then_some(&counts))?;
    let is_open = vec![true; selection.definition.axes.len()];
    let (mut cells, mut others) = (BTreeMap::new(), Others::new());
    for (bucket, found) in buckets.iter().zip(found) {
        let mut sums = Sums::new();
        for (field, (total, count)) in found.0 {
            let Some(point) = tree.point(&field, &is_open) else { continue };
            *sums.entry(point.clone()).or_default() += Amount::stored(total, count);
            others.entry((*bucket, point)).or_default().push(field);
        }
        derive(&mut sums, &tree.tables, 0..is_open.len());
        cells.insert(*bucket, sums.into_iter().collect());
    }
    let Some(plan) = Plan::new(selection, tree.tables) else { return Ok(Some(Forgotten::default())) };
    write(client, selection, &keys, plan, cells, &others)
}

fn write(
    client: &mut Client,
    selection: &KickSelection,
    keys: &SeedKeys,
    mut plan: Plan<'_>,
    mut cells: BTreeMap<BucketKey, Amounts>,
    others: &Others,
) -> Outcome<Option<Forgotten>> {
    let metrica = selection.definition.name.as_str();
    let (mut changes, mut forgotten) = plan.changes(&cells);
    // What was derived has no cells.
    changes.values_mut().for_each(|changes| changes.retain(|point, _| !point.contains(&UNSET)));
    cells.values_mut().for_each(|amounts| amounts.retain(|point, _| !point.contains(&UNSET)));
    let before = plan.tables.clone();
    let fields = Fields::of(&selection.definition, &before, &keys.naming);
    let removed = plan.free_choice();
    let averaged = selection.definition.is_averaged();
    let writes = Writes::new(&changes, &cells, averaged, &removed)?;
    let Some(known) = client.catalog.get(metrica) else { return Ok(None) };
    let (generation, version) = known.incarnation();
    let mut call = client.session.call(metrica);
    call.arguments.push(generation).push(version).push(if averaged { "1" } else { "0" });
    push_removed(&mut call, selection, keys, &before, &fields, &removed);
    call.arguments.push_display(writes.0.len());
    for (bucket, sets, dels) in &writes.0 {
        call.keys.push(keys.totals(bucket.0, bucket.1));
        if averaged {
            call.keys.push(keys.counts(bucket.0, bucket.1));
        }
        let words = &mut call.arguments;
        words.push_display(sets.len());
        let mut gone: BTreeSet<Vec<u8>> = BTreeSet::new();
        for (point, (total, count)) in sets {
            let field = fields.encode(point);
            let spelled = others.get(&(*bucket, point.clone())).into_iter().flatten();
            gone.extend(spelled.filter(|other| **other != field.as_bytes()).cloned());
            words.push(field).push_display(total);
            if averaged {
                words.push_display(count);
            }
        }
        for point in dels {
            gone.insert(fields.encode(point).into_bytes());
            gone.extend(others.get(&(*bucket, point.clone())).into_iter().flatten().cloned());
        }
        words.push_display(gone.len());
        for field in &gone {
            words.push(field);
        }
    }
    let transaction =
        [command(["MULTI"]), call.request("EVAL", scripts::legacy::ERASE.text()), command(["EXEC"])];
    let answer = client.session.transaction(&transaction)?.pop().unwrap_or(Value::Nil);
    let answer = match answer {
        Value::Nil => return Ok(None),
        answer => reply::list(answer)?.pop().unwrap_or(Value::Nil),
    };
    if let Value::ServerError(error) = answer {
        return Err(Failure::Server(error.into()));
    }
    let (head, mut items) = reply::with_status(answer)?;
    if head != "erased" {
        return Err(Error::stale(metrica).into());
    }
    forgotten.cells = u64::try_from(reply::integer(&reply::next(&mut items)?)?).unwrap_or(0);
    Ok(Some(forgotten))
}

/// Tells a script which choices go, out of which sets, and which sets go with them.
fn push_removed(
    call: &mut ScriptCall,
    selection: &KickSelection,
    keys: &SeedKeys,
    tables: &[ChoiceTable],
    fields: &Fields,
    removed: &[(usize, u32)],
) {
    let (mut members, mut sets) = (Vec::new(), Vec::new());
    for (axis, id) in removed {
        let (Some(known), Some(table)) = (selection.definition.axes.get(*axis), tables.get(*axis)) else {
            continue;
        };
        let part = fields.part(*axis, *id);
        let set = match table.parent(*id) {
            staste_core::store::ALL => keys.choices(&known.name),
            place => keys.below(&known.name, fields.part(*axis, place)),
        };
        if known.kind == AxisKind::Path {
            let last = part.rsplit_once('/').map_or(part, |(_, last)| last);
            members.push((set, last.to_owned()));
            sets.push(keys.below(&known.name, part));
            continue;
        }
        let text = text::decode(part, form_of(known), &keys.naming.all).unwrap_or_default();
        let spelled = text::spellings(&text, form_of(known), &keys.naming.all);
        members.extend(spelled.into_iter().map(|spelling| (set.clone(), spelling)));
    }
    call.arguments.push_display(members.len());
    for (set, member) in &members {
        call.arguments.push(set).push(member);
    }
    call.arguments.push_display(sets.len());
    for set in &sets {
        call.arguments.push(set);
    }
}
