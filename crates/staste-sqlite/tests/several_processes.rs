//! Several processes on one file: here, several stores with their own connections and caches.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use common::*;
use staste_core::store::{Batch, Forget, KickSelection, Store, Writer};
use staste_core::{Axis, Choice, Clock, MetricaKind, RecorderOptions, Scale, Staste};
use staste_sqlite::{SqliteOptions, SqliteStore};

#[test]
fn file_created_by_many_at_once_counts_every_kick() {
    const STORES: usize = 16;
    for _ in 0..6 {
        let folder = Folder::new();
        let barrier = Barrier::new(STORES);
        thread::scope(|scope| {
            for number in 0..STORES {
                let (folder, barrier) = (&folder, &barrier);
                scope.spawn(move || {
                    let store = folder.store();
                    let definition =
                        new_definition("guests", &[("age", Axis::stored())], MetricaKind::Averaged);
                    barrier.wait();
                    // One of them defines the Metrica, and all count in it.
                    store.define(&definition).unwrap();
                    let part = part(&std::sync::Arc::new(definition), &kicks(["7", "8"]));
                    let batch = Batch { writer: Writer(number as u128), ..batch(1, vec![part]) };
                    assert!(!store.apply(&batch).unwrap().duplicate);
                });
            }
        });
        let store = folder.store();
        let definition = &store.definitions(None).unwrap()[0];
        for (choice, kicks) in [(Choice::All, 32), (value("7"), 16), (value("8"), 16)] {
            assert_eq!(total(&store, definition, Scale::Minute, &[choice]), kicks);
        }
        assert!(store.check().unwrap().is_empty());
    }
}

#[test]
fn busy_timeout_is_an_error_and_the_batch_can_be_retried() {
    let folder = Folder::new();
    let mut options = SqliteOptions::default();
    options.busy_timeout = Duration::from_millis(20);
    let store = SqliteStore::with(folder.path(), options);
    let definition = guests(&store);
    let batch = batch(1, vec![part(&definition, &kicks(["7"]))]);
    let other = folder.connection();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    for _ in 0..2 {
        let error = store.apply(&batch).unwrap_err();
        assert!(error.is_unavailable() && error.to_string().contains("locked"), "{error}");
        assert!(!error.is_in_doubt());
    }
    // A query does not wait.
    assert_eq!(total(&store, &definition, Scale::Ever, &[Choice::All]), 0);
    other.execute_batch("ROLLBACK").unwrap();
    assert!(!store.apply(&batch).unwrap().duplicate);
    assert_eq!(total(&store, &definition, Scale::Ever, &[Choice::All]), 1);
}

#[test]
fn query_timeout_limits_the_wait_for_a_lock() {
    let folder = Folder::new();
    let mut options = SqliteOptions::default();
    options.busy_timeout = Duration::from_secs(600);
    let store = SqliteStore::with(folder.path(), options);
    let staste = Staste::with(Arc::new(store), Clock::system(), RecorderOptions::default().flush_every(None));
    let guests = staste.metrica("guests").axis("age", Axis::stored()).build().unwrap();
    guests.define().unwrap();
    let other = folder.connection();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    guests.kick([("age", 7)]).unwrap();
    let error = guests.values().timeout(Duration::from_millis(30)).total().unwrap_err();
    assert!(error.is_unavailable() && error.to_string().contains("longer than 30ms"), "{error}");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(guests.total().unwrap(), 1);
}

/// Returns the total of a choice and whether it is known, which all stores must agree on.
fn total_and_known(
    stores: &[SqliteStore],
    definition: &std::sync::Arc<staste_core::Definition>,
    age: &str,
) -> (i128, bool) {
    let results: Vec<_> = stores
        .iter()
        .map(|store| {
            let known = store.choices(definition, 0).unwrap().contains(&value(age));
            (total(store, definition, Scale::Day, &[value(age)]), known)
        })
        .collect();
    assert!(results.iter().all(|result| *result == results[0]), "{results:?}");
    results[0]
}

#[test]
fn choices_that_another_process_adds_or_forgets_are_seen() {
    let folder = Folder::new();
    let stores = [folder.store(), folder.store()];
    let definition = guests(&stores[0]);
    let apply =
        |store: usize, sequence, ages: &[&str]| apply(&stores[store], sequence, &definition, &kicks(ages));
    let forget = |store: usize, age: &str| {
        let filter = vec![(0, vec![value(age)])];
        let definition = std::sync::Arc::clone(&definition);
        stores[store]
            .forget(&Forget::Kicks(KickSelection {
                definition,
                filter,
                span: None,
                into_other: false,
                unused_choices: false,
            }))
            .unwrap()
    };
    apply(0, 1, &["7"]);
    assert_eq!(total_and_known(&stores, &definition, "7"), (1, true));
    // Both know "7" now. One adds "8", and both use it.
    apply(1, 2, &["8", "7"]);
    apply(0, 3, &["8", "9"]);
    assert_eq!(total_and_known(&stores, &definition, "8"), (2, true));
    // One forgets "8". The other must not use its id any longer.
    assert_eq!(forget(1, "8").amount.count(), 2);
    assert_eq!(total_and_known(&stores, &definition, "8"), (0, false));
    apply(0, 4, &["10", "8"]);
    apply(1, 5, &["8"]);
    assert_eq!(total_and_known(&stores, &definition, "8"), (2, true));
    assert_eq!(total_and_known(&stores, &definition, "10"), (1, true));
    // The id of the last choice is not used again.
    forget(0, "8");
    apply(1, 6, &["11"]);
    assert_eq!(total_and_known(&stores, &definition, "11"), (1, true));
    assert_eq!(total_and_known(&stores, &definition, "8"), (0, false));
    assert_eq!(total_and_known(&stores, &definition, "7"), (2, true));
}

#[test]
fn rolled_back_batch_leaves_no_choice() {
    let folder = Folder::new();
    let store = folder.store();
    let definition = guests(&store);
    let mut later = (*definition).clone();
    later.name = "visits".to_owned();
    let parts = vec![part(&definition, &kicks(["7", "8"])), part(&std::sync::Arc::new(later), &kicks(["1"]))];
    assert!(store.apply(&batch(1, parts)).unwrap_err().is_stale());
    assert!(store.choices(&definition, 0).unwrap().is_empty());
    apply(&store, 1, &definition, &kicks(["8"]));
    assert_eq!(total_and_known(&[store, folder.store()], &definition, "8"), (1, true));
    assert_eq!(folder.number("SELECT count(*) FROM \"staste:choices\""), 1);
}
