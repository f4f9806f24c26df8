//! Staste counts what happens on a web site, in real time, by any combination of axes and by any
//! period of the calendar.
//!
//! ```
//! use staste::{Axis, Timespan};
//!
//! # let directory = tempfile::tempdir()?;
//! # std::env::set_current_dir(&directory)?;
//! let staste = staste::open("sqlite:guests.db")?;
//! let guests = staste
//!     .metrica("guest_visits")
//!     .axis("gender", Axis::declared(["boy", "girl"]))
//!     .axis("age", Axis::stored())
//!     .build()?;
//!
//! guests.kick([("gender", "girl"), ("age", "18")])?;
//! guests.kick(staste::choices! { gender: "boy", age: 19 })?;
//!
//! assert_eq!(guests.filter([("gender", "girl")])?.total()?, 1);
//! assert_eq!(guests.timespan(Timespan::year(2010)?).total()?, 0);
//! for (age, total) in guests.values().iterate("age")? {
//!     println!("{age}: {total}");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Which call for what
//!
//! | to | call |
//! | --- | --- |
//! | open a file of counts | [`open`]`("sqlite:guests.db")` |
//! | define a class of events | [`Staste::metrica`], [`MetricaBuilder`], [`Axis::declared`], [`Axis::stored`], [`Axis::path`] |
//! | record an event, now | [`Metrica::kick`] with a list of choices, or the macro [`choices!`] |
//! | with a value or another date | [`Metrica::kick_with`], [`Value`], [`Moment`] |
//! | on the hottest paths | [`Metrica::bind`], then [`BoundPoint::kick`] |
//! | many at once, each counted once | [`Metrica::bulk`] |
//! | narrow | [`Metrica::timespan`] with a [`Timespan`], [`Metrica::filter`]; both give a [`View`], which narrows further |
//! | one number | [`View::total`], [`View::count`], [`View::average`], or all of them: [`View::read`] |
//! | by the choices of an axis | [`View::iterate`], [`View::by`]; the largest: [`View::top`] |
//! | by several axes | [`View::pivot`] |
//! | by time | [`View::iterate_periods`], [`View::series`]; split by an axis: [`View::series_by`] |
//! | read by a statement in SQL | [`SqlQuery`] |
//! | forget | [`View::forget`], [`View::forget_into_other`], [`Staste::forget`] |
//! | move to another Store, or get an axis that one cannot add | [`Metrica::copy_to`], then [`CopyJob::run`] |
//! | learn what was lost, by all processes | [`Staste::troubles`] |
//! | look after it | [`Staste::health`], [`Metrica::verify`], [`SqliteStore::backup`], [`Staste::size`] |
//!
//! # Good to know
//!
//! - **Threads and processes.** Every handle may be cloned and shared between threads. Several processes may
//!   count in one file at once; a forked child counts for itself.
//! - **When kicks are committed.** Every 250 ms, before a question of the same process, by [`Staste::flush`], by
//!   [`Staste::close`], and when the last handle is dropped. A handle in a `static` is never dropped: call
//!   `close` before the program ends, also before [`std::process::exit`].
//! - **Averages** need counts beside totals: define the Metrica [`averaged`](MetricaBuilder::averaged).
//! - **Fractions** need a [`multiplier`](MetricaBuilder::multiplier): 100 counts hundredths, rounded half away from zero.
//! - **Time.** Days are those of the Metrica's [`zone`](MetricaBuilder::zone), UTC unless given. Minutes are kept for 8 days
//!   and hours for 400; [`keep`](MetricaBuilder::keep) changes that. What is no longer kept is an
//!   [error of its own](Error::is_not_retained), never 0.
//! - **Many different choices.** An axis keeps 10,000 unless [`cap`](Axis::cap) says otherwise; later ones count as
//!   [`Choice::Other`]. Combinations multiply: think before two axes have thousands of choices each.
//! - **Errors** say what was given and what is allowed. A kick fails for wrong choices and values only, never
//!   because of the Store.
//!
//! Features: `sqlite` (on unless default features are off), the Store in a SQLite file; `redis`, the Store in
//! Redis or Valkey, which several machines share: a server, a primary by Sentinel, or a cluster, see [`Address`];
//! `web`, pages and charts as a function from request to response and as a router of axum; `tower`, a layer that
//! counts the requests of a site.

mod address;

pub use jiff;

pub use address::{Address, open};
#[doc(hidden)]
pub use staste_core::*;
#[doc(inline)]
pub use staste_core::{
    Amount, AxesNotAddable, Axis, BoundPoint, BulkWriter, Choice, ChoiceInput, Clock, CopyJob, CopyPhase,
    CopyProgress, CopyReport, Definition, Error, Health, Keep, Measure, MemoryStore, Metrica, MetricaBuilder,
    MetricaKind, Moment, Path, Period, Reading, RecorderOptions, Result, Scale, Series, SeriesLine, Staste,
    Timespan, TimespanParts, Total, Value, VerifyReport, View, Zone, formats, store, text_format,
};
#[cfg(feature = "redis")]
#[doc(inline)]
pub use staste_redis::RedisStore;
#[cfg(feature = "sqlite")]
#[doc(inline)]
pub use staste_sqlite::{SqlQuery, SqlRows, SqlValue, SqliteStore};
#[cfg(feature = "tower")]
#[doc(inline)]
pub use staste_tower as tower;
#[cfg(feature = "web")]
#[doc(inline)]
pub use staste_web as web;

/// Choices of several types in one list: text, integers, booleans, paths and options.
///
/// ```
/// use staste::{Axis, MemoryStore, Staste, choices};
/// let staste = Staste::new(MemoryStore::new());
/// let guests =
///     staste.metrica("guests").axis("gender", Axis::stored()).axis("age", Axis::stored()).build()?;
/// guests.kick(choices! { gender: "girl", age: 18 })?;
/// guests.kick(choices! { "gender": None::<&str> })?; // names in quotes may hold `.` and `-`
/// guests.kick(choices! {})?;
/// assert_eq!(guests.filter(choices! { age: 18 })?.total()?, 1);
/// # Ok::<(), staste::Error>(())
/// ```
#[macro_export]
macro_rules! choices {
    (@name $axis:ident) => { stringify!($axis) };
    (@name $axis:literal) => { $axis };
    () => {{
        let none: [(&str, $crate::ChoiceInput<'_>); 0] = [];
        none
    }};
    ($($axis:tt : $choice:expr),+ $(,)?) => {
        [$(($crate::choices!(@name $axis), $crate::ChoiceInput::from($choice))),+]
    };
}

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
