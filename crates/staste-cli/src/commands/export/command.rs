//! `ExportArguments`: the command `staste export`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::Args;
use staste::{Choice, Definition, Metrica, Scale, Timespan};

use super::super::view_options::{filtered_view, measures, read_rows, scale_and_axes};
use super::row_writer::RowWriter;
use crate::cell_reader::CellReader;
use crate::context::Context;
use crate::failure::{EXIT_SUCCESS, Failure, Result};
use crate::output::{ExportFormat, grouped};
use crate::query::Answer;
use crate::spinner::Spinner;
use crate::timespan_arguments::TimespanArguments;

/// Write counts to CSV or NDJSON
#[derive(Args, Debug)]
#[command(after_help = "\
By default the command writes one row for each point (one choice for each axis) and period of the finest scale that is \
kept, so that every event is in exactly one row. With --series it writes what `staste query --scale` prints: one row \
for each period and choice.

In CSV a choice takes two columns, AXIS and AXIS:variant. The second is unset or other if the choice is not text. The \
CSV of a plain Metrica can be imported again with --value total --plain --date start. The rows of a distribution have \
totals and counts but no bins, so that percentiles cannot be computed from them: --series writes percentiles, and \
`staste copy` and `staste backup` keep bins.

Examples:
    staste export flights --output flights.csv
    staste export flights --scale month --year 2013 --format ndjson
    staste export flights --series --scale day --by origin")]
pub(crate) struct ExportArguments {
    /// Name of the Metrica
    metrica: String,

    /// Write a series instead of points; needs --scale
    #[arg(long, requires = "scale")]
    series: bool,

    /// Scale of the periods: minute, hour, day, month, year or ever; a series can have week and quarter, too. Default:
    /// the finest scale that is kept
    #[arg(long, value_name = "SCALE")]
    scale: Option<String>,

    /// Split the series by an axis; needs --series
    #[arg(long, value_name = "AXIS", requires = "series")]
    by: Option<String>,

    /// Write only events with this choice: axis=value, axis:unset or axis:other. Repeatable, once per axis
    #[arg(long, value_name = "AXIS=CHOICE")]
    filter: Vec<String>,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: ExportFormat,

    /// File to write. Default: standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Overwrite the file if it exists
    #[arg(long, requires = "output")]
    force: bool,

    #[command(flatten)]
    timespan: TimespanArguments,
}

impl ExportArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        self.timespan.check()?;
        let metrica = context.metrica(&self.metrica)?;
        let definition = metrica.define()?;
        let timespan = self.timespan.timespan(&metrica, &definition)?;
        let is_quiet = context.screen.is_quiet();
        self.note_percentiles(context, &definition);
        let Some(path) = &self.output else {
            self.write(&metrica, timespan, context.screen.writer(), is_quiet)?;
            return Ok(EXIT_SUCCESS);
        };
        let rows = if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            // A device such as /dev/stdout is written to directly.
            let mut out = BufWriter::new(File::create(path).map_err(|error| write_failure(path, &error))?);
            let rows = self.write(&metrica, timespan, &mut out, is_quiet)?;
            out.flush().map_err(|error| write_failure(path, &error))?;
            rows
        } else {
            self.check_target(path, context)?;
            self.write_file(path, |out| self.write(&metrica, timespan, out, is_quiet))?
        };
        context.screen.note(format!("wrote {} rows to {}", grouped(&rows.to_string()), path.display()));
        Ok(EXIT_SUCCESS)
    }

    /// Prints a note if the export lacks percentiles that the Metrica has.
    fn note_percentiles(&self, context: &Context, definition: &Definition) {
        let Some(bins) = definition.bins else { return };
        let since = bins.since.and_then(|since| definition.zone.civil(since).ok());
        match since {
            _ if !self.series => context.screen.note(
                "note: rows have totals and counts, but no bins, so percentiles cannot be computed from them; \
                 --series writes percentiles",
            ),
            Some(since) => context.screen.note(format!(
                "note: percentiles were not recorded before {}: rows with earlier events have none",
                since.strftime("%Y-%m-%d %H:%M")
            )),
            None => {}
        }
    }

    /// Refuses a path at which the export would destroy the store or, without `--force`, any other file.
    fn check_target(&self, path: &Path, context: &Context) -> Result<()> {
        if !path.exists() {
            return Ok(());
        }
        let is_same = |other: &Path| matches!((path.canonicalize(), other.canonicalize()), (Ok(path), Ok(other)) if path == other);
        let address = context.address()?;
        let is_store_file = |suffix: &str| {
            address.file().is_some_and(|file| {
                let mut name = file.as_os_str().to_owned();
                name.push(suffix);
                is_same(Path::new(&name))
            })
        };
        if ["", "-wal", "-shm"].into_iter().any(is_store_file) {
            return Err(
                Failure::input(format!("{} is the store itself", path.display())).help("name another file")
            );
        }
        if self.force {
            return Ok(());
        }
        Err(Failure::input(format!("{} exists already", path.display()))
            .help("name another file, or overwrite it with --force"))
    }

    /// Writes a temporary file in the same folder and moves it to the path when it is complete.
    fn write_file(&self, path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<u64>) -> Result<u64> {
        let failed = |error: io::Error| write_failure(path, &error);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".staste-export-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(folder).map_err(failed)?;
        let mut out = BufWriter::new(file);
        let rows = write(&mut out)?;
        let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
        let moved = if self.force { file.persist(path) } else { file.persist_noclobber(path) };
        moved.map_err(|error| failed(error.error))?;
        Ok(rows)
    }

    /// Writes the export and returns the number of rows.
    fn write(
        &self,
        metrica: &Metrica,
        timespan: Timespan,
        out: &mut dyn Write,
        is_quiet: bool,
    ) -> Result<u64> {
        if self.series {
            return self.write_series(metrica, timespan, out);
        }
        let scale = self.scale.as_deref().map(Scale::parse).transpose()?;
        if let Some(scale) = scale.filter(|scale| scale.kept_index().is_none()) {
            return Err(Failure::input(format!("the scale {scale} is not stored"))
                .help(format!("export a series: --series --scale {scale}")));
        }
        self.write_cells(metrica, timespan, scale, out, is_quiet)
    }

    fn write_series(&self, metrica: &Metrica, timespan: Timespan, out: &mut dyn Write) -> Result<u64> {
        let definition = metrica.define()?;
        let by: Vec<String> = self.by.iter().cloned().collect();
        let (scale, axes) = scale_and_axes(&by, self.scale.as_deref(), &definition)?;
        let view = filtered_view(metrica, &definition, &self.filter)?.timespan(timespan).with_distribution();
        let mut answer = Answer::new(&definition, measures(Vec::new(), &definition)?);
        answer.rows = read_rows(&view, scale, &axes)?;
        answer.scale = scale;
        answer.axes = axes;
        match self.format {
            ExportFormat::Csv => answer.write_csv(out)?,
            ExportFormat::Ndjson => answer.write_ndjson(out)?,
        }
        Ok(answer.rows.len() as u64)
    }

    fn write_cells(
        &self,
        metrica: &Metrica,
        timespan: Timespan,
        scale: Option<Scale>,
        out: &mut dyn Write,
        is_quiet: bool,
    ) -> Result<u64> {
        let definition = metrica.define()?;
        let view = filtered_view(metrica, &definition, &self.filter)?;
        // Points have the axes that people see.
        let position = |axis: &str| definition.axes().position(|known| known.name == axis);
        let filter: Vec<(usize, Choice)> =
            view.filters().filter_map(|(axis, choice)| Some((position(axis)?, choice.clone()))).collect();
        let reader = CellReader::new(metrica)?;
        let spinner = Spinner::new("buckets written", is_quiet);
        let mut writer = RowWriter::new(self.format, &definition, out)?;
        let (mut done, mut rows) = (0, 0);
        for range in ranges(metrica, timespan)? {
            let buckets = reader.buckets(&range, scale)?;
            for (scale, bucket) in &buckets {
                for point in reader.points(*scale, bucket.start)? {
                    if filter.iter().all(|(axis, wanted)| {
                        point.choices.get(*axis).is_some_and(|choice| is_within(choice, wanted))
                    }) {
                        writer.write(*scale, bucket, &point)?;
                        rows += 1;
                    }
                }
                done += 1;
                spinner.set(done, None);
            }
        }
        spinner.finish();
        writer.finish()?;
        Ok(rows)
    }
}

fn write_failure(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("{} cannot be written", path.display())).caused_by(error)
}

/// Returns the ranges of instants of a timespan.
fn ranges(metrica: &Metrica, timespan: Timespan) -> Result<Vec<Range<i64>>> {
    let series = metrica.timespan(timespan).series(Scale::Ever)?;
    Ok(series.into_iter().map(|(period, _)| period.start..period.end).collect())
}

/// Returns true if the choice is the wanted one or a path below it.
fn is_within(choice: &Choice, wanted: &Choice) -> bool {
    match (choice.as_path(), wanted.as_path()) {
        (Some(path), Some(wanted)) => path.starts_with(wanted),
        _ => choice == wanted,
    }
}
