//! The verb `apply`: a batch in one transaction.

use rusqlite::Connection;
use staste_core::store::StoreClock;
use staste_core::store::{Applied, Batch};

use crate::apply_part::{self, Care, Landed};
use crate::catalog::Catalog;
use crate::failure::Outcome;
use crate::link::Link;
use crate::{clock, expire, once};

/// Batches between two sweeps of old marks and expired claims.
const SWEEP_EVERY: u64 = 256;

/// Adds a batch to its cells, all of it or nothing.
pub(crate) fn apply(link: &mut Link, batch: &Batch) -> Outcome<Applied> {
    link.busy_wait.expect(batch.expected_cells());
    let sweeps = link.applied.is_multiple_of(SWEEP_EVERY);
    let quick = link.write(|connection, catalog| land(connection, catalog, batch, Care::Merged, sweeps));
    let (applied, cells) = match quick {
        // Nothing of it was kept: again, looking at every kick.
        Err(failure) if failure.is_overflow() => {
            link.write(|connection, catalog| land(connection, catalog, batch, Care::KickByKick, sweeps))?
        }
        landed => landed?,
    };
    link.applied += 1;
    if !applied.duplicate {
        expire::some(link, batch, cells);
    }
    Ok(applied)
}

fn land(
    connection: &Connection,
    catalog: &mut Catalog,
    batch: &Batch,
    care: Care,
    sweeps: bool,
) -> Outcome<(Applied, usize)> {
    let stored = clock::load(connection)?;
    let mut clock = stored.unwrap_or(StoreClock::new(batch.now));
    let check = clock.check(batch.now);
    if let Some(duplicate) = once::duplicate(connection, batch, check.now)? {
        return Ok((duplicate, 0));
    }
    let (mut applied, mut bumped) = (Applied::default(), 0);
    applied.clock = Some(check);
    for part in &batch.parts {
        let Landed { folded, overflowed, cells } = apply_part::land(connection, catalog, part, care, check)?;
        applied.folded += folded;
        applied.overflowed += overflowed;
        bumped += cells;
    }
    once::mark(connection, batch, check.now)?;
    if sweeps {
        once::sweep(connection, check.now)?;
    }
    if stored.is_none_or(|stored| clock.is_worth_storing(&stored)) {
        clock::store(connection, &clock)?;
    }
    Ok((applied, bumped))
}
