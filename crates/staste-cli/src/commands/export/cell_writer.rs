//! `CellWriter`: writes points as CSV or NDJSON, one row each.

use std::io::Write;
use std::ops::Range;

use staste::{Definition, Scale, Total};

use crate::cells::Point;
use crate::failure::Result;
use crate::output::{ExportFormat, Json};
use crate::query::{csv_cells, iso};

/// Writes points, each with one choice for each axis.
pub(super) struct CellWriter<'a> {
    definition: &'a Definition,
    output: FormatWriter<'a>,
}

enum FormatWriter<'a> {
    Csv(Box<csv::Writer<&'a mut dyn Write>>),
    Ndjson(&'a mut dyn Write),
}

impl<'a> CellWriter<'a> {
    pub(super) fn new(
        format: ExportFormat,
        definition: &'a Definition,
        out: &'a mut dyn Write,
    ) -> Result<CellWriter<'a>> {
        let output = match format {
            ExportFormat::Ndjson => FormatWriter::Ndjson(out),
            ExportFormat::Csv => {
                let mut writer = csv::Writer::from_writer(out);
                let mut header = vec!["scale".to_owned(), "start".to_owned(), "end".to_owned()];
                header.extend(
                    definition
                        .axes
                        .iter()
                        .flat_map(|axis| [axis.name.clone(), format!("{}:variant", axis.name)]),
                );
                header.push("total".to_owned());
                header.extend(definition.is_averaged().then(|| "count".to_owned()));
                writer.write_record(&header)?;
                FormatWriter::Csv(Box::new(writer))
            }
        };
        Ok(CellWriter { definition, output })
    }

    pub(super) fn write(&mut self, scale: Scale, bucket: &Range<i64>, point: &Point) -> Result<()> {
        let timestamp = |instant| iso(&self.definition.zone, instant);
        let total = Total::new(point.amount.total(), self.definition.multiplier);
        let is_averaged = self.definition.is_averaged();
        match &mut self.output {
            FormatWriter::Csv(writer) => {
                let mut record = vec![
                    scale.name().to_owned(),
                    timestamp(bucket.start).unwrap_or_default(),
                    timestamp(bucket.end).unwrap_or_default(),
                ];
                record.extend(point.choices.iter().flat_map(csv_cells));
                record.push(total.to_string());
                record.extend(is_averaged.then(|| point.amount.count().to_string()));
                writer.write_record(&record)?;
            }
            FormatWriter::Ndjson(out) => {
                let axes = self.definition.axes.iter().zip(&point.choices);
                let choices =
                    axes.map(|(axis, choice)| (axis.name.clone(), Json::Object(Json::choice(choice))));
                let mut fields = vec![
                    ("scale", Json::text(scale.name())),
                    ("start", timestamp(bucket.start).map_or(Json::Null, Json::Text)),
                    ("end", timestamp(bucket.end).map_or(Json::Null, Json::Text)),
                    ("choices", Json::Named(choices.collect())),
                    ("total", Json::total(total)),
                ];
                fields.extend(is_averaged.then(|| ("count", Json::integer(point.amount.count()))));
                serde_json::to_writer(&mut **out, &Json::Object(fields))?;
                out.write_all(b"\n")?;
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<()> {
        match self.output {
            FormatWriter::Csv(mut writer) => Ok(writer.flush()?),
            FormatWriter::Ndjson(out) => Ok(out.flush()?),
        }
    }
}
