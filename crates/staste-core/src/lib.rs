//! The core of Staste: metricas, axes, the calendar, the Recorder, planning, and the Store interface.
//!
//! It has no disk, network, runtime or HTTP: a [`store::Store`] holds the cells, and the in-memory Store defines how
//! every other behaves. Users depend on the crate `staste`, which re-exports this one.
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

pub use amount::{
    Amount, Bin, Distribution, HistogramBin, Limit, MAX_VALUE, Measure, Measurement, Percentile, Reading,
    Share, Total, Value,
};
pub use api::{
    BoundPoint, BulkWriter, MatchingChoices, Metrica, MetricaBuilder, QueryCost, Series, SeriesLine, Staste,
    View,
};
pub use error::{Error, Result};
pub use jobs::{ClockRepair, CopyJob, CopyPhase, CopyProgress, CopyReport, VerifyReport};
pub use memory::MemoryStore;
pub use recorder::{ClockSkew, HEALTH_DAYS, Health, HealthReport, RecorderOptions, Trouble, TroubleKind};
pub use schema::{
    AxesNotAddable, Axis, AxisDefinition, AxisKind, AxisUsage, BIN_AXIS, Better, BinSettings, Choice,
    ChoiceInput, ChoicePattern, Combinations, DEFAULT_CAP, DEFAULT_POINT_LIMIT,
    DEFAULT_POINT_LIMIT_WITH_BINS, Definition, Keep, Labels, MAX_AXES, MAX_CHOICE_BYTES, MAX_PATH_DEPTH,
    MetricaKind, MetricaSpec, Path, Retention, Unit, Watermarks, text_format,
};
pub use time::{Buckets, Calendar, Clock, Moment, Period, Scale, Timespan, TimespanParts, Zone};
