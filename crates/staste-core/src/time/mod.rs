//! Time: instants, zones, clocks, and the calendar with its scales, buckets and timespans.

mod calendar;
pub(crate) mod civil;
mod clock;
mod clock_setting;
mod moment;
mod period;
mod scale;
mod timespan;
mod timespan_bounds;
mod timespan_label;
mod timespan_range;
mod zone;

pub use calendar::{Buckets, Calendar};
pub use clock::Clock;
pub use moment::Moment;
pub use period::Period;
pub use scale::Scale;
pub(crate) use timespan::MAX_PERIODS;
pub use timespan::{Timespan, TimespanParts};
pub(crate) use timespan_range::ResolvedTimespan;
pub use zone::Zone;
pub(crate) use zone::{EVER_END, EVER_START};
