//! The verb `read`: a question answered from one consistent look at the cells.

use redis::Value;
use staste_core::plan::{Point, Selector};
use staste_core::store::ChoiceTable;
use staste_core::store::{Answer, Question, Span, Tally};
use staste_core::{Amount, Choice, Definition, Error, Scale};

use crate::cells::Cells;
use crate::client::Client;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::connections::request::ScriptCall;
use crate::faults;
use crate::keys::Keys;
use crate::point;
use crate::point_lookup::Wanted;
use crate::scripts;
use crate::seed;
use crate::state::State;

/// How often a question is asked because there was more to know of the Metrica.
const TRIES: u32 = 16;
/// From this try on buckets are read whole, which needs no ids beforehand.
const PATIENT: u32 = 2;

/// Answers a question.
pub(crate) fn read(client: &mut Client, question: &Question) -> Outcome<Answer> {
    let metrica = question.definition.name.as_str();
    for turn in 0..TRIES {
        if client.catalog.is_seed(metrica) && client.catalog.agreeing(&question.definition).is_some() {
            match seed::read(client, question)? {
                Some(answer) => return Ok(answer),
                None => continue,
            }
        }
        let (mut wanted, mut is_known) = (Wanted::Points(Vec::new()), false);
        if let Some(known) = client.catalog.agreeing(&question.definition) {
            wanted = Wanted::of(&Selector::new(question, &known.tables), &known.tables);
            is_known = true;
        }
        if turn >= PATIENT && is_known {
            wanted = Wanted::All;
        }
        let call = call(client, question, &wanted, is_known);
        let (head, mut items) = reply::with_status(client.session.run(&scripts::own::READ, &call)?)?;
        let has_cells = match head.as_str() {
            "gone" => return Err(faults::gone(client, metrica)),
            "behind" => false,
            "cells" => true,
            other => return reply::unknown_status(other),
        };
        let state = State::parse(reply::next(&mut items)?)?;
        let watermarks = state.watermarks;
        client.catalog.learn(metrica, state)?;
        let keys = client.session.keys(metrica);
        let Some(known) = client.catalog.agreeing(&question.definition) else {
            return Err(Error::stale(metrica).into());
        };
        // With choices that are new, other points may be wanted.
        let selector = Selector::new(question, &known.tables);
        if !has_cells
            || !is_known
            || (wanted != Wanted::All && wanted != Wanted::of(&selector, &known.tables))
        {
            continue;
        }
        let mut reading =
            Reading { question, keys, selector, tables: &known.tables, wanted, tally: Tally::new(question) };
        for bucket in reply::list(reply::next(&mut items)?)? {
            reading.bucket(bucket)?;
        }
        return Ok(reading.tally.answer(&known.tables, watermarks));
    }
    Err(Error::unavailable(format!("metrica {metrica} kept changing while it was read; try again")).into())
}

/// The choices known on an axis.
pub(crate) fn choices(client: &mut Client, definition: &Definition, axis: usize) -> Outcome<Vec<Choice>> {
    let metrica = definition.name.as_str();
    let mut call = client.session.call(metrica);
    client.catalog.push_known(metrica, &mut call.arguments);
    let (head, mut items) = reply::with_status(client.session.run(&scripts::LOOK, &call)?)?;
    if head == "gone" {
        return Err(faults::gone(client, metrica));
    }
    let known = client.catalog.learn(metrica, State::parse(reply::next(&mut items)?)?)?;
    if *known.definition != *definition {
        return Err(Error::stale(metrica).into());
    }
    if known.naming.is_some() {
        return seed::choices(client, definition, axis);
    }
    Ok(known.tables.get(axis).map(ChoiceTable::known).unwrap_or_default())
}

fn call(client: &mut Client, question: &Question, wanted: &Wanted, is_known: bool) -> ScriptCall {
    let metrica = question.definition.name.as_str();
    let mut call = client.session.call(metrica);
    let words = &mut call.arguments;
    client.catalog.push_known(metrica, words);
    words.push(if question.definition.is_averaged() { "1" } else { "0" });
    words.push(if question.below_watermarks { "1" } else { "0" });
    // *Ever* begins before all time, which only a span that does so too holds.
    let holds = |span: &&Span| span.scale != Scale::Ever || (span.from == i64::MIN && span.to > i64::MIN);
    let nothing = !is_known || *wanted == Wanted::Points(Vec::new());
    let spans: Vec<&Span> = question.spans.iter().filter(holds).filter(|_| !nothing).collect();
    words.push_display(spans.len());
    for span in spans {
        words
            .push_display(span.scale.kept_index().unwrap_or(0))
            .push_display(span.from)
            .push_display(span.to);
    }
    match wanted {
        Wanted::All => {
            words.push("all");
        }
        Wanted::Points(points) => {
            words.push_display(points.len());
            for point in points {
                words.push(point::encode(point));
            }
        }
    }
    call
}

/// Cells on their way into the groups of a question.
struct Reading<'a> {
    question: &'a Question,
    keys: Keys,
    selector: Selector,
    tables: &'a [ChoiceTable],
    wanted: Wanted,
    tally: Tally<'a>,
}

impl Reading<'_> {
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

    /// The values at the points wanted, in their order.
    fn values(&mut self, start: i64, totals: Vec<Value>, counts: Vec<Value>) -> Outcome<()> {
        let Wanted::Points(points) = std::mem::replace(&mut self.wanted, Wanted::All) else { return Ok(()) };
        let mut counts = counts.into_iter();
        for (point, total) in points.iter().zip(totals) {
            let count = counts.next().unwrap_or(Value::Nil);
            if let Some(total) = reply::integer_or_none(&total)? {
                self.add(start, point, total, reply::integer_or_none(&count)?.unwrap_or(0));
            }
        }
        self.wanted = Wanted::Points(points);
        Ok(())
    }

    /// All cells: field and value in turns.
    fn cells(&mut self, start: i64, totals: Vec<Value>, counts: Vec<Value>) -> Outcome<()> {
        let mut cells = Cells::default();
        cells.totals(totals)?;
        cells.counts(counts)?;
        for (field, (total, count)) in cells.0 {
            let Some(point) = point::decode_known(&field, self.tables) else {
                return Err(self.odd_point(start, &field).into());
            };
            if !self.question.scan || point.iter().all(|id| *id != staste_core::store::ALL) {
                self.add(start, &point, total, count);
            }
        }
        Ok(())
    }

    /// The error for a cell at a point of no choices. Buckets of a question do not overlap, so that its start says which
    /// one it is.
    fn odd_point(&self, start: i64, field: &[u8]) -> Error {
        let definition = &self.question.definition;
        let span = self.question.spans.iter().find(|span| (span.from..span.to).contains(&start));
        let scale = span.map_or(Scale::Ever, |span| span.scale);
        point::corrupt(&self.keys, (scale, start), &definition.name, field)
    }

    fn add(&mut self, start: i64, point: &Point, total: i64, count: i64) {
        let mut group = Vec::new();
        if self.selector.group(self.tables, point, &mut group) {
            self.tally.add(start, &group, Amount::stored(total, count));
        }
    }
}
