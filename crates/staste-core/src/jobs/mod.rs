//! Jobs that work through a whole Metrica: copy, verification, repair of the clock.

mod clock_repair;
mod copy;
mod verify;

pub use clock_repair::ClockRepair;
pub use copy::{CopyJob, CopyPhase, CopyProgress, CopyReport};
pub use verify::VerifyReport;
