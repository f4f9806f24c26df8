//! The domain of Staste: what is counted, when, and at which points; what is asked, and of whom.
//!
//! No disk, no network, no runtime, no HTTP: a [`store::Store`] is where cells live, and the one in
//! memory shows how every other behaves. Users add the crate `staste`, which re-exports this one.
//!
//! ```
//! use staste::{Axis, MemoryStore, Staste, Timespan};
//!
//! let staste = Staste::new(MemoryStore::new());
//! let guests = staste
//!     .metrica("guest_visits")
//!     .axis("gender", Axis::declared(["boy", "girl"]))
//!     .axis("age", Axis::stored())
//!     .build()?;
//! guests.kick([("gender", "girl"), ("age", "18")])?;
//! assert_eq!(guests.filter([("gender", "girl")])?.timespan(Timespan::EVER).total()?, 1);
//! # Ok::<(), staste::Error>(())
//! ```

mod axis;
mod bound;
mod builder;
mod bulk;
mod calendar;
mod choice;
mod civil;
mod clock;
mod clock_repair;
mod clock_setting;
mod copy;
mod definition;
mod encoder;
mod error;
pub mod fork;
mod health_report;
mod identity;
mod memory;
mod metrica;
mod moment;
mod name;
pub mod plan;
mod reading;
mod recorder;
mod retention;
mod scale;
mod staste;
pub mod store;
mod timespan;
mod trouble;
mod value;
mod verify;
mod view;
pub mod written;
mod zone;

pub use axis::{Axis, AxisDefinition, AxisKind, DEFAULT_CAP};
pub use bound::Bound;
pub use builder::Builder;
pub use bulk::Bulk;
pub use calendar::{Buckets, Calendar};
pub use choice::{Choice, DEEPEST_PATH, Given, LONGEST_CHOICE, Path};
pub use clock::Clock;
pub use clock_repair::ClockRepair;
pub use copy::{Copied, CopyPhase, CopyStep, Copying};
pub use definition::{Asked, Combinations, DEFAULT_POINTS, Definition, Kind, MOST_AXES};
pub use error::{Error, Result};
pub use health_report::{HEALTH_DAYS, HealthReport};
pub use memory::MemoryStore;
pub use metrica::Metrica;
pub use moment::Moment;
pub use reading::{Reading, Total};
pub use recorder::{Health, Options, Skew};
pub use retention::{Keep, Retention, Watermarks};
pub use scale::Scale;
pub use staste::Staste;
pub use timespan::{Parts, Timespan};
pub use trouble::{Trouble, TroubleKind};
pub use value::{LARGEST_VALUE, Value};
pub use verify::Verified;
pub use view::{Extent, Line, Period, Series, View};
pub use zone::Zone;
