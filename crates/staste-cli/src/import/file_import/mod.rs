//! `FileImport`: one file, block by block: known ones passed over, the others counted and claimed.

mod counted;
mod telling;

use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use staste::{BulkWriter, Metrica};

use super::commit::commit;
use super::kicker::Kicker;
use super::ledger::{Entry, Ledger};
use super::{Pace, Progress, Summary, Wanted, refusal};
use crate::failure::{BAD_INPUT, FAILED, Failure, INTERRUPTED, Result};
use crate::input::{ChainHash, Input, Mapping, OpenOptions, RowMapper, Rows};
use crate::interrupt::Interrupt;
use crate::output::printable;

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
    pub(crate) bulk: BulkWriter,
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
    mapping: Mapping,
    notes: Vec<String>,
    rows: Rows,
    kicker: Kicker,
}

impl FileImport {
    /// Opens a file.
    ///
    /// # Errors
    /// When it cannot be read, or misses a column.
    pub(crate) fn open(path: &Path, options: &OpenOptions, wanted: &Wanted) -> Result<FileImport> {
        let input = Input::open(path, options).map_err(|error| unreadable(&error))?;
        let name = input.stream().name().to_owned();
        let (mapping, notes) = wanted.of(&input);
        let rows = input.rows(&mapping.columns()).map_err(|error| {
            Failure::input(format!("{name}: {error}"))
                .help("an axis named otherwise than its column is given as --axis NAME=COLUMN")
        })?;
        let picker = RowMapper::new(&mapping, input.format());
        let kicker = Kicker::new(&mapping, picker, wanted.date_format.as_deref())
            .map_err(|error| Failure::input(format!("--date-format: {error}")))?;
        Ok(FileImport { name, input, mapping, notes, rows, kicker })
    }

    /// Which of its columns are what.
    pub(crate) fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// The text that tells how bytes of this file become kicks, but for the form of dates.
    pub(crate) fn form(&self) -> String {
        format!(
            "{}{}",
            self.mapping.key(),
            serde_json::json!([self.input.format().name(), self.input.columns()])
        )
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
        for note in &self.notes {
            session.progress.note_once(note);
        }
        let mut hash = ChainHash::START;
        let mut is_first = true;
        // What was read of a pipe before a signal is gone from it, so that it is counted yet.
        while !session.interrupt.came() || self.is_broken_off() {
            let first = match self.first_record() {
                Err(_) if self.is_broken_off() => break,
                first => first?,
            };
            let Some(first) = first else { break };
            let key =
                match ledger.map(|ledger| ledger.look_up(self.input.blocks(), hash, first)).transpose()? {
                    Some(Entry::Counted(block)) => {
                        self.input.blocks().consume(usize::try_from(block.length).unwrap_or(usize::MAX));
                        hash = block.hash;
                        self.tell_of_cut_line(session);
                        session.summary.already += block.rows;
                        self.tell_progress(session);
                        is_first = false;
                        continue;
                    }
                    // Whether the rest is as it was is not known yet.
                    Some(Entry::Shorter | Entry::Changed(_)) if self.is_broken_off() => break,
                    Some(Entry::Shorter) => return Err(self.shorter()),
                    Some(Entry::Changed(alike)) => {
                        let line = self.line_after(alike)?;
                        return Err(refusal::changed(&self.name, line, alike.exact));
                    }
                    Some(Entry::New(key, alike)) => {
                        self.tell_of_likeness(alike, session)?;
                        Some(key)
                    }
                    None => None,
                };
            let beginning = match ledger.filter(|_| is_first) {
                Some(ledger) => Some((ledger, self.beginning(ledger, first, session)?)),
                None => None,
            };
            is_first = false;
            let counted = self.count(hash, session)?;
            let claims = ledger.zip(key).map(|(ledger, key)| ledger.claims(&key, hash, &counted.claim));
            if counted.length > 0 && !commit(claims.unwrap_or_default(), session)? {
                // Another importer was faster with this block, or with one that begins alike.
                continue;
            }
            if let Some((ledger, beginning)) = beginning.filter(|_| !session.rules.dry_run) {
                ledger.note(&beginning)?;
            }
            self.input.blocks().consume(counted.length);
            hash = counted.claim.hash;
            self.settle(counted, session)?;
            self.tell_progress(session);
        }
        if !session.interrupt.came() {
            session.summary.unfinished += self.input.blocks().unfinished() as u64;
        }
        session.progress.file_done(self.input.stream().stored());
        let missing = self.rows.never_seen();
        if !missing.is_empty() && session.summary.read > 0 {
            session.progress.note(&format!(
                "{}: no row has a field {}",
                printable(&self.name),
                printable(&missing.join(", "))
            ));
        }
        Ok(())
    }

    /// True once a signal ended the wait for more data.
    pub(super) fn is_broken_off(&self) -> bool {
        self.input.stream().is_broken_off()
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
}

/// How many decimals a value has; none when it has no fraction.
fn decimals(value: &str) -> Option<u32> {
    let (_, fraction) = value.split_once('.')?;
    let digits = fraction.trim_end_matches('0').len();
    u32::try_from(digits).ok().filter(|digits| *digits > 0)
}

fn unreadable(error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::WouldBlock {
        return Failure::with_code(
            INTERRUPTED,
            "interrupted before there was data; nothing was counted".to_owned(),
        );
    }
    let bad = matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof
            | io::ErrorKind::InvalidData
            | io::ErrorKind::NotFound
            | io::ErrorKind::IsADirectory
    );
    Failure::with_code(if bad { BAD_INPUT } else { FAILED }, error.to_string())
}
