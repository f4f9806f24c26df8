//! The operations that write, and the data before them.

use std::sync::{Arc, Mutex};

use redis::Connection;
use staste_core::store::{Batch, Claim, Forget, KickSelection, Select, Store, Writer};
use staste_core::{Axis, Choice, Definition, Error, Keep, MetricaKind, Result, Scale};

use crate::common::*;

/// Twenty days before: minutes of then have expired.
const LONG_AGO: i64 = NOW - 20 * 86_400;

/// An operation, and the data before it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The end of the address.
    pub(crate) layout: &'static str,
    pub(crate) prepare: fn(&dyn Store, &Mutex<Connection>),
    pub(crate) run: fn(&dyn Store) -> Result<()>,
    /// The operation needs memory.
    pub(crate) grows: bool,
}

const OWN: &str = "";
const LEGACY: &str = "&layout=legacy";

pub(crate) const CASES: [Case; 19] = [
    Case { name: "first batch", layout: OWN, prepare: defined, run: first, grows: true },
    Case { name: "batch", layout: OWN, prepare: counted, run: further, grows: true },
    Case { name: "batch after a hold", layout: OWN, prepare: held, run: further, grows: true },
    Case { name: "define", layout: OWN, prepare: |_, _| (), run: define_new, grows: true },
    Case { name: "define another retention", layout: OWN, prepare: counted, run: define_longer, grows: true },
    Case {
        name: "forget a choice",
        layout: OWN,
        prepare: counted,
        run: |store| forget(store, Some(false)),
        grows: true,
    },
    Case {
        name: "move to other",
        layout: OWN,
        prepare: counted,
        run: |store| forget(store, Some(true)),
        grows: true,
    },
    Case {
        name: "forget kicks",
        layout: OWN,
        prepare: counted,
        run: |store| forget(store, None),
        grows: false,
    },
    Case { name: "forget a metrica", layout: OWN, prepare: counted, run: forget_metrica, grows: false },
    Case {
        name: "forget half a metrica",
        layout: OWN,
        prepare: |store, connection| {
            counted(store, connection);
            execute(connection, &["DEL", "staste:{guests}:meta"]);
        },
        run: forget_metrica,
        grows: false,
    },
    Case { name: "write a record", layout: OWN, prepare: counted, run: put_record, grows: true },
    Case { name: "set watermarks", layout: OWN, prepare: counted, run: set_watermarks, grows: true },
    Case { name: "read", layout: OWN, prepare: counted, run: read, grows: false },
    Case { name: "legacy batch", layout: LEGACY, prepare: counted, run: further, grows: true },
    Case {
        name: "legacy forget a choice",
        layout: LEGACY,
        prepare: counted,
        run: |store| forget(store, Some(false)),
        grows: true,
    },
    Case {
        name: "legacy forget kicks",
        layout: LEGACY,
        prepare: counted,
        run: |store| forget(store, None),
        grows: false,
    },
    Case {
        name: "legacy forget a metrica",
        layout: LEGACY,
        prepare: counted,
        run: forget_metrica,
        grows: false,
    },
    Case {
        name: "legacy set watermarks",
        layout: LEGACY,
        prepare: counted,
        run: set_watermarks,
        grows: true,
    },
    Case { name: "legacy read", layout: LEGACY, prepare: counted, run: read, grows: false },
];

fn definition(store: &dyn Store) -> Result<Arc<Definition>> {
    Ok(store.definitions(Some("guests"))?.remove(0))
}

fn defined(store: &dyn Store, _: &Mutex<Connection>) {
    let axes = [("age", Axis::stored()), ("door", Axis::path())];
    store.define(&new_definition("guests", &axes, MetricaKind::Averaged)).unwrap();
}

fn claim(key: &str, expires: Option<i64>) -> Claim {
    Claim::new(key, b"x").expiring(expires)
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

/// Kicks were held back until a moment ago.
fn held(store: &dyn Store, connection: &Mutex<Connection>) {
    counted(store, connection);
    execute(connection, &["HSET", "staste:{guests}:meta", "held", "1"]);
}

/// Old and new choices, replaced claims, and expired buckets and claims.
fn further(store: &dyn Store) -> Result<()> {
    let claims = vec![claim("key/1", None), claim("key/3", Some(NOW + 9)), claim("key/4", Some(NOW - 1))];
    store.apply(&batch_of(store, 3, NOW, &["7", "new", "newer"], claims)?).map(drop)
}

fn define_new(store: &dyn Store) -> Result<()> {
    let axes = [("age", Axis::declared(["7", "8"])), ("door", Axis::path())];
    store.define(&new_definition("guests", &axes, MetricaKind::Averaged)).map(drop)
}

fn define_longer(store: &dyn Store) -> Result<()> {
    let mut longer = (*definition(store)?).clone();
    longer.retention = longer.retention.keep(Scale::Minute, Keep::days(30))?;
    longer.version += 1;
    if store.define(&longer)? { Ok(()) } else { Err(Error::stale("guests")) }
}

/// Forgets all kicks, or those of a choice, which may be moved to *other*.
fn forget(store: &dyn Store, choice: Option<bool>) -> Result<()> {
    let filter = choice.map(|_| (0, vec![value("8")])).into_iter().collect();
    let into_other = choice == Some(true);
    store
        .forget(&Forget::Kicks(KickSelection {
            definition: definition(store)?,
            filter,
            span: None,
            into_other,
            unused_choices: false,
        }))
        .map(drop)
}

fn set_watermarks(store: &dyn Store) -> Result<()> {
    let definition = definition(store)?;
    let grand = question(&definition, Scale::Ever, vec![Select::All; definition.stored_axes.len()]);
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
