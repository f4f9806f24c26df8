//! `staste import`: counts the rows of files.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use staste::{Definition, MemoryStore, Metrica, Staste};

use super::DefinitionArguments;
use crate::context::{Context, exists};
use crate::failure::{DONE, Failure, INTERRUPTED, ROWS_REJECTED, Result};
use crate::import::{
    FileImport, Interrupt, Ledger, Pace, Progress, Rules, Session, Summary, TargetOptions, target,
};
use crate::input::{
    AxisColumn, Format as InputFormat, Mapping, NullAction, NullRule, OpenOptions, parse_delimiter,
};
use crate::output::ReportFormat;

/// Count the rows of CSV, NDJSON and access log files, plain or gzip
#[derive(Args, Debug)]
#[command(
    after_help = "The Metrica is defined when it is new: averaged when --value is given, in the zone of \
--time-zone.

Importing the same file again counts nothing twice: an import that was interrupted is finished by running it \
again, and of a file that has grown only the new lines are counted. (A file whose earlier lines were changed is \
a new file.) A last line without newline waits for it in a log and in NDJSON, and counts in CSV. --again counts \
everything once more, and keeps no record of it.

A bad row is told with file, line and reason and does not stop the rest; the exit code is then 3. Correct such \
rows in a file of their own. Dates are ISO 8601, those of access logs, or Unix seconds; without an offset they \
are local times of the Metrica's zone. Access logs have the columns host, ident, user, time, method, path, \
query, url, protocol, status, bytes, referer and agent; a file without header col1, col2, ...

Examples:
    staste import flights.csv --metrica flights --axis carrier --axis origin \\
        --value dep_delay --null NA=skip \\
        --date time_hour --time-zone America/New_York
    staste import access.log* --metrica visits --path-axis page=path --date time
    zcat events.gz | staste import - --metrica events --axis land=user.country"
)]
pub(crate) struct ImportArguments {
    /// The files, or - for standard input
    #[arg(required = true)]
    file: Vec<PathBuf>,

    /// The Metrica to count them in
    #[arg(long, value_name = "NAME")]
    metrica: String,

    /// An axis and its column, where that is called otherwise
    #[arg(long, value_name = "NAME[=COLUMN]", help_heading = "Columns")]
    axis: Vec<String>,

    /// An axis of paths such as blog/2013 and its column
    #[arg(long, value_name = "NAME[=COLUMN]", help_heading = "Columns")]
    path_axis: Vec<String>,

    /// The text between the components of a path
    #[arg(long, value_name = "TEXT", default_value = "/", help_heading = "Columns")]
    path_separator: String,

    /// The column with the value of the event; each counts 1 without it
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    value: Option<String>,

    /// Keep totals of the values only, no counts
    #[arg(long, requires = "value", help_heading = "Columns")]
    plain: bool,

    /// The column with the date; without it everything happens now
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    date: Option<String>,

    /// The form of dates, in the directives of strptime: %d.%m.%Y %H:%M
    #[arg(long, value_name = "FORMAT", requires = "date", help_heading = "Columns")]
    date_format: Option<String>,

    /// A text that stands for nothing: NA=skip passes over the row, NA=unset leaves the axis out
    #[arg(long, value_name = "TEXT=skip|unset", help_heading = "Columns")]
    null: Vec<String>,

    /// What the files are: csv, ndjson or access-log; told from name and content without it
    #[arg(long, value_name = "FORMAT", help_heading = "Files")]
    input_format: Option<String>,

    /// What stands between fields; a comma without it, a tab in .tsv files
    #[arg(long, value_name = "CHARACTER", help_heading = "Files")]
    delimiter: Option<String>,

    /// The first row is no header; columns are col1, col2, ...
    #[arg(long, help_heading = "Files")]
    no_header: bool,

    /// End at the first bad row; the rows before it are counted
    #[arg(long)]
    strict: bool,

    /// Count what was imported before once more
    #[arg(long)]
    again: bool,

    /// Read and check everything, write nothing
    #[arg(long)]
    dry_run: bool,

    /// How many bad rows are told of, at most
    #[arg(long, value_name = "N", default_value_t = 10)]
    max_errors_shown: u64,

    /// How to write the summary
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: ReportFormat,

    #[command(flatten)]
    definition: DefinitionArguments,
}

impl ImportArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let interrupt = Interrupt::listen()?;
        let mapping = self.mapping()?;
        let options = self.open_options()?;
        // Before anything is written: all files are there, and the first is what it should be.
        let bytes = self.check_files()?;
        let open = |path: &Path| FileImport::open(path, &options, &mapping, self.date_format.as_deref());
        let mut first = open(self.first_file()?)?;
        let (staste, metrica) = self.target(context, &mapping, &mut first)?;
        let began = Instant::now();
        let mut summary = Summary::default();
        let mut progress = Progress::new(bytes, context.screen.is_quiet());
        let mut session = Session {
            bulk: metrica.bulk()?,
            metrica,
            pace: Pace::new(),
            rules: Rules {
                strict: self.strict,
                dry_run: self.dry_run,
                again: self.again,
                most_shown: self.max_errors_shown,
            },
            interrupt: &interrupt,
            progress: &mut progress,
            summary: &mut summary,
        };
        let outcome = self.import(first, open, |file| self.ledger(&staste, &mapping, file), &mut session);
        progress.finish();
        self.tell(context, &summary, began.elapsed(), interrupt.came())?;
        outcome?;
        if interrupt.came() {
            context.screen.flush()?;
            context.screen.note(self.after_interrupt());
            return Ok(INTERRUPTED);
        }
        Ok(if summary.rejected > 0 { ROWS_REJECTED } else { DONE })
    }

    /// The store, and the Metrica that rows are counted in; of a dry run the Metrica is in memory.
    fn target(
        &self,
        context: &Context,
        mapping: &Mapping,
        first: &mut FileImport,
    ) -> Result<(Staste, Metrica)> {
        let staste = self.store(context)?;
        let known = match &staste {
            Some(staste) => staste.definitions()?.into_iter().find(|known| known.name == self.metrica),
            None => None,
        };
        self.check_multiplier(known.as_deref(), first)?;
        let options = TargetOptions {
            metrica: &self.metrica,
            mapping,
            averaged: self.value.is_some() && !self.plain,
            definition: &self.definition,
            dry_run: self.dry_run,
        };
        let staste = staste.unwrap_or_else(|| Staste::new(MemoryStore::new()));
        let metrica = target(&staste, known.as_deref(), &options)?;
        Ok((staste, metrica))
    }

    /// Imports file after file, until one fails or a signal comes.
    fn import<'a>(
        &self,
        first: FileImport,
        open: impl Fn(&Path) -> Result<FileImport>,
        ledger_of: impl Fn(&FileImport) -> Ledger<'a>,
        session: &mut Session<'_>,
    ) -> Result<()> {
        let mut first = Some(first);
        for path in &self.file {
            let file = first.take().map_or_else(|| open(path), Ok)?;
            let ledger = ledger_of(&file);
            file.run(Some(&ledger).filter(|_| !self.again), session)?;
            if session.interrupt.came() {
                break;
            }
        }
        Ok(())
    }

    fn after_interrupt(&self) -> &'static str {
        match (self.dry_run, self.again) {
            (true, _) => "interrupted; it was a dry run, so nothing was written",
            (false, true) => {
                "interrupted; what was counted stays, and --again keeps no record of it: the same import again \
                 counts it once more"
            }
            (false, false) => "interrupted; run the same import again to finish it",
        }
    }

    /// The record of what was counted with this mapping of files of this form.
    fn ledger<'a>(&self, staste: &'a Staste, mapping: &Mapping, file: &FileImport) -> Ledger<'a> {
        Ledger::new(staste.store(), &self.metrica, &format!("{}{}", mapping.key(), self.form(file)))
    }

    fn tell(
        &self,
        context: &mut Context,
        summary: &Summary,
        took: std::time::Duration,
        interrupted: bool,
    ) -> Result<()> {
        match self.format {
            ReportFormat::Json => {
                context.screen.json(&summary.json(&self.metrica, took, self.dry_run, interrupted))
            }
            ReportFormat::Table if context.screen.is_quiet() => Ok(()),
            ReportFormat::Table => summary.write(&mut context.screen, &self.metrica, took, self.dry_run),
        }
    }

    /// The store; none for a dry run where there is no store yet.
    fn store(&self, context: &Context) -> Result<Option<Staste>> {
        if self.dry_run && !exists(&context.address()?) {
            return Ok(None);
        }
        context.open_or_make().map(Some)
    }

    /// What, beside the mapping, tells how bytes become kicks.
    fn form(&self, file: &FileImport) -> String {
        serde_json::json!([file.form(), self.date_format]).to_string()
    }

    fn mapping(&self) -> Result<Mapping> {
        let column = |text: &str, separator: Option<&String>| {
            let (axis, column) = text.split_once('=').unwrap_or((text, text));
            AxisColumn { axis: axis.to_owned(), column: column.to_owned(), separator: separator.cloned() }
        };
        let values = self.axis.iter().map(|text| column(text, None));
        let paths = self.path_axis.iter().map(|text| column(text, Some(&self.path_separator)));
        let nulls = self.null.iter().map(|text| null_rule(text)).collect::<Result<Vec<_>>>()?;
        let mapping = Mapping {
            axes: values.chain(paths).collect(),
            value: self.value.clone(),
            date: self.date.clone(),
            nulls,
        };
        mapping.check().map_err(Failure::input)?;
        Ok(mapping)
    }

    fn open_options(&self) -> Result<OpenOptions> {
        let format = self.input_format.as_deref().map(|name| {
            let found = InputFormat::NAMES.into_iter().find(|(known, _)| *known == name);
            found.map(|(_, format)| format).ok_or_else(|| {
                let names = InputFormat::NAMES.map(|(name, _)| name).join(", ");
                Failure::input(format!(
                    "--input-format {name:?} is none that can be read: give one of {names}"
                ))
            })
        });
        let delimiter = self.delimiter.as_deref().map(parse_delimiter).transpose();
        let delimiter = delimiter.map_err(|problem| Failure::input(format!("--delimiter: {problem}")))?;
        Ok(OpenOptions {
            format: format.transpose()?,
            delimiter,
            header: !self.no_header,
            ..OpenOptions::default()
        })
    }

    fn first_file(&self) -> Result<&PathBuf> {
        self.file.first().ok_or_else(|| Failure::input("no file is given"))
    }

    /// The bytes of all files, where all are files.
    fn check_files(&self) -> Result<Option<u64>> {
        let mut bytes = Some(0);
        for path in &self.file {
            if path.as_os_str() == "-" {
                bytes = None;
                continue;
            }
            let about = std::fs::metadata(path).map_err(|error| {
                let failure = Failure::input(format!("{} cannot be read", path.display()));
                failure.because(&error)
            })?;
            bytes = bytes.filter(|_| about.is_file()).map(|bytes| bytes + about.len());
        }
        Ok(bytes)
    }

    /// A Metrica keeps its multiplier for life, so a missing one is told before it is defined.
    fn check_multiplier(&self, known: Option<&Definition>, first: &mut FileImport) -> Result<()> {
        if self.value.is_none() || self.definition.multiplier.is_some() || known.is_some() {
            return Ok(());
        }
        let Some((value, decimals)) = first.most_decimals()? else { return Ok(()) };
        let multiplier = 10_u32.pow(decimals.min(9));
        Err(Failure::input(format!("the values have fractions, such as {value:?}, and without a multiplier only whole numbers are counted"))
            .help(format!("count in parts of one: --multiplier {multiplier}")))
    }
}

fn null_rule(text: &str) -> Result<NullRule> {
    let rule = text.rsplit_once('=').and_then(|(text, action)| {
        let action = match action {
            "skip" => NullAction::Skip,
            "unset" => NullAction::Unset,
            _ => return None,
        };
        Some(NullRule { text: text.to_owned(), action })
    });
    rule.ok_or_else(|| {
        Failure::input(format!("--null {text:?} does not say what to do with such rows"))
            .help("give TEXT=skip or TEXT=unset, such as --null NA=skip")
    })
}
