//! Taking kicks out of cells, bucket by bucket, so that every sum stays a sum.
//!
//! Cells are read and the changes worked out here; a script writes them if nothing was written
//! meanwhile, and otherwise it is done again, at last with kicks held off.

use std::collections::{BTreeMap, HashSet};
use std::convert::Infallible;

use redis::Value;
use staste_core::plan::{BucketKey, Changes, Erasure, Point};
use staste_core::store::{ChoiceTable, FIRST_VALUE, Forgotten, KickSelection};
use staste_core::{Amount, Definition, Error};

use crate::cells::Cells;
use crate::choices::{next_ids, push_new};
use crate::client::Client;
use crate::connections::failure::{Failure, Outcome};
use crate::connections::reply;
use crate::connections::request::{Request, command};
use crate::define::fresh_generation;
use crate::keys::start_text;
use crate::state::State;
use crate::{faults, point, scripts, size};

/// How often it is done again because others wrote meanwhile.
const TRIES: u32 = 8;
/// From this try on others are held off.
const PATIENT: u32 = 2;
/// For so many seconds they are held off by each try; what takes longer is cut short, not wrong.
pub(crate) const HELD: u64 = 10;
/// Cells asked for at a time, so that the server is not held up.
const AT_A_TIME: &str = "2000";

/// Amounts by point.
pub(crate) type Amounts = BTreeMap<Point, Amount>;

/// Takes kicks out of the cells; returns what is gone.
pub(crate) fn erase(client: &mut Client, selection: &KickSelection) -> Outcome<Forgotten> {
    let metrica = selection.definition.name.as_str();
    for turn in 0..TRIES {
        if turn >= PATIENT {
            hold(client, metrica, HELD)?;
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
    let Some((state, listed)) = size::list(client, metrica, false)? else {
        return Err(faults::gone(client, metrica));
    };
    let Some(known) = client.catalog.agreeing(&selection.definition) else {
        return Err(Error::stale(metrica).into());
    };
    let tables = known.tables.clone();
    let known = tables.clone();
    let Some(plan) = Plan::new(selection, tables) else { return Ok(Some(Forgotten::default())) };
    let buckets: Vec<BucketKey> = listed.iter().map(|bucket| (bucket.scale, bucket.start)).collect();
    let cells = match read(client, &selection.definition, &known, &buckets)? {
        Ok(cells) => cells,
        // It has a choice that came meanwhile, unless nothing did.
        Err((bucket, field)) => {
            if writes(client, metrica)? != state.writes {
                return Ok(None);
            }
            return Err(point::corrupt(&client.session.keys(metrica), bucket, metrica, &field).into());
        }
    };
    let expected = [&state.generation, &state.version, &state.next, &state.writes];
    plan.write(client, selection, &cells, expected)
}

/// Holds kicks off for so many seconds from now; 0 lets them in again.
pub(crate) fn hold(client: &mut Client, metrica: &str, seconds: u64) -> Outcome<()> {
    let mut call = client.session.call(metrica);
    call.arguments.push_display(seconds);
    client.session.run(&scripts::HOLD, &call)?;
    Ok(())
}

/// Reads the cells of buckets, whose keys of totals and perhaps of counts are given, a part at a time.
pub(crate) fn scan(
    client: &mut Client,
    buckets: &[BucketKey],
    totals: impl Fn(&BucketKey) -> String,
    counts: Option<&dyn Fn(&BucketKey) -> String>,
) -> Outcome<Vec<Cells>> {
    let mut found: Vec<Cells> = buckets.iter().map(|_| Cells::default()).collect();
    // Per hash: which bucket, whether counts, the key, and where to go on.
    let mut open: Vec<(usize, bool, String, String)> = Vec::new();
    for (index, bucket) in buckets.iter().enumerate() {
        open.push((index, false, totals(bucket), "0".to_owned()));
        if let Some(counts) = counts {
            open.push((index, true, counts(bucket), "0".to_owned()));
        }
    }
    while !open.is_empty() {
        let rest = open.split_off(open.len().min(64));
        let asked: Vec<Request> = open
            .iter()
            .map(|(_, _, key, cursor)| command(["HSCAN", key, cursor, "COUNT", AT_A_TIME]))
            .collect();
        let mut further = Vec::new();
        for ((index, counts, key, _), answer) in open.into_iter().zip(client.session.query_all(&asked)?) {
            let mut items = reply::list(answer)?.into_iter();
            let cursor = reply::text(reply::next(&mut items)?)?;
            let flat: Vec<Value> = reply::list(reply::next(&mut items)?)?;
            if let Some(cells) = found.get_mut(index) {
                if counts { cells.counts(flat)? } else { cells.totals(flat)? }
            }
            if cursor != "0" {
                further.push((index, counts, key, cursor));
            }
        }
        further.extend(rest);
        open = further;
    }
    Ok(found)
}

/// Number of writes to the Metrica.
fn writes(client: &mut Client, metrica: &str) -> Outcome<String> {
    let mut call = client.session.call(metrica);
    client.catalog.push_known(metrica, &mut call.arguments);
    let (head, mut items) = reply::with_status(client.session.run(&scripts::LOOK, &call)?)?;
    if head == "gone" {
        return Err(faults::gone(client, metrica));
    }
    Ok(State::parse(reply::next(&mut items)?)?.writes)
}

/// A cell at a point that the choices do not make, by its field.
type Odd = (BucketKey, Vec<u8>);

/// The cells of buckets in the own layout, or one that is odd.
fn read(
    client: &mut Client,
    definition: &Definition,
    tables: &[ChoiceTable],
    buckets: &[BucketKey],
) -> Outcome<Result<BTreeMap<BucketKey, Amounts>, Odd>> {
    let keys = client.session.keys(&definition.name);
    let totals = |(scale, start): &BucketKey| keys.totals(*scale, *start);
    let counts = |(scale, start): &BucketKey| keys.counts(*scale, *start);
    let found = scan(client, buckets, totals, definition.is_averaged().then_some(&counts))?;
    let mut cells = BTreeMap::new();
    for (bucket, found) in buckets.iter().zip(found) {
        let mut amounts = Amounts::new();
        for (field, amount) in found.0 {
            let Some(point) = point::decode_known(&field, tables) else { return Ok(Err((*bucket, field))) };
            amounts.insert(point, Amount::stored(amount.0, amount.1));
        }
        cells.insert(*bucket, amounts);
    }
    Ok(Ok(cells))
}

/// What is taken out, in terms of ids.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) tables: Vec<ChoiceTable>,
    /// The next id of each axis before *other* was added.
    firsts: Vec<u32>,
    erasure: Erasure<'a>,
}

impl<'a> Plan<'a> {
    /// None when a choice was never seen: then there is nothing to take out.
    pub(crate) fn new(selection: &'a KickSelection, mut tables: Vec<ChoiceTable>) -> Option<Plan<'a>> {
        let firsts = tables.iter().map(ChoiceTable::next_id).collect();
        let erasure = Erasure::new(selection, &mut tables)?;
        Some(Plan { tables, firsts, erasure })
    }

    /// Writes the changes; none when somebody wrote meanwhile.
    fn write(
        mut self,
        client: &mut Client,
        selection: &KickSelection,
        cells: &BTreeMap<BucketKey, Amounts>,
        expected: [&String; 4],
    ) -> Outcome<Option<Forgotten>> {
        let (changes, mut forgotten) = self.changes(cells);
        let added = self.tables.clone();
        let removed = self.free_choice();
        let averaged = selection.definition.is_averaged();
        let (metrica, keys) =
            (selection.definition.name.as_str(), client.session.keys(&selection.definition.name));
        let mut call = client.session.call(metrica);
        expected.iter().for_each(|word| {
            call.arguments.push(word);
        });
        call.arguments.push(if averaged { "1" } else { "0" }).push(fresh_generation());
        call.arguments.push(self.next_after());
        push_new(&mut call.arguments, &added, &self.firsts);
        call.arguments.push_display(removed.len());
        for (axis, id) in &removed {
            call.arguments.push_display(axis).push_display(id);
        }
        let writes = Writes::new(&changes, cells, averaged, &removed)?;
        call.arguments.push_display(writes.0.len());
        for ((scale, start), sets, dels) in &writes.0 {
            call.keys.push(keys.totals(*scale, *start));
            if averaged {
                call.keys.push(keys.counts(*scale, *start));
            }
            let words = &mut call.arguments;
            words.push(scale.name()).push(start_text(*scale, *start)).push_display(sets.len());
            for (point, (total, count)) in sets {
                words.push(point::encode(point)).push_display(total);
                if averaged {
                    words.push_display(count);
                }
            }
            words.push_display(dels.len());
            for point in dels {
                words.push(point::encode(point));
            }
        }
        let (head, mut items) = reply::with_status(client.session.run(&scripts::own::ERASE, &call)?)?;
        if head != "erased" {
            return Ok(None);
        }
        forgotten.cells = u64::try_from(reply::integer(&reply::next(&mut items)?)?).unwrap_or(0);
        Ok(Some(forgotten))
    }

    /// The changes of each bucket, and what is gone by them from the grand total.
    pub(crate) fn changes(
        &self,
        cells: &BTreeMap<BucketKey, Amounts>,
    ) -> (BTreeMap<BucketKey, Changes>, Forgotten) {
        let buckets: Vec<BucketKey> = cells.keys().copied().collect();
        let read = |bucket| {
            let amounts = cells.get(&bucket).into_iter().flatten();
            Ok::<_, Infallible>(amounts.map(|(point, amount)| (point.clone(), *amount)).collect())
        };
        let (mut all_changes, mut forgotten) = (BTreeMap::new(), Forgotten::default());
        let Ok(amount) = self.erasure.run(&self.tables, &buckets, read, |bucket, changes| {
            all_changes.insert(bucket, changes.clone());
            Ok(())
        });
        forgotten.amount = amount;
        (all_changes, forgotten)
    }

    /// Takes the choice that is gone for all time out of its table; returns the axes and ids of those removed.
    pub(crate) fn free_choice(&mut self) -> Vec<(usize, u32)> {
        self.erasure.free_choice(&mut self.tables)
    }

    /// The next ids as whoever loads what is left will have them: ids at the end are free again, which is
    /// safe as the generation is another one.
    fn next_after(&mut self) -> String {
        for table in &mut self.tables {
            let last = table.entries_from(FIRST_VALUE).map(|(id, _)| id).last();
            table.truncate(last.map_or(FIRST_VALUE, |id| id + 1));
        }
        next_ids(&self.tables)
    }
}

/// The new cells of each bucket that changes, and the points of those that go.
pub(crate) struct Writes(pub(crate) Vec<Write>);

pub(crate) type Write = (BucketKey, Vec<(Point, (i64, i64))>, Vec<Point>);

impl Writes {
    pub(crate) fn new(
        changes: &BTreeMap<BucketKey, Changes>,
        cells: &BTreeMap<BucketKey, Amounts>,
        averaged: bool,
        removed: &[(usize, u32)],
    ) -> Outcome<Writes> {
        let removed: HashSet<&(usize, u32)> = removed.iter().collect();
        let is_removed =
            |point: &Point| point.iter().enumerate().any(|(axis, id)| removed.contains(&(axis, *id)));
        let mut writes = Vec::new();
        for (bucket, amounts) in cells {
            let (mut sets, mut dels) = (Vec::new(), Vec::new());
            let changes = changes.get(bucket);
            for (point, change) in changes.into_iter().flatten() {
                let amount = amounts.get(point).copied().unwrap_or_default() + *change;
                if amount.is_empty_cell(averaged) {
                    dels.push(point.clone());
                } else {
                    let stored = amount.to_stored().ok_or_else(|| {
                        Error::overflow("a sum would not fit into 64 bits; nothing was changed")
                    })?;
                    sets.push((point.clone(), stored));
                }
            }
            if !averaged && !removed.is_empty() {
                // Kicks that came to zero left cells of zero, which were not seen as changes.
                let is_changed = |point: &Point| changes.is_some_and(|changes| changes.contains_key(point));
                dels.extend(amounts.keys().filter(|point| is_removed(point) && !is_changed(point)).cloned());
            }
            if !sets.is_empty() || !dels.is_empty() {
                writes.push((*bucket, sets, dels));
            }
        }
        Ok(Writes(writes))
    }
}
