//! Files that are not stores or cannot be: the error, and that the file is not changed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use common::*;
use staste_core::store::Store;
use staste_core::{Choice, Scale};
use staste_sqlite::SqliteStore;

/// Returns the error for a path, which reads and writes share.
fn error_for(path: &Path) -> staste_core::Error {
    let store = SqliteStore::at(path);
    let (reading, writing) =
        (store.definitions(None).unwrap_err(), store.put_record("key", None).unwrap_err());
    assert_eq!(reading.to_string(), writing.to_string());
    reading
}

#[cfg(unix)]
#[test]
fn file_with_a_hard_link_is_refused() {
    let folder = Folder::new();
    guests(&folder.store());
    let second = folder.path().with_file_name("second.db");
    std::fs::hard_link(folder.path(), &second).unwrap();
    for path in [folder.path(), second.clone()] {
        let error = SqliteStore::at(path).definitions(None).unwrap_err();
        assert!(error.to_string().contains("hard link"), "{error}");
    }
    std::fs::remove_file(&second).unwrap();
    std::os::unix::fs::symlink(folder.path(), &second).unwrap();
    assert_eq!(SqliteStore::at(second).definitions(None).unwrap().len(), 1);
    let error = SqliteStore::at("/dev/null").definitions(None).unwrap_err();
    assert!(error.to_string().contains("not a regular file"), "{error}");
}

#[cfg(unix)]
#[test]
fn deleted_file_is_created_again_by_the_next_write() {
    let folder = Folder::new();
    let store = folder.store();
    let definition = guests(&store);
    apply(&store, 1, &definition, &kicks(["7"]));
    for name in ["counts.db", "counts.db-wal", "counts.db-shm"] {
        let _ = std::fs::remove_file(folder.path().with_file_name(name));
    }
    // The next write creates the file again, in which the Metrica is not defined.
    let next = batch(2, vec![part(&definition, &kicks(["7"]))]);
    assert!(store.apply(&next).unwrap_err().is_stale());
    assert!(folder.path().exists());
    store.define(&definition).unwrap();
    assert!(!store.apply(&next).unwrap().duplicate);
    assert_eq!(total(&folder.store(), &definition, Scale::Ever, &[Choice::All]), 1);
}

#[test]
fn newer_format_error_names_both_versions_and_the_remedy() {
    let folder = Folder::new();
    guests(&folder.store());
    folder.connection().pragma_update(None, "user_version", 7).unwrap();
    let error = error_for(&folder.path());
    assert!(error.is_corrupt());
    let text = error.to_string();
    assert!(text.contains("version 7") && text.contains("version 1") && text.contains("upgrade"), "{text}");
}

#[test]
fn file_of_another_program_is_refused_and_unchanged() {
    let folder = Folder::new();
    folder.connection().execute_batch("CREATE TABLE bills(amount); INSERT INTO bills VALUES(5)").unwrap();
    let before = fs::read(folder.path()).unwrap();
    let error = error_for(&folder.path());
    assert!(error.is_corrupt() && error.to_string().contains("another program's"), "{error}");
    assert_eq!(fs::read(folder.path()).unwrap(), before);
}

#[test]
fn text_file_is_refused_and_unchanged() {
    let folder = Folder::new();
    let text = "name,age\nann,7\n".repeat(100);
    fs::write(folder.path(), &text).unwrap();
    let error = error_for(&folder.path());
    assert!(error.is_corrupt() && error.to_string().contains("is not a SQLite file"), "{error}");
    assert_eq!(fs::read_to_string(folder.path()).unwrap(), text);
}

#[test]
fn damaged_page_is_an_error_with_the_remedy() {
    let folder = Folder::new();
    let store = folder.store();
    let definition = guests(&store);
    apply(&store, 1, &definition, &kicks((0..500).map(|age| age.to_string())));
    // The last connection to close copies the log into the file.
    drop(store);
    let root = folder.number("SELECT rootpage FROM sqlite_schema WHERE name = 'staste:cells:1'");
    let file = OpenOptions::new().write(true).open(folder.path()).unwrap();
    file.write_all_at(&[0xA5; 4096], u64::try_from(root - 1).unwrap() * 4096).unwrap();

    let store = folder.store();
    let select = vec![staste_core::store::Select::Any];
    let reading = store.read(&question(&definition, Scale::Ever, select)).unwrap_err();
    let writing = store.apply(&batch(2, vec![part(&definition, &kicks(["7"]))])).unwrap_err();
    for error in [reading, writing] {
        assert!(error.is_corrupt() && error.to_string().contains("restore a backup"), "{error}");
    }
    assert!(!store.check().unwrap().is_empty());
}

#[test]
fn impossible_path_error_names_the_cause() {
    let folder = Folder::new();
    fs::create_dir(folder.file("directory")).unwrap();
    File::create(folder.file("plain")).unwrap();
    for (path, cause) in [
        ("directory", "is a directory"),
        ("missing/counts.db", "does not exist; create it first"),
        ("plain/counts.db", "is not a directory"),
    ] {
        let error = error_for(&folder.file(path));
        assert!(error.is_unavailable() && error.to_string().contains(cause), "{error}");
    }
    assert!(!folder.file("missing").exists());
}

/// `/proc` is the one folder where not even root can create a file.
#[cfg(target_os = "linux")]
#[test]
fn folder_without_write_permission_is_named() {
    let error = error_for(Path::new("/proc/counts.db"));
    assert!(
        error.is_unavailable() && error.to_string().contains("may write it and its directory"),
        "{error}"
    );
}
