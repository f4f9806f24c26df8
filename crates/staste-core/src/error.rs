//! `Error`: the error of the core and of every Store, opaque, with predicates for how to handle it.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// The result type of Staste.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error of a call: a message for people, predicates for programs, and a cause.
///
/// ```
/// let error = staste::Scale::parse("fortnight").unwrap_err();
/// assert!(error.is_invalid_input());
/// assert!(error.to_string().contains("fortnight"));
///
/// let guests = staste::Staste::new(staste::MemoryStore::new()).metrica("guests").build()?;
/// let error = guests.kick([("aeg", 7)]).unwrap_err();
/// assert!(error.is_unknown_axis() && error.is_invalid_input());
/// assert_eq!(error.axis(), Some("aeg"));
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    message: String,
    retained_since: Option<i64>,
    recorded_since: Option<i64>,
    axis: Option<String>,
    cause: Option<Arc<dyn StdError + Send + Sync>>,
}

/// The kind of an error; each has a predicate on [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    InvalidInput,
    UnknownAxis,
    Conflict,
    NotRetained,
    NotRecorded,
    Plain,
    Unsupported,
    Unavailable,
    InDoubt,
    Stale,
    Corrupt,
    Overflow,
    Dropped,
}

impl Error {
    /// Returns true when an argument is invalid, so that a retry does not help.
    pub fn is_invalid_input(&self) -> bool {
        matches!(self.0.kind, Kind::InvalidInput | Kind::UnknownAxis | Kind::Plain)
    }

    /// Returns true when the Metrica has no axis of this name; [`Error::axis`] returns the name.
    pub fn is_unknown_axis(&self) -> bool {
        self.0.kind == Kind::UnknownAxis
    }

    /// Returns the name of an axis that is unknown, or not allowed.
    pub fn axis(&self) -> Option<&str> {
        self.0.axis.as_deref()
    }

    /// Returns true when the definition of the program differs from the stored one.
    pub fn is_conflict(&self) -> bool {
        self.0.kind == Kind::Conflict
    }

    /// Returns true when the timespan is no longer retained; [`Error::retained_since`] returns the boundary.
    pub fn is_not_retained(&self) -> bool {
        self.0.kind == Kind::NotRetained
    }

    /// Returns the nearest retained boundary in unix seconds, when [`Error::is_not_retained`].
    pub fn retained_since(&self) -> Option<i64> {
        self.0.retained_since
    }

    /// Returns true when kicks of the timespan have no bin, so that their percentiles are unknown: they were counted before
    /// the Metrica became a distribution. [`Error::recorded_since`] returns when that was.
    pub fn is_not_recorded(&self) -> bool {
        self.0.kind == Kind::NotRecorded
    }

    /// Returns the moment in unix seconds since which percentiles are recorded, when [`Error::is_not_recorded`].
    pub fn recorded_since(&self) -> Option<i64> {
        self.0.recorded_since
    }

    /// Returns true when the Store does not have this capability.
    pub fn is_unsupported(&self) -> bool {
        self.0.kind == Kind::Unsupported
    }

    /// Returns true when the Store could not be reached or is full, so that a later retry may help.
    pub fn is_unavailable(&self) -> bool {
        matches!(self.0.kind, Kind::Unavailable | Kind::InDoubt)
    }

    /// Returns true when the outcome is unknown. Only the same batch may be sent again.
    pub fn is_in_doubt(&self) -> bool {
        self.0.kind == Kind::InDoubt
    }

    /// Returns true when the definition has changed since it was read: read it again and retry.
    pub fn is_stale(&self) -> bool {
        self.0.kind == Kind::Stale
    }

    /// Returns true when the stored data is corrupt, of a newer version, or not of Staste.
    pub fn is_corrupt(&self) -> bool {
        self.0.kind == Kind::Corrupt
    }

    /// Returns true when kicks were dropped because the memory for pending kicks was full. All others were committed.
    pub fn is_dropped(&self) -> bool {
        self.0.kind == Kind::Dropped
    }

    /// Returns true when a number does not fit its type.
    pub fn is_overflow(&self) -> bool {
        self.0.kind == Kind::Overflow
    }
}

/// Constructors, for implementations of [`Store`](crate::store::Store).
impl Error {
    /// Creates the error for an invalid argument; the message names it and what is expected.
    pub fn invalid_input(message: impl Into<String>) -> Error {
        Error::new(Kind::InvalidInput, message.into())
    }

    /// Creates the error for an axis that the Metrica does not have.
    pub fn unknown_axis(axis: &str, message: impl Into<String>) -> Error {
        Error::new(Kind::UnknownAxis, message.into()).with(|inner| inner.axis = Some(axis.to_owned()))
    }

    /// Creates the error for a name that an axis may not have.
    pub fn invalid_axis_name(axis: &str, message: impl Into<String>) -> Error {
        Error::invalid_input(message).with(|inner| inner.axis = Some(axis.to_owned()))
    }

    /// Creates the error for a definition that differs from the stored one.
    pub fn conflict(message: impl Into<String>) -> Error {
        Error::new(Kind::Conflict, message.into())
    }

    /// Creates the error for a query of counts or averages of a plain Metrica.
    pub fn plain(metrica: &str) -> Error {
        Error::new(
            Kind::Plain,
            format!(
                "metrica {metrica} is plain: it counts totals only; define it averaged for counts and averages"
            ),
        )
    }

    /// Creates the error for a query of percentiles of an averaged Metrica.
    pub fn averaged(metrica: &str) -> Error {
        Error::new(
            Kind::Plain,
            format!(
                "metrica {metrica} is averaged: it does not record the distribution of values; define it as a distribution for \
                 percentiles"
            ),
        )
    }

    /// Creates the error for percentiles of kicks that were counted without bins; `since` is the moment in unix seconds since
    /// which they are recorded.
    pub fn not_recorded(message: impl Into<String>, since: Option<i64>) -> Error {
        Error::new(Kind::NotRecorded, message.into()).with(|inner| inner.recorded_since = since)
    }

    /// Creates the error for a timespan that is no longer retained; `since` is the nearest retained boundary in unix
    /// seconds.
    pub fn not_retained(message: impl Into<String>, since: i64) -> Error {
        Error::new(Kind::NotRetained, message.into()).with(|inner| inner.retained_since = Some(since))
    }

    /// Creates the error for an operation that is not among the capabilities of the Store.
    pub fn unsupported(message: impl Into<String>) -> Error {
        Error::new(Kind::Unsupported, message.into())
    }

    /// Creates the error for a Store that could not be reached or refused. Nothing was changed, so that a retry is
    /// safe.
    pub fn unavailable(message: impl Into<String>) -> Error {
        Error::new(Kind::Unavailable, message.into())
    }

    /// Creates the error for an unknown outcome. Only the same batch may be sent again.
    pub fn in_doubt(message: impl Into<String>) -> Error {
        Error::new(Kind::InDoubt, message.into())
    }

    /// Creates the error for a definition that has changed in the Store since it was read. Nothing was changed.
    pub fn stale(metrica: &str) -> Error {
        Error::new(Kind::Stale, format!("the definition of metrica {metrica} has changed in the store"))
    }

    /// Creates the error for stored data that cannot be used: corrupt, of a newer version, or not of Staste.
    pub fn corrupt(message: impl Into<String>) -> Error {
        Error::new(Kind::Corrupt, message.into())
    }

    /// Creates the error for a number that does not fit its type.
    pub fn overflow(message: impl Into<String>) -> Error {
        Error::new(Kind::Overflow, message.into())
    }

    /// Creates the error for kicks that were dropped because the memory for pending kicks was full.
    pub fn dropped(message: impl Into<String>) -> Error {
        Error::new(Kind::Dropped, message.into())
    }

    /// Returns the same error with a cause.
    #[must_use]
    pub fn because(self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        let cause = Arc::from(cause.into());
        self.with(|inner| inner.cause = Some(cause))
    }

    fn new(kind: Kind, message: String) -> Error {
        Error(Arc::new(Inner {
            kind,
            message,
            retained_since: None,
            recorded_since: None,
            axis: None,
            cause: None,
        }))
    }

    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Error {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.0.kind, self.0.message)?;
        match &self.0.cause {
            Some(cause) => write!(f, " ({cause})"),
            None => Ok(()),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.cause.as_deref().map(|cause| cause as &(dyn StdError + 'static))
    }
}
