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
//! A *Metrica* is a named class of events with *axes*; [`Metrica::kick`] records an event and returns at
//! once; views narrowed by timespan and filter answer totals, counts and averages. See [`Staste`],
//! [`Metrica`] and [`View`].

mod address;

pub use jiff;

pub use address::{Address, open};
pub use staste_core::*;
#[cfg(feature = "sqlite")]
pub use staste_sqlite::SqliteStore;

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
        let none: [(&str, $crate::Given<'_>); 0] = [];
        none
    }};
    ($($axis:tt : $choice:expr),+ $(,)?) => {
        [$(($crate::choices!(@name $axis), $crate::Given::from($choice))),+]
    };
}

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
