//! Backups: they are consistent while others write, never overwrite a file, and are complete or do not exist.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::fs;

use common::*;
use staste_core::store::Store;
use staste_core::{Choice, Scale};
use staste_sqlite::SqliteStore;

/// Returns the names of the files in a folder that are not those of the store.
fn other_files(folder: &Folder) -> Vec<String> {
    let entries = fs::read_dir(folder.path().parent().unwrap()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.starts_with("counts.db")).collect()
}

#[test]
fn leftover_log_of_another_file_is_refused() {
    let folder = Folder::new();
    let store = folder.store();
    guests(&store);
    let copy = folder.path().with_file_name("copy.db");
    for suffix in ["-wal", "-shm", "-journal"] {
        let leftover = folder.path().with_file_name(format!("copy.db{suffix}"));
        std::fs::write(&leftover, b"of another").unwrap();
        let error = store.backup(&copy, &mut |_, _| ()).unwrap_err();
        assert!(error.to_string().contains(&format!("copy.db{suffix}")), "{error}");
        assert!(!copy.exists());
        std::fs::remove_file(leftover).unwrap();
    }
    store.backup(&copy, &mut |_, _| ()).unwrap();
}

#[test]
fn backup_during_writes_is_consistent() {
    let folder = Folder::new();
    let (store, other) = (folder.store(), folder.store());
    let definition = guests(&store);
    apply(&store, 1, &definition, &kicks(["7"]));
    // Large enough for several steps.
    store.put_record("large", Some(&vec![1; 10 << 20])).unwrap();
    let (copy, mut sequence, mut reports) = (folder.file("copy.db"), 1, Vec::new());
    store
        .backup(&copy, &mut |copied, pages| {
            reports.push((copied, pages));
            if sequence < 20 {
                sequence += 1;
                apply(&other, sequence, &definition, &kicks(["7", "8"]));
            }
        })
        .unwrap();
    assert!(reports.len() > 2 && reports.windows(2).all(|pair| pair[0].0 < pair[1].0), "{reports:?}");
    assert!(
        reports.iter().all(|(copied, pages)| copied <= pages) && reports.last().unwrap().0 == reports[0].1
    );
    let copy = SqliteStore::at(copy);
    assert!(copy.check().unwrap().is_empty());
    assert_eq!(total(&copy, &definition, Scale::Ever, &[Choice::All]), 1);
    assert_eq!(copy.choices(&definition, 0).unwrap(), [value("7")]);
    let total = total(&store, &definition, Scale::Ever, &[Choice::All]);
    assert_eq!(total, 1 + 2 * i128::from(sequence - 1));
}

#[test]
fn existing_file_is_never_overwritten() {
    let folder = Folder::new();
    let store = folder.store();
    guests(&store);
    let copy = folder.file("copy.db");
    fs::write(&copy, "precious").unwrap();
    let refused = |progress: &mut dyn FnMut(u64, u64)| {
        let error = store.backup(&copy, progress).unwrap_err();
        assert!(error.is_invalid_input() && error.to_string().contains("exists already"), "{error}");
        assert_eq!(fs::read_to_string(&copy).unwrap(), "precious");
        assert_eq!(other_files(&folder), ["copy.db"]);
    };
    refused(&mut |_, _| panic!("no page may be copied"));
    // The same holds for a file that somebody creates during the backup.
    fs::remove_file(&copy).unwrap();
    refused(&mut |_, _| fs::write(&copy, "precious").unwrap());
    // The store can still be backed up.
    store.backup(&folder.file("other.db"), &mut |_, _| ()).unwrap();
}

#[test]
fn failed_backup_leaves_no_file() {
    let folder = Folder::new();
    let store = folder.store();
    guests(&store);
    let error = store.backup(&folder.file("missing/copy.db"), &mut |_, _| ()).unwrap_err();
    assert!(error.is_unavailable() && error.to_string().contains("missing/copy.db"), "{error}");
    assert!(other_files(&folder).is_empty());
    // A leftover partial file is deleted as well.
    let copy = folder.file("copy.db");
    let partial = format!("copy.db.partial-{}", std::process::id());
    fs::write(folder.file(&partial), "rest of something else").unwrap();
    let error = store.backup(&copy, &mut |_, _| ()).unwrap_err();
    assert!(error.is_unavailable() && error.to_string().contains(&partial), "{error}");
    assert!(other_files(&folder).is_empty());
    store.backup(&copy, &mut |_, _| ()).unwrap();
    assert_eq!(other_files(&folder), ["copy.db"]);
}
