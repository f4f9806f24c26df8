//! What a server does when its memory is full: one that evicts keys would lose counts.

use redis::Value;
use staste_core::Error;

use super::connection::{Connection, info_field};
use super::failure::{Failure, Outcome};
use super::reply;

/// How a server handles full memory.
#[derive(Debug)]
pub(crate) struct EvictionPolicy {
    /// The value of `maxmemory-policy`: `noeviction` for none.
    pub(crate) name: String,
    /// `maxmemory` is set; without a limit nothing is evicted.
    is_limited: bool,
}

impl EvictionPolicy {
    /// Reads the policy from INFO, or from CONFIG where only that is allowed; returns none when neither is.
    pub(crate) fn read(connection: &mut Connection) -> Outcome<Option<EvictionPolicy>> {
        let info = connection.info("memory")?;
        if let Some(name) = info_field(&info, "maxmemory_policy") {
            let is_limited = info_field(&info, "maxmemory").is_none_or(|bytes| bytes != "0");
            return Ok(Some(EvictionPolicy { name: name.to_owned(), is_limited }));
        }
        let Some(name) = setting(connection, "maxmemory-policy")? else { return Ok(None) };
        let is_limited = setting(connection, "maxmemory")?.is_none_or(|bytes| bytes != "0");
        Ok(Some(EvictionPolicy { name, is_limited }))
    }

    /// Returns true when the server evicts keys. Policies for keys that expire (`volatile-*`) are no better: buckets and
    /// marks expire.
    pub(crate) fn evicts(&self) -> bool {
        self.is_limited && self.would_evict()
    }

    /// Returns true when the server would evict keys if it had a limit.
    pub(crate) fn would_evict(&self) -> bool {
        self.name != "noeviction"
    }
}

/// Refuses to write to a server that evicts keys. The policy is read once, before the first write.
pub(crate) fn check_before_write(connection: &mut Connection, place: &str) -> Outcome<()> {
    if connection.may_write {
        return Ok(());
    }
    if let Some(policy) = EvictionPolicy::read(connection)?
        && policy.evicts()
    {
        return Err(Error::unavailable(format!(
            "{place} evicts keys when its memory is full (maxmemory-policy {}), so counts could disappear, and nothing is \
             written there; set maxmemory-policy noeviction, or add evicting=allow to the address",
            policy.name
        ))
        .into());
    }
    connection.may_write = true;
    Ok(())
}

fn setting(connection: &mut Connection, name: &str) -> Outcome<Option<String>> {
    let items = match connection.query(["CONFIG", "GET", name]) {
        Ok(Value::Array(items)) => items,
        Ok(_) | Err(Failure::Server(_)) => return Ok(None),
        Err(failure) => return Err(failure),
    };
    items.into_iter().nth(1).map(reply::text).transpose()
}
