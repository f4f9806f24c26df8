//! A script writes all or nothing: each of its commands is refused in turn, each key is of another type, each field
//! holds no number, and memory is full.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that fails panics")]

mod common;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use common::*;
use redis::Connection;
use staste_core::store::{Batch, Claim, Forget, KickSelection, Select, Store, Writer};
use staste_core::{
    Axis, Choice, Clock, Definition, Error, Keep, MetricaKind, RecorderOptions, Result, Scale, Staste,
};
use staste_testkit::verify;

/// Twenty days before, when minutes were kept that are not any more.
const LONG_AGO: i64 = NOW - 20 * 86_400;

/// A verb and what there is before it.
struct Case {
    name: &'static str,
    /// What follows the address.
    layout: &'static str,
    prepare: fn(&dyn Store, &Mutex<Connection>),
    verb: fn(&dyn Store) -> Result<()>,
    /// It takes memory.
    grows: bool,
}

const OWN: &str = "";
const SEED: &str = "&layout=legacy";

const CASES: [Case; 19] = [
    Case { name: "first batch", layout: OWN, prepare: defined, verb: first, grows: true },
    Case { name: "batch", layout: OWN, prepare: counted, verb: further, grows: true },
    Case { name: "batch after a hold", layout: OWN, prepare: held, verb: further, grows: true },
    Case { name: "define", layout: OWN, prepare: |_, _| (), verb: define_new, grows: true },
    Case {
        name: "define another retention",
        layout: OWN,
        prepare: counted,
        verb: define_longer,
        grows: true,
    },
    Case {
        name: "forget a choice",
        layout: OWN,
        prepare: counted,
        verb: |store| forget(store, Some(false)),
        grows: true,
    },
    Case {
        name: "move to other",
        layout: OWN,
        prepare: counted,
        verb: |store| forget(store, Some(true)),
        grows: true,
    },
    Case {
        name: "forget kicks",
        layout: OWN,
        prepare: counted,
        verb: |store| forget(store, None),
        grows: false,
    },
    Case { name: "forget a metrica", layout: OWN, prepare: counted, verb: forget_metrica, grows: false },
    Case {
        name: "forget half a metrica",
        layout: OWN,
        prepare: |store, connection| {
            counted(store, connection);
            tell(connection, &["DEL", "staste:{guests}:meta"]);
        },
        verb: forget_metrica,
        grows: false,
    },
    Case { name: "write a record", layout: OWN, prepare: counted, verb: put_record, grows: true },
    Case { name: "set watermarks", layout: OWN, prepare: counted, verb: set_watermarks, grows: true },
    Case { name: "read", layout: OWN, prepare: counted, verb: read, grows: false },
    Case { name: "seed batch", layout: SEED, prepare: counted, verb: further, grows: true },
    Case {
        name: "seed forget a choice",
        layout: SEED,
        prepare: counted,
        verb: |store| forget(store, Some(false)),
        grows: true,
    },
    Case {
        name: "seed forget kicks",
        layout: SEED,
        prepare: counted,
        verb: |store| forget(store, None),
        grows: false,
    },
    Case {
        name: "seed forget a metrica",
        layout: SEED,
        prepare: counted,
        verb: forget_metrica,
        grows: false,
    },
    Case { name: "seed set watermarks", layout: SEED, prepare: counted, verb: set_watermarks, grows: true },
    Case { name: "seed read", layout: SEED, prepare: counted, verb: read, grows: false },
];

fn definition(store: &dyn Store) -> Result<Arc<Definition>> {
    Ok(store.definitions(Some("guests"))?.remove(0))
}

fn defined(store: &dyn Store, _: &Mutex<Connection>) {
    let axes = [("age", Axis::stored()), ("door", Axis::path())];
    store.define(&define("guests", &axes, MetricaKind::Averaged)).unwrap();
}

fn claim(key: &str, expires: Option<i64>) -> Claim {
    Claim { key: key.into(), value: b"x".to_vec(), expires }
}

fn batch_of(store: &dyn Store, sequence: u64, now: i64, ages: &[&str], claims: Vec<Claim>) -> Result<Batch> {
    let definition = definition(store)?;
    let door = |age: &str| Choice::path(["east", age]);
    let events = ages.iter().map(|age| (now, vec![value(age), door(age)], 2));
    let mut part = part(&definition, &events.collect::<Vec<_>>());
    part.watermarks = definition.retention.watermarks(&definition.calendar(), now);
    Ok(Batch { writer: Writer(7), sequence, claims, parts: vec![part], now })
}

fn first(store: &dyn Store) -> Result<()> {
    let claims =
        vec![claim("import/guests/1", None), claim("key/1", Some(NOW - 5)), claim("key/2", Some(NOW + 99))];
    store.apply(&batch_of(store, 1, LONG_AGO, &["7"], claims)?).map(drop)
}

fn counted(store: &dyn Store, connection: &Mutex<Connection>) {
    defined(store, connection);
    first(store).unwrap();
    let batch = batch_of(store, 2, LONG_AGO + 60, &["7", "8"], vec![claim("import/guests/2", Some(NOW + 9))]);
    store.apply(&batch.unwrap()).unwrap();
}

/// Kicks were held off for a moment, which is over.
fn held(store: &dyn Store, connection: &Mutex<Connection>) {
    counted(store, connection);
    tell(connection, &["HSET", "staste:{guests}:meta", "held", "1"]);
}

/// Old and new choices, claims in the place of others, and buckets and claims that have expired.
fn further(store: &dyn Store) -> Result<()> {
    let claims = vec![claim("key/1", None), claim("key/3", Some(NOW + 9)), claim("key/4", Some(NOW - 1))];
    store.apply(&batch_of(store, 3, NOW, &["7", "new", "newer"], claims)?).map(drop)
}

fn define_new(store: &dyn Store) -> Result<()> {
    let axes = [("age", Axis::declared(["7", "8"])), ("door", Axis::path())];
    store.define(&define("guests", &axes, MetricaKind::Averaged)).map(drop)
}

fn define_longer(store: &dyn Store) -> Result<()> {
    let mut longer = (*definition(store)?).clone();
    longer.retention = longer.retention.keep(Scale::Minute, Keep::days(30))?;
    longer.version += 1;
    if store.define(&longer)? { Ok(()) } else { Err(Error::stale("guests")) }
}

/// Forgets all kicks, or those of a choice, which may become *other*.
fn forget(store: &dyn Store, choice: Option<bool>) -> Result<()> {
    let filter = choice.map(|_| (0, value("8"))).into_iter().collect();
    let into_other = choice == Some(true);
    store
        .forget(&Forget::Kicks(KickSelection {
            definition: definition(store)?,
            filter,
            span: None,
            into_other,
        }))
        .map(drop)
}

fn set_watermarks(store: &dyn Store) -> Result<()> {
    let definition = definition(store)?;
    let grand = question(&definition, Scale::Ever, vec![Select::All; definition.axes.len()]);
    let before = store.read(&grand)?.watermarks;
    let mut later = before;
    later.0[0] = later.0[0].max(NOW - NOW % 60);
    store.set_watermarks(&definition, &before, &later).map(drop)
}

fn forget_metrica(store: &dyn Store) -> Result<()> {
    store.forget(&Forget::Metrica("guests".into())).map(drop)
}

fn put_record(store: &dyn Store) -> Result<()> {
    store.put_record("import/guests/2", Some(b"y"))
}

fn read(store: &dyn Store) -> Result<()> {
    let definition = definition(store)?;
    for select in [Select::Any, Select::All, Select::Is(value("7"))] {
        store.read(&question(&definition, Scale::Hour, vec![select.clone(), select]))?;
    }
    Ok(())
}

/// A server with a user whose rights are taken, and a case in its database.
struct Stage<'a> {
    case: &'a Case,
    address: String,
    connection: Mutex<Connection>,
}

impl Stage<'_> {
    fn new<'a>(server: &Server, case: &'a Case) -> Stage<'a> {
        let address = server.fresh();
        let connection = beside(&address);
        let stage = Stage { case, address, connection };
        stage.rights("+@all");
        stage
    }

    fn rights(&self, rule: &str) {
        tell(&self.connection, &["ACL", "SETUSER", "counter", "on", ">s3cret", "~*", "&*", rule]);
    }

    /// Begins anew; the store of the user.
    fn begin(&self) -> Arc<dyn Store> {
        tell(&self.connection, &["FLUSHDB"]);
        let store = store(&format!("{}&user=counter&pass=s3cret{}", self.address, self.case.layout));
        (self.case.prepare)(store.as_ref(), &self.connection);
        store
    }

    fn contents(&self) -> Contents {
        contents(&self.connection)
    }

    /// What there is when nothing fails: before and after.
    fn rehearse(&self) -> (Contents, Contents) {
        let store = self.begin();
        let before = self.contents();
        (self.case.verb)(store.as_ref()).unwrap();
        (before, self.contents())
    }

    /// Runs the verb while something is wrong, twice, and once more when that is repaired. Returns whether it was
    /// refused; then it must have changed nothing, and in the end all there is must be as if nothing had failed.
    fn is_refused(&self, what: &str, after: &Contents, spoil: impl Fn(), repair: impl Fn()) -> bool {
        let what = format!("{}: {what}", self.case.name);
        let store = self.begin();
        spoil();
        let before = self.contents();
        for _ in 0..2 {
            let Err(error) = (self.case.verb)(store.as_ref()) else {
                repair();
                return false;
            };
            assert!(!error.is_in_doubt(), "{what}: {error:?}");
            assert_eq!(self.contents(), before, "{what}: {error}");
        }
        repair();
        (self.case.verb)(store.as_ref()).unwrap_or_else(|error| panic!("{what}: {error:?}"));
        assert_eq!(without_generation(self.contents()), without_generation(after.clone()), "{what}");
        true
    }
}

/// The commands that the scripts call, by their texts.
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
    // Others are words of commands, such as LIMIT.
    words
        .retain(|word| ask::<Vec<Option<redis::Value>>>(connection, &["COMMAND", "INFO", word])[0].is_some());
    words
}

/// Commands that no case needs: sizes are read without them.
const NOT_NEEDED: [&str; 1] = ["MEMORY"];

fn each_command_refused_in_turn_changes_nothing(program: &OsStr) {
    let server = Server::of(program, &[]);
    let mut left = commands(&beside(&server.fresh()));
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

/// Puts a value of another type in the place of a key.
fn spoil(connection: &Mutex<Connection>, key: &str) {
    let _ = try_ask::<redis::Value>(connection, &["RENAME", key, "aside"]);
    tell(connection, &["RPUSH", key, "of somebody else"]);
}

fn repair(connection: &Mutex<Connection>, key: &str) {
    tell(connection, &["DEL", key]);
    let _ = try_ask::<redis::Value>(connection, &["RENAME", "aside", key]);
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
                let set = |value: &str| tell(&stage.connection, &["HSET", key, &row[0], value]);
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
        let limit = |bytes: &str| tell(&stage.connection, &["CONFIG", "SET", "maxmemory", bytes]);
        let is_refused = stage.is_refused("memory", &after, || limit("1"), || limit("0"));
        assert_eq!(is_refused, case.grows, "{}", case.name);
    }
}

/// What people see: kicks are flushed again and again while something is wrong, and count once when it is not.
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

/// Tests that run on both servers.
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
