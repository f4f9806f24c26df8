//! `RowWriter`: writes points as CSV or NDJSON, one row each.

use std::io::Write;
use std::ops::Range;

use staste::formats::{Cell, CsvWriter, choice_cells, instant_with_offset};
use staste::{Definition, Scale, Total};

use crate::cell_reader::Point;
use crate::failure::Result;
use crate::output::{ExportFormat, Json};

/// Writes points, each with one choice for each axis.
pub(super) struct RowWriter<'a> {
    definition: &'a Definition,
    output: FormatWriter<'a>,
}

enum FormatWriter<'a> {
    Csv(Box<CsvWriter<&'a mut dyn Write>>),
    Ndjson(&'a mut dyn Write),
}

impl<'a> RowWriter<'a> {
    pub(super) fn new(
        format: ExportFormat,
        definition: &'a Definition,
        out: &'a mut dyn Write,
    ) -> Result<RowWriter<'a>> {
        let output = match format {
            ExportFormat::Ndjson => FormatWriter::Ndjson(out),
            ExportFormat::Csv => {
                let mut header = vec!["scale".to_owned(), "start".to_owned(), "end".to_owned()];
                header.extend(
                    definition.axes().flat_map(|axis| [axis.name.clone(), format!("{}:variant", axis.name)]),
                );
                header.push("total".to_owned());
                header.extend(definition.is_averaged().then(|| "count".to_owned()));
                FormatWriter::Csv(Box::new(CsvWriter::new(out, &header)?))
            }
        };
        Ok(RowWriter { definition, output })
    }

    pub(super) fn write(&mut self, scale: Scale, bucket: &Range<i64>, point: &Point) -> Result<()> {
        let timestamp = |instant| instant_with_offset(&self.definition.zone, instant);
        let total = Total::new(point.amount.total(), self.definition.multiplier);
        let is_averaged = self.definition.is_averaged();
        match &mut self.output {
            FormatWriter::Csv(writer) => {
                let timestamp = |instant| timestamp(instant).map_or(Cell::Empty, Cell::Plain);
                let scale = Cell::Plain(scale.name().to_owned());
                let mut cells = vec![scale, timestamp(bucket.start), timestamp(bucket.end)];
                cells.extend(point.choices.iter().flat_map(choice_cells));
                cells.push(Cell::Number(total.to_string()));
                cells.extend(is_averaged.then(|| Cell::number(point.amount.count())));
                writer.write(&cells)?;
            }
            FormatWriter::Ndjson(out) => {
                let axes = self.definition.axes().zip(&point.choices);
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
            FormatWriter::Csv(writer) => Ok(writer.finish()?),
            FormatWriter::Ndjson(out) => Ok(out.flush()?),
        }
    }
}
