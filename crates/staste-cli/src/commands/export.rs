//! `staste export`: writes cells or series to a file or standard output.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use staste::{Choice, Definition, Metrica, Scale, Timespan, Total};

use super::query::{filtered, measures, rows, split};
use crate::cells::{CellReader, Point};
use crate::context::Context;
use crate::failure::{DONE, Failure, Result};
use crate::output::Json;
use crate::progress::Steps;
use crate::query::{Answer, csv_cells, iso};
use crate::timespan_arguments::TimespanArguments;

/// Write what was counted as CSV or NDJSON
#[derive(Args, Debug)]
#[command(
    after_help = "Cells are the full points, one choice an axis, of each bucket of the finest scale that is kept, so every \
event is in exactly one row. A series is what `staste query --scale` shows, one row a period and choice.

In CSV a choice takes two columns, AXIS and AXIS:variant; the second says unset or other where the first is \
empty. The CSV of a plain Metrica can be imported: --value total --plain --date start.

Examples:
    staste export flights --output flights.csv
    staste export flights --scale month --year 2013 --format ndjson
    staste export flights --series --scale day --by origin"
)]
pub(crate) struct ExportArguments {
    /// The Metrica
    metrica: String,

    /// Write a series instead of cells
    #[arg(long, requires = "scale")]
    series: bool,

    /// The scale of the buckets or periods
    #[arg(long, value_name = "SCALE")]
    scale: Option<String>,

    /// Split the series by an axis
    #[arg(long, value_name = "AXIS", requires = "series")]
    by: Option<String>,

    /// Only events with this choice: axis=value, axis:unset or axis:other
    #[arg(long, value_name = "AXIS=CHOICE")]
    filter: Vec<String>,

    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    format: ExportFormat,

    /// The file to write; standard output without it
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    timespan: TimespanArguments,
}

/// The formats of an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum ExportFormat {
    /// Comma-separated values
    #[default]
    Csv,
    /// One JSON object a line
    Ndjson,
}

impl ExportArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let timespan = self.timespan.timespan()?;
        let metrica = context.metrica(&self.metrica)?;
        let quiet = context.screen.is_quiet();
        match &self.output {
            None => self.write(&metrica, timespan, context.screen.writer(), quiet)?,
            Some(path) => {
                let failed = |error: std::io::Error| {
                    Failure::failed(format!("{} cannot be written", path.display())).because(&error)
                };
                let mut file = BufWriter::new(File::create(path).map_err(failed)?);
                self.write(&metrica, timespan, &mut file, quiet)?;
                file.flush().map_err(failed)?;
            }
        }
        Ok(DONE)
    }

    fn write(&self, metrica: &Metrica, timespan: Timespan, out: &mut dyn Write, quiet: bool) -> Result<()> {
        if self.series {
            return self.write_series(metrica, timespan, out);
        }
        let scale = self.scale.as_deref().map(Scale::parse).transpose()?;
        if let Some(scale) = scale.filter(|scale| scale.kept_index().is_none()) {
            return Err(Failure::input(format!("a {scale} has no cells of its own"))
                .help(format!("export a series: --series --scale {scale}")));
        }
        self.write_cells(metrica, timespan, scale, out, quiet)
    }

    fn write_series(&self, metrica: &Metrica, timespan: Timespan, out: &mut dyn Write) -> Result<()> {
        let definition = metrica.define()?;
        let by: Vec<String> = self.by.iter().cloned().collect();
        let (scale, axes) = split(&by, self.scale.as_deref(), &definition)?;
        let view = filtered(metrica, &definition, &self.filter)?.timespan(timespan);
        let mut answer = Answer::new(&definition, measures(&[], &definition)?);
        answer.rows = rows(&view, scale, &axes)?;
        answer.scale = scale;
        answer.axes = axes;
        match self.format {
            ExportFormat::Csv => answer.write_csv(out),
            ExportFormat::Ndjson => answer.write_ndjson(out),
        }
    }

    fn write_cells(
        &self,
        metrica: &Metrica,
        timespan: Timespan,
        scale: Option<Scale>,
        out: &mut dyn Write,
        quiet: bool,
    ) -> Result<()> {
        let definition = metrica.define()?;
        let view = filtered(metrica, &definition, &self.filter)?;
        let filter = view.filters().map(|(axis, choice)| Ok((definition.axis_index(axis)?, choice.clone())));
        let filter = filter.collect::<Result<Vec<(usize, Choice)>>>()?;
        let reader = CellReader::new(metrica)?;
        let steps = Steps::new("buckets written", quiet);
        let mut writer = CellWriter::new(self.format, &definition, out)?;
        let mut done = 0;
        for range in ranges(metrica, timespan)? {
            let buckets = reader.buckets(&range, scale)?;
            for (scale, bucket) in &buckets {
                for point in reader.points(*scale, bucket.start)? {
                    if filter.iter().all(|(axis, wanted)| {
                        point.choices.get(*axis).is_some_and(|choice| is_within(choice, wanted))
                    }) {
                        writer.write(*scale, bucket, &point)?;
                    }
                }
                done += 1;
                steps.at(done, None);
            }
        }
        steps.finish();
        writer.finish()
    }
}

/// The instants of a timespan.
fn ranges(metrica: &Metrica, timespan: Timespan) -> Result<Vec<Range<i64>>> {
    let series = metrica.timespan(timespan).series(Scale::Ever)?;
    Ok(series.into_iter().map(|(period, _)| period.start..period.end).collect())
}

/// True for the choice, and for places below it.
fn is_within(choice: &Choice, wanted: &Choice) -> bool {
    match (choice.as_path(), wanted.as_path()) {
        (Some(path), Some(wanted)) => path.starts_with(wanted),
        _ => choice == wanted,
    }
}

/// Writes full points.
struct CellWriter<'a> {
    definition: &'a Definition,
    form: Form<'a>,
}

enum Form<'a> {
    Csv(Box<csv::Writer<&'a mut dyn Write>>),
    Ndjson(&'a mut dyn Write),
}

impl<'a> CellWriter<'a> {
    fn new(
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

    fn write(&mut self, scale: Scale, bucket: &Range<i64>, point: &Point) -> Result<()> {
        let end = |instant| iso(&self.definition.zone, instant);
        let total = Total::new(point.total, self.definition.multiplier);
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
                record.extend(averaged.then(|| point.count.to_string()));
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
                fields.extend(averaged.then(|| ("count", Json::integer(point.count))));
                serde_json::to_writer(&mut **out, &Json::Object(fields))?;
                out.write_all(b"\n")?;
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<()> {
        match self.form {
            Form::Csv(mut writer) => Ok(writer.flush()?),
            Form::Ndjson(out) => Ok(out.flush()?),
        }
    }
}
