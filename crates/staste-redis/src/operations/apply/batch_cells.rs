//! The stored cells that a batch would change.

use std::collections::HashMap;
use std::convert::Infallible;

use staste_core::plan::{PlannedBucket, Point, StoredCells};
use staste_core::{Amount, Scale};

use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::connections::session::Session;
use crate::layout::{CellFormat, FieldFormat, Found};
use crate::metrica::state::StoredState;
use crate::scripts;

/// The amounts of the points that have a cell.
#[derive(Debug, Default)]
pub(crate) struct Amounts(HashMap<(Scale, i64, Point), Amount>);

impl StoredCells for Amounts {
    type Error = Infallible;

    fn amount(&mut self, scale: Scale, start: i64, point: &[u32]) -> Result<Option<Amount>, Infallible> {
        Ok(self.0.get(&(scale, start, Point::from_slice(point))).copied())
    }
}

/// The cells of planned buckets at one moment.
#[derive(Debug)]
pub(crate) struct BatchCells {
    pub(crate) amounts: Amounts,
    /// Number of cells in the bucket *ever*.
    pub(crate) points: u64,
    /// Number of writes to the Metrica at that moment.
    pub(crate) writes: String,
}

/// Reads the cells of planned buckets. `expected` are generation, version and next ids.
pub(crate) fn read(
    session: &mut Session,
    metrica: &str,
    (format, fields): (&dyn CellFormat, &dyn FieldFormat),
    expected: (&str, &str, &str),
    is_averaged: bool,
    planned: &[PlannedBucket],
) -> Outcome<Found<BatchCells>> {
    let mut call = session.call(metrica);
    call.arguments.push(expected.0).push(expected.1).push(expected.2);
    call.arguments.push(format.totals(Scale::Ever, i64::MIN));
    for bucket in planned {
        let hashes = [
            Some(format.totals(bucket.scale, bucket.start)),
            is_averaged.then(|| format.counts(bucket.scale, bucket.start)),
        ];
        for key in hashes.into_iter().flatten() {
            call.keys.push(key);
            call.arguments.push_display(bucket.cells.len());
            for cell in bucket.cells.iter() {
                call.arguments.push(fields.encode(&cell.point));
            }
        }
    }
    let (status, mut items) = reply::with_status(session.run(&scripts::CELLS, &call)?)?;
    match status.as_str() {
        "gone" => return Ok(Found::Gone),
        "behind" => return Ok(Found::Behind(Box::new(StoredState::parse(reply::next(&mut items)?)?))),
        "cells" => {}
        other => return reply::unknown_status(other),
    }
    let state = StoredState::parse(reply::next(&mut items)?)?;
    let points = reply::integer(&reply::next(&mut items)?)?;
    let mut hashes = reply::list(reply::next(&mut items)?)?.into_iter();
    let mut amounts = Amounts::default();
    for bucket in planned {
        let totals = reply::list(reply::next(&mut hashes)?)?;
        let counts = if is_averaged { reply::list(reply::next(&mut hashes)?)? } else { Vec::new() };
        let mut counts = counts.into_iter();
        for (cell, total) in bucket.cells.iter().zip(totals) {
            let count = counts.next().map(|count| reply::integer_or_none(&count)).transpose()?.flatten();
            if let Some(total) = reply::integer_or_none(&total)? {
                let key = (bucket.scale, bucket.start, cell.point.clone());
                amounts.0.insert(key, Amount::stored(total, count.unwrap_or(0)));
            }
        }
    }
    let points = u64::try_from(points).unwrap_or(0);
    Ok(Found::Done(BatchCells { amounts, points, writes: state.writes }))
}
