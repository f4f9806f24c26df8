//! Backups: taken while others write, never over a file, and whole or not there.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::fs;

use common::*;
use staste_core::store::Store;
use staste_core::{Choice, Scale};
use staste_sqlite::SqliteStore;

/// The names in a folder beside the store's own.
fn others(folder: &Folder) -> Vec<String> {
    let entries = fs::read_dir(folder.path().parent().unwrap()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.starts_with("counts.db")).collect()
}

#[test]
fn a_log_left_of_another_file_is_not_played_into_a_copy() {
    let folder = Folder::new();
    let store = folder.store();
    guests(&store);
    let copy = folder.path().with_file_name("copy.db");
    for end in ["-wal", "-shm", "-journal"] {
        let left = folder.path().with_file_name(format!("copy.db{end}"));
        std::fs::write(&left, b"of another").unwrap();
        let error = store.backup(&copy, &mut |_, _| ()).unwrap_err();
        assert!(error.to_string().contains(&format!("copy.db{end}")), "{error}");
        assert!(!copy.exists());
        std::fs::remove_file(left).unwrap();
    }
    store.backup(&copy, &mut |_, _| ()).unwrap();
}

#[test]
fn the_copy_is_of_one_moment_while_others_write() {
    let folder = Folder::new();
    let (store, other) = (folder.store(), folder.store());
    let definition = guests(&store);
    apply(&store, 1, &definition, &kicks(["7"]));
    // Large enough to be copied in several steps.
    store.put_record("large", Some(&vec![1; 10 << 20])).unwrap();
    let (copy, mut sequence, mut told) = (folder.file("copy.db"), 1, Vec::new());
    store
        .backup(&copy, &mut |copied, pages| {
            told.push((copied, pages));
            if sequence < 20 {
                sequence += 1;
                apply(&other, sequence, &definition, &kicks(["7", "8"]));
            }
        })
        .unwrap();
    assert!(told.len() > 2 && told.windows(2).all(|pair| pair[0].0 < pair[1].0), "{told:?}");
    assert!(told.iter().all(|(copied, pages)| copied <= pages) && told.last().unwrap().0 == told[0].1);
    let copy = SqliteStore::at(copy);
    assert!(copy.check().unwrap().is_empty());
    assert_eq!(total(&copy, &definition, Scale::Ever, &[Choice::All]), 1);
    assert_eq!(copy.choices(&definition, 0).unwrap(), [value("7")]);
    let total = total(&store, &definition, Scale::Ever, &[Choice::All]);
    assert_eq!(total, 1 + 2 * i128::from(sequence - 1));
}

#[test]
fn never_over_a_file() {
    let folder = Folder::new();
    let store = folder.store();
    guests(&store);
    let copy = folder.file("copy.db");
    fs::write(&copy, "precious").unwrap();
    let refused = |told: &mut dyn FnMut(u64, u64)| {
        let error = store.backup(&copy, told).unwrap_err();
        assert!(error.is_input() && error.to_string().contains("exists already"), "{error}");
        assert_eq!(fs::read_to_string(&copy).unwrap(), "precious");
        assert_eq!(others(&folder), ["copy.db"]);
    };
    refused(&mut |_, _| panic!("nothing may be copied"));
    // Neither one that somebody makes meanwhile.
    fs::remove_file(&copy).unwrap();
    refused(&mut |_, _| fs::write(&copy, "precious").unwrap());
    // The store is as good as before.
    store.backup(&folder.file("other.db"), &mut |_, _| ()).unwrap();
}

#[test]
fn a_backup_that_fails_leaves_nothing() {
    let folder = Folder::new();
    let store = folder.store();
    guests(&store);
    let error = store.backup(&folder.file("missing/copy.db"), &mut |_, _| ()).unwrap_err();
    assert!(error.is_unavailable() && error.to_string().contains("missing/copy.db"), "{error}");
    assert!(others(&folder).is_empty());
    // What is left where the copy grows is no store, and goes too.
    let copy = folder.file("copy.db");
    let partial = format!("copy.db.partial-{}", std::process::id());
    fs::write(folder.file(&partial), "rest of something else").unwrap();
    let error = store.backup(&copy, &mut |_, _| ()).unwrap_err();
    assert!(error.is_unavailable() && error.to_string().contains(&partial), "{error}");
    assert!(others(&folder).is_empty());
    store.backup(&copy, &mut |_, _| ()).unwrap();
    assert_eq!(others(&folder), ["copy.db"]);
}
