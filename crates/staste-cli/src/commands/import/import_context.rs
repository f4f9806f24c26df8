//! `ImportContext`: opens the files of an import, and finds the records of what was counted of them.

use std::path::Path;

use staste::Staste;

use crate::failure::Result;
use crate::import::{
    ChainLedger, FileImport, FollowContext, FollowRecords, Ledger, MappingOptions, Opener, Recognizer, Source,
};
use crate::input::{InputOptions, InputStream};

/// Opens imports with the options of the command.
#[derive(Clone, Copy)]
pub(super) struct ImportOpener<'o> {
    pub(super) options: &'o InputOptions,
    pub(super) mapping: &'o MappingOptions,
}

/// Opens imports, and finds the records of what was counted of them.
pub(super) struct ImportContext<'a, 'o> {
    pub(super) opener: ImportOpener<'o>,
    pub(super) staste: &'a Staste,
    pub(super) metrica: &'a str,
    /// The name of the source, if one is given.
    pub(super) source: Option<&'a str>,
}

impl Opener for ImportOpener<'_> {
    fn import(&self, stream: InputStream) -> Result<FileImport> {
        FileImport::new(stream, self.options, self.mapping)
    }

    fn open(&self, path: &Path) -> Result<FileImport> {
        FileImport::open(path, self.options, self.mapping)
    }

    fn open_rotated(&self, path: &Path, followed: &Path) -> Result<FileImport> {
        let format_name = Some(followed.display().to_string());
        FileImport::open(path, &InputOptions { format_name, ..self.options.clone() }, self.mapping)
    }
}

impl Opener for ImportContext<'_, '_> {
    fn import(&self, stream: InputStream) -> Result<FileImport> {
        self.opener.import(stream)
    }

    fn open(&self, path: &Path) -> Result<FileImport> {
        self.opener.open(path)
    }

    fn open_rotated(&self, path: &Path, followed: &Path) -> Result<FileImport> {
        self.opener.open_rotated(path, followed)
    }
}

impl<'a> FollowContext<'a> for ImportContext<'a, '_> {
    fn ledger(&self, path: &Path, file: &FileImport) -> Result<Ledger<'a>> {
        let mapping = serde_json::json!([file.mapping_key(), self.opener.mapping.date_format]).to_string();
        let source = source_of(self.source, path, !file.mapping().date.is_empty());
        let store = self.staste.store();
        Ok(Ledger {
            chain: ChainLedger::new(store, self.metrica, &mapping),
            recognizer: Recognizer::new(store, self.metrica, source, &mapping)?,
        })
    }

    fn records(&self, path: &Path) -> FollowRecords<'a> {
        let path = full_path(path);
        FollowRecords::new(self.staste.store(), self.metrica, self.source.unwrap_or_default(), &path)
    }
}

/// Returns the source of a file. Rows with dates are events that have one place in time, so that a copy of a file is recognized.
/// Rows without dates are those of a file.
fn source_of(name: Option<&str>, path: &Path, is_dated: bool) -> Source {
    let is_standard_input = path.as_os_str() == "-";
    let is_anonymous = is_standard_input && !is_dated && name.is_none();
    let name = match name {
        Some(name) => format!("source {name}"),
        None if is_dated => String::new(),
        None if is_standard_input => "standard input".to_owned(),
        None => full_path(path),
    };
    Source { name, is_dated, is_anonymous }
}

fn full_path(path: &Path) -> String {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}
