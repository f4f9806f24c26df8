//! From the server's errors to those of the domain: what was wrong where, and what to do.

use redis::{ErrorKind, RedisError, ServerErrorKind};
use staste_core::Error;
use staste_core::store::TimeLimit;

/// The code of the error with which a script ends that found values which cannot be; the Metrica and a fault follow.
const CORRUPT: &str = "CORRUPT";

/// What an inner step can fail with.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The connection failed before the server had the whole request, or while it was only asked.
    Unsent(RedisError),
    /// The connection failed after a request to write was sent: the server may have done it.
    Lost(RedisError),
    /// The server sent what is not a reply, or too much: the connection is of no use any more.
    Garbled { why: String, in_doubt: bool },
    /// It was not done, and what is known of the servers is void: the verb may be run again at once.
    Again(RedisError),
    /// It was not done, as the cluster is moving the keys: the verb may be run again in a moment.
    Later(RedisError),
    /// The server refused.
    Server(RedisError),
    /// The verb was refused for a reason of the domain; the connection is fine.
    Refused(Error),
}

/// The result of an inner step.
pub(crate) type Outcome<T> = Result<T, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Refused(error)
    }
}

impl Failure {
    /// True when what was told over the connections before may not be so any more.
    pub(crate) fn is_fatal(&self) -> bool {
        matches!(self, Failure::Unsent(_) | Failure::Lost(_) | Failure::Again(_) | Failure::Garbled { .. })
    }

    /// True when the nodes of a cluster will agree on where the keys are in a moment.
    pub(crate) fn will_pass(&self) -> bool {
        matches!(self, Failure::Later(_)) || self.is_redirection()
    }

    /// True when stored values cannot be.
    pub(crate) fn is_corruption(&self) -> bool {
        match self {
            Failure::Refused(error) => error.is_damaged(),
            Failure::Server(error) => error.code() == Some(CORRUPT),
            _ => false,
        }
    }

    fn is_redirection(&self) -> bool {
        let moved = ErrorKind::Server(ServerErrorKind::Moved);
        matches!(self, Failure::Again(error) if error.kind() == moved)
    }

    /// The error for the caller.
    pub(crate) fn explain(self, shown: &str) -> Error {
        let is_redirection = self.is_redirection();
        match self {
            Failure::Again(error) if is_redirection => Error::unavailable(format!(
                "{shown} says that another node has the keys, and that one says the same of others; check \
                 `CLUSTER NODES` there"
            ))
            .because(error),
            Failure::Refused(error) => error,
            Failure::Garbled { why, in_doubt: true } => {
                Error::in_doubt(format!("{shown} sent {why}. It is not known whether it was written"))
            }
            Failure::Garbled { why, .. } => Error::unavailable(format!("{shown} sent {why}")),
            Failure::Lost(error) => Error::in_doubt(format!(
                "the connection to {shown} was lost before it answered ({}); it is not known whether it was written",
                why(&error)
            ))
            .because(error),
            Failure::Unsent(error) | Failure::Again(error) => unreachable_server(shown, error),
            Failure::Server(error) | Failure::Later(error) => refused(shown, error),
        }
    }
}

fn unreachable_server(shown: &str, error: RedisError) -> Error {
    if let Some(limit) = TimeLimit::current()
        && error.is_timeout()
        && limit.is_over()
    {
        return Error::unavailable(format!(
            "{shown} did not answer within {:?}, the time limit of the question; check that the server is well, or \
             allow more time",
            limit.timeout()
        ))
        .because(error);
    }
    if matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension | ErrorKind::AuthenticationFailed) {
        return refused(shown, error);
    }
    Error::unavailable(format!(
        "{shown} cannot be reached ({}); check that the server runs there and that this machine may connect",
        why(&error)
    ))
    .because(error)
}

/// The error for stored values that cannot be, as somebody else wrote or deleted them; `fault` names key and value.
pub(crate) fn corrupt(metrica: &str, fault: &str) -> Error {
    Error::damaged(format!("metrica {metrica} is corrupt: {fault}; {}", remedy(metrica)))
}

/// What to do about a corrupt Metrica.
pub(crate) fn remedy(metrica: &str) -> String {
    format!("restore its keys from a backup, or delete what is left with `staste forget {metrica}`")
}

fn why(error: &RedisError) -> String {
    if error.is_timeout() { "it took too long".to_owned() } else { error.to_string() }
}

/// The refusal of a server that was reached.
fn refused(shown: &str, error: RedisError) -> Error {
    let code = error.code().unwrap_or_default().to_owned();
    let text = error.detail().unwrap_or_default().to_owned();
    if code == CORRUPT
        && let Some((metrica, fault)) = text.split_once(' ')
    {
        return corrupt(metrica, fault);
    }
    from_code(shown, &code, &text, error.kind()).because(error)
}

fn from_code(shown: &str, code: &str, text: &str, kind: ErrorKind) -> Error {
    // What a script met arrives inside of its own error.
    let met = |wanted: &str| code == wanted || text.contains(&format!("{wanted} "));
    if kind == ErrorKind::AuthenticationFailed || met("WRONGPASS") || met("NOAUTH") {
        Error::unavailable(format!("{shown} refused user and password; check those in the address"))
    } else if met("NOPERM")
        || text.contains("The user executing the script")
        || text.contains("ACL failure in script")
    {
        Error::unavailable(format!(
            "the user may not do this at {shown} ({text}); let it use the keys of the prefix, and the scripts with their \
             commands: `ACL SETUSER USER ~PREFIX:* +@all -@dangerous +info` is enough"
        ))
    } else if met("OOM") {
        Error::unavailable(format!(
            "{shown} is out of memory (maxmemory); nothing was written, and counting goes on when there is room"
        ))
    } else if met("READONLY") {
        Error::unavailable(format!(
            "{shown} is a replica that may only be read; give the address of its primary"
        ))
    } else if met("MISCONF") || met("NOREPLICAS") {
        Error::unavailable(format!("{shown} takes no writes now: {text}"))
    } else if (met("ERR") && text.contains("cluster support disabled")) || met("CROSSSLOT") {
        Error::unavailable(format!("{shown} is no cluster; write redis://HOST:PORT"))
    } else if met("MOVED") {
        Error::unavailable(format!(
            "{shown} is part of a cluster; write redis-cluster://HOST:PORT, where the database is always 0"
        ))
    } else if met("ASK") || met("TRYAGAIN") {
        Error::unavailable(format!(
            "the cluster is moving keys away from {shown}, which takes longer than expected; try again"
        ))
    } else if met("LOADING") || met("BUSY") || met("MASTERDOWN") || met("CLUSTERDOWN") {
        Error::unavailable(format!("{shown} cannot answer yet ({code}); try again"))
    } else if kind == ErrorKind::Server(ServerErrorKind::NoScript) {
        Error::unavailable(format!("{shown} does not keep the scripts it is given; try again"))
    } else if text.contains("invalid DB index") || text.contains("DB index is out of range") {
        Error::unavailable(format!("{shown} has no database of this number"))
    } else if met("WRONGTYPE") || text.contains("not an integer") {
        Error::damaged(format!(
            "{shown} holds something else under the keys of the store ({code} {text}); use another prefix"
        ))
    } else {
        Error::unavailable(format!("{shown} refused: {code} {text}"))
    }
}
