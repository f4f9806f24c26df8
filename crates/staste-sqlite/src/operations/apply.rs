//! The operation `apply`: a batch in one transaction.

use rusqlite::Connection;
use staste_core::plan::{Admission, Headroom};
use staste_core::store::{Applied, Batch, ClockCheck, Part, StoreClock};

use crate::cells::cell_writer::{self, CellSelect};
use crate::connections::session::Session;
use crate::failure::{Failure, Outcome};
use crate::metrica::catalog::Catalog;
use crate::metrica::choices::store_new_choices;
use crate::metrica::row::MetricaRow;
use crate::operations::{clock, dedup, expiry};
use crate::sql::unsigned;

/// Number of batches between two sweeps of old marks and expired claims.
const BATCHES_PER_SWEEP: u64 = 256;

/// How the cells of a part are checked for overflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OverflowCheck {
    /// All kicks are added at once, and the batch fails if one of them might overflow.
    WholePart,
    /// Each kick is checked, and dropped if it would overflow.
    EachKick,
}

/// Adds a batch to its cells: all of it or nothing.
pub(crate) fn apply(session: &mut Session, batch: &Batch) -> Outcome<Applied> {
    session.busy_wait.set_transaction_size(batch.expected_cells());
    let is_sweep_due = session.applied_batches.is_multiple_of(BATCHES_PER_SWEEP);
    let first_try = session.write(|connection, catalog| {
        apply_once(connection, catalog, batch, OverflowCheck::WholePart, is_sweep_due)
    });
    let (applied, cells) = match first_try {
        // It was rolled back. Try again, and check each kick.
        Err(failure) if failure.is_overflow() => session.write(|connection, catalog| {
            apply_once(connection, catalog, batch, OverflowCheck::EachKick, is_sweep_due)
        })?,
        outcome => outcome?,
    };
    session.applied_batches += 1;
    if !applied.duplicate {
        expiry::delete_expired(session, batch, cells);
    }
    Ok(applied)
}

/// Adds a batch within a transaction; returns the number of cells as well.
fn apply_once(
    connection: &Connection,
    catalog: &mut Catalog,
    batch: &Batch,
    check: OverflowCheck,
    is_sweep_due: bool,
) -> Outcome<(Applied, usize)> {
    let stored = clock::load(connection)?;
    let mut clock = stored.unwrap_or(StoreClock::new(batch.now));
    let checked = clock.check(batch.now);
    if let Some(duplicate) = dedup::find_duplicate(connection, batch, checked.now)? {
        return Ok((duplicate, 0));
    }
    let (mut applied, mut cells) = (Applied::default(), 0);
    applied.clock = Some(checked);
    for part in &batch.parts {
        cells += apply_part(connection, catalog, part, check, checked, &mut applied)?;
    }
    dedup::record_batch(connection, batch, checked.now)?;
    if is_sweep_due {
        dedup::sweep(connection, checked.now)?;
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
    let stored_row = MetricaRow::get(connection, &part.definition.name)?;
    let known = catalog.metrica(connection, &stored_row, &part.definition)?;
    known.remember_caller_definition(&part.definition);
    let mut row = stored_row;
    row.watermarks = row.watermarks.raised_to(&clock.watermarks(part, &known.calendar));

    let mut admission = Admission::new(part, &known.calendar, row.watermarks, &mut known.tables);
    let points = unsigned(row.points);
    let headroom = match check {
        OverflowCheck::EachKick => {
            admission.decide_each(points, &mut CellSelect::new(connection, row.id, &known.sql)?)?;
            None
        }
        OverflowCheck::WholePart => {
            if i128::from(points) > admission.allowed_points_before() {
                admission.fold_beyond_limit(points, &mut CellSelect::new(connection, row.id, &known.sql)?)?;
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
    if row != stored_row {
        row.save(connection)?;
    }
    known.set_choice_count(row.choices);
    Ok(cells)
}
