//! Warnings about settings of the servers, and about data, that put counts at risk.

use crate::client::{Client, OnMetrica};
use crate::connections::connection::{Connection, info_field};
use crate::connections::eviction::EvictionPolicy;
use crate::connections::failure::Outcome;
use crate::layout;
use crate::operations::definitions::definitions;

/// Returns all warnings.
pub(crate) fn warnings(client: &mut Client) -> Outcome<Vec<String>> {
    let mut warnings = Vec::new();
    client.session.on_each_server(|connection, place| {
        warnings.extend(of_server(connection, place)?);
        Ok(())
    })?;
    // In a cluster all metricas have the own layout, which needs no warnings.
    if !client.session.in_cluster {
        warnings.extend(of_metricas(client)?);
        warnings.extend(layout::unregistered_data(&mut client.session)?);
    }
    Ok(warnings)
}

fn of_server(connection: &mut Connection, place: &str) -> Outcome<Vec<String>> {
    let mut warnings = Vec::new();
    match EvictionPolicy::read(connection)? {
        Some(policy) if policy.would_evict() => {
            let when = if policy.evicts() { "evicts" } else { "would evict, were maxmemory set," };
            warnings.push(format!(
                "{place} {when} keys when its memory is full (maxmemory-policy {}): whole buckets would disappear, and their \
                 counts would read as zero; set maxmemory-policy noeviction",
                policy.name
            ));
        }
        Some(_) => {}
        None => warnings.push(format!(
            "{place} does not say whether it evicts keys when its memory is full: allow the user to call INFO, and check \
             that maxmemory-policy is noeviction"
        )),
    }
    let persistence = connection.info("persistence")?;
    if info_field(&persistence, "aof_enabled") == Some("0") {
        warnings.push(format!(
            "{place} writes no append-only file: a crash loses everything counted since its last snapshot; set appendonly \
             yes"
        ));
    }
    Ok(warnings)
}

fn of_metricas(client: &mut Client) -> Outcome<Vec<String>> {
    let mut warnings = Vec::new();
    for definition in definitions(client, None)? {
        match client.refresh(&definition.name) {
            // The faults of the Metrica are reported by themselves.
            Err(failure) if failure.is_corruption() => continue,
            is_there => is_there?,
        };
        if let Some(OnMetrica { session, layout, .. }) = client.on(&definition.name) {
            warnings.extend(layout.warning(session, &definition)?);
        }
    }
    Ok(warnings)
}
