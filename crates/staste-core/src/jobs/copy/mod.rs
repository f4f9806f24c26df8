//! Copies of a Metrica from one Store to another, after which both hold the same counts.
//!
//! A copy determines cell by cell what the target lacks, and writes it as kicks. So an interrupted copy resumes when it
//! is run again, and another run copies the kicks at the source since.

mod comparison;
mod difference;
mod job;
mod kick_writer;
mod ledger;
mod report;
mod run;
mod store_pair;
mod store_reader;
mod target_definition;

pub use job::CopyJob;
pub use report::{CopyPhase, CopyProgress, CopyReport};
