//! A million dated rows, kicked one by one in a loop or by a bulk writer, during live traffic.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use staste::store::Store;
use staste::{
    Axis, Clock, Metrica, Moment, RecorderOptions, RedisStore, SqliteStore, Staste, Value, choices,
};

use crate::redis::server::Server;

/// Number of rows, each at an hour of a year, one of 2,000 pages and one of 60 countries.
const ROWS: u32 = 1_000_000;
/// The time at which they are counted.
const NOW: i64 = 1_700_000_000;
const HOUR: i64 = 3_600;

#[derive(Clone, Copy)]
struct Row {
    date: i64,
    page: u32,
    country: u32,
}

fn rows(sorted: bool) -> Vec<Row> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut random = |below: u32| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u32::try_from(state % u64::from(below)).expect("it is below 2^32")
    };
    let mut rows: Vec<Row> = (0..ROWS)
        .map(|_| Row {
            date: NOW - HOUR * (1 + i64::from(random(8_760))),
            // Some pages are much more frequent than others.
            page: random(2_000).min(random(2_000)),
            country: random(60).min(random(60)),
        })
        .collect();
    if sorted {
        rows.sort_by_key(|row| row.date);
    }
    rows
}

fn visits(staste: &Staste) -> Metrica {
    let builder = staste.metrica("visits").axis("page", Axis::stored()).axis("country", Axis::stored());
    builder.build().expect("a metrica")
}

/// Returns the resident bytes of this process.
fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: usize = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    pages * 4096
}

/// The number of live kicks of another Metrica during the backfill, and the duration of the longest.
#[derive(Default)]
struct LiveKicks {
    kicks: u32,
    longest: Duration,
}

fn kick_live(staste: &Staste, done: &AtomicBool, peak: &AtomicUsize) -> LiveKicks {
    let metrica = staste.metrica("live").axis("page", Axis::stored()).build().expect("a metrica");
    let mut live = LiveKicks::default();
    while !done.load(Ordering::Relaxed) {
        let began = Instant::now();
        metrica.kick(choices! { page: live.kicks % 5_000 }).expect("a good kick");
        live.longest = live.longest.max(began.elapsed());
        live.kicks += 1;
        peak.fetch_max(resident_bytes(), Ordering::Relaxed);
        std::thread::sleep(Duration::from_micros(500));
    }
    live
}

fn kick_in_loop(what: &str, store: Arc<dyn Store>, rows: &[Row], threads: usize) {
    let staste = Staste::with(store, Clock::fixed(NOW), RecorderOptions::default());
    visits(&staste).define().expect("a definition");
    let (before, peak, done) = (resident_bytes(), AtomicUsize::new(0), AtomicBool::new(false));
    let began = Instant::now();
    let (live, kicked) = std::thread::scope(|scope| {
        let live = scope.spawn(|| kick_live(&staste, &done, &peak));
        let workers: Vec<_> = rows
            .chunks(rows.len().div_ceil(threads))
            .map(|part| {
                let visits = visits(&staste);
                scope.spawn(move || {
                    for row in part {
                        let choices = choices! { page: row.page, country: row.country };
                        visits
                            .kick_with(choices, Value::ONE, Moment::Instant(row.date))
                            .expect("a good kick");
                    }
                })
            })
            .collect();
        workers.into_iter().for_each(|worker| worker.join().expect("a worker"));
        let kicked = began.elapsed();
        done.store(true, Ordering::Relaxed);
        (live.join().expect("the live thread"), kicked)
    });
    let flushed = staste.flush();
    let rate = f64::from(ROWS) / began.elapsed().as_secs_f64();
    let health = staste.health();
    let counted = visits(&staste).total().expect("a total");
    let live_counted = staste.stored_metrica("live").and_then(|live| live.total()).expect("a total");
    println!(
        "{what:<34} {rate:>9.0} rows/s, loop {:.1} s, counted {counted}, dropped {}, waited {}, live {live_counted} of {} \
         (longest {:.0} ms), memory +{} MiB, flush {}",
        kicked.as_secs_f64(),
        health.dropped,
        health.waited,
        live.kicks,
        live.longest.as_secs_f64() * 1e3,
        peak.load(Ordering::Relaxed).saturating_sub(before) >> 20,
        flushed.map_or_else(|error| error.to_string(), |()| "ok".to_owned()),
    );
}

fn bulk_write(what: &str, store: Arc<dyn Store>, rows: &[Row]) {
    let staste = Staste::with(store, Clock::fixed(NOW), RecorderOptions::default());
    let visits = visits(&staste);
    let began = Instant::now();
    let mut bulk = visits.bulk().expect("a bulk");
    for row in rows {
        let choices = choices! { page: row.page, country: row.country };
        bulk.kick(choices, Value::ONE, Moment::Instant(row.date)).expect("a good kick");
        if bulk.is_full() {
            bulk.commit(Vec::new()).expect("a commit");
        }
    }
    bulk.commit(Vec::new()).expect("a commit");
    let rate = f64::from(ROWS) / began.elapsed().as_secs_f64();
    println!("{what:<34} {rate:>9.0} rows/s, counted {}", visits.total().expect("a total"));
}

pub fn run() -> Result<(), Box<dyn Error>> {
    println!("\n{ROWS} dated rows, during live kicks of another metrica");
    let wanted = std::env::var("BACKFILL").unwrap_or_default();
    for (order, sorted) in [("sorted", true), ("shuffled", false)] {
        let rows = rows(sorted);
        for name in ["sqlite", "redis"] {
            for way in ["bulk", "1 thread", "4 threads"] {
                let what = format!("{name}, {order}, {way}");
                if !what.contains(&wanted) {
                    continue;
                }
                let folder = tempfile::tempdir()?;
                let server = if name == "redis" { Server::start()? } else { None };
                let store: Arc<dyn Store> = match &server {
                    Some(server) => Arc::new(RedisStore::parse(&server.address())?),
                    None if name == "redis" => continue,
                    None => Arc::new(SqliteStore::at(&folder.path().join("rows.db"))),
                };
                match way {
                    "bulk" => bulk_write(&what, store, &rows),
                    "1 thread" => kick_in_loop(&what, store, &rows, 1),
                    _ => kick_in_loop(&what, store, &rows, 4),
                }
            }
        }
    }
    Ok(())
}
