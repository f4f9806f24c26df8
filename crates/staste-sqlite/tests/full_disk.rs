//! A full disk: the error, the stored counts, and that counting continues when there is space.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use common::*;
use staste_core::store::{Batch, Store};
use staste_core::{Choice, Scale};
use staste_sqlite::{SqliteOptions, SqliteStore};

fn store_with_max_pages(folder: &Folder, pages: u32) -> SqliteStore {
    let mut options = SqliteOptions::default();
    options.max_pages = Some(pages);
    SqliteStore::with(folder.path(), options)
}

#[test]
fn full_disk_keeps_counts_and_counting_continues_with_space() {
    let folder = Folder::new();
    let small = store_with_max_pages(&folder, 60);
    let definition = guests(&small);
    let batch_of = |sequence: u64| -> Batch {
        let ages = (0..100).map(|age| format!("{sequence}-{age}"));
        batch(sequence, vec![part(&definition, &kicks(ages))])
    };
    let total = |store: &SqliteStore| total(store, &definition, Scale::Ever, &[Choice::All]);
    let (mut sequence, error) = (1..100)
        .find_map(|sequence| small.apply(&batch_of(sequence)).err().map(|error| (sequence, error)))
        .unwrap();
    assert!(sequence > 1);
    assert!(error.is_unavailable() && error.to_string().contains("is full"), "{error}");
    let held = 100 * i128::from(sequence - 1);
    assert_eq!(total(&small), held);
    assert_eq!(small.choices(&definition, 0).unwrap().len() as i128, held);
    assert!(small.apply(&batch_of(sequence)).unwrap_err().is_unavailable());
    assert_eq!(total(&small), held);
    drop(small);

    let large = store_with_max_pages(&folder, 1_000);
    for _ in 0..3 {
        assert!(!large.apply(&batch_of(sequence)).unwrap().duplicate);
        sequence += 1;
    }
    assert_eq!(total(&large), held + 300);
    assert!(large.check().unwrap().is_empty());
}

#[test]
fn disk_too_small_for_the_tables_leaves_no_store() {
    let folder = Folder::new();
    let error = store_with_max_pages(&folder, 3).definitions(None).unwrap_err();
    assert!(error.is_unavailable() && error.to_string().contains("is full"), "{error}");
    assert!(folder.store().definitions(None).unwrap().is_empty());
    guests(&folder.store());
}
