//! `FileImport`: one file, block by block: known ones passed over, the others counted and claimed.

use std::collections::HashMap;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use staste::{Bulk, Metrica};

use super::block_claim::{BlockClaim, Marks};
use super::kicker::{Kicker, Uncounted};
use super::ledger::{Entry, Ledger};
use super::{Interrupt, Pace, Progress, Summary};
use crate::failure::{BAD_INPUT, FAILED, Failure, Result};
use crate::input::{ChainHash, Input, Mapping, OpenOptions, Picker, Rows};
use crate::output::printable;

const COUNTED_WITHOUT_RECORD: &str = "what came before is counted, and --again keeps no record of it: the same import again counts it once more";

/// How rows are taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// A bad row ends the import.
    pub(crate) strict: bool,
    /// Nothing is committed.
    pub(crate) dry_run: bool,
    /// Everything is counted, without a record of it.
    pub(crate) again: bool,
    /// So many bad rows are told of.
    pub(crate) most_shown: u64,
}

/// What all files of an import share.
pub(crate) struct Session<'a> {
    pub(crate) metrica: Metrica,
    pub(crate) bulk: Bulk,
    pub(crate) pace: Pace,
    pub(crate) rules: Rules,
    pub(crate) interrupt: &'a Interrupt,
    pub(crate) progress: &'a mut Progress,
    pub(crate) summary: &'a mut Summary,
}

/// A file about to be imported.
pub(crate) struct FileImport {
    name: String,
    input: Input,
    rows: Rows,
    kicker: Kicker,
}

/// What came of reading a block, before it is committed.
struct Counted {
    claim: BlockClaim,
    length: usize,
    summary: Summary,
    /// Lines about rejected rows.
    complaints: Vec<String>,
    /// The bad row that ends a strict import.
    refused: Option<Failure>,
}

impl FileImport {
    /// Opens a file.
    ///
    /// # Errors
    /// When it cannot be read, or misses a column.
    pub(crate) fn open(
        path: &Path,
        options: &OpenOptions,
        mapping: &Mapping,
        date_format: Option<&str>,
    ) -> Result<FileImport> {
        let input = Input::open(path, options).map_err(|error| unreadable(&error))?;
        let name = input.stream().name().to_owned();
        let rows = input.rows(&mapping.columns()).map_err(|error| {
            Failure::input(format!("{name}: {error}"))
                .help("an axis named otherwise than its column is given as --axis NAME=COLUMN")
        })?;
        let picker = Picker::new(mapping, input.format());
        let kicker = Kicker::new(mapping, picker, date_format)
            .map_err(|error| Failure::input(format!("--date-format: {error}")))?;
        Ok(FileImport { name, input, rows, kicker })
    }

    /// The text that, with the mapping's, tells how bytes of this file become kicks.
    pub(crate) fn form(&self) -> String {
        serde_json::json!([self.input.format().name(), self.input.columns()]).to_string()
    }

    /// The first value with the most decimals among the rows that come first: its text and how many.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn most_decimals(&mut self) -> Result<Option<(String, u32)>> {
        let FileImport { input, rows, kicker, .. } = self;
        let mut most: Option<(String, u32)> = None;
        if let Some(block) = input.blocks().block().map_err(|error| unreadable(&error))? {
            rows.read(&block, &mut |row| {
                let fields = row.fields.ok();
                let value = fields.as_ref().and_then(|fields| kicker.value_of(fields));
                if let Some((value, decimals)) = value.and_then(|value| Some((value, decimals(value)?)))
                    && most.as_ref().is_none_or(|(_, most)| decimals > *most)
                {
                    most = Some((value.to_owned(), decimals));
                }
                ControlFlow::Continue(())
            });
        }
        Ok(most)
    }

    /// Imports it; without a ledger whatever was counted before.
    ///
    /// # Errors
    /// When the file or the store fails, or a row is bad in a strict import. What was committed stays.
    pub(crate) fn run(mut self, ledger: Option<&Ledger<'_>>, session: &mut Session<'_>) -> Result<()> {
        let mut hash = ChainHash::START;
        let bytes = self.input.stream().progress();
        let stored = || bytes.load(std::sync::atomic::Ordering::Relaxed);
        let mut is_first = true;
        while !session.interrupt.came() {
            let Some(first) = self.first_record()? else { break };
            let key =
                match ledger.map(|ledger| ledger.look_up(self.input.blocks(), hash, first)).transpose()? {
                    Some(Entry::Counted(block)) => {
                        self.input.blocks().consume(usize::try_from(block.length).unwrap_or(usize::MAX));
                        hash = block.hash;
                        self.tell_of_cut_line(session);
                        session.summary.already += block.rows;
                        session.progress.at(stored(), session.summary.read + session.summary.already);
                        is_first = false;
                        continue;
                    }
                    Some(Entry::Shorter) => return Err(self.shorter()),
                    Some(Entry::New(key)) => Some(key),
                    None => None,
                };
            let beginning = match ledger.filter(|_| is_first) {
                Some(ledger) => Some((ledger, self.beginning(ledger, first, session)?)),
                None => None,
            };
            is_first = false;
            let counted = self.count(hash, session)?;
            if counted.length > 0 && !commit(&counted, key.as_deref(), session)? {
                // Another importer was faster with this block, or with one that begins alike.
                continue;
            }
            if let Some((ledger, beginning)) = beginning.filter(|_| !session.rules.dry_run) {
                ledger.note(&beginning)?;
            }
            self.input.blocks().consume(counted.length);
            hash = counted.claim.hash;
            self.settle(counted, session)?;
            session.progress.at(stored(), session.summary.read + session.summary.already);
        }
        if !session.interrupt.came() {
            session.summary.unfinished += self.input.blocks().unfinished() as u64;
        }
        session.progress.file_done(stored());
        let missing = self.rows.never_seen();
        if !missing.is_empty() && session.summary.read > 0 {
            session.progress.line(&format!(
                "note: {}: no row has a field {}",
                printable(&self.name),
                printable(&missing.join(", "))
            ));
        }
        Ok(())
    }

    /// The end of the first record from here on; what holds none is passed over. None at the end.
    fn first_record(&mut self) -> Result<Option<usize>> {
        let FileImport { input, rows, .. } = self;
        loop {
            let Some(block) = input.blocks().block().map_err(|error| unreadable(&error))? else {
                return Ok(None);
            };
            let mut first = None;
            let read = rows.read(&block, &mut |row| {
                first = Some(row.end);
                ControlFlow::Break(())
            });
            if first.is_some() {
                return Ok(first);
            }
            input.blocks().consume(read);
        }
    }

    /// Gathers the kicks of a block.
    fn count(&mut self, before: [u8; 32], session: &mut Session<'_>) -> Result<Counted> {
        let FileImport { name, input, rows, kicker } = self;
        let Session { bulk, rules, interrupt, pace, summary: so_far, .. } = session;
        let mut summary = Summary::default();
        let mut skipped: HashMap<(String, String), u64> = HashMap::new();
        let mut complaints = Vec::new();
        let mut refused = None;
        let mut marks = Marks::default();
        // The block is the one that `first_record` saw.
        let Some(block) = input.blocks().block().map_err(|error| unreadable(&error))? else {
            return Err(Failure::failed(format!("{name} changed while it was read")));
        };
        let mut length = rows.read(&block, &mut |row| {
            let outcome = match &row.fields {
                Ok(fields) => kicker.kick(fields, bulk),
                Err(malformed) => Err(Uncounted::Rejected(malformed.to_string())),
            };
            match outcome {
                Ok(()) => summary.counted += 1,
                Err(Uncounted::Skipped(column, text)) => *skipped.entry((column, text)).or_default() += 1,
                Err(Uncounted::Rejected(reason)) => {
                    let line = format!("{}:{}: {}", printable(name), row.line, printable(&reason));
                    if rules.strict {
                        refused = Some((row.start, Failure::input(line)));
                        return ControlFlow::Break(());
                    }
                    summary.rejected += 1;
                    if so_far.rejected + summary.rejected <= rules.most_shown {
                        complaints.push(line);
                    }
                }
            }
            summary.read += 1;
            marks.record_ends(row.end);
            if pace.is_due(summary.read, || bulk.is_full()) || interrupt.came() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        if let Some((start, _)) = &refused {
            // The bad row is left for the next import.
            length = *start;
        }
        summary.skipped.extend(skipped);
        let bytes = block.bytes.get(..length).unwrap_or_default();
        let claim = BlockClaim::new(before, bytes, summary.read, &marks);
        Ok(Counted { claim, length, summary, complaints, refused: refused.map(|(_, failure)| failure) })
    }

    /// Takes over what became of a committed block.
    fn settle(&self, counted: Counted, session: &mut Session<'_>) -> Result<()> {
        for complaint in &counted.complaints {
            session.progress.line(complaint);
        }
        let before = session.summary.rejected;
        session.summary.add(counted.summary);
        let most = session.rules.most_shown;
        if before <= most && session.summary.rejected > most && most > 0 {
            session
                .progress
                .line("further rejected rows are counted, not shown; --max-errors-shown shows more");
        }
        match counted.refused {
            None => Ok(()),
            Some(failure) if session.rules.dry_run => Err(failure),
            Some(failure) if session.rules.again => Err(failure.help(COUNTED_WITHOUT_RECORD)),
            Some(failure) => Err(failure.help(
                "the rows before it are counted; correct it and import the file again to go on from there",
            )),
        }
    }

    /// The stream ends within a block that was counted.
    fn shorter(mut self) -> Failure {
        // When it ends because it is damaged, that is what to tell.
        loop {
            let length = match self.input.blocks().block() {
                Ok(Some(block)) => block.bytes.len(),
                Ok(None) => break,
                Err(error) => return unreadable(&error),
            };
            self.input.blocks().consume(length);
        }
        Failure::input(format!("{}: an import went further in this data than the file does", self.name))
            .help("it is an older or cut off copy, or another file that begins alike; nothing of its end was counted. Import the whole file; if it is another one, count it with --again")
    }

    /// A last line without newline was counted, and then the file grew within it.
    fn tell_of_cut_line(&mut self, session: &Session<'_>) {
        if self.input.blocks().is_inside_line() {
            session.progress.line(&format!(
                "note: {}: a line was counted before all of it was there; its rest is passed over",
                printable(&self.name)
            ));
        }
    }

    /// The key of how the file begins; tells when one that begins so was imported otherwise.
    fn beginning(&mut self, ledger: &Ledger<'_>, first: usize, session: &Session<'_>) -> Result<String> {
        let beginning = ledger.beginning(self.input.blocks().peek(first).get(..first).unwrap_or_default());
        if ledger.has_other_mapping(&beginning)? {
            session.progress.line(&format!(
                "note: {}: a file that begins alike was imported with other columns or options, so its rows count again",
                printable(&self.name)
            ));
        }
        Ok(beginning)
    }
}

/// Commits a block with its claim; false when the claim was made before.
fn commit(counted: &Counted, key: Option<&str>, session: &mut Session<'_>) -> Result<bool> {
    if session.rules.dry_run {
        // What was gathered is only for looking at.
        session.bulk = session.metrica.bulk()?;
        return Ok(true);
    }
    let claims = key.map(|key| Entry::claim(key, &counted.claim)).into_iter().collect();
    let began = Instant::now();
    let applied = session.bulk.commit(claims).map_err(|error| {
        Failure::from(error).help(if session.rules.again {
            COUNTED_WITHOUT_RECORD
        } else {
            "what was committed stays; run the same import again to finish it"
        })
    })?;
    session.pace.took(began.elapsed());
    if applied.duplicate {
        return Ok(false);
    }
    session.summary.folded += applied.folded;
    session.summary.overflowed += applied.overflowed;
    #[cfg(debug_assertions)]
    abort_when_told();
    Ok(true)
}

/// Dies as by `kill -9` after so many commits, for tests.
#[cfg(debug_assertions)]
fn abort_when_told() {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COMMITS: AtomicU64 = AtomicU64::new(0);
    let commits = COMMITS.fetch_add(1, Ordering::Relaxed) + 1;
    let told = std::env::var("STASTE_TEST_ABORT_AFTER_COMMITS").ok().and_then(|number| number.parse().ok());
    if told == Some(commits) {
        std::process::abort();
    }
}

/// How many decimals a value has; none when it has no fraction.
fn decimals(value: &str) -> Option<u32> {
    let (_, fraction) = value.split_once('.')?;
    let digits = fraction.trim_end_matches('0').len();
    u32::try_from(digits).ok().filter(|digits| *digits > 0)
}

fn unreadable(error: &io::Error) -> Failure {
    let bad = matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof
            | io::ErrorKind::InvalidData
            | io::ErrorKind::NotFound
            | io::ErrorKind::IsADirectory
    );
    Failure::with_code(if bad { BAD_INPUT } else { FAILED }, error.to_string())
}
