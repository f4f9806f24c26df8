//! Importing: rows of files to kicks, each row counted exactly once however often it is imported.
//!
//! A file is a chain of blocks. [`Ledger`] tells from the claims in the store which blocks were counted
//! already; [`Kicker`] makes kicks of the rows of the others; and [`FileImport`] commits each block together
//! with its claim, so that a kill between two commits loses nothing and repeats nothing.

mod block_claim;
mod commit;
mod file_import;
mod kicker;
mod ledger;
mod pace;
mod progress;
mod refusal;
mod summary;
mod target;
mod wanted;

pub(crate) use file_import::{FileImport, Rules, Session};
pub(crate) use ledger::Ledger;
pub(crate) use pace::Pace;
pub(crate) use progress::Progress;
pub(crate) use summary::Summary;
pub(crate) use target::{Known, TargetOptions, target};
pub(crate) use wanted::Wanted;
