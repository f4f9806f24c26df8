//! A process that kicks, for tests that run several processes and kill some.
//!
//! `kicker kick PATH WRITER COUNT` kicks COUNT events; `kicker import PATH COUNT` commits them by a bulk writer with
//! claims; `kicker endless PATH WRITER` kicks until it is killed, and prints the number of committed events after each
//! flush. The axes of an event are its writer and its block: its number divided by a thousand.

use std::error::Error;
use std::io::Write as _;
use std::time::Duration;

use staste::store::Claim;
use staste::{Axis, Clock, Metrica, Moment, RecorderOptions, SqliteStore, Staste, Value, choices};

/// Number of events in a block.
const BLOCK: u64 = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["kick", path, writer, count] => {
            let (staste, events) = open(path)?;
            for number in 0..count.parse()? {
                kick(&events, writer, number)?;
            }
            staste.close()?;
        }
        ["import", path, count] => import(&open(path)?.1, count.parse()?)?,
        ["endless", path, writer] => endless(path, writer)?,
        _ => return Err("kicker kick PATH WRITER COUNT | import PATH COUNT | endless PATH WRITER".into()),
    }
    Ok(())
}

fn open(path: &str) -> staste::Result<(Staste, Metrica)> {
    let store = std::sync::Arc::new(SqliteStore::at(path));
    let options = RecorderOptions::default().flush_every(Some(Duration::from_millis(5)));
    let staste = Staste::with(store, Clock::default(), options);
    let events = staste
        .metrica("events")
        .axis("writer", Axis::stored())
        .axis("block", Axis::stored())
        .averaged()
        .build()?;
    Ok((staste, events))
}

fn kick(events: &Metrica, writer: &str, number: u64) -> staste::Result<()> {
    events.kick(choices! { writer: writer, block: number / BLOCK })
}

fn import(events: &Metrica, count: u64) -> staste::Result<()> {
    let mut bulk = events.bulk()?;
    for number in 0..count {
        bulk.kick(choices! { writer: "importer", block: number / BLOCK }, Value::ONE, Moment::Now)?;
        if number % BLOCK == BLOCK - 1 || number + 1 == count {
            let key = format!("import/events/{number}");
            bulk.commit(vec![Claim::new(key, [])])?;
        }
    }
    Ok(())
}

fn endless(path: &str, writer: &str) -> Result<(), Box<dyn Error>> {
    let (staste, events) = open(path)?;
    let mut out = std::io::stdout().lock();
    for number in 0_u64.. {
        kick(&events, writer, number)?;
        if number % 250 == 249 {
            staste.flush()?;
            writeln!(out, "{}", number + 1)?;
            out.flush()?;
        }
    }
    Ok(())
}
