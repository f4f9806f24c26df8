//! What the server should be set to, so that counts stay what they are.

use crate::connections::{Line, Memory, field};
use crate::failure::Outcome;
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
    match Memory::of(line)? {
        Some(memory) if memory.may_evict() => {
            let when = if memory.evicts() { "evicts" } else { "would evict, were maxmemory set," };
            warnings.push(format!(
                "{shown} {when} keys when its memory is full (maxmemory-policy {}): whole buckets would vanish, and what \
                 was counted would read as nothing; set maxmemory-policy noeviction",
                memory.policy
            ));
        }
        Some(_) => {}
        None => warnings.push(format!(
            "{shown} does not say whether it evicts keys when its memory is full: let the user call INFO, and see that \
             maxmemory-policy is noeviction"
        )),
    }
    let persistence = line.information("persistence")?;
    if field(&persistence, "aof_enabled") == Some("0") {
        warnings.push(format!(
            "{shown} writes no append-only file: a crash loses what was counted since its last snapshot; set appendonly yes"
        ));
    }
    Ok(warnings)
}
