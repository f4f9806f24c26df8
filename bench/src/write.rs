//! Flushes, compared with plain rusqlite upserts of the same number of rows, and the rate of durable kicks.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use rusqlite::{Connection, params};
use staste::{Axis, Clock, RecorderOptions, SqliteStore, Staste, store::Store};

use crate::table::{heading, medians, nanos, row};

/// The rate of the original on this machine, in kicks per second.
const ORIGINAL: f64 = 3_200.0;

pub fn run() -> Result<(), Box<dyn Error>> {
    heading("writing to SQLite");
    flush()?;
    sustained()?;
    for writers in [1, 2, 4, 8] {
        small(writers)?;
    }
    bytes(false)?;
    bytes(true)
}

fn open(path: &Path) -> Staste {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::at(path));
    Staste::with(store, Clock::system(), RecorderOptions::default().flush_every(None))
}

/// Measures a flush of about 20,000 cells that are all stored already, as in steady traffic.
fn flush() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let staste = open(&directory.path().join("ours.db"));
    let pages =
        staste.metrica("pages").axis("page", Axis::stored()).axis("country", Axis::stored()).build()?;
    let names: Vec<String> = (0..56).map(|name| format!("name-{name}")).collect();
    let kick_all = || {
        for page in &names {
            for country in &names {
                pages.kick([("page", page), ("country", country)]).expect("a good kick");
            }
        }
    };
    kick_all();
    staste.flush()?;
    // Cells at a page and a country, at one of them, and at neither; in six scales.
    let cells = 6 * (56 * 56 + 2 * 56 + 1);
    let plain = PlainTable::new(&directory.path().join("plain.db"), cells)?;
    plain.upsert()?;
    let [ours, theirs] = medians(|| {
        kick_all();
        let begun = Instant::now();
        staste.flush().expect("a flush");
        let ours = nanos(begun);
        let begun = Instant::now();
        plain.upsert().expect("an upsert");
        [ours, nanos(begun)]
    });
    let rate = |time: f64| f64::from(cells) / (time / 1e9);
    row(
        &format!("flush of {cells} cells; peer: plain upserts"),
        rate(ours),
        Some(rate(theirs)),
        "/s",
        ">= 0.8 x",
    );
    Ok(())
}

/// The same rows without Staste: sorted, in one durable transaction, into a table with the same columns.
struct PlainTable {
    connection: Connection,
    cells: u32,
}

impl PlainTable {
    fn new(path: &Path, cells: u32) -> rusqlite::Result<PlainTable> {
        let connection = Connection::open(path)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE cells (bucket INTEGER, a0 INTEGER, a1 INTEGER, total INTEGER NOT NULL,
                 PRIMARY KEY (bucket, a0, a1)) STRICT, WITHOUT ROWID",
        )?;
        Ok(PlainTable { connection, cells })
    }

    fn upsert(&self) -> rusqlite::Result<()> {
        let transaction = self.connection.unchecked_transaction()?;
        let mut statement = transaction.prepare_cached(
            "INSERT INTO cells VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET total = total + excluded.total",
        )?;
        for cell in 0..self.cells {
            statement.execute(params![cell / 3249, cell % 3249 / 57, cell % 57, 1])?;
        }
        drop(statement);
        transaction.commit()
    }
}

/// Measures kicks at points that are all new, until they are durable.
fn sustained() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let staste = open(&directory.path().join("new.db"));
    let visits =
        staste.metrica("visits").axis("page", Axis::stored()).axis("visitor", Axis::stored()).build()?;
    let kicks = 200_000_u32;
    let begun = Instant::now();
    for kick in 0..kicks {
        let (page, visitor) = (kick % 100, kick / 100);
        visits.kick(staste::choices! { page: page, visitor: visitor })?;
        if kick % 20_000 == 19_999 {
            staste.flush()?;
        }
    }
    staste.flush()?;
    let rate = f64::from(kicks) / begun.elapsed().as_secs_f64();
    row("kicks/s, every point new; peer: the original", rate, Some(ORIGINAL), "/s", ">= 10 x");
    Ok(())
}

/// Measures flushes of one kick, as of processes that count little: the cost of a transaction.
fn small(writers: u32) -> Result<(), Box<dyn Error>> {
    const FLUSHES: u32 = 100;
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("small.db");
    let handles: Vec<Staste> = (0..writers).map(|_| open(&path)).collect();
    let flush = |staste: &Staste, flushes: u32| {
        let pages = staste.metrica("pages").axis("page", Axis::stored()).axis("country", Axis::stored());
        let pages = pages.build().expect("a metrica");
        for kick in 0..flushes {
            pages.kick(staste::choices! { page: kick % 100, country: kick % 10 }).expect("a good kick");
            staste.flush().expect("a flush");
        }
    };
    handles.iter().for_each(|staste| flush(staste, 100));
    let [rate] = medians(|| {
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for staste in &handles {
                scope.spawn(|| flush(staste, FLUSHES));
            }
        });
        [f64::from(writers * FLUSHES) / begun.elapsed().as_secs_f64()]
    });
    row(&format!("flushes/s of one kick, {writers} writers, all"), rate, None, "/s", "");
    Ok(())
}

/// Measures the bytes of the file for each cell after some days of lifelike traffic.
fn bytes(averaged: bool) -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("bytes.db");
    let clock = Clock::fixed(1_700_000_000);
    let store: Arc<dyn Store> = Arc::new(SqliteStore::at(&path));
    let staste = Staste::with(store, clock.clone(), RecorderOptions::default().flush_every(None));
    let mut guests =
        staste.metrica("guests").axis("gender", Axis::declared(["boy", "girl"])).axis("age", Axis::stored());
    if averaged {
        guests = guests.averaged();
    }
    let guests = guests.build()?;
    for minute in 0..8_000_u32 {
        clock.set(1_700_000_000 + i64::from(minute) * 60);
        for guest in 0..40_u32 {
            let age = 10 + (guest * 7 + minute * 13) % 60;
            let gender = if (guest + minute) % 2 == 0 { "boy" } else { "girl" };
            guests.kick(staste::choices! { gender: gender, age: age })?;
        }
        if minute % 60 == 0 {
            staste.flush()?;
        }
    }
    staste.close()?;
    let size = staste.size("guests")?;
    let cells: u64 = size.scales.iter().map(|(_, cells)| cells).sum();
    drop((guests, staste));
    let bytes = std::fs::metadata(&path)?.len();
    #[expect(clippy::cast_precision_loss, reason = "the number is for people")]
    let per_cell = bytes as f64 / cells as f64;
    let kind = if averaged { "averaged" } else { "plain" };
    row(&format!("bytes a cell, file of {cells} cells, {kind}"), per_cell, None, "B", "<= 30");
    Ok(())
}
