//! `ImportArguments`: the command `staste import`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use staste::{MemoryStore, Metrica, MetricaKind, Staste};

use super::column_arguments::ColumnArguments;
use super::format_arguments::{FormatArguments, total_bytes};
use super::import_context::{ImportContext, ImportOpener};
use crate::context::Context;
use crate::definition_arguments::DefinitionArguments;
use crate::failure::{EXIT_INTERRUPTED, EXIT_ROWS_REJECTED, EXIT_SUCCESS, Failure, Result};
use crate::import::{
    FileImport, FollowContext as _, Follower, ImportProgress, ImportRules, ImportSummary, KnownMetrica,
    Opener as _, PendingInput, Session, TargetOptions, target_metrica,
};
use crate::input::DATE_FORMATS;
use crate::interrupt::Interrupt;
use crate::output::ReportFormat;

/// Count the rows of CSV, NDJSON and access log files, also compressed
#[derive(Args, Debug)]
#[command(after_help = "\
A new Metrica is defined as in staste.toml, or else with the axes given here; with --value it is averaged. Each axis \
of an existing Metrica takes the column of the same name, unless --axis or --path-axis names another.

Importing a file again counts no row twice. Run an interrupted import again to finish it. Rows with dates are \
recognized in any file and anywhere in a stream; rows without dates in the file at the same path; with --source NAME in \
what was imported from the same source. Files that have changed in rows that were counted, or that were imported with \
other columns, are refused. docs/import.md says it in detail. If the last line has no newline, it is counted in CSV; \
in access logs and NDJSON it waits until the line is complete.

With --follow, rows are counted as they are written, a few tenths of a second later, until a signal arrives. Logs can be \
renamed or truncated meanwhile. After a restart it goes on where it was; docs/follow.md has an example for systemd.

An invalid row is printed with file, line and reason, and the other rows are counted; the exit code is then 3. Correct \
it and import the file again: it counts then.

Dates can be ISO 8601 such as 2013-01-31T10:00:00Z, the format of access logs, or Unix seconds, milli-, micro- or nanoseconds. Dates \
without an offset are in the time zone of the Metrica. Access logs have the columns host, ident, user, time, method, \
path, query, url, protocol, status, bytes, referer and agent. In NDJSON, user.country is the key country in the object \
user, headers.Host.0 the first element of a list, and request.path the path of a request line or an address. The JSON logs of \
Caddy and Traefik have the columns of access logs.

Examples:
    staste import flights.csv --metrica flights --axis carrier --axis origin \\
        --value dep_delay --null NA=skip \\
        --date time_hour --time-zone America/New_York
    staste import access.log* --metrica visits --path-axis page=path
    staste import --follow access.log --metrica visits --axis page=path
    staste import access.log --metrica traffic --axis user --value bytes \\
        --null -=unset
    zcat events.gz | staste import - --metrica events --axis land=user.country")]
pub(crate) struct ImportArguments {
    /// Files to import, or - for standard input
    #[arg(required = true)]
    file: Vec<PathBuf>,

    /// Name of the Metrica to count the rows in
    #[arg(long, value_name = "NAME")]
    metrica: String,

    /// Stop at the first invalid row; the rows before it are counted
    #[arg(long)]
    strict: bool,

    /// Count rows again that were imported before, and keep no record of them
    #[arg(long)]
    again: bool,

    /// Name of the source of these rows. Rows are compared only with those imported before from the same source
    #[arg(long, value_name = "NAME", conflicts_with = "again")]
    source: Option<String>,

    /// Standard input without dates continues or repeats what was imported before: count only its new rows
    #[arg(long, conflicts_with = "again")]
    resume: bool,

    /// Count rows as they are written, until a signal or the end of all pipes. Files can be rotated meanwhile
    #[arg(long, short = 'F', conflicts_with_all = ["again", "dry_run"])]
    follow: bool,

    /// Read and check all rows, and write nothing
    #[arg(long)]
    dry_run: bool,

    /// Maximum number of invalid rows to print
    #[arg(long, value_name = "N", default_value_t = 10)]
    max_errors_shown: u64,

    /// Output format of the summary
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: ReportFormat,

    #[command(flatten)]
    columns: ColumnArguments,

    #[command(flatten)]
    files: FormatArguments,

    #[command(flatten)]
    definition: DefinitionArguments,
}

/// The first file or pipe.
enum FirstInput {
    /// It is imported up to its end.
    Whole(Box<FileImport>),
    /// It is followed.
    Followed(PendingInput),
}

impl ImportArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let interrupt = Interrupt::listen()?;
        let mut mapping_options = self.columns.mapping_options()?;
        let mut options = self.files.options()?;
        options.interrupt = Some(interrupt.clone());
        // All files must exist and the first one must be valid before anything is written.
        let bytes = total_bytes(&self.file)?;
        let staste = if context.address()?.exists() { Some(context.open_or_create()?) } else { None };
        let known = KnownMetrica::find(staste.as_ref(), &self.metrica)?;
        mapping_options.axes = known.iter().flat_map(|known| known.definition.axes().cloned()).collect();
        let opener = ImportOpener { options: &options, mapping: &mapping_options };
        let mut first = self.open_first(&opener, &interrupt)?;
        let import = match &mut first {
            FirstInput::Whole(import) => Some(import.as_mut()),
            FirstInput::Followed(input) => input.wait_for_import(&opener, &interrupt)?,
        };
        let Some(import) = import else { return Ok(EXIT_SUCCESS) };
        let (staste, metrica) = self.target(context, staste, known.as_ref(), import)?;
        let began = Instant::now();
        let mut summary = ImportSummary::default();
        let mut progress = ImportProgress::new(bytes, context.screen.is_quiet());
        let rules = ImportRules {
            is_strict: self.strict,
            is_dry_run: self.dry_run,
            is_again: self.again,
            resumes: self.resume,
            max_errors_shown: self.max_errors_shown,
        };
        let mut session = Session::new(metrica, rules, &interrupt, &mut progress, &mut summary)?;
        let source = self.source.as_deref();
        let files = ImportContext { opener, staste: &staste, metrica: &self.metrica, source };
        let outcome = match first {
            FirstInput::Whole(first) => self.import(*first, &files, &mut session),
            FirstInput::Followed(first) => self.follow(first, &files, &mut session),
        };
        progress.finish();
        if summary.has_bad_dates {
            progress.line(DATE_FORMATS);
        }
        self.write_summary(context, &summary, began.elapsed(), interrupt.is_set())?;
        outcome?;
        if self.follow && interrupt.is_set() {
            return Ok(EXIT_SUCCESS);
        }
        if interrupt.is_set() {
            context.screen.flush()?;
            context.screen.note(self.interrupt_note());
            return Ok(EXIT_INTERRUPTED);
        }
        Ok(if summary.rejected > 0 { EXIT_ROWS_REJECTED } else { EXIT_SUCCESS })
    }

    /// Returns the store and the Metrica to count in. For a dry run the Metrica is in memory.
    fn target(
        &self,
        context: &Context,
        staste: Option<Staste>,
        known: Option<&KnownMetrica>,
        first: &mut FileImport,
    ) -> Result<(Staste, Metrica)> {
        self.check_multiplier(known, first)?;
        let has_value = self.columns.value.is_some();
        let options = TargetOptions {
            metrica: &self.metrica,
            mapping: first.mapping(),
            kind: match (self.columns.plain, self.columns.distribution) {
                (true, _) => Some(MetricaKind::Plain),
                (_, true) => Some(MetricaKind::Distribution),
                _ => None,
            },
            default_kind: if has_value { MetricaKind::Averaged } else { MetricaKind::Plain },
            definition: &self.definition,
            is_dry_run: self.dry_run,
        };
        let staste = match staste {
            Some(staste) => staste,
            None if self.dry_run => Staste::new(MemoryStore::new()),
            None => context.open_or_create()?,
        };
        let metrica = target_metrica(&staste, known, &options)?;
        Ok((staste, metrica))
    }

    /// Opens the first input, by whose columns a new Metrica is defined.
    fn open_first(&self, opener: &ImportOpener<'_>, interrupt: &Interrupt) -> Result<FirstInput> {
        let path = self.first_file()?;
        Ok(match self.follow {
            true => FirstInput::Followed(PendingInput::new(path, interrupt)?),
            false => FirstInput::Whole(Box::new(opener.open(path)?)),
        })
    }

    /// Counts the rows of all files as they are written, until a signal arrives.
    fn follow<'a>(
        &self,
        first: PendingInput,
        files: &ImportContext<'a, '_>,
        session: &mut Session<'_>,
    ) -> Result<()> {
        let mut inputs = vec![first];
        for path in self.file.iter().skip(1) {
            inputs.push(PendingInput::new(path, session.interrupt)?);
        }
        session.summary.is_followed = true;
        Follower::new(inputs, files)?.run(session)
    }

    /// Imports one file after the other, until one fails or a signal arrives.
    fn import(
        &self,
        first: FileImport,
        files: &ImportContext<'_, '_>,
        session: &mut Session<'_>,
    ) -> Result<()> {
        let mut first = Some(first);
        for path in &self.file {
            let file = match first.take().map_or_else(|| files.open(path), Ok) {
                // The signal ended the wait for data from this file.
                Err(_) if session.interrupt.is_set() => break,
                file => file?,
            };
            let ledger = (!self.again).then(|| files.ledger(path, &file)).transpose()?;
            file.run(ledger, session)?;
            if session.interrupt.is_set() {
                break;
            }
        }
        Ok(())
    }

    fn interrupt_note(&self) -> &'static str {
        match (self.dry_run, self.again) {
            (true, _) => "interrupted; nothing was written, because this was a dry run",
            (false, true) => {
                "interrupted; the rows that are counted stay counted, and --again keeps no record of them: the same \
                 import would count them again"
            }
            (false, false) if self.is_anonymous() => {
                "interrupted; run the same import again with --resume to finish it"
            }
            (false, false) => "interrupted; run the same import again to finish it",
        }
    }

    /// Returns true if rows have neither dates nor a source with a name.
    fn is_anonymous(&self) -> bool {
        let is_dated = self.columns.mapping_options().is_ok_and(|options| !options.given.date.is_empty());
        self.source.is_none() && !is_dated && self.file.iter().any(|path| path.as_os_str() == "-")
    }

    fn write_summary(
        &self,
        context: &mut Context,
        summary: &ImportSummary,
        elapsed: Duration,
        is_interrupted: bool,
    ) -> Result<()> {
        match self.format {
            ReportFormat::Json => {
                context.screen.json(&summary.json(&self.metrica, elapsed, self.dry_run, is_interrupted))
            }
            ReportFormat::Table if context.screen.is_quiet() => Ok(()),
            ReportFormat::Table => summary.write(&mut context.screen, &self.metrica, elapsed, self.dry_run),
        }
    }

    fn first_file(&self) -> Result<&PathBuf> {
        self.file.first().ok_or_else(|| Failure::input("no file is given"))
    }

    /// Refuses values with fractions without a multiplier, and values that need an option, before the Metrica is defined, because
    /// the multiplier of a Metrica cannot change.
    fn check_multiplier(&self, known: Option<&KnownMetrica>, first: &mut FileImport) -> Result<()> {
        let has_fixed_multiplier =
            known.is_some_and(|known| !known.is_new() || known.definition.multiplier != 1);
        if self.columns.value.is_none() || self.definition.multiplier.is_some() || has_fixed_multiplier {
            return Ok(());
        }
        if let Some((value, hint)) = first.find_other_number_format()? {
            return Err(Failure::input(format!(
                "the values are written in another format, such as {value:?}{hint}"
            ))
            .help("give the option; nothing was defined or counted"));
        }
        let Some((value, decimals)) = first.find_most_decimals()? else { return Ok(()) };
        let multiplier = 10_u32.pow(decimals.min(9));
        Err(Failure::input(format!("the values have fractions, such as {value:?}, which need a multiplier"))
            .help(format!("keep {decimals} decimal places: --multiplier {multiplier}")))
    }
}
