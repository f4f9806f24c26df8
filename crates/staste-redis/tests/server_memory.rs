//! Full memory, eviction of keys, and warnings about such settings.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use common::*;
use staste_core::store::{Batch, Claim, Store};
use staste_core::{Choice, MetricaKind, Scale};
use staste_redis::RedisStore;

#[test]
fn full_memory_delays_kicks_until_there_is_room() {
    let server = Server::start(&["--maxmemory-policy", "noeviction"]);
    let address = server.fresh();
    let store = store(&address);
    let definition = guests(store.as_ref());
    store.apply(&one_kick(store.as_ref(), 1)).unwrap();
    let connection = connect(&address);
    let limit = |bytes: &str| {
        let mut connection = connection.lock().unwrap();
        let _: () =
            redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg(bytes).query(&mut connection).unwrap();
    };
    limit("1");
    let claimed = Batch {
        claims: vec![Claim::new("import/guests/1", [])],
        ..batch(2, vec![part(&definition, &kicks((0..50).map(|age| age.to_string())))])
    };
    let error = store.apply(&claimed).unwrap_err();
    assert!(error.is_unavailable() && !error.is_in_doubt(), "{error:?}");
    assert!(error.to_string().contains("out of memory"), "{error}");
    assert!(store.define(&new_definition("more", &[], MetricaKind::Plain)).unwrap_err().is_unavailable());
    assert_eq!(grand_total(store.as_ref()), 1);
    assert_eq!(store.choices(&definition, 0).unwrap(), [value("7")]);
    assert!(store.records("").unwrap().is_empty());
    limit("0");
    assert!(!store.apply(&claimed).unwrap().duplicate);
    assert_eq!(grand_total(store.as_ref()), 51);
}

#[test]
fn settings_that_lose_counts_cause_warnings() {
    let server = Server::start(&["--maxmemory-policy", "allkeys-lru"]);
    let warnings = RedisStore::parse(&server.fresh()).unwrap().warnings().unwrap();
    assert!(warnings.iter().any(|warning| warning.contains("allkeys-lru")), "{warnings:?}");
    assert!(warnings.iter().any(|warning| warning.contains("appendonly")), "{warnings:?}");
    let server = Server::start(&["--appendonly", "yes"]);
    assert_eq!(RedisStore::parse(&server.fresh()).unwrap().warnings().unwrap(), [""; 0]);
}

#[test]
fn evicting_server_is_written_only_if_allowed() {
    let server = Server::start(&["--maxmemory", "1gb"]);
    let address = server.fresh();
    let connection = connect(&address);
    let policy = |policy: &str| execute(&connection, &["CONFIG", "SET", "maxmemory-policy", policy]);
    // A user who may not call INFO reads the policy by CONFIG.
    let rights = ["ACL", "SETUSER", "no-info", "on", ">s3cret", "~*", "+@all", "-info"];
    execute(&connection, &rights);
    let before = store(&address);
    let definition = guests(before.as_ref());
    before.apply(&one_kick(before.as_ref(), 1)).unwrap();
    for evicting in ["allkeys-lru", "volatile-ttl"] {
        policy(evicting);
        for user in ["", "&user=no-info&pass=s3cret"] {
            let store = store(&format!("{address}{user}"));
            assert_eq!(grand_total(store.as_ref()), 1);
            let batch = one_kick(store.as_ref(), 2);
            let new = new_definition("more", &[], MetricaKind::Plain);
            let failures = [
                store.apply(&batch).map(drop).unwrap_err(),
                store.define(&new).map(drop).unwrap_err(),
                store.put_record("token", Some(b"x")).unwrap_err(),
            ];
            for error in failures {
                assert!(error.is_unavailable() && !error.is_in_doubt(), "{error:?}");
                let text = error.to_string();
                assert!(text.contains(evicting) && text.contains("add evicting=allow"), "{text}");
            }
            assert_eq!(total(store.as_ref(), &definition, Scale::Ever, &[Choice::All]), 1);
        }
    }
    // Kicks wait until the setting is corrected, on the same connection.
    let waiting = store(&address);
    let batch = one_kick(waiting.as_ref(), 2);
    assert!(waiting.apply(&batch).is_err());
    policy("noeviction");
    assert!(!waiting.apply(&batch).unwrap().duplicate);
    policy("allkeys-lru");
    let allowed = store(&format!("{address}&evicting=allow"));
    allowed.apply(&one_kick(allowed.as_ref(), 3)).unwrap();
    // Without a limit nothing is evicted.
    execute(&connection, &["CONFIG", "SET", "maxmemory", "0"]);
    let unlimited = store(&address);
    unlimited.apply(&one_kick(unlimited.as_ref(), 4)).unwrap();
    assert_eq!(grand_total(unlimited.as_ref()), 4);
}

#[test]
fn eviction_policy_is_read_once_per_connection() {
    let server = Server::start(&[]);
    let address = server.fresh();
    let store = store(&address);
    guests(store.as_ref());
    let connection = connect(&address);
    execute(&connection, &["CONFIG", "RESETSTAT"]);
    for sequence in 1..20 {
        store.apply(&one_kick(store.as_ref(), sequence)).unwrap();
    }
    let statistics: String = query(&connection, &["INFO", "commandstats"]);
    assert!(!statistics.contains("cmdstat_config|get"), "{statistics}");
    // A connection that was idle for a second checks that the server is still the same.
    let asked =
        statistics.lines().find_map(|line| line.strip_prefix("cmdstat_info:calls=")?.split(',').next());
    assert!(asked.map_or(0, |calls| calls.parse().unwrap()) < 10, "{statistics}");
}
