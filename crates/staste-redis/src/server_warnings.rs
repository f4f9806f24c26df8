//! What the server should be set to, so that counts stay what they are.

use crate::client::Client;
use crate::connections::connection::{Connection, info_field};
use crate::connections::eviction::EvictionPolicy;
use crate::connections::failure::Outcome;
use crate::seed;

/// What is wrong with the settings of the servers, in words.
pub(crate) fn warnings(client: &mut Client) -> Outcome<Vec<String>> {
    let mut warnings = Vec::new();
    client.session.on_each_server(|connection, place| {
        warnings.extend(of_server(connection, place)?);
        Ok(())
    })?;
    warnings.extend(seed::warnings(client)?);
    Ok(warnings)
}

fn of_server(connection: &mut Connection, place: &str) -> Outcome<Vec<String>> {
    let mut warnings = Vec::new();
    match EvictionPolicy::read(connection)? {
        Some(policy) if policy.would_evict() => {
            let when = if policy.evicts() { "evicts" } else { "would evict, were maxmemory set," };
            warnings.push(format!(
                "{place} {when} keys when its memory is full (maxmemory-policy {}): whole buckets would vanish, and what \
                 was counted would read as nothing; set maxmemory-policy noeviction",
                policy.name
            ));
        }
        Some(_) => {}
        None => warnings.push(format!(
            "{place} does not say whether it evicts keys when its memory is full: let the user call INFO, and see that \
             maxmemory-policy is noeviction"
        )),
    }
    let persistence = connection.info("persistence")?;
    if info_field(&persistence, "aof_enabled") == Some("0") {
        warnings.push(format!(
            "{place} writes no append-only file: a crash loses what was counted since its last snapshot; set appendonly yes"
        ));
    }
    Ok(warnings)
}
