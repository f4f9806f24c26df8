//! `PendingInput`: a file or pipe that is followed once it has a line.

use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::follow_context::{INTERVAL, Opener, import_live};
use super::live_file::OpenedFile;
use crate::failure::{Failure, Result};
use crate::import::FileImport;
use crate::input::{InputStream, LiveReader};
use crate::interrupt::Interrupt;
use crate::output::printable;

/// A file or pipe that is followed once it has a line.
pub(crate) enum PendingInput {
    /// A file, and its import if its columns were asked for.
    File(PathBuf, Option<Box<FileImport>>),
    Pipe(PendingPipe),
}

/// A pipe before its first row is counted.
pub(crate) struct PendingPipe {
    pub(super) path: PathBuf,
    pub(super) has_ended: Arc<AtomicBool>,
    interrupt: Interrupt,
    /// The pipe, until it has a line.
    reader: Option<LiveReader>,
    /// Its import from then on.
    import: Option<Box<FileImport>>,
}

impl PendingInput {
    /// Opens a pipe, or standard input for `-`, and leaves a file closed.
    ///
    /// # Errors
    /// When the pipe cannot be opened.
    pub(crate) fn new(path: &Path, interrupt: &Interrupt) -> Result<PendingInput> {
        let is_fifo = || std::fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo());
        if path.as_os_str() == "-" || is_fifo() {
            return Ok(PendingInput::Pipe(PendingPipe::open(path, interrupt)?));
        }
        Ok(PendingInput::File(path.to_owned(), None))
    }

    /// Waits for the first line. Returns the import, by whose columns a new Metrica is defined, or none after a signal.
    ///
    /// # Errors
    /// When the input cannot be read, or a column is missing.
    pub(crate) fn wait_for_import(
        &mut self,
        opener: &dyn Opener,
        interrupt: &Interrupt,
    ) -> Result<Option<&mut FileImport>> {
        while !self.has_import(opener)? {
            if interrupt.is_set() {
                return Ok(None);
            }
            interrupt.pause(INTERVAL);
        }
        Ok(match self {
            PendingInput::File(_, import) => import.as_deref_mut(),
            PendingInput::Pipe(pipe) => pipe.import.as_deref_mut(),
        })
    }

    fn has_import(&mut self, opener: &dyn Opener) -> Result<bool> {
        match self {
            PendingInput::Pipe(pipe) => pipe.is_ready(opener),
            PendingInput::File(path, import) => {
                let opened = OpenedFile::open(path).map_err(|error| cannot_be_read(path, &error))?;
                if opened.is_some() {
                    *import = Some(Box::new(opener.open(path)?));
                }
                Ok(opened.is_some())
            }
        }
    }
}

impl PendingPipe {
    fn open(path: &Path, interrupt: &Interrupt) -> Result<PendingPipe> {
        let reader = match path.as_os_str() == "-" {
            true => Ok(LiveReader::standard_input(interrupt.clone())),
            false => LiveReader::fifo(path, interrupt.clone()),
        };
        let reader = reader.map_err(|error| cannot_be_read(path, &error))?;
        Ok(PendingPipe {
            path: path.to_owned(),
            has_ended: reader.end_flag(),
            interrupt: interrupt.clone(),
            reader: Some(reader),
            import: None,
        })
    }

    /// Returns true once the pipe has a line or has ended, so that it can be imported.
    ///
    /// # Errors
    /// When the pipe cannot be read, or a column is missing.
    pub(super) fn is_ready(&mut self, opener: &dyn Opener) -> Result<bool> {
        let Some(reader) = &mut self.reader else { return Ok(true) };
        if !reader.has_line().map_err(|error| cannot_be_read(&self.path, &error))? {
            return Ok(false);
        }
        if let Some(reader) = self.reader.take() {
            let is_standard_input = self.path.as_os_str() == "-";
            let name = if is_standard_input { "standard input".into() } else { self.path.to_string_lossy() };
            let stream = InputStream::new(&name, Box::new(reader));
            let stream = stream.map_err(|error| cannot_be_read(&self.path, &error))?;
            if stream.is_compressed() {
                return Err(Failure::input(format!("{name}: a compressed stream cannot be followed"))
                    .help("decompress it first, such as with zcat"));
            }
            let mut import = import_live(opener, stream)?;
            import.set_drained_by(self.interrupt.clone());
            self.import = Some(Box::new(import));
        }
        Ok(true)
    }

    /// Takes the import of a pipe that is ready.
    pub(super) fn take_import(&mut self) -> Option<Box<FileImport>> {
        self.import.take()
    }
}

/// Returns the failure to read an input.
pub(super) fn cannot_be_read(path: &Path, error: &io::Error) -> Failure {
    Failure::input(format!("{} cannot be read", printable(&path.display().to_string()))).caused_by(error)
}
