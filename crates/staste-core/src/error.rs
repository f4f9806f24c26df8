//! The one error of the domain and of every Store: opaque, with predicates that answer "what now".

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// The result of everything in Staste that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call was refused or failed: a message for people, predicates for programs, and a cause.
///
/// ```
/// let error = staste::Scale::parse("fortnight").unwrap_err();
/// assert!(error.is_input());
/// assert!(error.to_string().contains("fortnight"));
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    kind: Kind,
    message: String,
    retained_since: Option<i64>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

/// The classes an error can be in; each has a predicate on [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Input,
    Conflict,
    NotRetained,
    Plain,
    Unsupported,
    Unavailable,
    InDoubt,
    Stale,
    Damaged,
    Overflow,
    Dropped,
}

impl Error {
    fn new(kind: Kind, message: String) -> Error {
        Error(Arc::new(Inner { kind, message, retained_since: None, cause: None }))
    }

    /// What was given is wrong; the message names it and what is allowed.
    pub fn input(message: impl Into<String>) -> Error {
        Error::new(Kind::Input, message.into())
    }

    /// The Store remembers another definition of the Metrica.
    pub fn conflict(message: impl Into<String>) -> Error {
        Error::new(Kind::Conflict, message.into())
    }

    /// A count or an average was asked of a plain Metrica.
    pub fn plain(metrica: &str) -> Error {
        Error::new(
            Kind::Plain,
            format!(
                "metrica {metrica} is plain: it keeps totals only; define it averaged to ask for counts and averages"
            ),
        )
    }

    /// The period asked for is no longer kept; `since` is the nearest boundary (unix seconds) that is.
    pub fn not_retained(message: impl Into<String>, since: i64) -> Error {
        Error(Arc::new(Inner {
            kind: Kind::NotRetained,
            message: message.into(),
            retained_since: Some(since),
            cause: None,
        }))
    }

    /// The Store cannot do this, and says so in its capabilities.
    pub fn unsupported(message: impl Into<String>) -> Error {
        Error::new(Kind::Unsupported, message.into())
    }

    /// The Store could not be reached or refused; nothing was changed, so trying again later is safe.
    pub fn unavailable(message: impl Into<String>) -> Error {
        Error::new(Kind::Unavailable, message.into())
    }

    /// The Store may or may not have done it; only the same batch may be sent again.
    pub fn in_doubt(message: impl Into<String>) -> Error {
        Error::new(Kind::InDoubt, message.into())
    }

    /// The definition has changed in the Store since it was read; nothing was changed.
    pub fn stale(metrica: &str) -> Error {
        Error::new(Kind::Stale, format!("the definition of metrica {metrica} has changed in the store"))
    }

    /// The data of the Store is not what it must be: corrupt, of a newer version, or not a store at all.
    pub fn damaged(message: impl Into<String>) -> Error {
        Error::new(Kind::Damaged, message.into())
    }

    /// A number does not fit where it has to go.
    pub fn overflow(message: impl Into<String>) -> Error {
        Error::new(Kind::Overflow, message.into())
    }

    /// Kicks were dropped because the memory for pending ones was full.
    pub fn dropped(message: impl Into<String>) -> Error {
        Error::new(Kind::Dropped, message.into())
    }

    /// The same error with what caused it.
    #[must_use]
    pub fn because(self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        Error(Arc::new(Inner {
            kind: self.0.kind,
            message: self.0.message.clone(),
            retained_since: self.0.retained_since,
            cause: Some(cause.into()),
        }))
    }

    /// What was given is wrong; giving it again will not help.
    pub fn is_input(&self) -> bool {
        matches!(self.0.kind, Kind::Input | Kind::Plain)
    }

    /// The Store remembers another definition of the Metrica than the program has.
    pub fn is_conflict(&self) -> bool {
        self.0.kind == Kind::Conflict
    }

    /// The period is below the retention; [`Error::retained_since`] has the boundary.
    pub fn is_not_retained(&self) -> bool {
        self.0.kind == Kind::NotRetained
    }

    /// The start of what is retained, in unix seconds, when [`Error::is_not_retained`].
    pub fn retained_since(&self) -> Option<i64> {
        self.0.retained_since
    }

    /// The Store does not have this capability.
    pub fn is_unsupported(&self) -> bool {
        self.0.kind == Kind::Unsupported
    }

    /// The Store could not be reached or is full; trying again later may help.
    pub fn is_unavailable(&self) -> bool {
        matches!(self.0.kind, Kind::Unavailable | Kind::InDoubt)
    }

    /// The Store may have done it: only the very same batch may be sent again.
    pub fn is_in_doubt(&self) -> bool {
        self.0.kind == Kind::InDoubt
    }

    /// The definition changed under the question; read it again and repeat.
    pub fn is_stale(&self) -> bool {
        self.0.kind == Kind::Stale
    }

    /// The Store's data is corrupt, newer, or no store.
    pub fn is_damaged(&self) -> bool {
        self.0.kind == Kind::Damaged
    }

    /// Kicks were dropped because the memory for pending ones was full; all others were committed.
    pub fn is_dropped(&self) -> bool {
        self.0.kind == Kind::Dropped
    }

    /// A sum does not fit.
    pub fn is_overflow(&self) -> bool {
        self.0.kind == Kind::Overflow
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
