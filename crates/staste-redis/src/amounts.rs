//! What lies at the points a batch would bump.

use std::collections::HashMap;
use std::convert::Infallible;

use staste_core::plan::{CellLookup, PlannedBucket, Point};
use staste_core::{Amount, Scale};

use crate::cell_keys::{CellFields, CellKeys};
use crate::client::Client;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::scripts;
use crate::state::State;

/// Amounts at points, as far as there are cells.
#[derive(Debug, Default)]
pub(crate) struct Amounts(HashMap<(Scale, i64, Point), Amount>);

impl CellLookup for Amounts {
    type Error = Infallible;

    fn amount(&mut self, scale: Scale, start: i64, point: &[u32]) -> Result<Option<Amount>, Infallible> {
        Ok(self.0.get(&(scale, start, Point::from_slice(point))).copied())
    }
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) amounts: Amounts,
    /// Cells in the bucket *ever*.
    pub(crate) points: u64,
    /// The count of writes at that moment.
    pub(crate) writes: String,
}

/// What a look came to.
#[derive(Debug)]
pub(crate) enum Look {
    Found(Found),
    /// There is more to know of the Metrica first.
    Behind(Box<State>),
    Gone,
}

/// Reads the cells of planned buckets. `next` are the next ids as they are stored.
pub(crate) fn look(
    client: &mut Client,
    metrica: &str,
    (keys, fields): (&CellKeys, &CellFields),
    (generation, version, next): (&str, &str, &str),
    averaged: bool,
    planned: &[PlannedBucket],
) -> Outcome<Look> {
    let mut call = client.session.call(metrica);
    call.arguments.push(generation).push(version).push(next);
    call.arguments.push(keys.totals(Scale::Ever, i64::MIN));
    for bucket in planned {
        let hashes = [
            Some(keys.totals(bucket.scale, bucket.start)),
            averaged.then(|| keys.counts(bucket.scale, bucket.start)),
        ];
        for key in hashes.into_iter().flatten() {
            call.keys.push(key);
            call.arguments.push_display(bucket.cells.len());
            for cell in bucket.cells.iter() {
                call.arguments.push(fields.encode(&cell.point));
            }
        }
    }
    let (head, mut items) = reply::with_status(client.session.run(&scripts::CELLS, &call)?)?;
    match head.as_str() {
        "gone" => return Ok(Look::Gone),
        "behind" => return Ok(Look::Behind(Box::new(State::parse(reply::next(&mut items)?)?))),
        "cells" => {}
        other => return reply::unknown_status(other),
    }
    let state = State::parse(reply::next(&mut items)?)?;
    let points = reply::integer(&reply::next(&mut items)?)?;
    let mut hashes = reply::list(reply::next(&mut items)?)?.into_iter();
    let mut amounts = Amounts::default();
    for bucket in planned {
        let totals = reply::list(reply::next(&mut hashes)?)?;
        let counts = if averaged { reply::list(reply::next(&mut hashes)?)? } else { Vec::new() };
        let mut counts = counts.into_iter();
        for (cell, total) in bucket.cells.iter().zip(totals) {
            let count = counts.next().map(|count| reply::integer_or_none(&count)).transpose()?.flatten();
            if let Some(total) = reply::integer_or_none(&total)? {
                let key = (bucket.scale, bucket.start, cell.point.clone());
                amounts.0.insert(key, Amount::stored(total, count.unwrap_or(0)));
            }
        }
    }
    Ok(Look::Found(Found { amounts, points: u64::try_from(points).unwrap_or(0), writes: state.writes }))
}
