//! A script writes all or nothing: every command is refused in turn, every key is of another type, every field is not a
//! number, and memory is full.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that fails panics")]

mod cases;
#[path = "../common/mod.rs"]
mod common;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use cases::{CASES, Case};
use common::*;
use redis::Connection;
use staste_core::store::Store;
use staste_core::{Axis, Clock, RecorderOptions, Staste};
use staste_testkit::verify;

/// A server with a user whose permissions are revoked, and a case in its database.
struct Stage<'a> {
    case: &'a Case,
    address: String,
    connection: Mutex<Connection>,
}

impl Stage<'_> {
    fn new<'a>(server: &Server, case: &'a Case) -> Stage<'a> {
        let address = server.fresh();
        let connection = connect(&address);
        let stage = Stage { case, address, connection };
        stage.rights("+@all");
        stage
    }

    fn rights(&self, rule: &str) {
        execute(&self.connection, &["ACL", "SETUSER", "counter", "on", ">s3cret", "~*", "&*", rule]);
    }

    /// Restores the data before the operation. Returns the store of the user.
    fn begin(&self) -> Arc<dyn Store> {
        execute(&self.connection, &["FLUSHDB"]);
        let store = store(&format!("{}&user=counter&pass=s3cret{}", self.address, self.case.layout));
        (self.case.prepare)(store.as_ref(), &self.connection);
        store
    }

    fn contents(&self) -> Contents {
        contents(&self.connection)
    }

    /// Returns the data before and after the operation when nothing fails.
    fn rehearse(&self) -> (Contents, Contents) {
        let store = self.begin();
        let before = self.contents();
        (self.case.run)(store.as_ref()).unwrap();
        (before, self.contents())
    }

    /// Runs the operation twice while something is wrong, and again when that is repaired. Returns whether it was refused:
    /// then it must have changed nothing, and in the end the data must be as if nothing had failed.
    fn is_refused(&self, what: &str, after: &Contents, spoil: impl Fn(), repair: impl Fn()) -> bool {
        let what = format!("{}: {what}", self.case.name);
        let store = self.begin();
        spoil();
        let before = self.contents();
        for _ in 0..2 {
            let Err(error) = (self.case.run)(store.as_ref()) else {
                repair();
                return false;
            };
            assert!(!error.is_in_doubt(), "{what}: {error:?}");
            assert_eq!(self.contents(), before, "{what}: {error}");
        }
        repair();
        (self.case.run)(store.as_ref()).unwrap_or_else(|error| panic!("{what}: {error:?}"));
        assert_eq!(without_generation(self.contents()), without_generation(after.clone()), "{what}");
        true
    }
}

/// Returns the commands that the scripts call, by their texts.
fn commands(connection: &Mutex<Connection>) -> BTreeSet<String> {
    fn quoted(folder: &Path, words: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                quoted(&path, words);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let is_word =
                |word: &&str| word.len() > 2 && word.chars().all(|letter| letter.is_ascii_uppercase());
            words.extend(text.split('\'').filter(is_word).map(str::to_owned));
        }
    }
    let mut words = BTreeSet::new();
    quoted(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/scripts"), &mut words);
    // Other words are arguments of commands, such as LIMIT.
    words.retain(|word| {
        query::<Vec<Option<redis::Value>>>(connection, &["COMMAND", "INFO", word])[0].is_some()
    });
    words
}

/// Commands that no case calls.
const NOT_NEEDED: [&str; 1] = ["MEMORY"];

fn each_command_refused_in_turn_changes_nothing(program: &OsStr) {
    let server = Server::of(program, &[]);
    let mut left = commands(&connect(&server.fresh()));
    assert!(left.len() > 20, "{left:?}");
    for case in &CASES {
        let stage = Stage::new(&server, case);
        let (_, after) = stage.rehearse();
        for command in commands(&stage.connection) {
            let rule = format!("-{}", command.to_lowercase());
            if stage.is_refused(&command, &after, || stage.rights(&rule), || stage.rights("+@all")) {
                left.remove(&command);
            }
        }
    }
    assert_eq!(left.iter().map(String::as_str).collect::<Vec<_>>(), NOT_NEEDED);
}

/// Replaces a key by a value of another type.
fn spoil(connection: &Mutex<Connection>, key: &str) {
    let _ = try_query::<redis::Value>(connection, &["RENAME", key, "aside"]);
    execute(connection, &["RPUSH", key, "of somebody else"]);
}

fn repair(connection: &Mutex<Connection>, key: &str) {
    execute(connection, &["DEL", key]);
    let _ = try_query::<redis::Value>(connection, &["RENAME", "aside", key]);
}

fn each_key_of_another_type_changes_nothing(program: &OsStr) {
    let server = Server::of(program, &[]);
    for case in &CASES {
        let stage = Stage::new(&server, case);
        let (before, after) = stage.rehearse();
        let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let mut refused = 0;
        for key in &keys {
            let (spoil, repair) = (|| spoil(&stage.connection, key), || repair(&stage.connection, key));
            refused += usize::from(stage.is_refused(key, &after, spoil, repair));
        }
        assert!(refused > 0, "{}: {keys:?}", case.name);
    }
}

fn each_field_that_is_not_a_number_changes_nothing(program: &OsStr) {
    let server = Server::of(program, &[]);
    for case in &CASES {
        let stage = Stage::new(&server, case);
        let (before, after) = stage.rehearse();
        for (key, (_, _, rows)) in before.iter().filter(|(_, (kind, ..))| kind == "hash") {
            for row in rows.iter().filter(|row| row[0] != "generation") {
                let set = |value: &str| execute(&stage.connection, &["HSET", key, &row[0], value]);
                stage.is_refused(&format!("{key} {}", row[0]), &after, || set("x"), || set(&row[1]));
            }
        }
    }
}

fn full_memory_changes_nothing(program: &OsStr) {
    let server = Server::of(program, &["--maxmemory-policy", "noeviction"]);
    for case in &CASES {
        let stage = Stage::new(&server, case);
        let (_, after) = stage.rehearse();
        let limit = |bytes: &str| execute(&stage.connection, &["CONFIG", "SET", "maxmemory", bytes]);
        let is_refused = stage.is_refused("memory", &after, || limit("1"), || limit("0"));
        assert_eq!(is_refused, case.grows, "{}", case.name);
    }
}

/// Kicks that are flushed repeatedly while something is wrong count once when it is repaired.
fn kicks_flushed_while_something_is_wrong_count_once(program: &OsStr) {
    let server = Server::of(program, &[]);
    let stage = Stage::new(&server, &CASES[0]);
    let address = format!("{}&user=counter&pass=s3cret", stage.address);
    let staste =
        Staste::with(store(&address), Clock::fixed(NOW), RecorderOptions::default().flush_every(None));
    let builder = staste.metrica("guests").axis("age", Axis::stored()).axis("door", Axis::stored());
    let metrica = builder.averaged().build().unwrap();
    metrica.define().unwrap();
    let (mut kicked, mut refused) = (0, 0);
    let mut kick_while = |spoil: &dyn Fn(), repair: &dyn Fn()| {
        for age in 0..20 {
            metrica.kick([("age", &age.to_string()), ("door", &kicked.to_string())]).unwrap();
            kicked += 1;
        }
        spoil();
        for _ in 0..3 {
            refused += usize::from(staste.flush().is_err());
        }
        repair();
        staste.flush().unwrap();
    };
    for command in commands(&stage.connection) {
        let rule = format!("-{}", command.to_lowercase());
        kick_while(&|| stage.rights(&rule), &|| stage.rights("+@all"));
    }
    for key in stage.contents().keys() {
        kick_while(&|| spoil(&stage.connection, key), &|| repair(&stage.connection, key));
    }
    assert!(refused > 60, "{refused}");
    assert_eq!(metrica.total().unwrap(), kicked);
    assert_eq!(metrica.count().unwrap(), kicked);
    verify(&metrica);
}

/// Defines tests that run on both servers.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod redis_server {
            $(#[test] fn $name() { super::$name(super::redis_server()); })*
        }
        mod valkey_server {
            $(#[test] fn $name() { super::$name(super::valkey_server()); })*
        }
    };
}

on_both! {
    each_command_refused_in_turn_changes_nothing
    each_key_of_another_type_changes_nothing
    each_field_that_is_not_a_number_changes_nothing
    full_memory_changes_nothing
    kicks_flushed_while_something_is_wrong_count_once
}
