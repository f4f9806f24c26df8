//! Reads the cells of a query.
//!
//! Cells are ordered by bucket and then by axis. If the free axes come last, the cells of a query are contiguous, and
//! one statement reads them from all buckets. If a fixed axis follows a free one, they are scattered. Then the reader
//! scans each bucket if that is cheaper than looking up every cell, and looks them up otherwise.

use std::fmt::Write as _;

use rusqlite::Connection;
use smallvec::SmallVec;
use staste_core::Amount;
use staste_core::plan::{AxisSelector, Point, ReadPlan, Selector};
use staste_core::store::ALL;
use staste_core::store::Span;

use crate::cells::bucket;
use crate::failure::Outcome;
use crate::metrica::known_metrica::KnownMetrica;
use crate::sql::amount_at;

/// Maximum number of look-ups for which the reader does not try to scan.
const MAX_LOOKUPS_WITHOUT_SCAN: usize = 16;
/// Number of cells that a scan reads in the time of one look-up.
const SCANNED_CELLS_PER_LOOKUP: usize = 6;

/// Reads the cells of one query, span by span.
#[derive(Debug)]
pub(crate) struct CellReader<'a> {
    connection: &'a Connection,
    known: &'a KnownMetrica,
    selector: Selector,
    /// True if only full points are read.
    full_points: bool,
    /// The statement that reads contiguous cells.
    contiguous_select: String,
    /// The point with its fixed ids; the reader fills in the others.
    point: Point,
    /// The axes whose id varies.
    free: SmallVec<[usize; 6]>,
    /// The ids to look up on each free axis, if cells are scattered.
    lookup_ids: Option<Vec<Vec<u32>>>,
}

impl<'a> CellReader<'a> {
    pub(crate) fn new(
        connection: &'a Connection,
        known: &'a KnownMetrica,
        plan: &ReadPlan<'_>,
    ) -> CellReader<'a> {
        let selector = plan.selector().clone();
        let (mut point, mut free) = (Point::new(), SmallVec::new());
        for (axis, wanted) in selector.axes.iter().enumerate() {
            match wanted {
                AxisSelector::Is(id) => point.push(*id),
                _ => {
                    point.push(ALL);
                    free.push(axis);
                }
            }
        }
        let mut reader = CellReader {
            connection,
            known,
            selector,
            full_points: plan.reads_full_points(),
            contiguous_select: String::new(),
            point,
            free,
            lookup_ids: None,
        };
        reader.lookup_ids = if reader.is_scattered() { reader.ids_to_look_up() } else { None };
        if reader.lookup_ids.is_none() {
            reader.contiguous_select = reader.contiguous_select_text();
        }
        reader
    }

    /// Adds the cells of a span to the plan.
    pub(crate) fn read_span(&mut self, span: Span, plan: &mut ReadPlan<'_>) -> Outcome<()> {
        match self.lookup_ids.take() {
            None => self.read_contiguous(span, plan),
            Some(ids) => {
                let buckets = bucket::within(self.connection, self.known.id, span.scale, span.from, span.to)?;
                for bucket in buckets {
                    self.read_scattered(bucket, &ids, plan)?;
                }
                self.lookup_ids = Some(ids);
                Ok(())
            }
        }
    }

    /// Returns true if other cells are stored between those of the query.
    fn is_scattered(&self) -> bool {
        let first = self.free.first().copied().unwrap_or(usize::MAX);
        self.selector.axes.iter().zip(&self.known.definition.stored_axes).enumerate().any(
            |(axis, (wanted, definition))| match wanted {
                AxisSelector::Is(_) => axis > first,
                AxisSelector::Each(_) => definition.is_path(),
                _ => false,
            },
        )
    }

    /// Returns the ids to look up on each free axis, or `None` if an axis takes any id.
    fn ids_to_look_up(&self) -> Option<Vec<Vec<u32>>> {
        let axes = self.selector.axes.iter().zip(self.selector.candidates(&self.known.tables));
        axes.filter(|(wanted, _)| !matches!(wanted, AxisSelector::Is(_))).map(|(_, ids)| ids).collect()
    }

    fn contiguous_select_text(&self) -> String {
        let mut text = String::with_capacity(256);
        text.push_str("SELECT b.start, ");
        for axis in &self.free {
            let _ = write!(text, "c.a{axis}, ");
        }
        let _ = write!(
            text,
            "{} FROM \"staste:buckets\" b CROSS JOIN {} c ON c.bucket = b.id \
             WHERE b.metrica = ?1 AND b.scale = ?2 AND b.start >= ?3 AND b.start < ?4",
            self.known.sql.amount_columns(),
            self.known.sql.cells
        );
        let mut parameter = 5;
        for (axis, wanted) in self.selector.axes.iter().enumerate() {
            match wanted {
                AxisSelector::Is(_) => {
                    let _ = write!(text, " AND c.a{axis} = ?{parameter}");
                    parameter += 1;
                }
                AxisSelector::Any if !self.full_points => {}
                _ => {
                    let _ = write!(text, " AND c.a{axis} > 0");
                }
            }
        }
        text
    }

    fn read_contiguous(&mut self, span: Span, plan: &mut ReadPlan<'_>) -> Outcome<()> {
        let mut select = self.connection.prepare_cached(&self.contiguous_select)?;
        for (parameter, value) in
            (1..).zip([self.known.id, bucket::scale_code(span.scale), span.from, span.to])
        {
            select.raw_bind_parameter(parameter, value)?;
        }
        let fixed = self.selector.axes.iter().filter_map(|wanted| match wanted {
            AxisSelector::Is(id) => Some(*id),
            _ => None,
        });
        for (parameter, id) in (5..).zip(fixed) {
            select.raw_bind_parameter(parameter, i64::from(id))?;
        }
        let mut rows = select.raw_query();
        while let Some(row) = rows.next()? {
            let mut column = 1;
            for axis in &self.free {
                if let Some(slot) = self.point.get_mut(*axis) {
                    *slot = row.get(column)?;
                }
                column += 1;
            }
            let amount = Amount::stored(row.get(column)?, row.get(column + 1)?);
            plan.add(row.get(0)?, &self.point, amount);
        }
        Ok(())
    }

    fn read_scattered(
        &mut self,
        bucket: bucket::Bucket,
        ids: &[Vec<u32>],
        plan: &mut ReadPlan<'_>,
    ) -> Outcome<()> {
        let lookups = ids.iter().map(Vec::len).fold(1_usize, usize::saturating_mul);
        if lookups > MAX_LOOKUPS_WITHOUT_SCAN
            && self.scan_bucket(bucket, lookups.saturating_mul(SCANNED_CELLS_PER_LOOKUP), plan)?
        {
            return Ok(());
        }
        self.look_up(bucket, ids, plan)
    }

    /// Scans a bucket of at most `max` cells; returns false if it has more.
    fn scan_bucket(&mut self, bucket: bucket::Bucket, max: usize, plan: &mut ReadPlan<'_>) -> Outcome<bool> {
        let first = self.free.first().copied().unwrap_or(0);
        let mut text = String::with_capacity(160);
        text.push_str("SELECT ");
        for axis in first..self.point.len() {
            let _ = write!(text, "a{axis}, ");
        }
        let _ = write!(
            text,
            "{} FROM {} WHERE bucket = ?1",
            self.known.sql.amount_columns(),
            self.known.sql.cells
        );
        for axis in 0..first {
            let _ = write!(text, " AND a{axis} = ?{}", axis + 2);
        }
        let _ = write!(text, " AND a{first} > 0");
        let mut select = self.connection.prepare_cached(&text)?;
        select.raw_bind_parameter(1, bucket.id)?;
        for (parameter, id) in (2..).zip(self.point.iter().take(first)) {
            select.raw_bind_parameter(parameter, i64::from(*id))?;
        }
        let mut rows = select.raw_query();
        let (mut point, mut scanned) = (self.point.clone(), 0);
        let mut found: Vec<(Point, Amount)> = Vec::new();
        while let Some(row) = rows.next()? {
            scanned += 1;
            if scanned > max {
                return Ok(false);
            }
            let mut column = 0;
            for slot in point.iter_mut().skip(first) {
                *slot = row.get(column)?;
                column += 1;
            }
            if plan.selects(&point) {
                found.push((point.clone(), Amount::stored(row.get(column)?, row.get(column + 1)?)));
            }
        }
        found.into_iter().for_each(|(point, amount)| plan.add(bucket.start, &point, amount));
        Ok(true)
    }

    fn look_up(&mut self, bucket: bucket::Bucket, ids: &[Vec<u32>], plan: &mut ReadPlan<'_>) -> Outcome<()> {
        let mut select = self.connection.prepare_cached(&self.known.sql.select)?;
        let mut at: SmallVec<[usize; 6]> = SmallVec::from_elem(0, ids.len());
        loop {
            for ((axis, ids), at) in self.free.iter().zip(ids).zip(&at) {
                let (Some(slot), Some(id)) = (self.point.get_mut(*axis), ids.get(*at)) else { return Ok(()) };
                *slot = *id;
            }
            if let Some(amount) = amount_at(&mut select, bucket.id, &self.point)? {
                plan.add(bucket.start, &self.point, amount);
            }
            // Go to the next combination: the ids of the last axis change first.
            let mut has_next = false;
            for (at, ids) in at.iter_mut().zip(ids).rev() {
                *at += 1;
                if *at < ids.len() {
                    has_next = true;
                    break;
                }
                *at = 0;
            }
            if !has_next {
                return Ok(());
            }
        }
    }
}
