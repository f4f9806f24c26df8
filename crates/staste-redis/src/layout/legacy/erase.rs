//! Removing kicks from the original's cells.
//!
//! The original waits for nobody, so that its key of all time is watched: every kick writes to it, and nothing is written
//! here if it has changed since the cells were read.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use redis::Value;
use staste_core::plan::{BucketKey, Point};
use staste_core::store::{ALL, ChoiceTable, Forgotten, KickSelection, UNSET};
use staste_core::{Amount, Error};

use super::fields::Fields;
use super::keys::{LegacyKeys, form_of};
use super::list_buckets::list;
use super::load_choices::load;
use super::text;
use super::unset::{Sums, derive};
use crate::connections::failure::{Failure, Outcome};
use crate::connections::reply;
use crate::connections::request::{ScriptCall, command};
use crate::connections::session::Session;
use crate::layout::erasure::{Amounts, BucketWrites, ErasurePlan, scan};
use crate::layout::{CellFormat as _, Found};
use crate::metrica::known_metrica::KnownMetrica;
use crate::scripts;

/// The stored fields of each point: a choice can have several spellings.
type StoredFields = HashMap<(BucketKey, Point), Vec<Vec<u8>>>;

/// Tries to remove kicks.
pub(crate) fn erase(
    keys: &LegacyKeys,
    session: &mut Session,
    known: &KnownMetrica,
    selection: &KickSelection,
) -> Outcome<Found<Forgotten>> {
    session.query(["UNWATCH"])?;
    session.query(["WATCH", &keys.ever()])?;
    let listed = match list(keys, session, known, false)? {
        Found::Done((_, listed)) => listed,
        Found::Behind(state) => return Ok(Found::Behind(state)),
        Found::Retry => return Ok(Found::Retry),
        Found::Gone => return Err(Error::stale(&selection.definition.name).into()),
    };
    let buckets: Vec<BucketKey> = listed.iter().map(|bucket| (bucket.scale, bucket.start)).collect();
    let (mut sets, _) = load(session, keys, &selection.definition)?;
    let found = scan(session, &buckets, keys, selection.definition.is_averaged())?;
    let is_open = vec![true; selection.definition.stored_axes.len()];
    let (mut cells, mut stored) = (BTreeMap::new(), StoredFields::new());
    for (bucket, found) in buckets.iter().zip(found) {
        let mut sums = Sums::new();
        for (field, (total, count)) in found.0 {
            let Some(point) = sets.point(&field, &is_open) else { continue };
            *sums.entry(point.clone()).or_default() += Amount::stored(total, count);
            stored.entry((*bucket, point)).or_default().push(field);
        }
        derive(&mut sums, &sets.tables, 0..is_open.len());
        cells.insert(*bucket, sums.into_iter().collect());
    }
    let Some(plan) = ErasurePlan::new(selection, sets.tables) else {
        return Ok(Found::Done(Forgotten::default()));
    };
    let call = session.call(&selection.definition.name);
    let (call, forgotten) = plan_writes(keys, known, call, (plan, selection), cells, &stored)?;
    write(session, &call, forgotten, selection)
}

/// Returns the call of the script that writes the changes, and what it removes.
fn plan_writes(
    keys: &LegacyKeys,
    known: &KnownMetrica,
    mut call: ScriptCall,
    (mut plan, selection): (ErasurePlan<'_>, &KickSelection),
    mut cells: BTreeMap<BucketKey, Amounts>,
    stored: &StoredFields,
) -> Outcome<(ScriptCall, Forgotten)> {
    let (mut changes, mut forgotten) = plan.changes(&cells);
    // Derived points have no cells.
    changes.values_mut().for_each(|changes| changes.retain(|point, _| !point.contains(&UNSET)));
    cells.values_mut().for_each(|amounts| amounts.retain(|point, _| !point.contains(&UNSET)));
    let before = plan.tables.clone();
    let fields = Fields::of(&selection.definition, &before, &keys.words);
    let removed = plan.free_choices();
    forgotten.choices = removed.len() as u64;
    let is_averaged = selection.definition.is_averaged();
    let writes = BucketWrites::of_changes(&changes, &cells, is_averaged, &removed)?;
    let arguments = &mut call.arguments;
    arguments.push(&known.generation).push(&known.version).push(if is_averaged { "1" } else { "0" });
    push_removed(&mut call, selection, keys, &before, &fields, &removed);
    call.arguments.push_display(writes.len());
    for BucketWrites { bucket, set, delete } in &writes {
        call.keys.push(keys.totals(bucket.0, bucket.1));
        if is_averaged {
            call.keys.push(keys.counts(bucket.0, bucket.1));
        }
        let arguments = &mut call.arguments;
        arguments.push_display(set.len());
        let mut gone: BTreeSet<Vec<u8>> = BTreeSet::new();
        for (point, (total, count)) in set {
            let field = fields.text(point);
            let spelled = stored.get(&(*bucket, point.clone())).into_iter().flatten();
            gone.extend(spelled.filter(|other| **other != field.as_bytes()).cloned());
            arguments.push(field).push_display(total);
            if is_averaged {
                arguments.push_display(count);
            }
        }
        for point in delete {
            gone.insert(fields.text(point).into_bytes());
            gone.extend(stored.get(&(*bucket, point.clone())).into_iter().flatten().cloned());
        }
        arguments.push_display(gone.len());
        for field in &gone {
            arguments.push(field);
        }
    }
    Ok((call, forgotten))
}

/// Writes the changes in a transaction, which fails if the original has counted since the cells were read.
fn write(
    session: &mut Session,
    call: &ScriptCall,
    mut forgotten: Forgotten,
    selection: &KickSelection,
) -> Outcome<Found<Forgotten>> {
    let script = call.request("EVAL", scripts::legacy::ERASE.text());
    let transaction = [command(["MULTI"]), script, command(["EXEC"])];
    let replies = match session.transaction(&transaction)?.pop().unwrap_or(Value::Nil) {
        Value::Nil => return Ok(Found::Retry),
        replies => reply::list(replies)?,
    };
    let reply = replies.into_iter().next_back().unwrap_or(Value::Nil);
    if let Value::ServerError(error) = reply {
        return Err(Failure::Server(error.into()));
    }
    let (status, mut items) = reply::with_status(reply)?;
    if status != "erased" {
        return Err(Error::stale(&selection.definition.name).into());
    }
    forgotten.cells = u64::try_from(reply::integer(&reply::next(&mut items)?)?).unwrap_or(0);
    Ok(Found::Done(forgotten))
}

/// Appends the members to remove from sets, and the sets to delete.
fn push_removed(
    call: &mut ScriptCall,
    selection: &KickSelection,
    keys: &LegacyKeys,
    tables: &[ChoiceTable],
    fields: &Fields,
    removed: &[(usize, u32)],
) {
    let (mut members, mut sets) = (Vec::new(), Vec::new());
    for (axis, id) in removed {
        let (Some(known), Some(table)) = (selection.definition.stored_axes.get(*axis), tables.get(*axis))
        else {
            continue;
        };
        let part = fields.part(*axis, *id);
        let set = match table.parent(*id) {
            ALL => keys.choices(&known.name),
            parent => keys.below(&known.name, fields.part(*axis, parent)),
        };
        if known.is_path() {
            let last = part.rsplit_once('/').map_or(part, |(_, last)| last);
            members.push((set, last.to_owned()));
            sets.push(keys.below(&known.name, part));
            continue;
        }
        let text = text::decode(part, form_of(known), &keys.words.all).unwrap_or_default();
        let spelled = text::spellings(&text, form_of(known), &keys.words.all);
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
