//! Servers that cannot be used: each error names the cause.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use common::*;
use redis::Commands as _;
use staste_core::Scale;
use staste_core::store::Store;
use staste_redis::RedisStore;

#[test]
fn missing_server_is_named_in_the_error() {
    let store = RedisStore::parse("unix:/nowhere/redis.sock").unwrap();
    let error = store.definitions(None).unwrap_err();
    assert!(error.is_unavailable() && !error.is_in_doubt(), "{error:?}");
    assert!(error.to_string().contains("unix:/nowhere/redis.sock cannot be reached"), "{error}");
}

#[test]
fn outdated_server_is_named_in_the_error() {
    let address = fake_server(|words| match words[0].as_str() {
        "INFO" => information("# Server\r\nredis_version:5.0.14\r\nredis_mode:standalone"),
        "CLIENT" => "-ERR Unknown subcommand or wrong number of arguments for 'SETINFO'\r\n".to_owned(),
        _ => "+OK\r\n".to_owned(),
    });
    let error = store(&address).definitions(None).unwrap_err();
    assert!(error.is_unavailable() && !error.is_in_doubt(), "{error:?}");
    assert!(error.to_string().contains("runs Redis 5.0.14, which is too old; version 6 or newer"), "{error}");
}

#[test]
fn loading_server_is_retried() {
    let is_loading = Arc::new(AtomicBool::new(true));
    let loading = Arc::clone(&is_loading);
    let address = fake_server(move |words| match words[0].as_str() {
        "INFO" => information("redis_version:7.0.15\r\nloading:1"),
        "CLIENT" => "+OK\r\n".to_owned(),
        _ if loading.load(Ordering::SeqCst) => {
            "-LOADING Redis is loading the dataset in memory\r\n".to_owned()
        }
        _ => "*0\r\n".to_owned(),
    });
    let store = store(&address);
    let error = store.definitions(None).unwrap_err();
    assert!(error.is_unavailable() && !error.is_in_doubt(), "{error:?}");
    assert!(error.to_string().contains("cannot reply yet (LOADING)"), "{error}");
    is_loading.store(false, Ordering::SeqCst);
    assert!(store.definitions(None).unwrap().is_empty());
}

#[test]
fn server_without_info_permission_counts() {
    let server = Server::start(&[]);
    let address = server.fresh();
    let connection = connect(&address);
    let rights = ["ACL", "SETUSER", "counter", "on", ">s3cret", "~staste:*", "+@all", "-@dangerous"];
    execute(&connection, &rights);
    let store = store(&format!("{address}&user=counter&pass=s3cret"));
    guests(store.as_ref());
    store.apply(&one_kick(store.as_ref(), 1)).unwrap();
    assert_eq!(grand_total(store.as_ref()), 1);
    let warnings = store.warnings().unwrap();
    assert!(warnings.len() == 1 && warnings[0].contains("does not say whether it evicts"), "{warnings:?}");
    let elsewhere = common::store(&format!("{address}&user=counter&pass=s3cret&prefix=other"));
    let error = elsewhere.definitions(None).unwrap_err();
    assert!(error.is_unavailable() && error.to_string().contains("may not do this"), "{error}");
}

#[test]
fn wrong_password_is_reported_and_not_shown() {
    let server = Server::start(&["--requirepass", "right"]);
    let address = server.fresh();
    for (suffix, fits) in [("&pass=s3cret", false), ("", false), ("&pass=right", true)] {
        let store = RedisStore::parse(&format!("{address}{suffix}")).unwrap();
        match store.definitions(None) {
            Ok(_) => assert!(fits),
            Err(error) => {
                assert!(!fits && error.is_unavailable(), "{error:?}");
                assert!(error.to_string().contains("refused user and password"), "{error}");
                assert!(!format!("{error:?} {store:?}").contains("s3cret"));
            }
        }
    }
}

#[test]
fn replica_is_read_and_not_written() {
    let server = Server::start(&[]);
    let address = server.fresh();
    let store = store(&address);
    guests(store.as_ref());
    store.apply(&one_kick(store.as_ref(), 1)).unwrap();
    let replica = Server::start(&["--replica-serve-stale-data", "yes"]);
    let there = replica.fresh();
    // It becomes the replica of an unreachable server, with data of its own.
    let its = common::store(&there);
    guests(its.as_ref());
    let connection = connect(&there);
    let _: () =
        redis::cmd("REPLICAOF").arg("127.0.0.1").arg(1).query(&mut connection.lock().unwrap()).unwrap();
    let error = its.apply(&one_kick(its.as_ref(), 1)).unwrap_err();
    assert!(error.is_unavailable() && !error.is_in_doubt(), "{error:?}");
    assert!(error.to_string().contains("replica"), "{error}");
    assert_eq!(grand_total(its.as_ref()), 0);
}

#[test]
fn restarted_server_is_found_again() {
    let server = Server::start(&["--appendonly", "yes"]);
    let address = server.fresh();
    let store: Arc<dyn Store> = common::store(&address);
    guests(store.as_ref());
    store.apply(&one_kick(store.as_ref(), 1)).unwrap();
    let connection = connect(&address);
    // A restart closes every connection as well.
    let _: () = redis::cmd("CLIENT")
        .arg(&["KILL", "TYPE", "normal", "SKIPME", "yes"])
        .query(&mut connection.lock().unwrap())
        .unwrap();
    let batch = one_kick(store.as_ref(), 2);
    match store.apply(&batch) {
        Ok(applied) => assert!(!applied.duplicate),
        Err(error) => {
            assert!(error.is_in_doubt(), "{error:?}");
            store.apply(&batch).unwrap();
        }
    }
    assert_eq!(grand_total(store.as_ref()), 2);
}

#[test]
fn keys_of_another_type_are_reported_and_not_changed() {
    let address = Server::shared().fresh();
    let store = store(&address);
    let definition = guests(store.as_ref());
    store.apply(&one_kick(store.as_ref(), 1)).unwrap();
    let connection = connect(&address);
    let mut connection = connection.lock().unwrap();
    // The last bucket of the batch, so that all others have to be undone.
    let _: () = connection.set("staste:{guests}:ever:n", "mine").unwrap();
    let before: Vec<Cells> =
        Scale::KEPT[..5].iter().map(|scale| cells(store.as_ref(), &definition, *scale)).collect();
    let error = store.apply(&batch(2, vec![part(&definition, &kicks(["7", "8", "9"]))])).unwrap_err();
    assert!(error.is_corrupt() && error.to_string().contains("values of another type"), "{error:?}");
    let after: Vec<Cells> =
        Scale::KEPT[..5].iter().map(|scale| cells(store.as_ref(), &definition, *scale)).collect();
    assert_eq!(before, after);
    let points: u64 = connection.hlen(format!("staste:{{guests}}:minute:{}", NOW - NOW % 60)).unwrap();
    assert_eq!(points, 2);
}
