//! Taking kicks out of cells, bucket by bucket, so that every sum stays a sum.

use std::collections::HashMap;
use std::fmt::Write as _;

use rusqlite::Connection;
use staste_core::plan::{Changes, Point, Removal, add_changes};
use staste_core::store::Span;
use staste_core::store::{ChoiceTable, FIRST_VALUE};
use staste_core::{AxisKind, Choice, Scale};

use crate::bucket::{self, Bucket};
use crate::catalog::{Known, MetricaRow, store_choices};
use crate::failure::{Failure, Outcome};
use crate::sql::{Sql, amounts_at, bind_amounts, bind_key, point_at};

/// What to take out.
#[derive(Debug)]
pub(crate) struct Erasure<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) filter: &'a [(usize, Choice)],
    pub(crate) span: Option<&'a (i64, i64, Vec<Span>)>,
    pub(crate) into_other: bool,
}

impl Erasure<'_> {
    /// Takes the kicks out; tells how many cells went.
    pub(crate) fn run(&self, known: &mut Known, row: &mut MetricaRow) -> Outcome<u64> {
        let mut ids = vec![None; known.tables.len()];
        let mut other = None;
        for (axis, choice) in self.filter {
            let Some(table) = known.tables.get_mut(*axis) else { continue };
            let Some(id) = table.id(choice) else { return Ok(0) };
            if self.into_other {
                let first = table.next_id();
                other = Some(table.other_beside(id));
                row.choices +=
                    store_choices(self.connection, known.id, &known.definition, *axis, table, first)?;
            }
            if let Some(slot) = ids.get_mut(*axis) {
                *slot = Some(id);
            }
        }
        let removal = Removal {
            tables: &known.tables,
            filter: ids.clone(),
            combinations: known.definition.combinations,
            into_other: other,
        };
        let mut gone = self.take_out(known, &removal, row)?;
        if self.span.is_none()
            && let [(axis, _)] = self.filter
            && let Some(Some(id)) = ids.get(*axis)
        {
            gone += self.free_place(known, *axis, *id)?;
        }
        self.connection.execute(
            &format!(
                "DELETE FROM \"staste:buckets\" WHERE metrica = ?1 AND NOT EXISTS \
                 (SELECT 1 FROM {} c WHERE c.bucket = id)",
                known.sql.cells
            ),
            [known.id],
        )?;
        Ok(gone)
    }

    /// Changes the buckets: those in the span by what they hold, those around it by what the buckets
    /// that compose the span hold.
    fn take_out(&self, known: &Known, removal: &Removal<'_>, row: &MetricaRow) -> Outcome<u64> {
        let buckets = bucket::all(self.connection, row.id)?;
        let select = self.select_text(known, removal);
        let own = |bucket: &Bucket| self.own_changes(known, removal, &select, bucket);
        let mut gone = 0;
        let Some((from, to, spans)) = self.span else {
            for bucket in &buckets {
                gone += self.change(&known.sql, bucket, &own(bucket)?)?;
            }
            return Ok(gone);
        };
        let lies_within = |bucket: &Bucket| {
            bucket.start >= *from && known.calendar.bucket(bucket.scale, bucket.start).end <= *to
        };
        let around: HashMap<(Scale, i64), &Bucket> = buckets
            .iter()
            .filter(|bucket| !lies_within(bucket))
            .map(|bucket| ((bucket.scale, bucket.start), bucket))
            .collect();
        let mut sums: HashMap<(Scale, i64), Changes> = HashMap::new();
        for bucket in buckets.iter().filter(|bucket| lies_within(bucket)) {
            let changes = own(bucket)?;
            gone += self.change(&known.sql, bucket, &changes)?;
            let composes = spans.iter().any(|span| {
                span.scale == bucket.scale && span.from <= bucket.start && bucket.start < span.to
            });
            if composes {
                for coarser in Scale::KEPT.into_iter().filter(|coarser| *coarser > bucket.scale) {
                    let key = (coarser, known.calendar.bucket(coarser, bucket.start).start);
                    if around.contains_key(&key) {
                        add_changes(sums.entry(key).or_default(), &changes);
                    }
                }
            }
        }
        for (key, changes) in &sums {
            if let Some(bucket) = around.get(key) {
                gone += self.change(&known.sql, bucket, changes)?;
            }
        }
        Ok(gone)
    }

    /// The statement for the cells of a bucket that may match.
    fn select_text(&self, known: &Known, removal: &Removal<'_>) -> String {
        let sql = &known.sql;
        let mut text =
            format!("SELECT {}{} FROM {} WHERE bucket = ?1", sql.axis_columns(""), sql.amounts(), sql.cells);
        for ((index, wanted), axis) in removal.filter.iter().enumerate().zip(&known.definition.axes) {
            if let Some(id) = wanted {
                let _ = match axis.kind {
                    // A path matches below itself too.
                    AxisKind::Path => write!(text, " AND a{index} > 0"),
                    _ => write!(text, " AND a{index} = {id}"),
                };
            }
        }
        text
    }

    fn own_changes(
        &self,
        known: &Known,
        removal: &Removal<'_>,
        select: &str,
        bucket: &Bucket,
    ) -> Outcome<Changes> {
        let mut select = self.connection.prepare_cached(select)?;
        let mut rows = select.query([bucket.id])?;
        let axes = known.sql.axes;
        let mut cells: Vec<(Point, i64, i64)> = Vec::new();
        while let Some(row) = rows.next()? {
            cells.push((point_at(row, 0, axes)?, row.get(axes)?, row.get(axes + 1)?));
        }
        Ok(removal.changes(cells.iter().map(|(point, total, count)| (point.as_slice(), *total, *count))))
    }

    /// Adds the changes to a bucket; cells that come to nothing go. Tells how many went.
    fn change(&self, sql: &Sql, bucket: &Bucket, changes: &Changes) -> Outcome<u64> {
        let mut select = self.connection.prepare_cached(&sql.point)?;
        let mut replace = self.connection.prepare_cached(&sql.replace)?;
        let mut delete = self.connection.prepare_cached(&sql.delete)?;
        let mut sorted: Vec<_> = changes.iter().collect();
        sorted.sort_unstable_by_key(|(point, _)| *point);
        let mut gone = 0;
        for (point, (total, count)) in sorted {
            let (own_total, own_count) = amounts_at(&mut select, bucket.id, point)?.unwrap_or_default();
            let fits = |sum: i128| i64::try_from(sum).map_err(|_| Failure::Overflow);
            let sums = (fits(i128::from(own_total) + total)?, fits(i128::from(own_count) + count)?);
            // A plain Metrica counts nothing: there a cell of zero is as good as none.
            if sums.0 == 0 && (sums.1 == 0 || !sql.averaged) {
                bind_key(&mut delete, bucket.id, point)?;
                gone += delete.raw_execute()? as u64;
            } else {
                bind_key(&mut replace, bucket.id, point)?;
                bind_amounts(&mut replace, sql, sums.0, sums.1)?;
                replace.raw_execute()?;
            }
        }
        Ok(gone)
    }

    /// Takes a choice, and what lies below it, out of its axis; declared ones stay. Tells how many
    /// cells went with it.
    fn free_place(&self, known: &mut Known, axis: usize, id: u32) -> Outcome<u64> {
        let is_declared =
            known.definition.axes.get(axis).is_some_and(|axis| matches!(axis.kind, AxisKind::Declared(_)));
        if id < FIRST_VALUE || is_declared {
            return Ok(0);
        }
        let removed =
            known.tables.get_mut(axis).map(|table: &mut ChoiceTable| table.remove(id)).unwrap_or_default();
        let position = i64::try_from(axis).unwrap_or(i64::MAX);
        let mut delete = self
            .connection
            .prepare_cached("DELETE FROM \"staste:choices\" WHERE metrica = ?1 AND axis = ?2 AND id = ?3")?;
        for id in removed {
            delete.execute([known.id, position, i64::from(id)])?;
        }
        if known.sql.averaged {
            return Ok(0);
        }
        // Kicks that came to zero left cells of zero, which were not seen as changes.
        let left = self.connection.execute(
            &format!(
                "DELETE FROM {} WHERE a{axis} >= {FIRST_VALUE} AND NOT EXISTS (SELECT 1 FROM \"staste:choices\" k \
                 WHERE k.metrica = ?1 AND k.axis = ?2 AND k.id = a{axis})",
                known.sql.cells
            ),
            [known.id, position],
        )?;
        Ok(left as u64)
    }
}
