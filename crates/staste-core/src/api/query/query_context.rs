//! Runs the query of a view: plans one question for the Store, reads it, and retries when the plan was outdated.

use std::ops::Range;
use std::sync::Arc;

use crate::api::query::query_answer::QueryAnswer;
use crate::api::query::view::View;
use crate::error::{Error, Result};
use crate::plan;
use crate::plan::mask_of;
use crate::schema::{AxisDefinition, Choice, Definition, Watermarks};
use crate::store::{Question, Select, Span};
use crate::time::{Calendar, EVER_START, ResolvedTimespan, Scale};

/// Maximum number of attempts of a query while the watermarks change.
const MAX_ATTEMPTS: usize = 16;

/// The definition, calendar, watermarks and timespan of a query.
pub(super) struct QueryContext<'a> {
    pub(super) definition: &'a Arc<Definition>,
    pub(super) calendar: Calendar,
    pub(super) watermarks: Watermarks,
    /// The watermarks by the clock of this process.
    retained: Watermarks,
    pub(super) resolved: ResolvedTimespan,
    pub(super) now: i64,
    /// True when full points are scanned. Then the group of a path has only the kicks that ended there.
    pub(super) scan: bool,
    /// True when bins are read.
    pub(super) reads_bins: bool,
}

/// The buckets to read, and the periods into which they are summed.
#[derive(Debug, Default)]
pub(super) struct SpanPlan {
    pub(super) spans: Vec<Span>,
    pub(super) cuts: Vec<i64>,
}

impl View {
    /// Plans a query, reads the Store and evaluates the answer; retries when the plan was outdated.
    pub(super) fn run_query<T>(
        &self,
        split: &[&str],
        plan: impl Fn(&QueryContext<'_>) -> Result<SpanPlan>,
        answer: impl Fn(&QueryContext<'_>, QueryAnswer) -> Result<T>,
    ) -> Result<T> {
        self.run_selection(|definition| self.select(definition, split), plan, answer)
    }

    /// Runs a query with a selection of its own on each axis.
    pub(super) fn run_selection<T>(
        &self,
        select: impl Fn(&Definition) -> Result<Vec<Select>>,
        plan: impl Fn(&QueryContext<'_>) -> Result<SpanPlan>,
        answer: impl Fn(&QueryContext<'_>, QueryAnswer) -> Result<T>,
    ) -> Result<T> {
        self.limited(|| self.run_query_within_limit(select, plan, answer))
    }

    fn run_query_within_limit<T>(
        &self,
        select: impl Fn(&Definition) -> Result<Vec<Select>>,
        plan: impl Fn(&QueryContext<'_>) -> Result<SpanPlan>,
        answer: impl Fn(&QueryContext<'_>, QueryAnswer) -> Result<T>,
    ) -> Result<T> {
        self.metrica.flush_pending(self.max_age)?;
        let store = self.metrica.staste().store();
        let state = self.metrica.state();
        self.metrica.retry_stale(|definition, is_stored| {
            let select = select(definition)?;
            let scan = needs_scan(definition, &select);
            let select = if scan { scanning(definition, &select) } else { select };
            for _ in 0..MAX_ATTEMPTS {
                let context = QueryContext { scan, ..QueryContext::new(self, definition)? };
                let buckets = match plan(&context) {
                    Err(error)
                        if error.is_not_retained() && is_stored && context.is_stricter_than_clock() =>
                    {
                        // The cached watermarks of the Store may be from before a repair.
                        let empty = context.question(SpanPlan::default(), &select);
                        let found = store.read(&empty)?.watermarks;
                        state.note_watermarks(&found);
                        if context.is_stricter_than(&found) {
                            continue;
                        }
                        return Err(error);
                    }
                    planned => planned?,
                };
                let question = context.question(buckets, &select);
                let found = if is_stored { store.read(&question)? } else { question.empty_answer() };
                state.note_watermarks(&found.watermarks);
                let is_kept = question.spans.iter().all(|span| context.keeps(&found.watermarks, span));
                if is_kept && !context.is_stricter_than(&found.watermarks) {
                    return answer(&context, QueryAnswer::new(found, definition, &select));
                }
            }
            Err(Error::unavailable("the retention kept changing during the query; try again"))
        })
    }

    /// Returns the selection on each axis of the definition.
    pub(super) fn select(&self, definition: &Definition, split: &[&str]) -> Result<Vec<Select>> {
        let mut select = vec![Select::All; definition.stored_axes.len()];
        for (axis, choice) in self.filters() {
            if let Some(own) = select.get_mut(definition.axis_index(axis)?) {
                *own = Select::Is(choice.clone());
            }
        }
        for axis in split {
            let index = definition.axis_index(axis)?;
            let is_path = definition.stored_axes.get(index).is_some_and(AxisDefinition::is_path);
            let Some(own) = select.get_mut(index) else { continue };
            *own = match own {
                Select::Is(path @ Choice::Path(_)) if is_path => Select::Each(path.clone()),
                // An axis that is filtered to one value has no other groups: only its cell is read.
                Select::Is(choice) => Select::Is(choice.clone()),
                Select::Each(_) => {
                    return Err(Error::invalid_input(format!("axis {axis} is given twice: give it once")));
                }
                _ => Select::Each(Choice::All),
            };
        }
        if self.distribution
            && let Some(bins) = definition.bin_axis().and_then(|axis| select.get_mut(axis))
        {
            *bins = Select::Each(Choice::All);
        }
        Ok(select)
    }
}

impl<'a> QueryContext<'a> {
    /// Creates the context of a query of the view at the current time, without a scan.
    pub(super) fn new(view: &View, definition: &'a Arc<Definition>) -> Result<QueryContext<'a>> {
        let calendar = definition.calendar();
        let now = view.metrica.staste().clock().now();
        let retained = definition.retention.watermarks(&calendar, now);
        Ok(QueryContext {
            definition,
            watermarks: retained.raised_to(&view.metrica.state().watermarks()),
            retained,
            resolved: view.timespan.resolve(&calendar, now)?,
            calendar,
            now,
            scan: false,
            reads_bins: view.distribution && definition.is_distribution(),
        })
    }

    /// Returns the buckets that cover a range of time.
    ///
    /// # Errors
    /// When part of it is not retained.
    pub(super) fn cover(&self, range: &Range<i64>) -> Result<Vec<Span>> {
        let cover = plan::cover(&self.calendar, &self.watermarks, range, Scale::Ever);
        match cover.missing {
            None => Ok(cover.spans),
            Some(missing) => Err(self.not_retained(&missing)),
        }
    }

    /// Returns the error for a range that is not retained, with the nearest retained boundary.
    fn not_retained(&self, missing: &Range<i64>) -> Error {
        let nearest = Scale::KEPT.into_iter().filter(|scale| *scale != Scale::Ever).map(|scale| {
            let bucket = self.calendar.bucket(scale, missing.start);
            match self.watermarks.of(scale) {
                mark if bucket.start < mark => mark,
                _ if bucket.start == missing.start => bucket.start,
                _ => bucket.end,
            }
        });
        let since = nearest.min().unwrap_or(missing.end);
        let local_time = |instant: i64| match self.calendar.zone().civil(instant) {
            _ if instant == EVER_START => "the beginning".to_owned(),
            Ok(local) => local.strftime("%Y-%m-%d %H:%M").to_string(),
            Err(_) => instant.to_string(),
        };
        Error::not_retained(
            format!(
                "metrica {} no longer keeps separate counts from {} until {}: the nearest boundary that is kept is {}",
                self.definition.name,
                local_time(missing.start),
                local_time(missing.end),
                local_time(since)
            ),
            since,
        )
    }

    fn question(&self, buckets: SpanPlan, select: &[Select]) -> Question {
        Question {
            definition: Arc::clone(self.definition),
            spans: buckets.spans,
            cuts: buckets.cuts,
            select: select.to_vec(),
            scan: self.scan,
            below_watermarks: false,
        }
    }

    /// Returns true when the watermarks of the Store exclude more than the clock of this process does.
    fn is_stricter_than_clock(&self) -> bool {
        self.is_stricter_than(&Watermarks::default())
    }

    /// Returns true when the planned watermarks exclude more than these watermarks of the Store.
    fn is_stricter_than(&self, found: &Watermarks) -> bool {
        let found = self.retained.raised_to(found);
        Scale::KEPT.into_iter().any(|scale| self.watermarks.of(scale) > found.of(scale))
    }

    /// Returns true when no bucket of the span is below these watermarks.
    fn keeps(&self, watermarks: &Watermarks, span: &Span) -> bool {
        watermarks.of(span.scale) <= self.watermarks.of(span.scale).max(span.from)
    }
}

/// Returns true when the selection has no cells of its own.
fn needs_scan(definition: &Definition, select: &[Select]) -> bool {
    let is_chosen = |axis: usize| !matches!(select.get(axis), None | Some(Select::All));
    let chosen = (0..select.len()).filter(|axis| is_chosen(*axis)).fold(0, |mask, axis| mask | mask_of(axis));
    !plan::CountedPoints::of(definition).has_cells_for(chosen, definition.bin_axis().is_some_and(is_chosen))
}

/// Returns the selection for a scan of full points.
fn scanning(definition: &Definition, select: &[Select]) -> Vec<Select> {
    let scanned = select.iter().zip(&definition.stored_axes).map(|(select, axis)| match select {
        Select::All if !axis.is_bins() => Select::Sum,
        other => other.clone(),
    });
    scanned.collect()
}
