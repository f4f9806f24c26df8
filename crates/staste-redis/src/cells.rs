//! The cells of one bucket as its hashes give them.

use std::collections::HashMap;

use redis::Value;

use crate::connections::failure::Outcome;
use crate::connections::reply;

/// Total and count by the field of their point.
#[derive(Debug, Default)]
pub(crate) struct Cells(pub(crate) HashMap<Vec<u8>, (i64, i64)>);

impl Cells {
    /// Takes totals, field and value in turns.
    pub(crate) fn totals(&mut self, flat: Vec<Value>) -> Outcome<()> {
        let mut items = flat.into_iter();
        while let Some(field) = items.next() {
            let total = reply::integer(&reply::next(&mut items)?)?;
            self.0.entry(reply::bytes(field)?).or_default().0 = total;
        }
        Ok(())
    }

    /// Takes counts, field and value in turns.
    pub(crate) fn counts(&mut self, flat: Vec<Value>) -> Outcome<()> {
        let mut items = flat.into_iter();
        while let Some(field) = items.next() {
            let count = reply::integer(&reply::next(&mut items)?)?;
            self.0.entry(reply::bytes(field)?).or_default().1 = count;
        }
        Ok(())
    }
}
