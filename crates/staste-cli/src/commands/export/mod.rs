//! `staste export`: writes cells or series to a file or standard output.

mod cell_writer;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use staste::{Choice, Metrica, Scale, Timespan};

use self::cell_writer::CellWriter;
use super::query::{filtered, measures, rows, split};
use crate::cells::CellReader;
use crate::context::Context;
use crate::failure::{DONE, Failure, Result};
use crate::output::grouped;
use crate::progress::Steps;
use crate::query::Answer;
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

    /// Write over the file if it exists
    #[arg(long, requires = "output")]
    force: bool,

    #[command(flatten)]
    timespan: TimespanArguments,
}

/// The formats of an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum ExportFormat {
    // Comma-separated values
    #[default]
    Csv,
    // One JSON object a line
    Ndjson,
}

impl ExportArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let timespan = self.timespan.timespan()?;
        let metrica = context.metrica(&self.metrica)?;
        let quiet = context.screen.is_quiet();
        let Some(path) = &self.output else {
            self.write(&metrica, timespan, context.screen.writer(), quiet)?;
            return Ok(DONE);
        };
        let rows = if path.metadata().is_ok_and(|about| !about.is_file()) {
            // What is no file, such as /dev/stdout, is written to as it is.
            let mut out = BufWriter::new(File::create(path).map_err(|error| unwritable(path, &error))?);
            let rows = self.write(&metrica, timespan, &mut out, quiet)?;
            out.flush().map_err(|error| unwritable(path, &error))?;
            rows
        } else {
            self.check_free(path, context)?;
            self.write_file(path, |out| self.write(&metrica, timespan, out, quiet))?
        };
        context.screen.note(format!("wrote {} rows to {}", grouped(&rows.to_string()), path.display()));
        Ok(DONE)
    }

    /// Refuses a path at which something would be lost.
    fn check_free(&self, path: &Path, context: &Context) -> Result<()> {
        if !path.exists() {
            return Ok(());
        }
        let is = |other: &Path| matches!((path.canonicalize(), other.canonicalize()), (Ok(one), Ok(two)) if one == two);
        let address = context.address()?;
        let of_store = |end: &str| {
            address.file().is_some_and(|file| {
                let mut name = file.as_os_str().to_owned();
                name.push(end);
                is(Path::new(&name))
            })
        };
        if ["", "-wal", "-shm"].into_iter().any(of_store) {
            return Err(
                Failure::input(format!("{} is the store itself", path.display())).help("give another name")
            );
        }
        if self.force {
            return Ok(());
        }
        Err(Failure::input(format!("{} exists already", path.display()))
            .help("give another name, or write over it with --force"))
    }

    /// Writes a file beside the path and moves it there when it is whole.
    fn write_file(&self, path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<u64>) -> Result<u64> {
        let failed = |error: io::Error| unwritable(path, &error);
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

    /// Writes it; how many rows.
    fn write(&self, metrica: &Metrica, timespan: Timespan, out: &mut dyn Write, quiet: bool) -> Result<u64> {
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

    fn write_series(&self, metrica: &Metrica, timespan: Timespan, out: &mut dyn Write) -> Result<u64> {
        let definition = metrica.define()?;
        let by: Vec<String> = self.by.iter().cloned().collect();
        let (scale, axes) = split(&by, self.scale.as_deref(), &definition)?;
        let view = filtered(metrica, &definition, &self.filter)?.timespan(timespan);
        let mut answer = Answer::new(&definition, measures(&[], &definition)?);
        answer.rows = rows(&view, scale, &axes)?;
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
        quiet: bool,
    ) -> Result<u64> {
        let definition = metrica.define()?;
        let view = filtered(metrica, &definition, &self.filter)?;
        let filter = view.filters().map(|(axis, choice)| Ok((definition.axis_index(axis)?, choice.clone())));
        let filter = filter.collect::<Result<Vec<(usize, Choice)>>>()?;
        let reader = CellReader::new(metrica)?;
        let steps = Steps::new("buckets written", quiet);
        let mut writer = CellWriter::new(self.format, &definition, out)?;
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
                steps.at(done, None);
            }
        }
        steps.finish();
        writer.finish()?;
        Ok(rows)
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("{} cannot be written", path.display())).because(error)
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
