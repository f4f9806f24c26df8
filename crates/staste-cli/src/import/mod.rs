//! Imports: the rows of files are kicked, each exactly once however often a file is imported.
//!
//! Consecutive counted rows are a run. [`Recognizer`] finds the counted runs of a file, wherever they are in it, by the
//! records in the store. [`RowKicker`](row_kicker::RowKicker) kicks the other rows, and [`FileImport`] commits them block by
//! block together with the records of their runs. So a kill between two commits neither loses nor repeats a row. A rejected
//! row is in no run, so that it counts once its reason is gone.

mod block_claim;
mod chain_ledger;
mod commit_size;
mod counted_block;
mod file_import;
mod follow;
mod mapping_options;
mod messages;
mod progress_bar;
mod recognizer;
mod row_kicker;
mod run;
mod run_ledger;
mod run_record;
mod session;
mod source;
mod source_file;
mod summary;
mod target;

pub(crate) use chain_ledger::ChainLedger;
pub(crate) use file_import::{FileImport, Ledger};
pub(crate) use follow::{FollowContext, FollowRecords, Follower, Opener, PendingInput};
pub(crate) use mapping_options::MappingOptions;
pub(crate) use progress_bar::ImportProgress;
pub(crate) use recognizer::Recognizer;
pub(crate) use session::{ImportRules, Session};
pub(crate) use source::Source;
pub(crate) use summary::ImportSummary;
pub(crate) use target::{KnownMetrica, TargetOptions, target_metrica};
