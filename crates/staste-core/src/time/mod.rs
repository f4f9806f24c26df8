//! Instants, zones and the calendar: scales, buckets and timespans.

mod calendar;
pub(crate) mod civil;
mod clock;
mod clock_setting;
mod moment;
mod period;
mod scale;
mod timespan;
mod zone;

pub use calendar::{Buckets, Calendar};
pub use clock::Clock;
pub use moment::Moment;
pub use period::Period;
pub use scale::Scale;
pub(crate) use timespan::{MAX_PERIODS, Resolved};
pub use timespan::{Timespan, TimespanParts};
pub use zone::Zone;
pub(crate) use zone::{EVER_END, EVER_START};
