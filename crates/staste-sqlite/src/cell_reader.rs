//! Reads the cells of a question from a bucket.
//!
//! Cells are ordered by bucket and then axis by axis. Where the axes that are free come last, the
//! wanted cells are stored next to each other, and one statement walks the buckets. Where a fixed axis follows a
//! free one, they are scattered: then a bucket is walked through as long as that is cheaper than
//! looking every wanted cell up, and else they are looked up.

use std::fmt::Write as _;

use rusqlite::Connection;
use smallvec::SmallVec;
use staste_core::plan::{AxisSelector, Point, ReadPlan, Selector};
use staste_core::store::ALL;
use staste_core::store::Span;
use staste_core::{Amount, AxisKind};

use crate::bucket;
use crate::catalog::Known;
use crate::failure::Outcome;
use crate::sql::amount_at;

/// Up to this many cells are looked up without trying to walk.
const FEW: usize = 16;
/// Cells that are walked past in the time that one look-up takes.
const WALKED_PER_LOOK_UP: usize = 6;

/// Reads the cells of one question, span by span.
#[derive(Debug)]
pub(crate) struct CellReader<'a> {
    connection: &'a Connection,
    known: &'a Known,
    selector: Selector,
    /// Full points only.
    scan: bool,
    /// The statement for wanted cells that are stored next to each other.
    side_by_side: String,
    /// The point with its fixed ids; the others are filled in.
    point: Point,
    /// Axes whose id varies.
    free: SmallVec<[usize; 6]>,
    /// Where cells lie scattered: the ids to look up on each free axis.
    scattered: Option<Vec<Vec<u32>>>,
}

impl<'a> CellReader<'a> {
    pub(crate) fn new(connection: &'a Connection, known: &'a Known, plan: &ReadPlan<'_>) -> CellReader<'a> {
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
            scan: plan.reads_full_points(),
            side_by_side: String::new(),
            point,
            free,
            scattered: None,
        };
        reader.scattered = if reader.is_scattered() { reader.wanted_ids() } else { None };
        if reader.scattered.is_none() {
            reader.side_by_side = reader.side_by_side_text();
        }
        reader
    }

    /// Adds the wanted cells of a span.
    pub(crate) fn span(&mut self, span: Span, plan: &mut ReadPlan<'_>) -> Outcome<()> {
        match self.scattered.take() {
            None => self.walk_buckets(span, plan),
            Some(ids) => {
                let buckets = bucket::within(self.connection, self.known.id, span.scale, span.from, span.to)?;
                for bucket in buckets {
                    self.scattered_in(bucket, &ids, plan)?;
                }
                self.scattered = Some(ids);
                Ok(())
            }
        }
    }

    /// True when cells that are not wanted lie between those that are.
    fn is_scattered(&self) -> bool {
        let first = self.free.first().copied().unwrap_or(usize::MAX);
        self.selector.axes.iter().zip(&self.known.definition.axes).enumerate().any(
            |(axis, (wanted, definition))| match wanted {
                AxisSelector::Is(_) => axis > first,
                AxisSelector::Each(_) => definition.kind == AxisKind::Path,
                _ => false,
            },
        )
    }

    /// The ids to look up on each free axis; none where any id would do.
    fn wanted_ids(&self) -> Option<Vec<Vec<u32>>> {
        let axes = self.selector.axes.iter().zip(self.selector.candidates(&self.known.tables));
        axes.filter(|(wanted, _)| !matches!(wanted, AxisSelector::Is(_))).map(|(_, ids)| ids).collect()
    }

    fn side_by_side_text(&self) -> String {
        let mut text = String::with_capacity(256);
        text.push_str("SELECT b.start, ");
        for axis in &self.free {
            let _ = write!(text, "c.a{axis}, ");
        }
        let _ = write!(
            text,
            "{} FROM \"staste:buckets\" b CROSS JOIN {} c ON c.bucket = b.id \
             WHERE b.metrica = ?1 AND b.scale = ?2 AND b.start >= ?3 AND b.start < ?4",
            self.known.sql.amounts(),
            self.known.sql.cells
        );
        let mut parameter = 5;
        for (axis, wanted) in self.selector.axes.iter().enumerate() {
            match wanted {
                AxisSelector::Is(_) => {
                    let _ = write!(text, " AND c.a{axis} = ?{parameter}");
                    parameter += 1;
                }
                AxisSelector::Any if !self.scan => {}
                _ => {
                    let _ = write!(text, " AND c.a{axis} > 0");
                }
            }
        }
        text
    }

    fn walk_buckets(&mut self, span: Span, plan: &mut ReadPlan<'_>) -> Outcome<()> {
        let mut select = self.connection.prepare_cached(&self.side_by_side)?;
        for (parameter, value) in (1..).zip([self.known.id, bucket::code(span.scale), span.from, span.to]) {
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

    fn scattered_in(
        &mut self,
        bucket: bucket::Bucket,
        ids: &[Vec<u32>],
        plan: &mut ReadPlan<'_>,
    ) -> Outcome<()> {
        let look_ups = ids.iter().map(Vec::len).fold(1_usize, usize::saturating_mul);
        if look_ups > FEW && self.walk_through(bucket, look_ups.saturating_mul(WALKED_PER_LOOK_UP), plan)? {
            return Ok(());
        }
        self.look_up(bucket, ids, plan)
    }

    /// Walks through a bucket, but past no more than `most` cells; false when there are more.
    fn walk_through(
        &mut self,
        bucket: bucket::Bucket,
        most: usize,
        plan: &mut ReadPlan<'_>,
    ) -> Outcome<bool> {
        let first = self.free.first().copied().unwrap_or(0);
        let mut text = String::with_capacity(160);
        text.push_str("SELECT ");
        for axis in first..self.point.len() {
            let _ = write!(text, "a{axis}, ");
        }
        let _ = write!(text, "{} FROM {} WHERE bucket = ?1", self.known.sql.amounts(), self.known.sql.cells);
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
        let (mut point, mut passed) = (self.point.clone(), 0);
        let mut found: Vec<(Point, Amount)> = Vec::new();
        while let Some(row) = rows.next()? {
            passed += 1;
            if passed > most {
                return Ok(false);
            }
            let mut column = 0;
            for slot in point.iter_mut().skip(first) {
                *slot = row.get(column)?;
                column += 1;
            }
            found.push((point.clone(), Amount::stored(row.get(column)?, row.get(column + 1)?)));
        }
        found.into_iter().for_each(|(point, amount)| plan.add(bucket.start, &point, amount));
        Ok(true)
    }

    fn look_up(&mut self, bucket: bucket::Bucket, ids: &[Vec<u32>], plan: &mut ReadPlan<'_>) -> Outcome<()> {
        let mut select = self.connection.prepare_cached(&self.known.sql.point)?;
        let mut at: SmallVec<[usize; 6]> = SmallVec::from_elem(0, ids.len());
        loop {
            for ((axis, ids), at) in self.free.iter().zip(ids).zip(&at) {
                let (Some(slot), Some(id)) = (self.point.get_mut(*axis), ids.get(*at)) else { return Ok(()) };
                *slot = *id;
            }
            if let Some(amount) = amount_at(&mut select, bucket.id, &self.point)? {
                plan.add(bucket.start, &self.point, amount);
            }
            // The next combination, the last axis first.
            let mut turned = false;
            for (at, ids) in at.iter_mut().zip(ids).rev() {
                *at += 1;
                if *at < ids.len() {
                    turned = true;
                    break;
                }
                *at = 0;
            }
            if !turned {
                return Ok(());
            }
        }
    }
}
