//! What the server should be set to, so that counts stay what they are.

use redis::Value;

use crate::failure::Outcome;
use crate::link::{Link, field};

/// What is wrong with the settings of the server, in words.
pub(crate) fn warnings(link: &mut Link) -> Outcome<Vec<String>> {
    let mut warnings = Vec::new();
    let memory = info(link, "memory")?;
    let policy = field(&memory, "maxmemory_policy").unwrap_or("noeviction");
    let bounded = field(&memory, "maxmemory").is_some_and(|bytes| bytes != "0");
    if policy != "noeviction" {
        let when = if bounded { "evicts" } else { "would evict, were maxmemory set," };
        warnings.push(format!(
            "{} {when} keys when its memory is full (maxmemory-policy {policy}): whole buckets would vanish, and what \
             was counted would read as nothing; set maxmemory-policy noeviction",
            link.shown
        ));
    }
    let persistence = info(link, "persistence")?;
    if field(&persistence, "aof_enabled") == Some("0") {
        warnings.push(format!(
            "{} writes no append-only file: a crash loses what was counted since its last snapshot; set appendonly yes",
            link.shown
        ));
    }
    Ok(warnings)
}

fn info(link: &mut Link, section: &str) -> Outcome<String> {
    Ok(match link.ask(["INFO", section])? {
        Value::BulkString(text) => String::from_utf8_lossy(&text).into_owned(),
        Value::VerbatimString { text, .. } => text,
        _ => String::new(),
    })
}
