//! Plain data of both layouts: cells as the server returns them, buckets, and the choices of a batch.

use std::collections::{BTreeSet, HashMap};

use redis::Value;
use staste_core::store::ChoiceTable;
use staste_core::{Calendar, Definition, Scale};

use crate::connections::failure::Outcome;
use crate::connections::reply;

/// Total and count of the cells of one bucket, by field.
#[derive(Debug, Default)]
pub(crate) struct BucketCells(pub(crate) HashMap<Vec<u8>, (i64, i64)>);

impl BucketCells {
    /// Adds totals: field and value alternate.
    pub(crate) fn add_totals(&mut self, flat: Vec<Value>) -> Outcome<()> {
        let mut items = flat.into_iter();
        while let Some(field) = items.next() {
            let total = reply::integer(&reply::next(&mut items)?)?;
            self.0.entry(reply::bytes(field)?).or_default().0 = total;
        }
        Ok(())
    }

    /// Adds counts: field and value alternate.
    pub(crate) fn add_counts(&mut self, flat: Vec<Value>) -> Outcome<()> {
        let mut items = flat.into_iter();
        while let Some(field) = items.next() {
            let count = reply::integer(&reply::next(&mut items)?)?;
            self.0.entry(reply::bytes(field)?).or_default().1 = count;
        }
        Ok(())
    }
}

/// A bucket and its size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listed {
    pub(crate) scale: Scale,
    pub(crate) start: i64,
    pub(crate) cells: u64,
    /// Bytes of memory; 0 if they were not read, or the server does not report them.
    pub(crate) bytes: u64,
}

/// The number of stored members that are not a valid choice, by axis and depth. They do not count towards the cap.
pub(crate) type UnclearMembers = HashMap<(usize, u32), u32>;

/// The choices of a batch.
pub(crate) struct BatchChoices<'a> {
    pub(crate) definition: &'a Definition,
    pub(crate) calendar: &'a Calendar,
    pub(crate) tables: &'a [ChoiceTable],
    /// The first new id of each axis.
    pub(crate) firsts: &'a [u32],
    /// Returns the ids that kicks are counted at, by axis.
    pub(crate) counted: &'a dyn Fn() -> Vec<BTreeSet<u32>>,
    pub(crate) unclear: &'a UnclearMembers,
}
