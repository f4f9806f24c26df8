//! From a view to one question for the Store, and its answer.

use std::ops::Range;
use std::sync::Arc;

use crate::api::metrica::Metrica;
use crate::api::view::View;
use crate::error::{Error, Result};
use crate::plan::cover;
use crate::schema::{AxisKind, Choice, ChoiceInput, Combinations, Definition, Watermarks, unknown_axis};
use crate::store::{Answer, Question, Select, Span};
use crate::time::{Calendar, EVER_START, ResolvedTimespan, Scale};

/// How often a question is asked again when the definition or the watermarks changed meanwhile.
const MAX_ATTEMPTS: usize = 16;

/// What the planning of one question works with.
pub(super) struct Planning<'a> {
    pub(super) definition: &'a Arc<Definition>,
    pub(super) calendar: Calendar,
    pub(super) watermarks: Watermarks,
    /// Those of them by the clock here.
    retained: Watermarks,
    pub(super) resolved: ResolvedTimespan,
    pub(super) now: i64,
    /// Full points are scanned: the group of a path itself is then only what ended there.
    pub(super) scan: bool,
}

/// Which buckets to read, and how to sum them.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    pub(super) spans: Vec<Span>,
    pub(super) cuts: Vec<i64>,
}

impl View {
    /// Plans, asks and answers, again when the Store says that the plan was out of date.
    pub(super) fn ask<T>(
        &self,
        split: &[&str],
        plan: impl Fn(&Planning<'_>) -> Result<Buckets>,
        answer: impl Fn(&Planning<'_>, Answer) -> Result<T>,
    ) -> Result<T> {
        self.limited(|| self.ask_within_limit(split, plan, answer))
    }

    fn ask_within_limit<T>(
        &self,
        split: &[&str],
        plan: impl Fn(&Planning<'_>) -> Result<Buckets>,
        answer: impl Fn(&Planning<'_>, Answer) -> Result<T>,
    ) -> Result<T> {
        self.metrica.flush_pending(self.max_age)?;
        let store = self.metrica.staste().store();
        let state = self.metrica.state();
        retry_stale(&self.metrica, |definition, is_stored| {
            let select = self.select(definition, split)?;
            let scan = needs_scan(definition, &select);
            let select = if scan { scanning(&select) } else { select };
            for _ in 0..MAX_ATTEMPTS {
                let planning = Planning { scan, ..Planning::new(self, definition)? };
                let buckets = match plan(&planning) {
                    Err(error)
                        if error.is_not_retained() && is_stored && planning.is_stricter_than_clock() =>
                    {
                        // What was read of the Store before may be of before a repair.
                        let nothing = planning.question(Buckets::default(), &select);
                        let found = store.read(&nothing)?.watermarks;
                        state.note_watermarks(&found);
                        if planning.is_stricter_than(&found) {
                            continue;
                        }
                        return Err(error);
                    }
                    planned => planned?,
                };
                let question = planning.question(buckets, &select);
                let found = if is_stored { store.read(&question)? } else { question.empty_answer() };
                state.note_watermarks(&found.watermarks);
                let is_kept = question.spans.iter().all(|span| planning.keeps(&found.watermarks, span));
                if is_kept && !planning.is_stricter_than(&found.watermarks) {
                    return answer(&planning, found);
                }
            }
            Err(Error::unavailable("the retention kept changing while the question was asked; ask again"))
        })
    }

    /// What to do with each axis of the definition.
    fn select(&self, definition: &Definition, split: &[&str]) -> Result<Vec<Select>> {
        let mut select = vec![Select::All; definition.axes.len()];
        for (axis, choice) in self.filters() {
            if let Some(state) = select.get_mut(definition.axis_index(axis)?) {
                *state = Select::Is(choice.clone());
            }
        }
        for axis in split {
            let index = definition.axis_index(axis)?;
            let is_path = definition.axes.get(index).is_some_and(|axis| axis.kind == AxisKind::Path);
            let Some(state) = select.get_mut(index) else { continue };
            *state = match state {
                Select::Is(path @ Choice::Path(_)) if is_path => Select::Each(path.clone()),
                // Filtered to one value there is nothing to unfold: its own cell is asked for.
                Select::Is(choice) => Select::Is(choice.clone()),
                Select::Each(_) => {
                    return Err(Error::input(format!("axis {axis} is asked for twice")));
                }
                _ => Select::Each(Choice::All),
            };
        }
        Ok(select)
    }

    /// The choice on an axis that a filter names, checked against what the program declared.
    pub(super) fn check_choice(&self, axis: &str, given: &ChoiceInput<'_>) -> Result<Choice> {
        let spec = self.metrica.spec();
        match spec.axes().iter().find(|known| known.name == axis) {
            Some(known) => known.choice(given),
            None => Err(unknown_axis(spec.name(), axis, spec.axes())),
        }
    }

    /// Fails on a plain Metrica.
    pub(super) fn check_averaged(&self) -> Result<()> {
        let (definition, _) = self.metrica.look()?;
        if definition.is_averaged() { Ok(()) } else { Err(Error::plain(&definition.name)) }
    }
}

impl<'a> Planning<'a> {
    /// What a question of the view works with now; it scans nothing.
    pub(super) fn new(view: &View, definition: &'a Arc<Definition>) -> Result<Planning<'a>> {
        let calendar = definition.calendar();
        let now = view.metrica.staste().clock().now();
        let retained = definition.retention.watermarks(&calendar, now);
        Ok(Planning {
            definition,
            watermarks: retained.raised_to(&view.metrica.state().watermarks()),
            retained,
            resolved: view.timespan.resolve(&calendar, now)?,
            calendar,
            now,
            scan: false,
        })
    }

    /// The buckets that compose a stretch of time.
    ///
    /// # Errors
    /// When part of it is not retained.
    pub(super) fn compose(&self, range: &Range<i64>) -> Result<Vec<Span>> {
        let cover = cover(&self.calendar, &self.watermarks, range, Scale::Ever);
        match cover.missing {
            None => Ok(cover.spans),
            Some(missing) => Err(self.not_retained(&missing)),
        }
    }

    /// The error that names the nearest boundary from which buckets are retained.
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
        let shown = |instant: i64| match self.calendar.zone().civil(instant) {
            _ if instant == EVER_START => "the beginning".to_owned(),
            Ok(local) => local.strftime("%Y-%m-%d %H:%M").to_string(),
            Err(_) => instant.to_string(),
        };
        Error::not_retained(
            format!(
                "metrica {} no longer keeps what was counted from {} until {} by itself: the nearest boundary that \
                 is kept is {}",
                self.definition.name,
                shown(missing.start),
                shown(missing.end),
                shown(since)
            ),
            since,
        )
    }

    fn question(&self, buckets: Buckets, select: &[Select]) -> Question {
        Question {
            definition: Arc::clone(self.definition),
            spans: buckets.spans,
            cuts: buckets.cuts,
            select: select.to_vec(),
            scan: self.scan,
            below_watermarks: false,
        }
    }

    /// True when watermarks of the Store make more unreadable than the clock here does.
    fn is_stricter_than_clock(&self) -> bool {
        self.is_stricter_than(&Watermarks::default())
    }

    /// True when these watermarks of the Store leave more readable than was planned with.
    fn is_stricter_than(&self, found: &Watermarks) -> bool {
        let found = self.retained.raised_to(found);
        Scale::KEPT.into_iter().any(|scale| self.watermarks.of(scale) > found.of(scale))
    }

    /// True when no bucket of the span lies below these watermarks.
    fn keeps(&self, watermarks: &Watermarks, span: &Span) -> bool {
        watermarks.of(span.scale) <= self.watermarks.of(span.scale).max(span.from)
    }
}

/// Runs `ask` with the definition and whether the Store has one, again with a fresh one when the Store
/// says it is stale.
pub(crate) fn retry_stale<T>(
    metrica: &Metrica,
    ask: impl Fn(&Arc<Definition>, bool) -> Result<T>,
) -> Result<T> {
    let state = metrica.state();
    let mut last = None;
    for _ in 0..MAX_ATTEMPTS {
        let (definition, is_stored) = metrica.look()?;
        match ask(&definition, is_stored) {
            Err(error) if error.is_stale() => {
                state.invalidate();
                last = Some(error);
            }
            answered => return answered,
        }
    }
    Err(last.unwrap_or_else(|| Error::stale(metrica.name())))
}

/// With pairs only, a question on three axes or more has no cell of its own.
fn needs_scan(definition: &Definition, select: &[Select]) -> bool {
    let chosen = select.iter().filter(|select| !matches!(select, Select::All)).count();
    definition.combinations == Combinations::Pairs && chosen > 2
}

fn scanning(select: &[Select]) -> Vec<Select> {
    let scanned = select.iter().map(|select| match select {
        Select::All => Select::Sum,
        other => other.clone(),
    });
    scanned.collect()
}
