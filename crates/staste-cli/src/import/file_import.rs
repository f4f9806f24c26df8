//! `FileImport`: imports one file. Counted runs of rows are skipped, and the others are counted and claimed block by block.

use std::path::Path;

use super::block_claim::{ChainHash, CommonPrefix};
use super::chain_ledger::{BlockStatus, ChainLedger, OtherMapping};
use super::counted_block::CountedBlock;
use super::mapping_options::MappingOptions;
use super::messages::{
    anonymous_stream, counted_elsewhere, file_has_changed, mapping_differs, read_failure, starts_inside,
};
use super::recognizer::{Recognizer, Refusal, RowStatus};
use super::row_kicker::RowKicker;
use super::run_ledger::NewRecords;
use super::session::Session;
use super::source_file::SourceFile;
use crate::failure::{Failure, Result};
use crate::input::{ColumnMapping, InputFile, InputOptions, InputStream, RowMapper};
use crate::interrupt::Interrupt;
use crate::output::printable;

/// The records of what was counted of a file.
pub(crate) struct Ledger<'a> {
    /// Those of versions before runs.
    pub(crate) chain: ChainLedger<'a>,
    pub(crate) recognizer: Recognizer<'a>,
}

/// A file about to be imported.
pub(crate) struct FileImport {
    file: SourceFile,
    mapping: ColumnMapping,
    notes: Vec<String>,
}

impl FileImport {
    /// Opens a file.
    ///
    /// # Errors
    /// When the file cannot be read, or a column is missing.
    pub(crate) fn open(path: &Path, input: &InputOptions, mapping: &MappingOptions) -> Result<FileImport> {
        let stream = InputStream::open(path, input.interrupt.as_ref());
        FileImport::new(stream.map_err(|error| read_failure(&error))?, input, mapping)
    }

    /// Returns the import of a stream.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub(crate) fn new(
        stream: InputStream,
        input: &InputOptions,
        mapping: &MappingOptions,
    ) -> Result<FileImport> {
        let input = InputFile::new(stream, input).map_err(|error| read_failure(&error))?;
        let name = input.stream().name().to_owned();
        let date_format = mapping.date_format.as_deref();
        let (mapping, mut notes) = mapping.mapping_for(&input)?;
        if input.is_container_log() {
            notes.push(format!(
                "{}: recognized as a log of Docker, and read line by line as its container wrote it; --input-format ndjson \
                 reads the records",
                printable(&name)
            ));
        }
        if let Some(log) = input.recognized_log() {
            notes.push(format!(
                "{}: recognized as a log of {log}; --input-format ndjson reads it without the columns of access logs",
                printable(&name)
            ));
        }
        if input.has_padded_header() {
            notes.push(format!("{}: blanks around the names of columns are ignored", printable(&name)));
        }
        let rows = input.row_reader(&mapping.columns()).map_err(|error| {
            Failure::input(format!("{name}: {error}"))
                .help("if the axis has another name than its column, give both: --axis NAME=COLUMN")
        })?;
        let mapper = RowMapper::new(&mapping, input.format());
        let kicker = RowKicker::new(&mapping, mapper, date_format)
            .map_err(|error| Failure::input(format!("--date-format: {error}")))?;
        Ok(FileImport {
            file: SourceFile { name, input, rows, kicker, block_bytes: usize::MAX, drained_by: None },
            mapping,
            notes,
        })
    }

    /// Returns the mapping of the columns.
    pub(crate) fn mapping(&self) -> &ColumnMapping {
        &self.mapping
    }

    /// Returns the text that identifies how the bytes of this file are mapped to kicks, except for the date format.
    pub(crate) fn mapping_key(&self) -> String {
        let input = &self.file.input;
        format!("{}{}", self.mapping.key(), serde_json::json!([input.format().name(), input.columns()]))
    }

    /// Returns the first value if it is a number in a format of another option, and which.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn find_other_number_format(&mut self) -> Result<Option<(String, String)>> {
        self.file.find_other_number_format()
    }

    /// Finds the value with the most decimals in the first block. Returns its text and its number of decimals.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn find_most_decimals(&mut self) -> Result<Option<(String, u32)>> {
        self.file.find_most_decimals()
    }

    /// Imports the file. Without a ledger, all rows are counted.
    ///
    /// # Errors
    /// When the file or the store fails, the file is refused, or a row is invalid in a strict import. Committed rows stay
    /// counted.
    pub(crate) fn run(mut self, ledger: Option<Ledger<'_>>, session: &mut Session<'_>) -> Result<()> {
        let mut recognizer = match ledger {
            Some(Ledger { chain, recognizer }) => {
                self.skip_chain(&chain, session)?;
                Some(recognizer)
            }
            None => None,
        };
        self.read_rows(recognizer.as_mut(), session)?;
        self.finish(session);
        Ok(())
    }

    /// Counts the rows up to the end of the file, or to its end for now.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub(super) fn read_rows(
        &mut self,
        mut recognizer: Option<&mut Recognizer<'_>>,
        session: &mut Session<'_>,
    ) -> Result<()> {
        for note in self.notes.drain(..) {
            session.progress.note_once(&note);
        }
        // Rows that were read from a pipe before a signal are counted, because they cannot be read again.
        while !session.interrupt.is_set() || self.file.is_interrupted() {
            let row = match self.file.next_row(recognizer.as_deref()) {
                Err(_) if self.file.is_interrupted() => break,
                row => row?,
            };
            let Some(row) = row else { break };
            if let (Some(recognizer), Some(day)) = (&mut recognizer, row.day) {
                match recognizer.look_up(day, row.hash, self.file.input.blocks(), session.rules.resumes)? {
                    RowStatus::Known(known, length) => {
                        recognizer.skip(&known);
                        self.skip(length, known.run.claim.rows, session);
                        continue;
                    }
                    // After a signal it is unknown whether the rest of the file is the same.
                    RowStatus::Refused(Refusal::Shorter | Refusal::Changed(_))
                        if self.file.is_interrupted() =>
                    {
                        break;
                    }
                    // The rest is not written yet.
                    RowStatus::Refused(Refusal::Shorter) if recognizer.is_live() => break,
                    RowStatus::Refused(refusal) => return Err(self.refusal_failure(refusal)),
                    RowStatus::New => self.check_start(recognizer, row.hash, session)?,
                }
            }
            self.count_block(recognizer.as_deref_mut(), session)?;
            self.show_progress(session);
        }
        Ok(())
    }

    /// Counts the next block and commits it with its claims.
    fn count_block(
        &mut self,
        mut recognizer: Option<&mut Recognizer<'_>>,
        session: &mut Session<'_>,
    ) -> Result<()> {
        let mut counted = CountedBlock::read(&mut self.file, recognizer.as_deref_mut(), session)?;
        if let Some(line) = counted.line_of_counted_row {
            return Err(starts_inside(&self.file.name, Some(line)));
        }
        let runs = std::mem::take(&mut counted.runs);
        let records = match &mut recognizer {
            Some(recognizer) => recognizer.records(&runs)?,
            None => NewRecords::default(),
        };
        // Between counted runs there are often invalid rows only.
        let is_empty = counted.counted_rows() == 0 && records.claims.is_empty();
        if !is_empty && !session.commit(records.claims.clone())? {
            // Another import has committed rows of the same days. They may be these.
            return match recognizer.map_or(Ok(true), Recognizer::reload)? {
                true => Ok(()),
                false => Err(counted_elsewhere(&self.file.name)),
            };
        }
        self.file.input.blocks().consume(counted.length);
        if let Some(recognizer) = recognizer {
            recognizer.add(runs, records, self.file.input.blocks().offset());
        }
        counted.finish(session)
    }

    /// Skips the blocks that an earlier version of this program counted.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub(super) fn skip_chain(&mut self, chain: &ChainLedger<'_>, session: &mut Session<'_>) -> Result<()> {
        let mut hash = ChainHash::START;
        while !session.interrupt.is_set() {
            let row = match self.file.next_row(None) {
                Err(_) if self.file.is_interrupted() => break,
                row => row?,
            };
            let Some(record_end) = row.map(|row| row.length) else { break };
            match chain.look_up(self.file.input.blocks(), hash, record_end)? {
                BlockStatus::Counted(block) => {
                    self.skip(block.length, block.rows, session);
                    hash = block.hash;
                }
                BlockStatus::ShorterThanCounted | BlockStatus::Changed(_) if self.file.is_interrupted() => {
                    break;
                }
                BlockStatus::ShorterThanCounted => return Err(self.refusal_failure(Refusal::Shorter)),
                BlockStatus::Changed(prefix) => return Err(self.refusal_failure(Refusal::Changed(prefix))),
                BlockStatus::New(prefix) => {
                    self.note_similar_file(prefix, session)?;
                    if hash == ChainHash::START {
                        self.check_other_mappings(chain, record_end, session)?;
                    }
                    break;
                }
            }
        }
        Ok(())
    }

    /// Moves past rows that are counted.
    fn skip(&mut self, length: u64, rows: u64, session: &mut Session<'_>) {
        let blocks = self.file.input.blocks();
        blocks.consume(usize::try_from(length).unwrap_or(usize::MAX));
        session.summary.already += rows;
        // A last line without newline was counted, and has grown since.
        if blocks.is_in_counted_line() {
            session.progress.note(&format!(
                "{}: a line was counted before it was complete; the rest of it is skipped",
                printable(&self.file.name)
            ));
        }
        self.show_progress(session);
    }

    /// Returns the failure of a file that is refused.
    fn refusal_failure(&mut self, refusal: Refusal) -> Failure {
        let name = self.file.name.clone();
        match refusal {
            Refusal::Shorter => self.file.shorter_failure(),
            Refusal::Changed(prefix) => match self.file.line_after(prefix.bytes) {
                Ok(line) => file_has_changed(&name, line, prefix.is_exact),
                Err(failure) => failure,
            },
            Refusal::StartsInside => starts_inside(&name, self.file.line_after(0).ok()),
            Refusal::OtherMapping => mapping_differs(&name),
            Refusal::Anonymous => anonymous_stream(&name),
        }
    }

    /// Prints a note if the file starts like one that was imported.
    fn note_similar_file(&mut self, prefix: Option<CommonPrefix>, session: &Session<'_>) -> Result<()> {
        let Some(prefix) = prefix.filter(|prefix| prefix.bytes > 0) else { return Ok(()) };
        let line = self.file.line_after(prefix.bytes)?;
        session.progress.note(&format!(
            "{}:{line}: up to here it is like a file that was imported before; it is counted as another file",
            printable(&self.file.name)
        ));
        Ok(())
    }

    /// Compares a new stream with others that start with the same row, before anything of it is counted.
    fn check_start(
        &self,
        recognizer: &mut Recognizer<'_>,
        row: u64,
        session: &mut Session<'_>,
    ) -> Result<()> {
        let start = recognizer.compare_start(row, session.rules.is_dry_run)?;
        if start.has_other_mapping {
            return Err(mapping_differs(&self.file.name));
        }
        for source in start.sources {
            session.progress.note(&format!(
                "{}: it begins like {}, which was imported before; rows without dates of different files count as \
                 different events, so all of it is counted",
                printable(&self.file.name),
                printable(&source)
            ));
            session.summary.similar_sources.push(source);
        }
        Ok(())
    }

    /// Refuses a file that was imported with another mapping.
    fn check_other_mappings(
        &mut self,
        chain: &ChainLedger<'_>,
        record_end: usize,
        session: &Session<'_>,
    ) -> Result<()> {
        match chain.look_up_other_mappings(self.file.input.blocks(), record_end)? {
            Some(OtherMapping::SameStream) => return Err(mapping_differs(&self.file.name)),
            Some(OtherMapping::SimilarStream) => session.progress.note(&format!(
                "{}: a file that starts in the same way was imported with other columns or options; this one is counted, \
                 too",
                printable(&self.file.name)
            )),
            None => {}
        }
        Ok(())
    }

    fn show_progress(&self, session: &Session<'_>) {
        session.progress.set(self.file.input.position(), session.summary.read + session.summary.already);
    }

    /// Returns the time of the first valid row, in seconds; none without dates.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn first_time(&mut self) -> Result<Option<i64>> {
        self.file.first_time()
    }

    /// Follows the file while it grows.
    pub(super) fn set_live(&mut self, is_live: bool) {
        self.file.input.blocks().set_live(is_live);
    }

    /// Counts rows that were read before a signal, because they cannot be read again.
    pub(super) fn set_drained_by(&mut self, interrupt: Interrupt) {
        self.file.drained_by = Some(interrupt);
    }

    /// Reads on after the end, because the file may have grown. Returns the number of bytes read so far.
    pub(super) fn resume(&mut self) {
        self.file.input.blocks().resume();
    }

    /// Returns the number of bytes read from the file.
    pub(super) fn bytes_read(&self) -> u64 {
        self.file.input.stream().stored_bytes()
    }

    /// Returns true if the file is compressed.
    pub(super) fn is_compressed(&self) -> bool {
        self.file.input.stream().is_compressed()
    }

    /// Reports incomplete last lines and what was ignored.
    pub(super) fn finish(&mut self, session: &mut Session<'_>) {
        let SourceFile { name, input, rows, drained_by, .. } = &mut self.file;
        if !session.interrupt.is_set() || drained_by.is_some() {
            session.summary.unfinished += input.blocks().unconsumed_bytes() as u64;
        }
        session.summary.comments += input.comments() + rows.comments();
        session.progress.finish_file(input.stream().stored_bytes());
        for note in rows.notes() {
            session.progress.note(&format!("{}: {note}", printable(name)));
        }
        let missing = rows.missing_columns();
        if !missing.is_empty() && session.summary.read > 0 {
            let (name, missing) = (printable(name), missing.join(", "));
            session.progress.note(&format!("{name}: no row has a field {}", printable(&missing)));
        }
    }
}
