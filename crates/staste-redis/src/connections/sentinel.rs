//! The primary that sentinels name.

use redis::{ConnectionInfo, Value};
use staste_core::Error;

use super::{Line, Node};
use crate::address::Address;
use crate::failure::Outcome;
use crate::options::RedisOptions;
use crate::reply;

/// Connects to the primary of a service: what the first sentinel names that a primary answers at.
///
/// After <https://redis.io/docs/latest/develop/reference/sentinel-clients/>: the sentinels are asked in turn,
/// and who they name is asked for its role, as a sentinel may be behind.
pub(crate) fn primary(
    address: &Address,
    options: &RedisOptions,
    sentinels: &[ConnectionInfo],
    service: &str,
) -> Outcome<Line> {
    let mut last = None;
    for sentinel in sentinels {
        let found = named(address, options, sentinel, service).and_then(|node| {
            let place = format!("{node}, which sentinels name for {},", address.shown);
            let mut line = Line::open(&address.info_of(&node), &address.tls, options, &place)?;
            check_role(&mut line, &place)?;
            Ok(line)
        });
        match found {
            Ok(line) => return Ok(line),
            Err(failure) => last = Some(failure),
        }
    }
    Err(last.unwrap_or_else(|| Error::unavailable("the address names no sentinel").into()))
}

/// The primary that a sentinel names.
fn named(
    address: &Address,
    options: &RedisOptions,
    sentinel: &ConnectionInfo,
    service: &str,
) -> Outcome<Node> {
    let mut line = Line::bare(sentinel, &address.tls, options)?;
    let answer = match line.ask(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", service])? {
        Value::Nil => {
            return Err(Error::unavailable(format!(
                "the sentinel at {} watches no service {service:?}; name one it does in {}",
                sentinel.addr(),
                address.shown
            ))
            .into());
        }
        answer => answer,
    };
    let mut items = reply::list(answer)?.into_iter();
    let host = reply::text(reply::next(&mut items)?)?;
    let port = reply::integer(&reply::next(&mut items)?)?;
    let port = u16::try_from(port).map_err(|_| Error::damaged(format!("a sentinel names port {port}")))?;
    Ok(Node { host: Some(host), port })
}

fn check_role(line: &mut Line, place: &str) -> Outcome<()> {
    let mut items = reply::list(line.ask(["ROLE"])?)?.into_iter();
    let role = reply::text(reply::next(&mut items)?)?;
    if role != "master" {
        return Err(Error::unavailable(format!(
            "{place} is not the primary yet (its role is {role}); try again"
        ))
        .into());
    }
    Ok(())
}
