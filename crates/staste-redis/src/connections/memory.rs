//! What a server does when its memory is full.

use redis::Value;

use super::{Line, field};
use crate::failure::{Failure, Outcome};
use crate::reply;

/// How a server handles its memory.
#[derive(Debug)]
pub(crate) struct Memory {
    /// Which keys it evicts: `noeviction` for none.
    pub(crate) policy: String,
    /// It has a limit (`maxmemory`); without one it evicts nothing.
    pub(crate) is_limited: bool,
}

impl Memory {
    /// Reads it from INFO, or from CONFIG where that may be used only; none when neither may.
    pub(crate) fn of(line: &mut Line) -> Outcome<Option<Memory>> {
        let information = line.information("memory")?;
        if let Some(policy) = field(&information, "maxmemory_policy") {
            let is_limited = field(&information, "maxmemory").is_none_or(|bytes| bytes != "0");
            return Ok(Some(Memory { policy: policy.to_owned(), is_limited }));
        }
        let Some(policy) = setting(line, "maxmemory-policy")? else { return Ok(None) };
        let is_limited = setting(line, "maxmemory")?.is_none_or(|bytes| bytes != "0");
        Ok(Some(Memory { policy, is_limited }))
    }

    /// True when keys vanish. Policies for keys that expire (`volatile-*`) are no better: buckets and marks do.
    pub(crate) fn evicts(&self) -> bool {
        self.is_limited && self.may_evict()
    }

    /// True when keys would vanish if there were a limit.
    pub(crate) fn may_evict(&self) -> bool {
        self.policy != "noeviction"
    }
}

fn setting(line: &mut Line, name: &str) -> Outcome<Option<String>> {
    let answer = match line.ask(["CONFIG", "GET", name]) {
        Ok(Value::Array(items)) => items,
        Ok(_) | Err(Failure::Server(_)) => return Ok(None),
        Err(failure) => return Err(failure),
    };
    answer.into_iter().nth(1).map(reply::text).transpose()
}
