//! `CellWriter`: full points as CSV or NDJSON, a row each.

use std::io::Write;
use std::ops::Range;

use staste::{Definition, Scale, Total};

use super::ExportFormat;
use crate::cells::Point;
use crate::failure::Result;
use crate::output::Json;
use crate::query::{csv_cells, iso};

/// Writes full points.
pub(super) struct CellWriter<'a> {
    definition: &'a Definition,
    form: Form<'a>,
}

enum Form<'a> {
    Csv(Box<csv::Writer<&'a mut dyn Write>>),
    Ndjson(&'a mut dyn Write),
}

impl<'a> CellWriter<'a> {
    pub(super) fn new(
        format: ExportFormat,
        definition: &'a Definition,
        out: &'a mut dyn Write,
    ) -> Result<CellWriter<'a>> {
        let form = match format {
            ExportFormat::Ndjson => Form::Ndjson(out),
            ExportFormat::Csv => {
                let mut writer = csv::Writer::from_writer(out);
                let mut head = vec!["scale".to_owned(), "start".to_owned(), "end".to_owned()];
                head.extend(
                    definition
                        .axes
                        .iter()
                        .flat_map(|axis| [axis.name.clone(), format!("{}:variant", axis.name)]),
                );
                head.push("total".to_owned());
                head.extend(definition.is_averaged().then(|| "count".to_owned()));
                writer.write_record(&head)?;
                Form::Csv(Box::new(writer))
            }
        };
        Ok(CellWriter { definition, form })
    }

    pub(super) fn write(&mut self, scale: Scale, bucket: &Range<i64>, point: &Point) -> Result<()> {
        let end = |instant| iso(&self.definition.zone, instant);
        let total = Total::new(point.amount.total(), self.definition.multiplier);
        let averaged = self.definition.is_averaged();
        match &mut self.form {
            Form::Csv(writer) => {
                let mut record = vec![
                    scale.name().to_owned(),
                    end(bucket.start).unwrap_or_default(),
                    end(bucket.end).unwrap_or_default(),
                ];
                record.extend(point.choices.iter().flat_map(csv_cells));
                record.push(total.to_string());
                record.extend(averaged.then(|| point.amount.count().to_string()));
                writer.write_record(&record)?;
            }
            Form::Ndjson(out) => {
                let axes = self.definition.axes.iter().zip(&point.choices);
                let choices =
                    axes.map(|(axis, choice)| (axis.name.clone(), Json::Object(Json::choice(choice))));
                let mut fields = vec![
                    ("scale", Json::text(scale.name())),
                    ("start", end(bucket.start).map_or(Json::Null, Json::Text)),
                    ("end", end(bucket.end).map_or(Json::Null, Json::Text)),
                    ("choices", Json::Named(choices.collect())),
                    ("total", Json::total(total)),
                ];
                fields.extend(averaged.then(|| ("count", Json::integer(point.amount.count()))));
                serde_json::to_writer(&mut **out, &Json::Object(fields))?;
                out.write_all(b"\n")?;
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<()> {
        match self.form {
            Form::Csv(mut writer) => Ok(writer.flush()?),
            Form::Ndjson(out) => Ok(out.flush()?),
        }
    }
}
