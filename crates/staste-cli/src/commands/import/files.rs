//! `FileArguments`: the files, and what they are.

use std::path::PathBuf;

use clap::Args;

use crate::failure::{Failure, Result};
use crate::input::{Format, OpenOptions, parse_delimiter};

/// The files, and what they are.
#[derive(Args, Debug)]
#[command(next_help_heading = "Files")]
pub(super) struct FileArguments {
    /// What the files are: csv, ndjson or access-log; told from name and content without it
    #[arg(long, value_name = "FORMAT")]
    input_format: Option<String>,

    /// What stands between fields; a comma without it, a tab in .tsv files
    #[arg(long, value_name = "CHARACTER")]
    delimiter: Option<String>,

    /// The first row is no header; columns are col1, col2, ...
    #[arg(long)]
    no_header: bool,
}

impl FileArguments {
    /// How to open them.
    ///
    /// # Errors
    /// When the format or the delimiter is not one.
    pub(super) fn options(&self) -> Result<OpenOptions> {
        let format = self.input_format.as_deref().map(|name| {
            let found = Format::NAMES.into_iter().find(|(known, _)| *known == name);
            found.map(|(_, format)| format).ok_or_else(|| {
                let names = Format::NAMES.map(|(name, _)| name).join(", ");
                Failure::input(format!(
                    "--input-format {name:?} is not one that can be read: give one of {names}"
                ))
            })
        });
        let delimiter = self.delimiter.as_deref().map(parse_delimiter).transpose();
        let delimiter = delimiter.map_err(|problem| Failure::input(format!("--delimiter: {problem}")))?;
        Ok(OpenOptions {
            format: format.transpose()?,
            delimiter,
            header: !self.no_header,
            ..OpenOptions::default()
        })
    }
}

/// The bytes of all files, where all are files.
///
/// # Errors
/// When one is not there.
pub(super) fn bytes_of(files: &[PathBuf]) -> Result<Option<u64>> {
    let mut bytes = Some(0);
    for path in files {
        if path.as_os_str() == "-" {
            bytes = None;
            continue;
        }
        let about = std::fs::metadata(path).map_err(|error| {
            let failure = Failure::input(format!("{} cannot be read", path.display()));
            failure.because(&error)
        })?;
        bytes = bytes.filter(|_| about.is_file()).map(|bytes| bytes + about.len());
    }
    Ok(bytes)
}
