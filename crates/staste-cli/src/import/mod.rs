//! Imports: the rows of files are kicked, each exactly once however often a file is imported.
//!
//! A file is a chain of blocks. [`Ledger`] finds out from the claims in the store which blocks are counted.
//! [`RowKicker`](row_kicker::RowKicker) kicks the rows of the other blocks, and [`FileImport`] commits each block together
//! with its claim. So a kill between two commits neither loses nor repeats a row.

mod block_claim;
mod commit_size;
mod counted_block;
mod file_import;
mod ledger;
mod mapping_options;
mod messages;
mod progress_bar;
mod row_kicker;
mod session;
mod source_file;
mod summary;
mod target;

pub(crate) use file_import::FileImport;
pub(crate) use ledger::Ledger;
pub(crate) use mapping_options::MappingOptions;
pub(crate) use progress_bar::ImportProgress;
pub(crate) use session::{ImportRules, Session};
pub(crate) use summary::ImportSummary;
pub(crate) use target::{KnownMetrica, TargetOptions, target_metrica};
