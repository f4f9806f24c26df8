//! `FormatArguments`: the options that describe the format of the files.

use std::path::PathBuf;

use clap::Args;

use crate::failure::{Failure, Result};
use crate::input::{InputFormat, InputOptions, LogKind, parse_comment, parse_delimiter};

/// The format of the files.
#[derive(Args, Debug)]
#[command(next_help_heading = "Format of the files")]
pub(super) struct FormatArguments {
    /// Format of the files: csv, ndjson or access-log. Default: detected from name and content
    #[arg(long, value_name = "FORMAT")]
    input_format: Option<String>,

    /// Format of an access log: a name (common, combined, vhost_combined, ingress-nginx, traefik, s3, alb, and in JSON caddy,
    /// traefik-json and nginx-json), or a log_format of nginx or LogFormat of Apache, such as '$remote_addr [$time_local] "$request" $status'. Its columns have the names of those of
    /// access logs, or of the variables
    #[arg(long, value_name = "FORMAT", conflicts_with_all = ["delimiter", "comment", "no_header"])]
    log_format: Option<String>,

    /// Field separator of CSV: one ASCII character, or tab. Default: a comma, or a tab in .tsv files
    #[arg(long, value_name = "CHARACTER")]
    delimiter: Option<String>,

    /// Character that starts comments in CSV, which are lines of their own anywhere in the file. Default: lines above the header
    /// that start with # are comments, and no others
    #[arg(long, value_name = "CHARACTER")]
    comment: Option<String>,

    /// The first row is data, not a header. The columns are col1, col2 and so on
    #[arg(long)]
    no_header: bool,
}

impl FormatArguments {
    /// Returns the options to open the files with.
    ///
    /// # Errors
    /// When the format or the delimiter is invalid.
    pub(super) fn options(&self) -> Result<InputOptions> {
        let format = self.input_format.as_deref().map(|name| {
            let found = InputFormat::NAMES.into_iter().find(|(known, _)| *known == name);
            found.map(|(_, format)| format).ok_or_else(|| {
                let names = InputFormat::NAMES.map(|(name, _)| name).join(", ");
                Failure::input(format!("invalid --input-format {name:?}: expected one of {names}"))
            })
        });
        let delimiter = self.delimiter.as_deref().map(parse_delimiter).transpose();
        let delimiter = delimiter.map_err(Failure::input)?;
        let comment = self.comment.as_deref().map(parse_comment).transpose().map_err(Failure::input)?;
        let log = self.log_format.as_deref().map(LogKind::parse).transpose().map_err(Failure::input)?;
        Ok(InputOptions {
            log,
            format: format.transpose()?,
            delimiter,
            comment,
            has_header: !self.no_header,
            ..InputOptions::default()
        })
    }
}

/// Returns the size of all files, or none if one is standard input or a pipe.
///
/// # Errors
/// When a file does not exist.
pub(super) fn total_bytes(files: &[PathBuf]) -> Result<Option<u64>> {
    let mut bytes = Some(0);
    for path in files {
        if path.as_os_str() == "-" {
            bytes = None;
            continue;
        }
        let metadata = std::fs::metadata(path).map_err(|error| {
            let failure = Failure::input(format!("{} cannot be read", path.display()));
            failure.caused_by(&error)
        })?;
        bytes = bytes.filter(|_| metadata.is_file()).map(|bytes| bytes + metadata.len());
    }
    Ok(bytes)
}
