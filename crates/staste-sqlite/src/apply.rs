//! The verb `apply`: a batch in one transaction.

use rusqlite::Connection;
use staste_core::plan::{Admission, Headroom};
use staste_core::store::{Applied, Batch, ClockCheck, Part, StoreClock};

use crate::catalog::{Catalog, MetricaRow, store_new_choices};
use crate::cell_writer::{self, StoredCells};
use crate::failure::{Failure, Outcome};
use crate::session::Session;
use crate::sql::unsigned;
use crate::{clock, dedup, expire};

/// Batches between two sweeps of old marks and expired claims.
const SWEEP_EVERY: u64 = 256;

/// How a part is checked for cells that would overflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OverflowCheck {
    /// All its kicks are added at once; that one of them might overflow fails the whole batch.
    Whole,
    /// Each kick is checked, and dropped where it would overflow.
    EachKick,
}

/// Adds a batch to its cells, all of it or nothing.
pub(crate) fn apply(session: &mut Session, batch: &Batch) -> Outcome<Applied> {
    session.busy_wait.expect(batch.expected_cells());
    let sweeps = session.applied.is_multiple_of(SWEEP_EVERY);
    let whole = session
        .write(|connection, catalog| apply_once(connection, catalog, batch, OverflowCheck::Whole, sweeps));
    let (applied, cells) = match whole {
        // Rolled back, and done again with a look at every kick.
        Err(failure) if failure.is_overflow() => session.write(|connection, catalog| {
            apply_once(connection, catalog, batch, OverflowCheck::EachKick, sweeps)
        })?,
        outcome => outcome?,
    };
    session.applied += 1;
    if !applied.duplicate {
        expire::some(session, batch, cells);
    }
    Ok(applied)
}

/// Adds a batch within a transaction; returns the number of cells too.
fn apply_once(
    connection: &Connection,
    catalog: &mut Catalog,
    batch: &Batch,
    check: OverflowCheck,
    sweeps: bool,
) -> Outcome<(Applied, usize)> {
    let stored = clock::load(connection)?;
    let mut clock = stored.unwrap_or(StoreClock::new(batch.now));
    let verdict = clock.check(batch.now);
    if let Some(duplicate) = dedup::duplicate(connection, batch, verdict.now)? {
        return Ok((duplicate, 0));
    }
    let (mut applied, mut cells) = (Applied::default(), 0);
    applied.clock = Some(verdict);
    for part in &batch.parts {
        cells += apply_part(connection, catalog, part, check, verdict, &mut applied)?;
    }
    dedup::mark(connection, batch, verdict.now)?;
    if sweeps {
        dedup::sweep(connection, verdict.now)?;
    }
    if stored.is_none_or(|stored| clock.is_worth_storing(&stored)) {
        clock::store(connection, &clock)?;
    }
    Ok((applied, cells))
}

/// Adds the kicks of one Metrica; returns the number of cells.
fn apply_part(
    connection: &Connection,
    catalog: &mut Catalog,
    part: &Part,
    check: OverflowCheck,
    clock: ClockCheck,
    applied: &mut Applied,
) -> Outcome<usize> {
    let before = MetricaRow::get(connection, &part.definition.name)?;
    let known = catalog.known(connection, &before, &part.definition)?;
    known.agree(&part.definition);
    let mut row = before;
    row.watermarks = row.watermarks.raised_to(&clock.watermarks(part, &known.calendar));

    let mut admission = Admission::new(part, &known.calendar, row.watermarks, &mut known.tables);
    let points = unsigned(row.points);
    let headroom = match check {
        OverflowCheck::EachKick => {
            admission.decide_each(points, &mut StoredCells::new(connection, row.id, &known.sql)?)?;
            None
        }
        OverflowCheck::Whole => {
            if i128::from(points) > admission.allowed_points_before() {
                admission
                    .fold_beyond_limit(points, &mut StoredCells::new(connection, row.id, &known.sql)?)?;
            }
            match admission.headroom(0) {
                Headroom::Any => None,
                Headroom::Within(distance) => Some(distance),
                Headroom::None => return Err(Failure::Overflow),
            }
        }
    };
    admission.prune(&mut known.tables);
    admission.report(applied);
    row.choices +=
        store_new_choices(connection, row.id, &part.definition, &known.tables, admission.first_new_ids())?;
    let cells = cell_writer::write(connection, &known.sql, &mut row, admission.cells(), headroom)?;
    if row != before {
        row.save(connection)?;
    }
    known.has_choices(row.choices);
    Ok(cells)
}
