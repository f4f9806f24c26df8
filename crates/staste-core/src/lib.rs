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

mod amount;
mod api;
mod error;
pub mod fork;
pub mod formats;
mod jobs;
mod memory;
pub mod plan;
mod recorder;
mod schema;
pub mod store;
mod time;

pub use amount::{Amount, MAX_VALUE, Measure, Measurement, Reading, Total, Value};
pub use api::{BoundPoint, BulkWriter, Metrica, MetricaBuilder, QueryCost, Series, SeriesLine, Staste, View};
pub use error::{Error, Result};
pub use jobs::{ClockRepair, CopyJob, CopyPhase, CopyProgress, CopyReport, VerifyReport};
pub use memory::MemoryStore;
pub use recorder::{ClockSkew, HEALTH_DAYS, Health, HealthReport, RecorderOptions, Trouble, TroubleKind};
pub use schema::{
    AxesNotAddable, Axis, AxisDefinition, AxisKind, Choice, ChoiceInput, Combinations, DEFAULT_CAP,
    DEFAULT_POINT_LIMIT, Definition, Keep, MAX_AXES, MAX_CHOICE_BYTES, MAX_PATH_DEPTH, MetricaKind,
    MetricaSpec, Path, Retention, Watermarks, text_format,
};
pub use time::{Buckets, Calendar, Clock, Moment, Period, Scale, Timespan, TimespanParts, Zone};
