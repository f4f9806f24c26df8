//! Jobs that process a whole Metrica: copy, verification, and repair after a wrong clock.

mod clock_repair;
mod copy;
mod verify;

pub use clock_repair::ClockRepair;
pub use copy::{CopyJob, CopyPhase, CopyProgress, CopyReport};
pub use verify::VerifyReport;
