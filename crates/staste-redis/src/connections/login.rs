//! What is said first on a connection: as whom, to which database, and by what program.

use redis::{ErrorKind, RedisConnectionInfo, RedisError};

use super::Line;
use crate::call::{Request, command};
use crate::failure::{Failure, Outcome};

/// Logs in and chooses the database, with one request and its replies.
pub(crate) fn log_in(line: &mut Line, login: &RedisConnectionInfo) -> Outcome<()> {
    let password = login.password().map(|password| match login.username() {
        Some(user) => command(["AUTH", user, password]),
        None => command(["AUTH", password]),
    });
    let database = (login.db() != 0).then(|| command(["SELECT", &login.db().to_string()]));
    // So that CLIENT LIST names the program. Servers before 7.2 do not know it.
    let names = [("LIB-NAME", "staste"), ("LIB-VER", env!("CARGO_PKG_VERSION"))]
        .map(|(name, value)| command(["CLIENT", "SETINFO", name, value]));
    let all: Vec<&Request> = password.iter().chain(&database).chain(&names).collect();
    line.send(&all.iter().flat_map(|request| request.bytes.iter().copied()).collect::<Vec<u8>>())?;
    let is_refused = |error: RedisError| -> Failure {
        let kind = ErrorKind::AuthenticationFailed;
        Failure::Unsent(RedisError::from((kind, "the password was refused", error.to_string())))
    };
    if password.is_some() {
        line.receive(false).map_err(|failure| match failure {
            Failure::Server(error) => is_refused(error),
            failure => failure,
        })?;
    }
    if database.is_some() {
        line.receive(false).map_err(|failure| match failure {
            Failure::Server(error) => Failure::Unsent(error),
            failure => failure,
        })?;
    }
    for _ in &names {
        match line.receive(false) {
            Ok(_) | Err(Failure::Server(_)) => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(())
}
