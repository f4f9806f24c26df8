//! `staste import`: counts the rows of files.

mod columns;
mod files;

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use staste::{MemoryStore, Metrica, MetricaKind, Staste};

use self::columns::ColumnArguments;
use self::files::{FileArguments, bytes_of};
use super::DefinitionArguments;
use crate::context::Context;
use crate::failure::{DONE, Failure, INTERRUPTED, ROWS_REJECTED, Result};
use crate::import::{
    FileImport, Known, Ledger, Pace, Progress, Rules, Session, Summary, TargetOptions, target,
};
use crate::input::DATE_FORMS;
use crate::interrupt::Interrupt;
use crate::output::ReportFormat;

/// Count the rows of CSV, NDJSON and access log files, plain or gzip
#[derive(Args, Debug)]
#[command(
    after_help = "The Metrica is defined when it is new: as staste.toml says, else with the axes given here, averaged with \
--value. An axis of a known one takes the column of its own name unless it is given another.

Importing the same file again counts nothing twice: an import that was interrupted is finished by running it \
again, and of a file that has grown only the new lines are counted. A file that was changed further up, or that \
was imported with other columns, is refused. A last line without newline waits for it in a log and in NDJSON, \
and counts in CSV. --again counts everything once more, and keeps no record of it.

A bad row is told with file, line and reason and does not stop the rest; the exit code is then 3. Correct such \
rows in a file of their own. Dates are ISO 8601, those of access logs, or Unix seconds; without an offset they \
are local times of the Metrica's zone. Access logs have the columns host, ident, user, time, method, path, \
query, url, protocol, status, bytes, referer and agent; a file without header col1, col2, ...

Examples:
    staste import flights.csv --metrica flights --axis carrier --axis origin \\
        --value dep_delay --null NA=skip \\
        --date time_hour --time-zone America/New_York
    staste import access.log* --metrica visits --path-axis page=path
    staste import access.log --metrica traffic --axis user --value bytes --null -=unset
    zcat events.gz | staste import - --metrica events --axis land=user.country"
)]
pub(crate) struct ImportArguments {
    /// The files, or - for standard input
    #[arg(required = true)]
    file: Vec<PathBuf>,

    /// The Metrica to count them in
    #[arg(long, value_name = "NAME")]
    metrica: String,

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
    columns: ColumnArguments,

    #[command(flatten)]
    files: FileArguments,

    #[command(flatten)]
    definition: DefinitionArguments,
}

impl ImportArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let interrupt = Interrupt::listen()?;
        let mut wanted = self.columns.wanted()?;
        let mut options = self.files.options()?;
        options.interrupt = Some(interrupt.clone());
        // Before anything is written: all files are there, and the first is what it should be.
        let bytes = bytes_of(&self.file)?;
        let staste = if context.address()?.exists() { Some(context.open_or_make()?) } else { None };
        let known = Known::find(staste.as_ref(), &self.metrica)?;
        wanted.axes = known.iter().flat_map(|known| known.definition.axes.clone()).collect();
        let open = |path: &Path| FileImport::open(path, &options, &wanted);
        let mut first = open(self.first_file()?)?;
        let (staste, metrica) = self.target(context, staste, known.as_ref(), &mut first)?;
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
        let outcome = self.import(first, open, |file| self.ledger(&staste, file), &mut session);
        progress.finish();
        if summary.has_bad_dates {
            progress.line(DATE_FORMS);
        }
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
        staste: Option<Staste>,
        known: Option<&Known>,
        first: &mut FileImport,
    ) -> Result<(Staste, Metrica)> {
        self.check_multiplier(known, first)?;
        let averaged = self.columns.value.is_some();
        let options = TargetOptions {
            metrica: &self.metrica,
            mapping: first.mapping(),
            kind: self.columns.plain.then_some(MetricaKind::Plain),
            usual: if averaged { MetricaKind::Averaged } else { MetricaKind::Plain },
            definition: &self.definition,
            dry_run: self.dry_run,
        };
        let staste = match staste {
            Some(staste) => staste,
            None if self.dry_run => Staste::new(MemoryStore::new()),
            None => context.open_or_make()?,
        };
        let metrica = target(&staste, known, &options)?;
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
            let file = match first.take().map_or_else(|| open(path), Ok) {
                // It is one that was waited for.
                Err(_) if session.interrupt.came() => break,
                file => file?,
            };
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
    fn ledger<'a>(&self, staste: &'a Staste, file: &FileImport) -> Ledger<'a> {
        let form = serde_json::json!([file.form(), self.columns.date_format]);
        Ledger::new(staste.store(), &self.metrica, &form.to_string())
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

    fn first_file(&self) -> Result<&PathBuf> {
        self.file.first().ok_or_else(|| Failure::input("no file is given"))
    }

    /// A Metrica keeps its multiplier for life, so a missing one is told before it is defined.
    fn check_multiplier(&self, known: Option<&Known>, first: &mut FileImport) -> Result<()> {
        let is_settled = known.is_some_and(|known| !known.is_new() || known.definition.multiplier != 1);
        if self.columns.value.is_none() || self.definition.multiplier.is_some() || is_settled {
            return Ok(());
        }
        let Some((value, decimals)) = first.most_decimals()? else { return Ok(()) };
        let multiplier = 10_u32.pow(decimals.min(9));
        Err(Failure::input(format!("the values have fractions, such as {value:?}, and without a multiplier only whole numbers are counted"))
            .help(format!("count in parts of one: --multiplier {multiplier}")))
    }
}
