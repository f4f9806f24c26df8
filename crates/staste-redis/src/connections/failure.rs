//! Failures of requests, and the errors that they are reported as: what is wrong where, and what to do.

use redis::{ErrorKind, RedisError, ServerErrorKind};
use staste_core::Error;
use staste_core::store::TimeLimit;

/// Error code of scripts that found invalid values; the name of the Metrica and a description follow.
const CORRUPT: &str = "CORRUPT";

/// Why a request, or an operation made of requests, failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The connection failed before the server had the whole request, or during a request that only reads.
    Unsent(RedisError),
    /// The connection failed after a write was sent: the server may have executed it.
    Lost(RedisError),
    /// The server sent an invalid or too large reply: the connection cannot be used any more.
    Garbled { problem: String, in_doubt: bool },
    /// The request was not executed, as keys or servers have moved: the operation can be run again at once.
    Again(RedisError),
    /// The request was not executed, as the cluster is moving the keys: the operation can be run again in a moment.
    Later(RedisError),
    /// The server replied with an error.
    Server(RedisError),
    /// The operation failed for a reason of its own; the connection works.
    Refused(Error),
}

/// The result of a request, or of an operation made of requests.
pub(crate) type Outcome<T> = Result<T, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Refused(error)
    }
}

impl Failure {
    /// Returns true when what was learned over the connections may not be true any more.
    pub(crate) fn is_fatal(&self) -> bool {
        matches!(self, Failure::Unsent(_) | Failure::Lost(_) | Failure::Again(_) | Failure::Garbled { .. })
    }

    /// Returns true when the nodes of a cluster will agree on where the keys are in a moment.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Failure::Later(_)) || self.is_redirection()
    }

    /// Returns true when stored values are invalid.
    pub(crate) fn is_corruption(&self) -> bool {
        match self {
            Failure::Refused(error) => error.is_corrupt(),
            Failure::Server(error) => error.code() == Some(CORRUPT),
            _ => false,
        }
    }

    fn is_redirection(&self) -> bool {
        let moved = ErrorKind::Server(ServerErrorKind::Moved);
        matches!(self, Failure::Again(error) if error.kind() == moved)
    }

    /// Returns the error for the caller; `place` names the server.
    pub(crate) fn into_error(self, place: &str) -> Error {
        let is_redirection = self.is_redirection();
        match self {
            Failure::Again(error) if is_redirection => Error::unavailable(format!(
                "{place} reports that another node has the keys, and that node reports the same of others; check \
                 `CLUSTER NODES` there"
            ))
            .because(error),
            Failure::Refused(error) => error,
            Failure::Garbled { problem, in_doubt: true } => {
                Error::in_doubt(format!("{place} sent {problem}. It is not known whether the data was written"))
            }
            Failure::Garbled { problem, .. } => Error::unavailable(format!("{place} sent {problem}")),
            Failure::Lost(error) => Error::in_doubt(format!(
                "the connection to {place} was lost before the reply ({}); it is not known whether the data was written",
                cause(&error)
            ))
            .because(error),
            Failure::Unsent(error) | Failure::Again(error) => unreachable_server(place, error),
            Failure::Server(error) | Failure::Later(error) => error_reply(place, error),
        }
    }
}

fn unreachable_server(place: &str, error: RedisError) -> Error {
    if let Some(limit) = TimeLimit::current()
        && error.is_timeout()
        && limit.is_over()
    {
        return Error::unavailable(format!(
            "{place} did not reply within {:?}, the time limit of the query; check the load of the server, or allow \
             more time",
            limit.timeout()
        ))
        .because(error);
    }
    if matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension | ErrorKind::AuthenticationFailed) {
        return error_reply(place, error);
    }
    Error::unavailable(format!(
        "{place} cannot be reached ({}); check that the server runs there and that this machine may connect",
        cause(&error)
    ))
    .because(error)
}

/// Returns the error for invalid stored values; `fault` names key and value.
pub(crate) fn corrupt(metrica: &str, fault: &str) -> Error {
    Error::corrupt(format!("metrica {metrica} is corrupt: {fault}; {}", remedy(metrica)))
}

/// Returns what to do about a corrupt Metrica.
pub(crate) fn remedy(metrica: &str) -> String {
    format!("restore its keys from a backup, or delete what is left with `staste forget {metrica}`")
}

fn cause(error: &RedisError) -> String {
    if error.is_timeout() { "it took too long".to_owned() } else { error.to_string() }
}

/// Returns the error for an error reply of a server.
fn error_reply(place: &str, error: RedisError) -> Error {
    let code = error.code().unwrap_or_default().to_owned();
    let text = error.detail().unwrap_or_default().to_owned();
    if code == CORRUPT
        && let Some((metrica, fault)) = text.split_once(' ')
    {
        return corrupt(metrica, fault);
    }
    from_code(place, &code, &text, error.kind()).because(error)
}

fn from_code(place: &str, code: &str, text: &str, kind: ErrorKind) -> Error {
    // The error of a command within a script is part of the error of the script.
    let has_code = |wanted: &str| code == wanted || text.contains(&format!("{wanted} "));
    if kind == ErrorKind::AuthenticationFailed || has_code("WRONGPASS") || has_code("NOAUTH") {
        Error::unavailable(format!("{place} refused user and password; check those in the address"))
    } else if has_code("NOPERM")
        || text.contains("The user executing the script")
        || text.contains("ACL failure in script")
    {
        Error::unavailable(format!(
            "the user may not do this at {place} ({text}); allow it the keys of the prefix, and scripts with the commands \
             that they call: `ACL SETUSER USER ~PREFIX:* +@all -@dangerous +info` is enough to count; to read only, \
             `+@read +@connection +eval +evalsha` is"
        ))
    } else if has_code("OOM") {
        Error::unavailable(format!(
            "{place} is out of memory (maxmemory); nothing was written, and counting continues when memory is free"
        ))
    } else if has_code("READONLY") {
        Error::unavailable(format!("{place} is a read-only replica; give the address of its primary"))
    } else if has_code("MISCONF") || has_code("NOREPLICAS") {
        Error::unavailable(format!("{place} accepts no writes at the moment: {text}"))
    } else if (has_code("ERR") && text.contains("cluster support disabled")) || has_code("CROSSSLOT") {
        Error::unavailable(format!("{place} is not a cluster; write redis://HOST:PORT"))
    } else if has_code("MOVED") {
        Error::unavailable(format!(
            "{place} is part of a cluster; write redis-cluster://HOST:PORT, where the database is always 0"
        ))
    } else if has_code("ASK") || has_code("TRYAGAIN") {
        Error::unavailable(format!(
            "the cluster is moving keys away from {place}, which takes longer than expected; try again"
        ))
    } else if has_code("LOADING") || has_code("BUSY") || has_code("MASTERDOWN") || has_code("CLUSTERDOWN") {
        Error::unavailable(format!("{place} cannot reply yet ({code}); try again"))
    } else if kind == ErrorKind::Server(ServerErrorKind::NoScript) {
        Error::unavailable(format!("{place} does not keep the scripts that it receives; try again"))
    } else if text.contains("invalid DB index") || text.contains("DB index is out of range") {
        Error::unavailable(format!("{place} has no database of this number"))
    } else if has_code("WRONGTYPE") || text.contains("not an integer") {
        Error::corrupt(format!(
            "{place} has values of another type under the keys of the store ({code} {text}); use another prefix"
        ))
    } else {
        Error::unavailable(format!("{place} replied with an error: {code} {text}"))
    }
}
