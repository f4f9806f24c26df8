//! Files that are not a store, or cannot be one: what is said, and that nothing is changed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::fs::{self, File, OpenOptions, Permissions};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::Path;

use common::*;
use staste_core::store::Store;
use staste_core::{Choice, Scale};
use staste_sqlite::SqliteStore;

/// The refusal of a path, the same for whoever reads and whoever writes.
fn refusal(path: &Path) -> staste_core::Error {
    let store = SqliteStore::at(path);
    let (reading, writing) =
        (store.definitions(None).unwrap_err(), store.put_record("key", None).unwrap_err());
    assert_eq!(reading.to_string(), writing.to_string());
    reading
}

#[cfg(unix)]
#[test]
fn a_file_with_two_names() {
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
    assert!(error.to_string().contains("no regular file"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_file_that_is_replaced_under_a_store() {
    let folder = Folder::new();
    let store = folder.store();
    let definition = guests(&store);
    apply(&store, 1, &definition, &kicks(["7"]));
    for name in ["counts.db", "counts.db-wal", "counts.db-shm"] {
        let _ = std::fs::remove_file(folder.path().with_file_name(name));
    }
    // What follows goes to the file that is there: it is made anew, and not yet defined.
    let next = batch(2, vec![part(&definition, &kicks(["7"]))]);
    assert!(store.apply(&next).unwrap_err().is_stale());
    assert!(folder.path().exists());
    store.define(&definition).unwrap();
    assert!(!store.apply(&next).unwrap().duplicate);
    assert_eq!(total(&folder.store(), &definition, Scale::Ever, &[Choice::All]), 1);
}

#[test]
fn a_newer_format_names_both_versions_and_the_remedy() {
    let folder = Folder::new();
    guests(&folder.store());
    folder.connection().pragma_update(None, "user_version", 7).unwrap();
    let error = refusal(&folder.path());
    assert!(error.is_damaged());
    let text = error.to_string();
    assert!(text.contains("version 7") && text.contains("version 1") && text.contains("upgrade"), "{text}");
}

#[test]
fn a_file_of_another_program_stays_as_it_is() {
    let folder = Folder::new();
    folder.connection().execute_batch("CREATE TABLE bills(amount); INSERT INTO bills VALUES(5)").unwrap();
    let before = fs::read(folder.path()).unwrap();
    let error = refusal(&folder.path());
    assert!(error.is_damaged() && error.to_string().contains("another program's"), "{error}");
    assert_eq!(fs::read(folder.path()).unwrap(), before);
}

#[test]
fn a_text_stays_as_it_is() {
    let folder = Folder::new();
    let text = "name,age\nann,7\n".repeat(100);
    fs::write(folder.path(), &text).unwrap();
    let error = refusal(&folder.path());
    assert!(error.is_damaged() && error.to_string().contains("is no SQLite file"), "{error}");
    assert_eq!(fs::read_to_string(folder.path()).unwrap(), text);
}

#[test]
fn a_damaged_page_is_told_and_no_panic() {
    let folder = Folder::new();
    let store = folder.store();
    let definition = guests(&store);
    apply(&store, 1, &definition, &kicks((0..500).map(|age| age.to_string())));
    // The last connection to go copies the log into the file.
    drop(store);
    let root = folder.number("SELECT rootpage FROM sqlite_schema WHERE name = 'staste:cells:1'");
    let file = OpenOptions::new().write(true).open(folder.path()).unwrap();
    file.write_all_at(&[0xA5; 4096], u64::try_from(root - 1).unwrap() * 4096).unwrap();

    let store = folder.store();
    let select = vec![staste_core::store::Select::Any];
    let reading = store.read(&question(&definition, Scale::Ever, select)).unwrap_err();
    let writing = store.apply(&batch(2, vec![part(&definition, &kicks(["7"]))])).unwrap_err();
    for error in [reading, writing] {
        assert!(error.is_damaged() && error.to_string().contains("restore a backup"), "{error}");
    }
    assert!(!store.check().unwrap().is_empty());
}

#[test]
fn places_where_no_file_can_be() {
    let folder = Folder::new();
    fs::create_dir(folder.file("directory")).unwrap();
    File::create(folder.file("plain")).unwrap();
    for (path, said) in [
        ("directory", "is a directory"),
        ("missing/counts.db", "does not exist; create it first"),
        ("plain/counts.db", "is not a directory"),
    ] {
        let error = refusal(&folder.file(path));
        assert!(error.is_unavailable() && error.to_string().contains(said), "{error}");
    }
    assert!(!folder.file("missing").exists());
}

/// The one folder where not even root may make a file.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_takes_no_files() {
    let error = refusal(Path::new("/proc/counts.db"));
    assert!(
        error.is_unavailable() && error.to_string().contains("may write it and its directory"),
        "{error}"
    );
}

/// Permissions do not bind root: run by root this sees only that a store in such a place works.
#[test]
fn permissions_to_read_only() {
    let folder = Folder::new();
    fs::create_dir(folder.file("kept")).unwrap();
    let (directory, path) = (folder.file("kept"), folder.file("kept/counts.db"));
    let permit = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    let open = SqliteStore::at(&path);
    guests(&open);
    permit(&path, 0o444);
    let binds = OpenOptions::new().append(true).open(&path).is_err();
    // As long as somebody who may write has it open, others may read.
    assert_eq!(SqliteStore::at(&path).definitions(None).unwrap().len(), 1);
    drop(open);
    for (place, closed, opened) in [(&path, 0o444, 0o644), (&directory, 0o555, 0o755)] {
        permit(place, closed);
        if binds {
            let error = refusal(&path);
            assert!(error.is_unavailable(), "{error}");
            assert!(error.to_string().contains("permissions") || error.to_string().contains("may write"));
        } else {
            SqliteStore::at(&path).put_record("key", Some(b"value")).unwrap();
        }
        permit(place, opened);
        // Nothing was left that would keep a writer out.
        SqliteStore::at(&path).put_record("key", Some(b"value")).unwrap();
    }
}
