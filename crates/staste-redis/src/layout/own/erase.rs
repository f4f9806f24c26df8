//! Removing kicks from the cells of the own layout.

use std::collections::BTreeMap;

use staste_core::plan::BucketKey;
use staste_core::store::{ChoiceTable, FIRST_VALUE, Forgotten, KickSelection};
use staste_core::{Amount, Error};

use super::cell_keys::CellKeys;
use super::point_encoding;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::connections::session::Session;
use crate::layout::erasure::{Amounts, BucketWrites, ErasurePlan, scan};
use crate::layout::{CellFormat as _, Found};
use crate::metrica::known_metrica::KnownMetrica;
use crate::metrica::state::{StoredState, fresh_generation};
use crate::metrica::stored_choice::{next_ids, push_new};
use crate::scripts;

/// Tries to remove kicks. The script refuses when another client has written since the cells were read.
pub(crate) fn erase(
    keys: &CellKeys,
    session: &mut Session,
    known: &mut KnownMetrica,
    selection: &KickSelection,
) -> Outcome<Found<Forgotten>> {
    let metrica = selection.definition.name.as_str();
    let (state, listed) = loop {
        match super::list_buckets::list(session, known, false)? {
            Found::Done(listed) => break listed,
            Found::Behind(state) if state.generation == known.generation => {
                known.learn(*state, &session.prefix)?;
                if *known.definition != *selection.definition {
                    return Err(Error::stale(metrica).into());
                }
            }
            Found::Behind(state) => return Ok(Found::Behind(state)),
            Found::Retry => return Ok(Found::Retry),
            Found::Gone => return Ok(Found::Gone),
        }
    };
    let Some(plan) = ErasurePlan::new(selection, known.tables.clone()) else {
        return Ok(Found::Done(Forgotten::default()));
    };
    let buckets: Vec<BucketKey> = listed.iter().map(|bucket| (bucket.scale, bucket.start)).collect();
    let cells = match read(keys, session, known, &buckets)? {
        Ok(cells) => cells,
        // The field has a choice that was added meanwhile, unless nothing was written.
        Err((bucket, field)) => {
            return match writes(session, known)? {
                None => Ok(Found::Gone),
                Some(writes) if writes != state.writes => Ok(Found::Retry),
                Some(_) => Err(keys.corrupt_field(bucket, metrica, &field).into()),
            };
        }
    };
    write(keys, session, (plan, selection), &cells, &state)
}

/// The bucket and the field of a cell that is not a point of the known choices.
type UnknownField = (BucketKey, Vec<u8>);

/// Reads the cells of buckets.
fn read(
    keys: &CellKeys,
    session: &mut Session,
    known: &KnownMetrica,
    buckets: &[BucketKey],
) -> Outcome<Result<BTreeMap<BucketKey, Amounts>, UnknownField>> {
    let found = scan(session, buckets, keys, known.definition.is_averaged())?;
    let mut cells = BTreeMap::new();
    for (bucket, found) in buckets.iter().zip(found) {
        let mut amounts = Amounts::new();
        for (field, amount) in found.0 {
            let Some(point) = point_encoding::decode_known(&field, &known.tables) else {
                return Ok(Err((*bucket, field)));
            };
            amounts.insert(point, Amount::stored(amount.0, amount.1));
        }
        cells.insert(*bucket, amounts);
    }
    Ok(Ok(cells))
}

/// Returns the number of writes to the Metrica; none when it does not exist.
fn writes(session: &mut Session, known: &KnownMetrica) -> Outcome<Option<String>> {
    let mut call = session.call(&known.definition.name);
    known.push(&mut call.arguments);
    let (status, mut items) = reply::with_status(session.run(&scripts::STATE, &call)?)?;
    if status == "gone" {
        return Ok(None);
    }
    Ok(Some(StoredState::parse(reply::next(&mut items)?)?.writes))
}

/// Writes the changes, if nothing was written since `state`.
fn write(
    keys: &CellKeys,
    session: &mut Session,
    (mut plan, selection): (ErasurePlan<'_>, &KickSelection),
    cells: &BTreeMap<BucketKey, Amounts>,
    state: &StoredState,
) -> Outcome<Found<Forgotten>> {
    let (changes, mut forgotten) = plan.changes(cells);
    let with_other = plan.tables.clone();
    let removed = plan.free_choices();
    forgotten.choices = removed.len() as u64;
    let is_averaged = selection.definition.is_averaged();
    let mut call = session.call(&selection.definition.name);
    let arguments = &mut call.arguments;
    arguments.push(&state.generation).push(&state.version).push(&state.next).push(&state.writes);
    arguments.push(if is_averaged { "1" } else { "0" }).push(fresh_generation());
    arguments.push(next_after(&mut plan.tables));
    push_new(arguments, &with_other, &plan.firsts);
    arguments.push_display(removed.len());
    for (axis, id) in &removed {
        arguments.push_display(axis).push_display(id);
    }
    let writes = BucketWrites::of_changes(&changes, cells, is_averaged, &removed)?;
    arguments.push_display(writes.len());
    for BucketWrites { bucket: (scale, start), set, delete } in &writes {
        call.keys.push(keys.totals(*scale, *start));
        if is_averaged {
            call.keys.push(keys.counts(*scale, *start));
        }
        arguments.push(scale.name()).push(keys.index_member(*scale, *start)).push_display(set.len());
        for (point, (total, count)) in set {
            arguments.push(point_encoding::encode(point)).push_display(total);
            if is_averaged {
                arguments.push_display(count);
            }
        }
        arguments.push_display(delete.len());
        for point in delete {
            arguments.push(point_encoding::encode(point));
        }
    }
    let (status, mut items) = reply::with_status(session.run(&scripts::own::ERASE, &call)?)?;
    if status != "erased" {
        return Ok(Found::Retry);
    }
    forgotten.cells = u64::try_from(reply::integer(&reply::next(&mut items)?)?).unwrap_or(0);
    Ok(Found::Done(forgotten))
}

/// Returns the next ids as a client that reads the remaining choices has them: ids at the end are free again, which is
/// safe as the generation changes.
fn next_after(tables: &mut [ChoiceTable]) -> String {
    for table in &mut *tables {
        let last = table.entries_from(FIRST_VALUE).map(|(id, _)| id).last();
        table.truncate(last.map_or(FIRST_VALUE, |id| id + 1));
    }
    next_ids(tables)
}
