//! The answer to a question, from one consistent read of cells.

use redis::Value;
use staste_core::plan::{ReadPlan, Selector};
use staste_core::store::{Answer, Question, Span};
use staste_core::{Amount, Error, Scale};

use super::cell_keys::CellKeys;
use super::point_encoding;
use super::point_lookup::PointLookup;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::connections::request::ScriptCall;
use crate::connections::session::Session;
use crate::layout::Found;
use crate::layout::cells::BucketCells;
use crate::metrica::known_metrica::KnownMetrica;
use crate::metrica::state::StoredState;
use crate::scripts;

/// From this attempt on buckets are read as a whole, for which no ids have to be known.
const WHOLE_BUCKETS_FROM: u32 = 2;

/// Answers a question, if everything about the Metrica that it needs is known.
pub(crate) fn read(
    keys: &CellKeys,
    session: &mut Session,
    known: &mut KnownMetrica,
    question: &Question,
    attempt: u32,
) -> Outcome<Found<Answer>> {
    let lookup = if attempt >= WHOLE_BUCKETS_FROM {
        PointLookup::All
    } else {
        PointLookup::of(&Selector::new(question, &known.tables), &known.tables)
    };
    let call = call(session, known, question, &lookup);
    let (status, mut items) = reply::with_status(session.run(&scripts::own::READ, &call)?)?;
    match status.as_str() {
        "gone" => return Ok(Found::Gone),
        "behind" => {
            return Ok(Found::Behind(Box::new(StoredState::parse(reply::next(&mut items)?)?)));
        }
        "cells" => {}
        other => return reply::unknown_status(other),
    }
    let state = StoredState::parse(reply::next(&mut items)?)?;
    let watermarks = state.watermarks;
    known.learn(state, &session.prefix)?;
    if *known.definition != *question.definition {
        return Err(Error::stale(&question.definition.name).into());
    }
    let plan = ReadPlan::new(question, &known.tables, watermarks);
    // New choices may need other points.
    if lookup != PointLookup::All && lookup != PointLookup::of(plan.selector(), &known.tables) {
        return Ok(Found::Retry);
    }
    let mut reader = Reader { question, keys, lookup, plan };
    for bucket in reply::list(reply::next(&mut items)?)? {
        reader.bucket(bucket)?;
    }
    Ok(Found::Done(reader.plan.answer()))
}

fn call(session: &Session, known: &KnownMetrica, question: &Question, lookup: &PointLookup) -> ScriptCall {
    let mut call = session.call(&question.definition.name);
    let arguments = &mut call.arguments;
    known.push(arguments);
    arguments.push(if question.definition.is_averaged() { "1" } else { "0" });
    arguments.push(if question.below_watermarks { "1" } else { "0" });
    // *Ever* starts before all time, so that only a span that does so too contains it.
    let is_read = |span: &&Span| span.scale != Scale::Ever || (span.from == i64::MIN && span.to > i64::MIN);
    let is_empty = *lookup == PointLookup::Points(Vec::new());
    let spans: Vec<&Span> = question.spans.iter().filter(is_read).filter(|_| !is_empty).collect();
    arguments.push_display(spans.len());
    for span in spans {
        arguments.push_display(span.scale.kept_index().unwrap_or(0));
        arguments.push_display(span.from).push_display(span.to);
    }
    match lookup {
        PointLookup::All => {
            arguments.push("all");
        }
        PointLookup::Points(points) => {
            arguments.push_display(points.len());
            for point in points {
                arguments.push(point_encoding::encode(point));
            }
        }
    }
    call
}

/// Adds cells to the groups of a question.
struct Reader<'a> {
    question: &'a Question,
    keys: &'a CellKeys,
    lookup: PointLookup,
    plan: ReadPlan<'a>,
}

impl Reader<'_> {
    fn bucket(&mut self, bucket: Value) -> Outcome<()> {
        let mut items = reply::list(bucket)?.into_iter();
        let start = match reply::bytes(reply::next(&mut items)?)?.as_slice() {
            [] => i64::MIN,
            text => reply::integer(&Value::BulkString(text.to_vec()))?,
        };
        let form = reply::text(reply::next(&mut items)?)?;
        let totals = reply::list(reply::next(&mut items)?)?;
        let counts = reply::list(reply::next(&mut items)?)?;
        if form == "cells" { self.cells(start, totals, counts) } else { self.values(start, totals, counts) }
    }

    /// Adds values at the points of the lookup, in their order.
    fn values(&mut self, start: i64, totals: Vec<Value>, counts: Vec<Value>) -> Outcome<()> {
        let PointLookup::Points(points) = std::mem::replace(&mut self.lookup, PointLookup::All) else {
            return Ok(());
        };
        let mut counts = counts.into_iter();
        for (point, total) in points.iter().zip(totals) {
            let count = counts.next().unwrap_or(Value::Nil);
            if let Some(total) = reply::integer_or_none(&total)? {
                let amount = Amount::stored(total, reply::integer_or_none(&count)?.unwrap_or(0));
                self.plan.add(start, point, amount);
            }
        }
        self.lookup = PointLookup::Points(points);
        Ok(())
    }

    /// Adds all cells: field and value alternate.
    fn cells(&mut self, start: i64, totals: Vec<Value>, counts: Vec<Value>) -> Outcome<()> {
        let mut cells = BucketCells::default();
        cells.add_totals(totals)?;
        cells.add_counts(counts)?;
        for (field, (total, count)) in cells.0 {
            let Some(point) = point_encoding::decode_known(&field, self.plan.tables()) else {
                return Err(self.invalid_field(start, &field).into());
            };
            self.plan.add(start, &point, Amount::stored(total, count));
        }
        Ok(())
    }

    /// Returns the error for a cell that is not a point of the choices. Buckets of a question do not overlap, so that the
    /// start identifies the bucket.
    fn invalid_field(&self, start: i64, field: &[u8]) -> Error {
        let definition = &self.question.definition;
        let span = self.question.spans.iter().find(|span| (span.from..span.to).contains(&start));
        let scale = span.map_or(Scale::Ever, |span| span.scale);
        self.keys.corrupt_field((scale, start), &definition.name, field)
    }
}
