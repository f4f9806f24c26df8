//! `CellReader`: reads the cells of a Metrica for export, the full points of each of its finest retained buckets.

use std::ops::Range;
use std::sync::Arc;

use staste::plan::{FinestBuckets, PointAmounts, subtract_children};
use staste::store::{Answer, Question, Select, Span};
use staste::{Amount, AxisDefinition, Calendar, Choice, Definition, Metrica, Scale, Watermarks};

use crate::failure::{Failure, Result};

/// Reads the full points of a Metrica.
#[derive(Debug)]
pub(crate) struct CellReader {
    metrica: Metrica,
    definition: Arc<Definition>,
    calendar: Calendar,
    watermarks: Watermarks,
}

/// A full point and the amount of its kicks in a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) choices: Vec<Choice>,
    pub(crate) amount: Amount,
}

impl CellReader {
    /// Creates a reader of the buckets that are retained now.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub(crate) fn new(metrica: &Metrica) -> Result<CellReader> {
        let definition = metrica.define()?;
        let calendar = definition.calendar();
        let now = metrica.staste().clock().now();
        let mut reader = CellReader {
            metrica: metrica.clone(),
            watermarks: definition.retention.watermarks(&calendar, now),
            definition,
            calendar,
        };
        let ever = Span { scale: Scale::Ever, from: i64::MIN, to: i64::MAX };
        reader.watermarks = reader.watermarks.raised_to(&reader.read(ever, &Select::All, false)?.watermarks);
        Ok(reader)
    }

    /// Returns the buckets of a range that have kicks: those of one scale, or the finest retained ones.
    ///
    /// # Errors
    /// When the range ends within a bucket, or the store cannot be reached.
    pub(crate) fn buckets(
        &self,
        range: &Range<i64>,
        scale: Option<Scale>,
    ) -> Result<Vec<(Scale, Range<i64>)>> {
        let spans = match scale {
            Some(scale) => {
                vec![Span { scale, from: range.start.max(self.watermarks.of(scale)), to: range.end }]
            }
            None => FinestBuckets::new(&self.calendar, self.watermarks).cover(range),
        };
        let mut buckets = Vec::new();
        for span in spans {
            self.check_ends(&span, range)?;
            let mut starts: Vec<i64> =
                self.read(span, &Select::All, false)?.groups.iter().map(|group| group.start).collect();
            starts.sort_unstable();
            buckets.extend(
                starts.into_iter().map(|start| (span.scale, self.calendar.bucket(span.scale, start))),
            );
        }
        Ok(buckets)
    }

    /// Returns the full points of a bucket with the kicks at each point itself, in order.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub(crate) fn points(&self, scale: Scale, start: i64) -> Result<Vec<Point>> {
        let answer =
            self.read(Span { scale, from: start, to: start.saturating_add(1) }, &Select::Any, true)?;
        let groups = answer.groups.into_iter();
        let mut amounts: PointAmounts =
            groups.map(|group| ((group.start, group.choices), group.amount)).collect();
        subtract_children(&self.definition, false, &mut amounts);
        let has_paths = self.definition.axes().any(AxisDefinition::is_path);
        let points = amounts.into_iter().filter(|(_, amount)| !has_paths || !amount.is_zero());
        let mut points: Vec<Point> = points.map(|((_, choices), amount)| Point { choices, amount }).collect();
        points.sort_by(|one, other| one.choices.cmp(&other.choices));
        Ok(points)
    }

    fn check_ends(&self, span: &Span, range: &Range<i64>) -> Result<()> {
        let is_within_bucket = |instant: i64| {
            instant > i64::MIN
                && instant < i64::MAX
                && self.calendar.bucket(span.scale, instant).start != instant
        };
        if (span.from == range.start && is_within_bucket(span.from))
            || (span.to == range.end && is_within_bucket(span.to))
        {
            return Err(Failure::input(format!(
                "the timespan begins or ends within a {}, which is the finest scale that is kept there",
                span.scale
            ))
            .help(format!("give one that begins and ends with a {}", span.scale)));
        }
        Ok(())
    }

    fn read(&self, span: Span, select: &Select, scan: bool) -> Result<Answer> {
        let question = Question {
            definition: Arc::clone(&self.definition),
            spans: vec![span],
            cuts: Vec::new(),
            // Without bins.
            select: self
                .definition
                .stored_axes
                .iter()
                .map(|axis| if axis.is_bins() { Select::All } else { select.clone() })
                .collect(),
            scan,
            below_watermarks: false,
        };
        self.metrica.staste().store().read(&question).map_err(|error| {
            let is_stale = error.is_stale();
            let failure = Failure::from(error);
            if is_stale {
                failure.help("another process changed the definition; run the command again")
            } else {
                failure
            }
        })
    }
}
