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
//! # Overview of the API
//!
//! | to | call |
//! | --- | --- |
//! | open a file of counts | [`open`]`("sqlite:guests.db")` |
//! | define a Metrica, a class of events | [`Staste::metrica`], [`MetricaBuilder`], [`Axis::declared`], [`Axis::stored`], [`Axis::path`] |
//! | record an event, now | [`Metrica::kick`] with a list of choices, or the macro [`choices!`] |
//! | record with a value or another date | [`Metrica::kick_with`], [`Value`], [`Moment`] |
//! | record on the hottest code paths | [`Metrica::bind`], then [`BoundPoint::kick`] |
//! | import many events, each once | [`Metrica::bulk`] |
//! | narrow | [`Metrica::timespan`] with a [`Timespan`], [`Metrica::filter`]; both return a [`View`], which narrows further |
//! | read one number | [`View::total`], [`View::count`], [`View::average`], or all of them: [`View::read`] |
//! | read by the choices of an axis | [`View::iterate`], [`View::by`]; the largest: [`View::top`] |
//! | read by several axes | [`View::pivot`] |
//! | read by time | [`View::iterate_periods`], [`View::series`]; split by an axis: [`View::series_by`] |
//! | read with SQL | [`SqlQuery`] |
//! | forget | [`View::forget`], [`View::forget_into_other`], [`Staste::forget`] |
//! | copy to another Store, or add an axis that the Store cannot add | [`Metrica::copy_to`], then [`CopyJob::run`] |
//! | find losses of all processes | [`Staste::troubles`] |
//! | monitor and maintain | [`Staste::health`], [`Metrica::verify`], [`SqliteStore::backup`], [`Staste::size`] |
//!
//! # Good to know
//!
//! - **Threads and processes.** Every handle can be cloned and shared between threads. Several processes can count in one
//!   file at once; a forked child counts independently.
//! - **Commits.** Kicks are committed every 250 ms, before a query of the same process, by [`Staste::flush`], by
//!   [`Staste::close`], and when the last handle is dropped. A handle in a `static` is never dropped: call `close` before
//!   the program ends, also before [`std::process::exit`].
//! - **Averages** need counts in addition to totals: define the Metrica [`averaged`](MetricaBuilder::averaged).
//! - **Fractions** need a [`multiplier`](MetricaBuilder::multiplier): 100 counts hundredths, rounded half away from zero.
//! - **Time.** Days are those of the [`zone`](MetricaBuilder::zone) of the Metrica, UTC by default. Minutes are kept for 8
//!   days and hours for 400; [`keep`](MetricaBuilder::keep) changes that. A query of a timespan that is no longer kept is
//!   an [error of its own](Error::is_not_retained), never 0.
//! - **Many different choices.** An axis keeps 10,000 choices unless [`cap`](Axis::cap) sets another limit; later ones count
//!   as [`Choice::Other`]. The number of cells is that of combinations: avoid thousands of choices on two axes.
//! - **Errors** name the invalid value and what is expected. A kick fails for invalid choices and values only, never because
//!   of the Store.
//!
//! Features: `sqlite` (a default feature), the Store in a SQLite file; `redis`, the Store in Redis or Valkey, which
//! several machines share: a server, a primary by Sentinel, or a cluster, see [`Address`]; `web`, pages and charts as a
//! function from request to response and as an axum router; `tower`, a layer that counts the requests of a site.

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
/// guests.kick(choices! { "gender": None::<&str> })?; // names in quotes may have `.` and `-`
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
