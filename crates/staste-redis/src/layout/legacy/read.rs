//! The answer to a question from the original's keys, with one consistent read.

use redis::Value;
use staste_core::plan::{Point, ReadPlan};
use staste_core::store::{Answer, Question, Span};
use staste_core::{Amount, Scale, Watermarks};

use super::choice_sets::ChoiceSets;
use super::field_query::FieldQuery;
use super::keys::LegacyKeys;
use super::load_choices::{add_member, sorted};
use super::period_key::{KEYED_SCALES, PeriodKey, parts_of};
use super::unset::{Sums, derive};
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::connections::request::{Arguments, ScriptCall};
use crate::connections::session::Session;
use crate::layout::Found;
use crate::layout::cells::BucketCells;
use crate::metrica::known_metrica::KnownMetrica;
use crate::metrica::state::StoredState;
use crate::scripts;

/// A bucket is read as a whole instead of more points than this.
const MAX_POINTS: u32 = 20_000;
/// No clock is set by more than this.
const MAX_CLOCK_CHANGE: i64 = 26 * 3600;

/// Answers a question.
pub(crate) fn read(
    keys: &LegacyKeys,
    session: &mut Session,
    known: &mut KnownMetrica,
    question: &Question,
) -> Outcome<Found<Answer>> {
    let queries: Vec<FieldQuery> =
        (0..question.definition.stored_axes.len()).map(|axis| FieldQuery::of(question, axis, keys)).collect();
    let spans = spans_of(question);
    let call = call(session, known, question, &spans, keys, &queries);
    let (status, mut items) = reply::with_status(session.run(&scripts::legacy::READ, &call)?)?;
    match status.as_str() {
        "gone" => return Ok(Found::Gone),
        "behind" => return Ok(Found::Behind(Box::new(StoredState::parse(reply::next(&mut items)?)?))),
        "cells" => {}
        other => return reply::unknown_status(other),
    }
    let state = StoredState::parse(reply::next(&mut items)?)?;
    let watermarks = state.watermarks;
    known.learn(state, &session.prefix)?;
    let mut reader = Reader::new(question, keys, (spans, queries), watermarks);
    reader.choices(reply::list(reply::next(&mut items)?)?)?;
    let mut buckets = Vec::new();
    for bucket in reply::list(reply::next(&mut items)?)? {
        buckets.extend(reader.bucket(bucket)?);
    }
    let mut plan = ReadPlan::new(question, &reader.sets.tables, watermarks);
    for (start, sums) in buckets {
        sums.into_iter().for_each(|(point, amount)| plan.add(start, &point, amount));
    }
    Ok(Found::Done(plan.answer()))
}

/// Returns the spans that contain buckets: *ever* starts before all time, so that only a span that does so too contains it.
fn spans_of(question: &Question) -> Vec<Span> {
    let has_buckets = |span: &&Span| match span.scale {
        Scale::Ever => span.from == i64::MIN && span.to > i64::MIN,
        _ => span.from < span.to,
    };
    question.spans.iter().filter(has_buckets).copied().collect()
}

fn call(
    session: &Session,
    known: &KnownMetrica,
    question: &Question,
    spans: &[Span],
    keys: &LegacyKeys,
    queries: &[FieldQuery],
) -> ScriptCall {
    let mut call = session.call(&question.definition.name);
    let arguments = &mut call.arguments;
    keys.push(arguments);
    known.push(arguments);
    arguments.push(if question.definition.is_averaged() { "1" } else { "0" });
    arguments.push_display(spans.len());
    for span in spans {
        match KEYED_SCALES.iter().position(|(scale, _)| *scale == span.scale) {
            Some(depth) => {
                arguments.push_display(depth + 1);
                push_period_range(arguments, keys, span);
            }
            None => {
                arguments.push_display(0);
            }
        }
    }
    arguments
        .push(if queries.iter().any(|query| query.is_open) { "all" } else { "" })
        .push_display(MAX_POINTS);
    arguments.push_display(queries.len());
    queries.iter().for_each(|query| query.push(arguments));
    call
}

/// Appends the first and the last period of a span. The script knows no time zones: near a change of the clock more
/// buckets are read, and those outside the span are skipped here.
fn push_period_range(arguments: &mut Arguments, keys: &LegacyKeys, span: &Span) {
    let zone = keys.calendar.zone();
    let (first, last) = (span.from, span.to.saturating_sub(1));
    let changes = |at: i64| {
        let around = [at.saturating_sub(MAX_CLOCK_CHANGE), at.saturating_add(MAX_CLOCK_CHANGE)];
        around.into_iter().any(|other| zone.offset(other) != zone.offset(at))
    };
    let first = if changes(first) { first.saturating_sub(MAX_CLOCK_CHANGE) } else { first };
    let last = if changes(last) { last.saturating_add(MAX_CLOCK_CHANGE) } else { last };
    for instant in [first, last] {
        for part in parts_of(keys.calendar.label_of(span.scale, instant)) {
            arguments.push_display(part);
        }
    }
}

/// Reads cells while the choices become known.
struct Reader<'a> {
    question: &'a Question,
    keys: &'a LegacyKeys,
    spans: Vec<Span>,
    queries: Vec<FieldQuery>,
    open: Vec<bool>,
    sets: ChoiceSets,
    /// The fields of the query in the order of the script, made when they are needed.
    fields: Option<Vec<String>>,
    /// The parts of the query, by axis.
    parts: Vec<Vec<String>>,
    watermarks: Watermarks,
}

impl<'a> Reader<'a> {
    fn new(
        question: &'a Question,
        keys: &'a LegacyKeys,
        (spans, queries): (Vec<Span>, Vec<FieldQuery>),
        watermarks: Watermarks,
    ) -> Reader<'a> {
        let sets = ChoiceSets::new(&question.definition, &keys.words);
        let open = queries.iter().map(|query| query.is_open).collect();
        Reader { question, keys, spans, queries, open, sets, fields: None, parts: Vec::new(), watermarks }
    }

    /// Adds the choices of sets.
    fn choices(&mut self, members: Vec<Value>) -> Outcome<()> {
        for (axis, (query, members)) in self.queries.iter().zip(members).enumerate() {
            let mut parts = query.parts.clone();
            for part in &parts {
                self.sets.add(axis, part);
            }
            if let Some((_, above)) = &query.set {
                for member in sorted(members.clone(), &self.sets, axis)? {
                    add_member(&mut self.sets, axis, above, &member);
                }
                let members = reply::list(members)?.into_iter().map(reply::bytes);
                for member in members.collect::<Outcome<Vec<_>>>()? {
                    let part = [above.as_bytes(), &member].concat();
                    // A part that is known already is not repeated.
                    if !query.parts.iter().any(|known| known.as_bytes() == part) {
                        parts.push(String::from_utf8_lossy(&part).into_owned());
                    }
                }
            }
            self.parts.push(parts);
        }
        Ok(())
    }

    /// Returns the start and the cells of a bucket; none if it is not part of the question.
    fn bucket(&mut self, bucket: Value) -> Outcome<Option<(i64, Sums)>> {
        let mut items = reply::list(bucket)?.into_iter();
        let span = usize::try_from(reply::integer(&reply::next(&mut items)?)?).ok();
        let period = reply::text(reply::next(&mut items)?)?;
        let form = reply::text(reply::next(&mut items)?)?;
        let totals = reply::list(reply::next(&mut items)?)?;
        let counts = reply::list(reply::next(&mut items)?)?;
        let Some(start) = span.and_then(|span| self.start(span, &period)) else { return Ok(None) };
        let mut sums = Sums::new();
        if form == "cells" {
            self.cells(totals, counts, &mut sums)?;
        } else {
            self.values(totals, counts, &mut sums)?;
        }
        let unset = self.queries.iter().enumerate().filter(|(_, query)| query.unset);
        derive(&mut sums, &self.sets.tables, unset.map(|(axis, _)| axis));
        Ok(Some((start, sums)))
    }

    /// Returns the start of a bucket that is retained and within its span.
    fn start(&self, span: usize, period: &str) -> Option<i64> {
        if period.is_empty() {
            return Some(i64::MIN);
        }
        let period = PeriodKey::parse(period)?;
        let start = period.bucket(&self.keys.calendar)?.start;
        let span = self.spans.get(span)?;
        let is_within = span.scale == period.scale && span.from <= start && start < span.to;
        let is_kept = self.question.below_watermarks || self.watermarks.keeps(period.scale, start);
        (is_within && is_kept).then_some(start)
    }

    /// Adds all cells: field and value alternate.
    fn cells(&mut self, totals: Vec<Value>, counts: Vec<Value>, sums: &mut Sums) -> Outcome<()> {
        let mut cells = BucketCells::default();
        cells.add_totals(totals)?;
        cells.add_counts(counts)?;
        for (field, (total, count)) in cells.0 {
            if let Some(point) = self.sets.point(&field, &self.open) {
                sum(sums, point, total, count);
            }
        }
        Ok(())
    }

    /// Adds values at the fields of the query, in their order.
    fn values(&mut self, totals: Vec<Value>, counts: Vec<Value>, sums: &mut Sums) -> Outcome<()> {
        let fields = self.fields.take().unwrap_or_else(|| product(&self.parts));
        let mut counts = counts.into_iter();
        for (field, total) in fields.iter().zip(totals) {
            let count = counts.next().unwrap_or(Value::Nil);
            let Some(total) = reply::integer_or_none(&total)? else { continue };
            if let Some(point) = self.sets.point(field.as_bytes(), &self.open) {
                sum(sums, point, total, reply::integer_or_none(&count)?.unwrap_or(0));
            }
        }
        self.fields = Some(fields);
        Ok(())
    }
}

/// Adds to a point: the spellings of a choice are one point.
fn sum(sums: &mut Sums, point: Point, total: i64, count: i64) {
    *sums.entry(point).or_default() += Amount::stored(total, count);
}

/// Returns all combinations of the parts of each axis.
fn product(axes: &[Vec<String>]) -> Vec<String> {
    let mut fields = vec![String::new()];
    for (axis, parts) in axes.iter().enumerate() {
        let longer = fields.iter().flat_map(|field| {
            parts.iter().map(move |part| if axis == 0 { part.clone() } else { format!("{field}:{part}") })
        });
        fields = longer.collect();
    }
    fields
}
