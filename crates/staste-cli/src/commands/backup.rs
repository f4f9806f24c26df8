//! `staste backup`: copies a SQLite store to a new file while programs use it.

use std::path::{Path, PathBuf};

use clap::Args;
use staste::SqliteStore;
use staste::store::Store;

use crate::context::Context;
use crate::failure::{EXIT_SUCCESS, Failure, Result};
use crate::output::bytes_text;
use crate::spinner::Spinner;

/// Back up a SQLite store to a new file while programs use it
#[derive(Args, Debug)]
#[command(after_help = "\
The backup holds the store as it was at one moment. It appears only when it is complete, and an existing file is never \
overwritten. The backup is a store: read it with --store sqlite:FILE. For a Redis server use `staste copy`.

Example:
    staste backup staste-2013-02-07.db")]
pub(crate) struct BackupArguments {
    /// File to create
    #[arg(value_name = "FILE")]
    target: PathBuf,
}

impl BackupArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let address = context.address()?;
        let Some(path) = address.file() else {
            return Err(Failure::failed(format!("the store {address} is not a file"))
                .help("copy it to a file with `staste copy --to sqlite:FILE`"));
        };
        context.open()?;
        let target = match self.target.to_str().and_then(|text| text.strip_prefix("sqlite:")) {
            Some(path) => PathBuf::from(path),
            None => self.target,
        };
        check_folder(&target)?;
        let store = SqliteStore::at(path);
        // Fails if the file is not a store.
        store.definitions(None)?;
        let spinner = Spinner::new("pages copied", context.screen.is_quiet());
        let outcome = store.backup(&target, &mut |done, total| spinner.set(done, Some(total)));
        spinner.finish();
        outcome?;
        if !context.screen.is_quiet() {
            let bytes = std::fs::metadata(&target).map(|metadata| metadata.len()).unwrap_or_default();
            let bytes = bytes_text(bytes);
            context.screen.line(format!("copied {address} to {} ({bytes})", target.display()))?;
        }
        Ok(EXIT_SUCCESS)
    }
}

/// Checks that the folder of the target exists. The backup is first written under another name, which the error of the
/// system would show.
fn check_folder(target: &Path) -> Result<()> {
    match target.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        None => Ok(()),
        Some(folder) => Err(Failure::failed(format!(
            "{} cannot be created: there is no folder {}",
            target.display(),
            folder.display()
        ))
        .help(format!("create the folder first: mkdir -p {}", folder.display()))),
    }
}
