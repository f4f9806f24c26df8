//! The primary that sentinels name.

use redis::{ConnectionInfo, Value};
use staste_core::Error;

use super::connection::Connection;
use super::failure::Outcome;
use super::reply;
use crate::address::Address;
use crate::address::topology::Node;
use crate::options::RedisOptions;

/// Connects to the primary of a service: the server that the first sentinel names and whose role is primary.
///
/// After <https://redis.io/docs/latest/develop/reference/sentinel-clients/>: the sentinels are queried in turn, and the
/// server that one names is queried for its role, as a sentinel may be behind.
pub(crate) fn connect_to_primary(
    address: &Address,
    options: &RedisOptions,
    sentinels: &[ConnectionInfo],
    service: &str,
) -> Outcome<Connection> {
    let mut last = None;
    for sentinel in sentinels {
        let found = primary_by(address, options, sentinel, service).and_then(|node| {
            let place = format!("{node}, which sentinels name for {},", address.display);
            let mut connection = Connection::open(&address.info_of(&node), &address.tls, options, &place)?;
            check_role(&mut connection, &place)?;
            Ok(connection)
        });
        match found {
            Ok(connection) => return Ok(connection),
            Err(failure) => last = Some(failure),
        }
    }
    Err(last.unwrap_or_else(|| Error::unavailable("the address names no sentinel").into()))
}

/// Returns the primary that a sentinel names.
fn primary_by(
    address: &Address,
    options: &RedisOptions,
    sentinel: &ConnectionInfo,
    service: &str,
) -> Outcome<Node> {
    let mut connection = Connection::open_unchecked(sentinel, &address.tls, options)?;
    let named = match connection.query(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", service])? {
        Value::Nil => {
            return Err(Error::unavailable(format!(
                "the sentinel at {} watches no service {service:?}; correct the service in {}",
                sentinel.addr(),
                address.display
            ))
            .into());
        }
        named => named,
    };
    let mut items = reply::list(named)?.into_iter();
    let host = reply::text(reply::next(&mut items)?)?;
    let port = reply::integer(&reply::next(&mut items)?)?;
    let port = u16::try_from(port).map_err(|_| Error::corrupt(format!("a sentinel names port {port}")))?;
    Ok(Node { host: Some(host), port })
}

fn check_role(connection: &mut Connection, place: &str) -> Outcome<()> {
    let mut items = reply::list(connection.query(["ROLE"])?)?.into_iter();
    let role = reply::text(reply::next(&mut items)?)?;
    if role != "master" {
        return Err(Error::unavailable(format!(
            "{place} is not the primary yet (its role is {role}); try again"
        ))
        .into());
    }
    Ok(())
}
