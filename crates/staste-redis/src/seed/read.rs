//! A question answered from the original's keys, with one consistent look.

use redis::Value;
use staste_core::plan::{Point, Selector};
use staste_core::store::{Answer, Question, Span, Tally};
use staste_core::{Amount, Scale, Watermarks};

use super::choices::{add_member, sorted};
use super::keys::SeedKeys;
use super::label::{LABELLED, Label, parts_of};
use super::recipe::Recipe;
use super::tree::Tree;
use super::unset::{Sums, derive};
use crate::cells::Cells;
use crate::client::Client;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::connections::request::{Arguments, ScriptCall};
use crate::state::State;
use crate::{faults, scripts};

/// Past so many points a bucket is read whole.
const MANY: u32 = 20_000;
/// No clock is set by more than this.
const LARGEST_CHANGE: i64 = 26 * 3600;

/// Answers a question; none when there was something to learn first.
pub(crate) fn read(client: &mut Client, question: &Question) -> Outcome<Option<Answer>> {
    let metrica = question.definition.name.as_str();
    let known = client.catalog.get(metrica);
    let Some(keys) = known.and_then(|known| known.seed_keys(&client.session.prefix)) else { return Ok(None) };
    let recipes: Vec<Recipe> =
        (0..question.definition.axes.len()).map(|axis| Recipe::of(question, axis, &keys)).collect();
    let spans = spans_of(question);
    let call = call(client, question, &spans, &keys, &recipes);
    let (head, mut items) = reply::with_status(client.session.run(&scripts::legacy::READ, &call)?)?;
    match head.as_str() {
        "gone" => return Err(faults::gone(client, metrica)),
        "behind" => {
            client.catalog.learn(metrica, State::parse(reply::next(&mut items)?)?)?;
            return Ok(None);
        }
        "cells" => {}
        other => return reply::unknown_status(other),
    }
    let state = State::parse(reply::next(&mut items)?)?;
    let watermarks = state.watermarks;
    client.catalog.learn(metrica, state)?;
    let mut reading = Reading::new(question, &keys, (spans, recipes), watermarks);
    reading.choices(reply::list(reply::next(&mut items)?)?)?;
    let mut tally = Tally::new(question);
    for bucket in reply::list(reply::next(&mut items)?)? {
        reading.bucket(bucket, &mut tally)?;
    }
    Ok(Some(tally.answer(&reading.tree.tables, watermarks)))
}

/// The spans that hold buckets: *ever* begins before all time, which only a span that does so too holds.
fn spans_of(question: &Question) -> Vec<Span> {
    let holds = |span: &&Span| match span.scale {
        Scale::Ever => span.from == i64::MIN && span.to > i64::MIN,
        _ => span.from < span.to,
    };
    question.spans.iter().filter(holds).copied().collect()
}

fn call(
    client: &Client,
    question: &Question,
    spans: &[Span],
    keys: &SeedKeys,
    recipes: &[Recipe],
) -> ScriptCall {
    let mut call = client.session.call(&question.definition.name);
    let words = &mut call.arguments;
    push_seed(words, keys);
    client.catalog.push_known(&question.definition.name, words);
    words.push(if question.definition.is_averaged() { "1" } else { "0" });
    words.push_display(spans.len());
    for span in spans {
        match LABELLED.iter().position(|(scale, _)| *scale == span.scale) {
            Some(depth) => {
                words.push_display(depth + 1);
                push_labels(words, keys, span);
            }
            None => {
                words.push_display(0);
            }
        }
    }
    words.push(if recipes.iter().any(|recipe| recipe.is_open) { "all" } else { "" }).push_display(MANY);
    words.push_display(recipes.len());
    recipes.iter().for_each(|recipe| recipe.push(words));
    call
}

/// Tells a script where the original's keys are, and whether hours may be there twice.
pub(crate) fn push_seed(words: &mut Arguments, keys: &SeedKeys) {
    let folds = keys.calendar.zone().name() != "UTC";
    words.push(&keys.base).push(&keys.naming.all).push(if folds { "1" } else { "0" });
}

/// The labels between which the buckets of a span are. The script knows no zones: where the clock changes
/// nearby, more is read than belongs, and left out here.
fn push_labels(words: &mut Arguments, keys: &SeedKeys, span: &Span) {
    let zone = keys.calendar.zone();
    let (first, last) = (span.from, span.to.saturating_sub(1));
    let changes = |at: i64| {
        let around = [at.saturating_sub(LARGEST_CHANGE), at.saturating_add(LARGEST_CHANGE)];
        around.into_iter().any(|other| zone.offset(other) != zone.offset(at))
    };
    let first = if changes(first) { first.saturating_sub(LARGEST_CHANGE) } else { first };
    let last = if changes(last) { last.saturating_add(LARGEST_CHANGE) } else { last };
    for instant in [first, last] {
        for part in parts_of(keys.calendar.label_of(span.scale, instant)) {
            words.push_display(part);
        }
    }
}

/// Cells on their way into the groups of a question.
struct Reading<'a> {
    question: &'a Question,
    keys: &'a SeedKeys,
    spans: Vec<Span>,
    recipes: Vec<Recipe>,
    open: Vec<bool>,
    tree: Tree,
    /// The fields wanted, in the order in which the script made them; made when they are needed.
    fields: Option<Vec<String>>,
    /// Per axis the parts wanted.
    parts: Vec<Vec<String>>,
    watermarks: Watermarks,
}

impl<'a> Reading<'a> {
    fn new(
        question: &'a Question,
        keys: &'a SeedKeys,
        (spans, recipes): (Vec<Span>, Vec<Recipe>),
        watermarks: Watermarks,
    ) -> Reading<'a> {
        let tree = Tree::new(&question.definition, &keys.naming);
        let open = recipes.iter().map(|recipe| recipe.is_open).collect();
        Reading { question, keys, spans, recipes, open, tree, fields: None, parts: Vec::new(), watermarks }
    }

    /// Takes the choices of the sets.
    fn choices(&mut self, members: Vec<Value>) -> Outcome<()> {
        for (axis, (recipe, members)) in self.recipes.iter().zip(members).enumerate() {
            let mut parts = recipe.parts.clone();
            for part in &parts {
                self.tree.add(axis, part);
            }
            if let Some((_, above)) = &recipe.set {
                for member in sorted(members.clone(), &self.tree, axis)? {
                    add_member(&mut self.tree, axis, above, &member);
                }
                let members = reply::list(members)?.into_iter().map(reply::bytes);
                for member in members.collect::<Outcome<Vec<_>>>()? {
                    let part = [above.as_bytes(), &member].concat();
                    // What a member of a set says twice is asked for once.
                    if !recipe.parts.iter().any(|known| known.as_bytes() == part) {
                        parts.push(String::from_utf8_lossy(&part).into_owned());
                    }
                }
            }
            self.parts.push(parts);
        }
        Ok(())
    }

    fn bucket(&mut self, bucket: Value, tally: &mut Tally<'_>) -> Outcome<()> {
        let mut items = reply::list(bucket)?.into_iter();
        let span = usize::try_from(reply::integer(&reply::next(&mut items)?)?).ok();
        let period = reply::text(reply::next(&mut items)?)?;
        let form = reply::text(reply::next(&mut items)?)?;
        let totals = reply::list(reply::next(&mut items)?)?;
        let counts = reply::list(reply::next(&mut items)?)?;
        let Some(start) = span.and_then(|span| self.start(span, &period)) else { return Ok(()) };
        let mut sums = Sums::new();
        if form == "cells" {
            self.cells(totals, counts, &mut sums)?;
        } else {
            self.values(totals, counts, &mut sums)?;
        }
        let unset = self.recipes.iter().enumerate().filter(|(_, recipe)| recipe.unset);
        derive(&mut sums, &self.tree.tables, unset.map(|(axis, _)| axis));
        let selector = Selector::new(self.question, &self.tree.tables);
        let mut group = Vec::new();
        for (point, amount) in sums {
            if selector.group(&self.tree.tables, &point, &mut group) {
                tally.add(start, &group, amount);
            }
        }
        Ok(())
    }

    /// The start of a bucket that is retained and belongs to a span: around it more was read.
    fn start(&self, span: usize, period: &str) -> Option<i64> {
        if period.is_empty() {
            return Some(i64::MIN);
        }
        let label = Label::parse(period)?;
        let start = label.bucket(&self.keys.calendar)?.start;
        let span = self.spans.get(span)?;
        let is_asked = span.scale == label.scale && span.from <= start && start < span.to;
        let is_kept = self.question.below_watermarks || self.watermarks.keeps(label.scale, start);
        (is_asked && is_kept).then_some(start)
    }

    /// All cells: field and value in turns.
    fn cells(&mut self, totals: Vec<Value>, counts: Vec<Value>, sums: &mut Sums) -> Outcome<()> {
        let mut cells = Cells::default();
        cells.totals(totals)?;
        cells.counts(counts)?;
        for (field, (total, count)) in cells.0 {
            if let Some(point) = self.tree.point(&field, &self.open) {
                sum(sums, point, total, count);
            }
        }
        Ok(())
    }

    /// The values at the fields wanted, in their order.
    fn values(&mut self, totals: Vec<Value>, counts: Vec<Value>, sums: &mut Sums) -> Outcome<()> {
        let fields = self.fields.take().unwrap_or_else(|| product(&self.parts));
        let mut counts = counts.into_iter();
        for (field, total) in fields.iter().zip(totals) {
            let count = counts.next().unwrap_or(Value::Nil);
            let Some(total) = reply::integer_or_none(&total)? else { continue };
            if let Some(point) = self.tree.point(field.as_bytes(), &self.open) {
                sum(sums, point, total, reply::integer_or_none(&count)?.unwrap_or(0));
            }
        }
        self.fields = Some(fields);
        Ok(())
    }
}

/// Two spellings of a choice are one point.
fn sum(sums: &mut Sums, point: Point, total: i64, count: i64) {
    *sums.entry(point).or_default() += Amount::stored(total, count);
}

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
