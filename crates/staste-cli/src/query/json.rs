//! An answer as JSON.

use std::io::Write;

use staste::formats::instant_with_offset;
use staste::{Choice, Measure, Reading};

use super::{Answer, Row};
use crate::failure::Result;
use crate::output::{Json, Screen};

/// Writes the answer as one object.
pub(super) fn write(answer: &Answer, screen: &mut Screen) -> Result<()> {
    let filter = answer.filter.iter().map(|(axis, choice)| {
        let mut fields = vec![("axis", Json::text(axis))];
        fields.extend(Json::choice(choice));
        Json::Object(fields)
    });
    let mut fields = vec![
        ("metrica", Json::text(&answer.metrica)),
        ("time_zone", Json::text(answer.zone.name())),
        ("timespan", answer.timespan.as_ref().map_or(Json::Null, Json::text)),
        ("filter", Json::List(filter.collect())),
        ("by", Json::List(answer.axes.iter().map(Json::text).collect())),
        ("scale", answer.scale.map_or(Json::Null, |scale| Json::text(scale.name()))),
        ("rows", Json::List(answer.rows.iter().map(|row| row_object(answer, row)).collect())),
    ];
    if !answer.unkept.is_empty() {
        let rows = answer
            .unkept
            .iter()
            .map(|(choices, reading)| with_measures(choice_fields(answer, choices), answer, Some(reading)));
        fields.push(("no_longer_kept", Json::List(rows.collect())));
    }
    if let Some(rest) = &answer.rest {
        let left_out = vec![("rows", Json::Number(rest.rows.to_string()))];
        fields.push(("rest", with_measures(left_out, answer, Some(&rest.reading))));
    }
    screen.json(&Json::Object(fields))
}

/// Writes each row as an object on a line of its own.
pub(super) fn write_lines(answer: &Answer, out: &mut dyn Write) -> Result<()> {
    for row in &answer.rows {
        serde_json::to_writer(&mut *out, &row_object(answer, row))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn row_object(answer: &Answer, row: &Row) -> Json {
    let mut fields = Vec::new();
    if let Some(period) = &row.period {
        let end = |instant| instant_with_offset(&answer.zone, instant).map_or(Json::Null, Json::Text);
        fields.push(("period", Json::text(period.label())));
        fields.push(("start", end(period.start)));
        fields.push(("end", end(period.end)));
        fields.push(("partial", Json::Bool(period.partial)));
    }
    fields.extend(choice_fields(answer, &row.choices));
    if row.reading.is_none() {
        fields.push(("retained", Json::Bool(false)));
    }
    with_measures(fields, answer, row.reading.as_ref())
}

/// The choice of a single axis is a field of the row; those of several axes are named.
fn choice_fields(answer: &Answer, choices: &[Choice]) -> Vec<(&'static str, Json)> {
    let mut fields = Vec::new();
    match (answer.axes.as_slice(), choices) {
        ([_], [choice]) => fields.extend(Json::choice(choice)),
        ([], _) => {}
        (axes, choices) => {
            let named = axes.iter().zip(choices);
            let named = named.map(|(axis, choice)| (axis.clone(), Json::Object(Json::choice(choice))));
            fields.push(("choices", Json::Named(named.collect())));
        }
    }
    fields
}

/// Returns an object with these fields and the measures of a reading.
fn with_measures(fields: Vec<(&'static str, Json)>, answer: &Answer, reading: Option<&Reading>) -> Json {
    let number = |measure: &Measure| {
        (measure.to_string(), Json::measurement(reading.and_then(|reading| measure.of(reading))))
    };
    let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value));
    Json::Named(fields.chain(answer.measures.iter().map(number)).collect())
}
