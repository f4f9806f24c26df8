//! `FollowedPath`: the files that have a path one after the other.

use std::io;
use std::path::{Path, PathBuf};

use super::file_identity::FileIdentity;
use super::follow_context::{FollowContext, import_live};
use super::follow_record::{FileStart, FollowRecords};
use super::live_file::{LiveFile, LiveImport, OpenedFile};
use super::pending_input::cannot_be_read;
use super::rotated_files::{RotatedFile, rotated_files};
use crate::failure::{Failure, Result};
use crate::import::Session;
use crate::input::InputStream;
use crate::output::printable;

/// The files that have a path one after the other.
pub(super) struct FollowedPath<'a> {
    path: PathBuf,
    records: FollowRecords<'a>,
    current: Option<LiveFile<'a>>,
    /// Files that had the path before, and may still be written.
    renamed: Vec<LiveFile<'a>>,
    /// True once a file was opened. Before that, an unreadable file is an error.
    has_begun: bool,
    /// True if the file cannot grow and was imported.
    is_done: bool,
}

impl<'a> FollowedPath<'a> {
    /// Returns a path to follow.
    ///
    /// # Errors
    /// When the store cannot be reached, or has an invalid record.
    pub(super) fn new(path: &Path, context: &dyn FollowContext<'a>) -> Result<FollowedPath<'a>> {
        let mut records = context.records(path);
        records.read()?;
        Ok(FollowedPath {
            path: path.to_owned(),
            records,
            current: None,
            renamed: Vec::new(),
            has_begun: false,
            is_done: false,
        })
    }

    /// Returns true if nothing more can come.
    pub(super) fn is_done(&self) -> bool {
        self.is_done
    }

    /// Counts the rows that were written since the last time. Returns the number of bytes read.
    ///
    /// # Errors
    /// When the store fails, or a file is refused.
    pub(super) fn read(&mut self, context: &dyn FollowContext<'a>, session: &mut Session<'_>) -> Result<u64> {
        let mut bytes = 0;
        for file in &mut self.renamed {
            bytes += file.read(session)?;
        }
        for file in self.renamed.extract_if(.., |file| file.is_complete()) {
            file.import.finish(true, session)?;
        }
        if let Some(mut current) = self.current.take() {
            let mut was_truncated = self.was_truncated(&current)?;
            let mut is_renamed = false;
            if !was_truncated {
                bytes += current.read(session)?;
                is_renamed = self.is_renamed(&current);
                // It may have been truncated before it was renamed.
                was_truncated = is_renamed && self.was_truncated(&current)?;
            }
            if was_truncated {
                self.end_truncated(current, context, session)?;
            } else if is_renamed {
                self.renamed.push(current);
                self.import_rotated(context, session)?;
            } else {
                self.current = Some(current);
            }
        }
        if self.current.is_none() && !self.is_done && !session.interrupt.is_set() {
            bytes += self.open_next(context, session)?;
        }
        Ok(bytes)
    }

    /// Ends all files.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(super) fn finish(self, session: &mut Session<'_>) -> Result<()> {
        self.current.into_iter().chain(self.renamed).try_for_each(|file| file.import.finish(false, session))
    }

    fn was_truncated(&self, file: &LiveFile<'a>) -> Result<bool> {
        file.was_truncated().map_err(|error| self.failure(&error))
    }

    /// Returns true if the path has another file than this one. A path without a file gets one soon.
    fn is_renamed(&self, current: &LiveFile<'a>) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|metadata| FileIdentity::of(&metadata) != current.identity())
    }

    /// Opens the file that the path has now, unless there is none, and counts its rows.
    fn open_next(&mut self, context: &dyn FollowContext<'a>, session: &mut Session<'_>) -> Result<u64> {
        let opened = match OpenedFile::open(&self.path) {
            Ok(Some(opened)) => opened,
            Ok(None) => return Ok(0),
            Err(error) if self.has_begun => {
                // A new file can get its permissions a moment later.
                let text = format!("{}: {error}; trying again", printable(&self.path.display().to_string()));
                session.progress.note_once(&text);
                return Ok(0);
            }
            Err(error) => return Err(self.failure(&error)),
        };
        if let Some(index) = self.renamed.iter().position(|file| file.identity() == opened.identity) {
            self.current = Some(self.renamed.remove(index));
            return Ok(0);
        }
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        let name = self.path.display().to_string();
        let file = opened.file.try_clone().map_err(|error| self.failure(&error))?;
        let stream = InputStream::new(&name, Box::new(file)).map_err(|error| self.failure(&error))?;
        let mut import = import_live(context, stream)?;
        let mut ledger = context.ledger(&self.path, &import)?;
        if import.is_compressed() {
            session.progress.note(&format!("{}: it is compressed; it is imported once", printable(&name)));
            self.is_done = true;
            import.run(Some(ledger), session)?;
            return Ok(0);
        }
        let begins = import.first_time()?;
        let start = FileStart { identity: opened.identity, head: &opened.head, begins };
        let is_resumed = is_first && self.records.is_last(&start);
        if is_first && self.records.last().is_some() {
            self.import_rotated(context, session)?;
        }
        if session.interrupt.is_set() {
            // The rotated files may have rows that are not counted, for which the record must not be changed yet.
            return Ok(0);
        }
        // Renamed files may have rows that are not read yet.
        let opened_before = self.renamed.iter().map(LiveFile::modified_before);
        let since = opened_before.fold(opened.modified, i64::min);
        let streams = self.records.streams_of_current(is_resumed);
        ledger.recognizer.compare_with(streams.own, streams.others);
        let stream = ledger.recognizer.stream();
        self.records.add_current(&start, since, stream, is_resumed)?;
        let import = LiveImport::begin(import, ledger, session)?;
        self.current.insert(LiveFile::new(opened, import)).read(session)
    }

    /// Ends a file that was truncated. Its last rows may be in a copy.
    fn end_truncated(
        &mut self,
        current: LiveFile<'a>,
        context: &dyn FollowContext<'a>,
        session: &mut Session<'_>,
    ) -> Result<()> {
        let name = printable(&self.path.display().to_string()).to_string();
        session.progress.note(&format!("{name}: the file was truncated; it is read from its start"));
        current.import.finish(false, session)?;
        self.import_rotated(context, session)
    }

    /// Imports the files to which the path was rotated since it was followed first, if they are not followed.
    fn import_rotated(&mut self, context: &dyn FollowContext<'a>, session: &mut Session<'_>) -> Result<()> {
        let since = self.records.last().map_or(i64::MAX, |file| file.since);
        for rotated in rotated_files(&self.path, since).map_err(|error| self.failure(&error))? {
            let is_followed = self.renamed.iter().any(|file| file.identity() == rotated.identity);
            if is_followed || session.interrupt.is_set() {
                continue;
            }
            let name = printable(&rotated.path.display().to_string()).to_string();
            session
                .progress
                .note(&format!("{name}: rows that were not counted before it was rotated are counted now"));
            let outcome = self.import_one(&rotated, context, session);
            match outcome.as_ref().err().and_then(Failure::invalid_input) {
                None => outcome?,
                Some(problem) => {
                    session.progress.line(&format!("{name} is not imported: {problem}"));
                    session.discard_uncommitted()?;
                }
            }
        }
        Ok(())
    }

    fn import_one(
        &mut self,
        rotated: &RotatedFile,
        context: &dyn FollowContext<'a>,
        session: &mut Session<'_>,
    ) -> Result<()> {
        let mut import = context.open_rotated(&rotated.path, &self.path)?;
        let mut ledger = context.ledger(&self.path, &import)?;
        let head = rotated.head().map_err(|error| cannot_be_read(&rotated.path, &error))?;
        let start = FileStart { identity: rotated.identity, head: &head, begins: import.first_time()? };
        if self.records.is_older_unknown(&start) {
            return Err(Failure::input(
                "it begins before the file that was followed last, but was never followed as it is now",
            ));
        }
        if let Some(streams) = self.records.streams_of(&start) {
            ledger.recognizer.compare_with(streams.own, streams.others);
        }
        self.records.add_rotated(&start, ledger.recognizer.stream())?;
        import.run(Some(ledger), session)
    }

    fn failure(&self, error: &io::Error) -> Failure {
        cannot_be_read(&self.path, error)
    }
}
