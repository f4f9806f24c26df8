//! Queries on SQLite with no pending kicks, compared with the time that the original takes for the same query.

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;

use staste::{Axis, Clock, Moment, RecorderOptions, Scale, SqliteStore, Staste, Timespan, store::Store};

use crate::table::{heading, medians, row, time};

const NOW: i64 = 1_700_000_000;
const QUERIES: u32 = 2_000;

pub fn run() -> Result<(), Box<dyn Error>> {
    heading("queries on SQLite; peer: the original on Redis, as measured on such a machine");
    let directory = tempfile::tempdir()?;
    let store: Arc<dyn Store> = Arc::new(SqliteStore::at(directory.path().join("read.db")));
    let clock = Clock::fixed(NOW);
    let staste = Staste::with(store, clock, RecorderOptions::default().flush_every(None));
    let guests = staste
        .metrica("guests")
        .axis("gender", Axis::declared(["boy", "girl"]))
        .axis("age", Axis::stored())
        .build()?;
    for minute in 0..60 * 24 * 7_i64 {
        for guest in 0..10_i64 {
            let age = (guest * 31 + minute * 7) % 100;
            let gender = if guest % 2 == 0 { "boy" } else { "girl" };
            guests.kick_with(
                staste::choices! { gender: gender, age: age },
                1,
                Moment::Instant(NOW - minute * 60),
            )?;
        }
    }
    staste.flush()?;
    let girls = guests.filter([("gender", "girl")])?;
    let year = girls.timespan(Timespan::year(2023)?);
    let range = girls.timespan(Timespan::between(
        Some(Moment::parse("2023-11-08T03:17Z")?),
        Some(Moment::parse("2023-11-14T19:43Z")?),
    )?);
    let hour = guests.timespan(Timespan::hour(2023, 11, 14, 21)?);
    let [total, in_year, range, iterate, series] = medians(|| {
        [
            time(QUERIES, || {
                let _ = black_box(girls.total().expect("a result"));
            }),
            time(QUERIES, || {
                let _ = black_box(year.total().expect("a result"));
            }),
            time(QUERIES, || {
                let _ = black_box(range.total().expect("a result"));
            }),
            time(QUERIES, || drop(black_box(girls.iterate("age").expect("a result")))),
            time(QUERIES, || drop(black_box(hour.series(Scale::Minute).expect("a result")))),
        ]
    });
    let us = |nanos: f64| nanos / 1e3;
    row("total() with a filter", us(total), Some(139.0), "us", "<= 5 us");
    row("total() of a year, with a filter", us(in_year), Some(139.0), "us", "<= 5 us");
    row("total() of an arbitrary range", us(range), None, "us", "<= 300 us");
    row("iterate over 100 choices", us(iterate), Some(968.0), "us", "<= 50 us");
    row("series of 60 minutes", us(series), Some(764.0), "us", "<= 120 us");
    Ok(())
}
