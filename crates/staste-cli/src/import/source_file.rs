//! `SourceFile`: a file to import, with its reader and its kicker of rows.

use std::ops::ControlFlow;

use staste::Value;

use super::messages::{file_is_shorter, read_failure};
use super::recognizer::Recognizer;
use super::row_kicker::RowKicker;
use super::run_record::Day;
use crate::failure::{Failure, Result};
use crate::input::{InputFile, RowReader, number_format_hint};
use crate::interrupt::Interrupt;

/// Number of bytes in which the next row is looked for first.
pub(super) const SMALL_BLOCK: usize = 16 << 10;

/// A file to import.
pub(super) struct SourceFile {
    /// The name as the user gave it.
    pub(super) name: String,
    pub(super) input: InputFile,
    pub(super) rows: RowReader,
    pub(super) kicker: RowKicker,
    /// Number of bytes of the next block to count. Between counted runs it is small, because reading a block takes time even
    /// if its first rows are all that is new.
    pub(super) block_bytes: usize,
    /// The signal after which the rows that were read are counted before the import ends.
    pub(super) drained_by: Option<Interrupt>,
}

/// The next row of a file.
pub(super) struct NextRow {
    /// The hash of its first line.
    pub(super) hash: u64,
    /// Number of bytes.
    pub(super) length: usize,
    /// Its day; none if it is not counted.
    pub(super) day: Option<Day>,
}

impl SourceFile {
    /// Returns true once a signal has ended the wait for more data, so that only what was read is left.
    pub(super) fn is_interrupted(&self) -> bool {
        let is_drained = self.drained_by.as_ref().is_some_and(Interrupt::is_set);
        is_drained || self.input.stream().is_interrupted()
    }

    /// Returns the next row, and skips bytes before it that contain no record. Returns none at the end.
    pub(super) fn next_row(&mut self, recognizer: Option<&Recognizer<'_>>) -> Result<Option<NextRow>> {
        let SourceFile { input, rows, kicker, .. } = self;
        loop {
            let block = input.blocks().peek_block_of(SMALL_BLOCK).map_err(|error| read_failure(&error))?;
            let Some(block) = block else { return Ok(None) };
            let mut next = None;
            let length = rows.read(&block, &mut |row| {
                let bytes = block.bytes.get(row.start..row.end).unwrap_or_default();
                let hash = recognizer.map_or(0, |recognizer| recognizer.hasher().hash_start(bytes));
                let day = row.fields.as_ref().ok().and_then(|fields| kicker.day(fields));
                next = Some((row.start, NextRow { hash, day, length: row.end - row.start }));
                ControlFlow::Break(())
            });
            match next {
                Some((start, row)) => {
                    // Blank lines, or the rest of a line that was counted.
                    input.blocks().consume(start);
                    return Ok(Some(row));
                }
                None => input.blocks().consume(length),
            }
        }
    }

    /// Returns the time of the first valid row in the next block, in seconds; none without dates.
    pub(super) fn first_time(&mut self) -> Result<Option<i64>> {
        let SourceFile { input, rows, kicker, .. } = self;
        let block = input.blocks().peek_block_of(SMALL_BLOCK).map_err(|error| read_failure(&error))?;
        let mut time = None;
        if let Some(block) = block {
            rows.read(&block, &mut |row| {
                time = row.fields.as_ref().ok().and_then(|fields| kicker.time(fields));
                if time.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
        }
        Ok(time)
    }

    /// Returns the line number of the first record that ends after a number of bytes.
    pub(super) fn line_after(&mut self, bytes: usize) -> Result<u64> {
        let SourceFile { input, rows, .. } = self;
        let mut line = 0;
        if let Some(block) = input.blocks().peek_block().map_err(|error| read_failure(&error))? {
            rows.read(&block, &mut |row| {
                line = row.line;
                if row.end > bytes { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
        }
        Ok(line)
    }

    /// Returns why a file is refused that ends inside a block that was counted. If it ends there because it is damaged,
    /// returns that error.
    pub(super) fn shorter_failure(&mut self) -> Failure {
        loop {
            let length = match self.input.blocks().peek_block() {
                Ok(Some(block)) => block.bytes.len(),
                Ok(None) => return file_is_shorter(&self.name),
                Err(error) => return read_failure(&error),
            };
            self.input.blocks().consume(length);
        }
    }

    /// Returns the first value if it is a number in a format of another option, and which.
    pub(super) fn find_other_number_format(&mut self) -> Result<Option<(String, String)>> {
        let SourceFile { input, rows, kicker, .. } = self;
        let mut found = None;
        if let Some(block) = input.blocks().peek_block().map_err(|error| read_failure(&error))? {
            rows.read(&block, &mut |row| {
                let Some(value) = row.fields.ok().and_then(|fields| kicker.value_of(&fields)) else {
                    return ControlFlow::Continue(());
                };
                if Value::parse(&value).is_err() {
                    found = Some((value.to_string(), number_format_hint(&value)));
                }
                ControlFlow::Break(())
            });
        }
        Ok(found.filter(|(_, hint)| !hint.is_empty()))
    }

    /// Finds the value with the most decimals in the first block. Returns its text and its number of decimals.
    pub(super) fn find_most_decimals(&mut self) -> Result<Option<(String, u32)>> {
        let SourceFile { input, rows, kicker, .. } = self;
        let mut most: Option<(String, u32)> = None;
        if let Some(block) = input.blocks().peek_block().map_err(|error| read_failure(&error))? {
            rows.read(&block, &mut |row| {
                let fields = row.fields.ok();
                let value = fields.as_ref().and_then(|fields| kicker.value_of(fields));
                if let Some((value, decimals)) =
                    value.and_then(|value| decimals(&value).map(|decimals| (value, decimals)))
                    && most.as_ref().is_none_or(|(_, most)| decimals > *most)
                {
                    most = Some((value.into_owned(), decimals));
                }
                ControlFlow::Continue(())
            });
        }
        Ok(most)
    }
}

/// Returns the number of decimals of a value, or none if it has no fraction.
fn decimals(value: &str) -> Option<u32> {
    let (_, fraction) = value.split_once('.')?;
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = fraction.trim_end_matches('0').len();
    u32::try_from(digits).ok().filter(|digits| *digits > 0)
}
