//! Removing kicks from cells, bucket by bucket, so that every sum stays a sum.
//!
//! Cells are read and the changes are computed here. A script writes them if nothing was written meanwhile; otherwise
//! it is tried again, at last with kicks held back.

use std::collections::{BTreeMap, HashSet};
use std::convert::Infallible;

use redis::Value;
use staste_core::plan::{BucketKey, Changes, Erasure, Point};
use staste_core::store::{ChoiceTable, Forgotten, KickSelection};
use staste_core::{Amount, Error};

use super::CellFormat;
use super::cells::BucketCells;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::connections::request::{Request, command};
use crate::connections::session::Session;

/// Cells read at a time, so that the server stays responsive.
const CELLS_PER_SCAN: &str = "2000";
/// Hashes read at a time.
const HASHES_PER_SCAN: usize = 64;

/// Amounts by point.
pub(crate) type Amounts = BTreeMap<Point, Amount>;

/// Reads all cells of buckets, some of them at a time.
pub(crate) fn scan(
    session: &mut Session,
    buckets: &[BucketKey],
    format: &dyn CellFormat,
    is_averaged: bool,
) -> Outcome<Vec<BucketCells>> {
    let mut found: Vec<BucketCells> = buckets.iter().map(|_| BucketCells::default()).collect();
    // Of each hash: the index of the bucket, whether it has counts, the key, and the cursor.
    let mut open: Vec<(usize, bool, String, String)> = Vec::new();
    for (index, (scale, start)) in buckets.iter().enumerate() {
        open.push((index, false, format.totals(*scale, *start), "0".to_owned()));
        if is_averaged {
            open.push((index, true, format.counts(*scale, *start), "0".to_owned()));
        }
    }
    while !open.is_empty() {
        let rest = open.split_off(open.len().min(HASHES_PER_SCAN));
        let scans: Vec<Request> = open
            .iter()
            .map(|(_, _, key, cursor)| command(["HSCAN", key, cursor, "COUNT", CELLS_PER_SCAN]))
            .collect();
        let mut unfinished = Vec::new();
        for ((index, has_counts, key, _), page) in open.into_iter().zip(session.query_all(&scans)?) {
            let mut items = reply::list(page)?.into_iter();
            let cursor = reply::text(reply::next(&mut items)?)?;
            let flat: Vec<Value> = reply::list(reply::next(&mut items)?)?;
            if let Some(cells) = found.get_mut(index) {
                if has_counts { cells.add_counts(flat)? } else { cells.add_totals(flat)? }
            }
            if cursor != "0" {
                unfinished.push((index, has_counts, key, cursor));
            }
        }
        unfinished.extend(rest);
        open = unfinished;
    }
    Ok(found)
}

/// An erasure with the tables that its ids belong to.
#[derive(Debug)]
pub(crate) struct ErasurePlan<'a> {
    pub(crate) tables: Vec<ChoiceTable>,
    /// The next id of each axis before *other* was added.
    pub(crate) firsts: Vec<u32>,
    erasure: Erasure<'a>,
}

impl<'a> ErasurePlan<'a> {
    /// Returns none when a choice was never counted: then there is nothing to remove.
    pub(crate) fn new(selection: &'a KickSelection, mut tables: Vec<ChoiceTable>) -> Option<ErasurePlan<'a>> {
        let firsts = tables.iter().map(ChoiceTable::next_id).collect();
        let erasure = Erasure::new(selection, &mut tables)?;
        Some(ErasurePlan { tables, firsts, erasure })
    }

    /// Returns the changes of each bucket, and what they remove from the grand total.
    pub(crate) fn changes(
        &mut self,
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

    /// Removes the choices that are free from their tables; returns their axes and ids.
    pub(crate) fn free_choices(&mut self) -> Vec<(usize, u32)> {
        self.erasure.free_choices(&mut self.tables)
    }
}

/// The changes of one bucket.
pub(crate) struct BucketWrites {
    pub(crate) bucket: BucketKey,
    /// New values of cells.
    pub(crate) set: Vec<(Point, (i64, i64))>,
    /// Cells to delete.
    pub(crate) delete: Vec<Point>,
}

impl BucketWrites {
    /// Returns the writes of each bucket that changes.
    pub(crate) fn of_changes(
        changes: &BTreeMap<BucketKey, Changes>,
        cells: &BTreeMap<BucketKey, Amounts>,
        is_averaged: bool,
        removed: &[(usize, u32)],
    ) -> Outcome<Vec<BucketWrites>> {
        let removed: HashSet<&(usize, u32)> = removed.iter().collect();
        let is_removed =
            |point: &Point| point.iter().enumerate().any(|(axis, id)| removed.contains(&(axis, *id)));
        let mut writes = Vec::new();
        for (bucket, amounts) in cells {
            let (mut set, mut delete) = (Vec::new(), Vec::new());
            let changes = changes.get(bucket);
            for (point, change) in changes.into_iter().flatten() {
                let amount = amounts.get(point).copied().unwrap_or_default() + *change;
                if amount.is_empty_cell(is_averaged) {
                    delete.push(point.clone());
                } else {
                    let stored = amount.to_stored().ok_or_else(|| {
                        Error::overflow("a sum would not fit into 64 bits; nothing was changed")
                    })?;
                    set.push((point.clone(), stored));
                }
            }
            if !is_averaged && !removed.is_empty() {
                // Kicks that add up to zero left cells of zero, which are not changes.
                let is_changed = |point: &Point| changes.is_some_and(|changes| changes.contains_key(point));
                delete
                    .extend(amounts.keys().filter(|point| is_removed(point) && !is_changed(point)).cloned());
            }
            if !set.is_empty() || !delete.is_empty() {
                writes.push(BucketWrites { bucket: *bucket, set, delete });
            }
        }
        Ok(writes)
    }
}

/// Returns what a script removed with all cells of a Metrica; none when the Metrica does not exist.
pub(crate) fn deleted(metrica: &str, reply: Value) -> Outcome<Option<Forgotten>> {
    let (status, items) = reply::with_status(reply)?;
    match status.as_str() {
        "gone" => Ok(None),
        "behind" => Err(Error::stale(metrica).into()),
        "deleted" => {
            let numbers = items.map(|item| reply::integer(&item)).collect::<Outcome<Vec<i64>>>()?;
            let mut forgotten = Forgotten::default();
            if let [cells, total, count] = numbers.as_slice() {
                forgotten.cells = u64::try_from(*cells).unwrap_or(0);
                forgotten.amount = Amount::stored(*total, *count);
            }
            Ok(Some(forgotten))
        }
        other => reply::unknown_status(other),
    }
}
