//! `staste backup`: copies the store while it is used.

use std::path::{Path, PathBuf};

use clap::Args;
use staste::SqliteStore;
use staste::store::Store;

use crate::context::Context;
use crate::failure::{DONE, Failure, Result};
use crate::progress::Steps;

/// Copy the store to a new file while others use it
#[derive(Args, Debug)]
#[command(
    after_help = "The copy is of one moment and complete, or not there at all; an existing file is never written over.

Example:
    staste backup staste-2013-02-07.db"
)]
pub(crate) struct BackupArguments {
    /// The new file
    #[arg(value_name = "FILE")]
    target: PathBuf,
}

impl BackupArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let address = context.address()?;
        let Some(path) = address.file() else {
            return Err(Failure::failed(format!("the store {address} has no file to copy")));
        };
        context.open()?;
        let target = match self.target.to_str().and_then(|text| text.strip_prefix("sqlite:")) {
            Some(path) => PathBuf::from(path),
            None => self.target,
        };
        check_folder(&target)?;
        let store = SqliteStore::at(path);
        // The first look finds out whether the file is a store at all.
        store.definitions(None)?;
        let steps = Steps::new("pages copied", context.screen.is_quiet());
        let copied = store.backup(&target, &mut |done, all| steps.at(done, Some(all)));
        steps.finish();
        copied?;
        if !context.screen.is_quiet() {
            let bytes = std::fs::metadata(&target).map(|about| about.len()).unwrap_or_default();
            let bytes = super::show::bytes_text(bytes);
            context.screen.line(format!("copied {address} to {} ({bytes})", target.display()))?;
        }
        Ok(DONE)
    }
}

/// The file is made under another name first, so that its folder is looked for here, by the name given.
fn check_folder(target: &Path) -> Result<()> {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir());
    folder.map_or(Ok(()), |folder| {
        Err(Failure::failed(format!(
            "{} cannot be made: there is no folder {}",
            target.display(),
            folder.display()
        ))
        .help(format!("make it first: mkdir -p {}", folder.display())))
    })
}
