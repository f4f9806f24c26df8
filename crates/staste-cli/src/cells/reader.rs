//! `CellReader`: reads the full points of a Metrica bucket by bucket.

use std::ops::Range;
use std::sync::Arc;

use staste::store::{Answer, Question, Select, Span};
use staste::{Amount, AxisKind, Calendar, Choice, Combinations, Definition, Metrica, Scale, Watermarks};

use super::own::{Cells, own};
use super::spans::finest;
use crate::failure::{Failure, Result};

/// Reads the full points of a Metrica.
#[derive(Debug)]
pub(crate) struct CellReader {
    metrica: Metrica,
    definition: Arc<Definition>,
    calendar: Calendar,
    watermarks: Watermarks,
}

/// A full point with what was counted at it in a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) choices: Vec<Choice>,
    pub(crate) amount: Amount,
}

impl CellReader {
    /// A reader of what is kept now.
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
        reader.watermarks = reader.watermarks.raised_to(&reader.ask(ever, &Select::All, false)?.watermarks);
        Ok(reader)
    }

    /// The buckets of a stretch of time that were counted in: of one scale, or of the finest that is kept.
    ///
    /// # Errors
    /// When the stretch ends within a bucket, or the store cannot be reached.
    pub(crate) fn buckets(
        &self,
        range: &Range<i64>,
        scale: Option<Scale>,
    ) -> Result<Vec<(Scale, Range<i64>)>> {
        let spans = match scale {
            Some(scale) => {
                vec![Span { scale, from: range.start.max(self.watermarks.of(scale)), to: range.end }]
            }
            None => finest(&self.calendar, &self.watermarks, range),
        };
        let mut buckets = Vec::new();
        for span in spans {
            self.check_ends(&span, range)?;
            let mut starts: Vec<i64> =
                self.ask(span, &Select::All, false)?.groups.iter().map(|group| group.start).collect();
            starts.sort_unstable();
            buckets.extend(
                starts.into_iter().map(|start| (span.scale, self.calendar.bucket(span.scale, start))),
            );
        }
        Ok(buckets)
    }

    /// The full points of a bucket, in order.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub(crate) fn points(&self, scale: Scale, start: i64) -> Result<Vec<Point>> {
        let answer =
            self.ask(Span { scale, from: start, to: start.saturating_add(1) }, &Select::Any, true)?;
        let mut cells: Cells = answer.groups.into_iter().map(|group| (group.choices, group.amount)).collect();
        let paths = self.definition.axes.iter().enumerate().filter(|(_, axis)| axis.kind == AxisKind::Path);
        let paths: Vec<usize> = paths.map(|(index, _)| index).collect();
        if self.definition.combinations == Combinations::Every {
            cells = paths.iter().fold(cells, |cells, axis| own(cells, *axis));
        }
        let points = cells.into_iter().filter(|(_, amount)| paths.is_empty() || !amount.is_zero());
        let mut points: Vec<Point> = points.map(|(choices, amount)| Point { choices, amount }).collect();
        points.sort_by(|one, other| one.choices.cmp(&other.choices));
        Ok(points)
    }

    fn check_ends(&self, span: &Span, range: &Range<i64>) -> Result<()> {
        let within = |instant: i64| {
            instant > i64::MIN
                && instant < i64::MAX
                && self.calendar.bucket(span.scale, instant).start != instant
        };
        if (span.from == range.start && within(span.from)) || (span.to == range.end && within(span.to)) {
            return Err(Failure::input(format!(
                "the timespan begins or ends within a {}, which is the finest that is kept there",
                span.scale
            ))
            .help(format!("give one that begins and ends with a {}", span.scale)));
        }
        Ok(())
    }

    fn ask(&self, span: Span, select: &Select, scan: bool) -> Result<Answer> {
        let question = Question {
            definition: Arc::clone(&self.definition),
            spans: vec![span],
            cuts: Vec::new(),
            select: vec![select.clone(); self.definition.axes.len()],
            scan,
            below_watermarks: false,
        };
        self.metrica.staste().store().read(&question).map_err(|error| {
            let stale = error.is_stale();
            let failure = Failure::from(error);
            if stale {
                failure.help("somebody changed the definition meanwhile; run the command again")
            } else {
                failure
            }
        })
    }
}
