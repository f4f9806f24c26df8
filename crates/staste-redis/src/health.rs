//! What the server should be set to, so that counts stay what they are.

use crate::failure::Outcome;
use crate::lines::{Line, field};
use crate::link::Link;
use crate::seed;

/// What is wrong with the settings of the servers, in words.
pub(crate) fn warnings(link: &mut Link) -> Outcome<Vec<String>> {
    let mut warnings = Vec::new();
    link.each(|line, shown| {
        warnings.extend(of_one(line, shown)?);
        Ok(())
    })?;
    warnings.extend(seed::warnings(link)?);
    Ok(warnings)
}

fn of_one(line: &mut Line, shown: &str) -> Outcome<Vec<String>> {
    let mut warnings = Vec::new();
    let memory = line.information("memory")?;
    let policy = field(&memory, "maxmemory_policy").unwrap_or("noeviction");
    let bounded = field(&memory, "maxmemory").is_some_and(|bytes| bytes != "0");
    if policy != "noeviction" {
        let when = if bounded { "evicts" } else { "would evict, were maxmemory set," };
        warnings.push(format!(
            "{shown} {when} keys when its memory is full (maxmemory-policy {policy}): whole buckets would vanish, and what \
             was counted would read as nothing; set maxmemory-policy noeviction",
        ));
    }
    let persistence = line.information("persistence")?;
    if field(&persistence, "aof_enabled") == Some("0") {
        warnings.push(format!(
            "{shown} writes no append-only file: a crash loses what was counted since its last snapshot; set appendonly yes"
        ));
    }
    Ok(warnings)
}
