//! `FileImport`: imports one file block by block. Counted blocks are skipped, and the others are counted and claimed.

use std::path::Path;

use super::block_claim::{ChainHash, CommonPrefix};
use super::counted_block::CountedBlock;
use super::ledger::{BlockStatus, Ledger, OtherMapping};
use super::mapping_options::MappingOptions;
use super::messages::{file_has_changed, mapping_differs, read_failure};
use super::row_kicker::RowKicker;
use super::session::Session;
use super::source_file::SourceFile;
use crate::failure::{Failure, Result};
use crate::input::{ColumnMapping, InputFile, InputOptions, RowMapper};
use crate::output::printable;

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
        let input = InputFile::open(path, input).map_err(|error| read_failure(&error))?;
        let name = input.stream().name().to_owned();
        let date_format = mapping.date_format.as_deref();
        let (mapping, notes) = mapping.mapping_for(&input);
        let rows = input.row_reader(&mapping.columns()).map_err(|error| {
            Failure::input(format!("{name}: {error}"))
                .help("if the axis has another name than its column, give both: --axis NAME=COLUMN")
        })?;
        let mapper = RowMapper::new(&mapping, input.format());
        let kicker = RowKicker::new(&mapping, mapper, date_format)
            .map_err(|error| Failure::input(format!("--date-format: {error}")))?;
        Ok(FileImport { file: SourceFile { name, input, rows, kicker }, mapping, notes })
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
    pub(crate) fn run(mut self, ledger: Option<&Ledger<'_>>, session: &mut Session<'_>) -> Result<()> {
        for note in &self.notes {
            session.progress.note_once(note);
        }
        let mut hash = ChainHash::START;
        let mut is_first = true;
        // Rows that were read from a pipe before a signal are counted, because they cannot be read again.
        while !session.interrupt.is_set() || self.file.is_interrupted() {
            let record_end = match self.file.next_record_end() {
                Err(_) if self.file.is_interrupted() => break,
                record_end => record_end?,
            };
            let Some(record_end) = record_end else { break };
            let status = ledger
                .map(|ledger| ledger.look_up(self.file.input.blocks(), hash, record_end))
                .transpose()?;
            let claim_key = match status {
                Some(BlockStatus::Counted(block)) => {
                    self.skip(block.length, session);
                    hash = block.hash;
                    session.summary.already += block.rows;
                    self.show_progress(session);
                    is_first = false;
                    continue;
                }
                // After a signal it is unknown whether the rest of the file is the same.
                Some(BlockStatus::ShorterThanCounted | BlockStatus::Changed(_))
                    if self.file.is_interrupted() =>
                {
                    break;
                }
                Some(BlockStatus::ShorterThanCounted) => return Err(self.file.shorter_failure()),
                Some(BlockStatus::Changed(prefix)) => {
                    let line = self.file.line_after(prefix.bytes)?;
                    return Err(file_has_changed(&self.file.name, line, prefix.is_exact));
                }
                Some(BlockStatus::New(key, prefix)) => {
                    self.note_similar_file(prefix, session)?;
                    Some(key)
                }
                None => None,
            };
            let start_key = match ledger.filter(|_| is_first) {
                Some(ledger) => Some((ledger, self.check_other_mappings(ledger, record_end, session)?)),
                None => None,
            };
            is_first = false;
            let counted = CountedBlock::read(&mut self.file, hash, session)?;
            let claims = ledger.zip(claim_key).map(|(ledger, key)| ledger.claims(&key, hash, &counted.claim));
            if counted.length > 0 && !session.commit(claims.unwrap_or_default())? {
                // Another import has committed this block, or one that starts in the same way.
                continue;
            }
            if let Some((ledger, start_key)) = start_key.filter(|_| !session.rules.is_dry_run) {
                ledger.record_start(&start_key)?;
            }
            self.file.input.blocks().consume(counted.length);
            hash = counted.claim.hash;
            counted.finish(session)?;
            self.show_progress(session);
        }
        self.finish(session);
        Ok(())
    }

    /// Moves past a block that is counted.
    fn skip(&mut self, length: u64, session: &Session<'_>) {
        let blocks = self.file.input.blocks();
        blocks.consume(usize::try_from(length).unwrap_or(usize::MAX));
        // A last line without newline was counted, and has grown since.
        if blocks.is_in_counted_line() {
            session.progress.note(&format!(
                "{}: a line was counted before it was complete; the rest of it is skipped",
                printable(&self.file.name)
            ));
        }
    }

    /// Prints a note if the file starts like one that was imported. It is most likely another file, but can be a corrected
    /// copy.
    fn note_similar_file(&mut self, prefix: Option<CommonPrefix>, session: &Session<'_>) -> Result<()> {
        let Some(prefix) = prefix else { return Ok(()) };
        let line = self.file.line_after(prefix.bytes)?;
        session.progress.note(&format!(
            "{}:{line}: up to here it is like a file that was imported before; it is counted as another file",
            printable(&self.file.name)
        ));
        Ok(())
    }

    /// Refuses a file that was imported with another mapping. Returns the key that records how the file starts.
    fn check_other_mappings(
        &mut self,
        ledger: &Ledger<'_>,
        record_end: usize,
        session: &Session<'_>,
    ) -> Result<String> {
        let start_key = ledger.start_key(self.file.record(record_end));
        match ledger.look_up_other_mappings(self.file.input.blocks(), record_end)? {
            Some(OtherMapping::SameStream) => return Err(mapping_differs(&self.file.name)),
            Some(OtherMapping::SimilarStream) => session.progress.note(&format!(
                "{}: a file that starts in the same way was imported with other columns or options; this one is counted, \
                 too",
                printable(&self.file.name)
            )),
            None => {}
        }
        Ok(start_key)
    }

    fn show_progress(&self, session: &Session<'_>) {
        session.progress.set(self.file.input.position(), session.summary.read + session.summary.already);
    }

    fn finish(&mut self, session: &mut Session<'_>) {
        let SourceFile { name, input, rows, .. } = &mut self.file;
        if !session.interrupt.is_set() {
            session.summary.unfinished += input.blocks().unconsumed_bytes() as u64;
        }
        session.progress.finish_file(input.stream().stored_bytes());
        let missing = rows.missing_columns();
        if !missing.is_empty() && session.summary.read > 0 {
            let (name, missing) = (printable(name), missing.join(", "));
            session.progress.note(&format!("{name}: no row has a field {}", printable(&missing)));
        }
    }
}
