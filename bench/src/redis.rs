//! The Store on Redis, compared with the commands of the original, sent by the same client to the same server.

mod original_commands;
pub mod server;

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use redis::cmd;
use staste::store::Store;
use staste::{Axis, Clock, Metrica, RecorderOptions, RedisStore, Scale, Staste, Timespan};

use crate::table::{heading, medians, row, time};
use original_commands::Original;
use server::Server;

const NOW: i64 = 1_700_000_000;
const KICKS: usize = 20_000;
/// Fewer kicks of the peer: each costs the same, because it merges none.
const PEER_KICKS: usize = 2_000;
/// Kicks in the 250 ms between two flushes, at 20,000 kicks per second.
const LOAD: usize = 5_000;

type RunResult = Result<(), Box<dyn Error>>;

/// Axes and the number of choices on each: 1,000 points, or one without axes.
struct AxisSet {
    axes: &'static [&'static str],
    choices: &'static [usize],
}

const NO_AXIS: AxisSet = AxisSet { axes: &[], choices: &[] };
const TWO_AXES: AxisSet = AxisSet { axes: &["country", "page"], choices: &[10, 100] };
const ONE_AXIS: AxisSet = AxisSet { axes: &["page"], choices: &[1000] };
const THREE_AXES: AxisSet = AxisSet { axes: &["a", "b", "c"], choices: &[10, 10, 10] };
const FOUR_AXES: AxisSet = AxisSet { axes: &["a", "b", "c", "d"], choices: &[10, 10, 5, 2] };
const FIVE_AXES: AxisSet = AxisSet { axes: &["a", "b", "c", "d", "e"], choices: &[10, 5, 5, 2, 2] };

pub fn run() -> RunResult {
    let Some(mut server) = Server::start()? else {
        println!("\n(skipped: redis-server is not installed)");
        return Ok(());
    };
    let version = server.version()?;
    heading(&format!("Redis {version}, 1,000 points; peer: the original's commands, a pipeline a kick"));
    for (shape, flush) in [
        (&NO_AXIS, LOAD),
        (&ONE_AXIS, LOAD),
        (&TWO_AXES, LOAD),
        (&THREE_AXES, LOAD),
        (&FOUR_AXES, LOAD),
        (&FIVE_AXES, LOAD),
        (&TWO_AXES, LOAD * 4),
        (&FIVE_AXES, LOAD * 4),
        (&TWO_AXES, LOAD / 20),
        (&TWO_AXES, LOAD / 200),
    ] {
        server_time(&mut server, shape, flush)?;
    }
    in_turn(&mut server)?;
    for writers in [1, 2, 4, 8] {
        concurrent_writers(&mut server, writers)?;
    }
    every_point_new(&mut server)?;
    reads(&mut server)?;
    heading("Redis, bytes a cell of all its memory; peer: the original's keys, the same kicks");
    for averaged in [false, true] {
        let minutes = (0..1_440).flat_map(|minute| (0..40).map(move |guest| (minute, guest)));
        let lifelike = minutes.map(|(minute, guest)| {
            let gender = if (guest + minute) % 2 == 0 { "boy" } else { "girl" };
            (NOW + minute * 60, vec![gender.to_owned(), (10 + (guest * 7 + minute * 13) % 60).to_string()])
        });
        memory(&mut server, "a lifelike day", &["gender", "age"], averaged, &lifelike.collect::<Vec<_>>())?;
    }
    for (points, minutes) in [(10, 1_440), (100, 720), (400, 180), (1_000, 60), (9_000, 7)] {
        for averaged in [false, true] {
            let kicks = (0..minutes).flat_map(|minute| {
                (0..points).map(move |point| (NOW + minute * 60, vec![format!("page-{point}")]))
            });
            let what = format!("{points} choices in every bucket");
            memory(&mut server, &what, &["page"], averaged, &kicks.collect::<Vec<_>>())?;
        }
    }
    Ok(())
}

impl AxisSet {
    /// Returns the choices of the kick of a number.
    fn choices(&self, kick: usize) -> Vec<String> {
        let mut rest = kick.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
        let choice = |choices: &usize| {
            let choice = rest % choices;
            rest /= choices;
            format!("choice-{choice}")
        };
        self.choices.iter().map(choice).collect()
    }

    fn kicks(&self, count: usize) -> Vec<Vec<String>> {
        (0..count).map(|kick| self.choices(kick)).collect()
    }
}

/// Opens another handle, as another process would.
fn open(address: &str, axes: &[&str], averaged: bool) -> Result<(Staste, Metrica, Clock), Box<dyn Error>> {
    let store: Arc<dyn Store> = Arc::new(RedisStore::parse(address)?);
    let clock = Clock::fixed(NOW);
    let staste = Staste::with(store, clock.clone(), RecorderOptions::default().flush_every(None));
    let mut builder = staste.metrica("guests");
    for axis in axes {
        builder = builder.axis(axis, Axis::stored());
    }
    if averaged {
        builder = builder.averaged();
    }
    let metrica = builder.build()?;
    Ok((staste, metrica, clock))
}

/// Kicks, and flushes after every `flush` kicks; the clock advances with them.
fn kick_all(
    (staste, metrica, clock): &(Staste, Metrica, Clock),
    axes: &[&str],
    kicks: &[Vec<String>],
    flush: usize,
) -> staste::Result<()> {
    for (minute, kicks) in (0..).zip(kicks.chunks(flush)) {
        clock.set(NOW + minute / (LOAD / flush).max(1) as i64 * 60);
        for kick in kicks {
            metrica.kick(axes.iter().copied().zip(kick.iter().map(String::as_str)))?;
        }
        staste.flush()?;
    }
    Ok(())
}

fn peer(server: &Server, axes: &'static [&'static str], averaged: bool) -> Result<Original, Box<dyn Error>> {
    Ok(Original { connection: server.connect()?, axes, averaged })
}

/// Measures the requests and the time of the server for each kick, once all choices are registered.
fn server_time(server: &mut Server, shape: &AxisSet, flush: usize) -> RunResult {
    let (ours, theirs) = (shape.kicks(KICKS), shape.kicks(PEER_KICKS));
    let figures = medians(|| {
        server.clear().expect("a server");
        let handle = open(&server.address(), shape.axes, false).expect("a handle");
        kick_all(&handle, shape.axes, &ours[..LOAD], LOAD).expect("kicks");
        let ours_done = server.work(|| kick_all(&handle, shape.axes, &ours, flush)).expect("kicks");
        server.clear().expect("a server");
        let mut original = peer(server, shape.axes, false).expect("a connection");
        let theirs_done =
            server.work(|| theirs.iter().try_for_each(|kick| original.kick(kick, NOW))).expect("kicks");
        let (ours, theirs) = (ours.len() as f64, theirs.len() as f64);
        [
            ours_done.scripts / ours,
            ours_done.commands / ours,
            theirs_done.commands / theirs,
            ours_done.cpu / ours,
            theirs_done.cpu / theirs,
        ]
    });
    let [requests, ours, theirs, our_cpu, their_cpu] = figures;
    let what = format!("{} axes, {} kicks/s", shape.axes.len(), flush * 4);
    println!("{what:<44} {requests:>14.5} {:>14} {requests:>8.5}  <= 0.01", 1);
    println!(
        "{:<44} {ours:>11.3} us {theirs:>11.1} us {:>8.4}  <= 0.05",
        "  time in commands",
        ours / theirs
    );
    println!(
        "{:<44} {our_cpu:>11.3} us {their_cpu:>11.1} us {:>8.4}  -",
        "  processor time of the server",
        our_cpu / their_cpu
    );
    Ok(())
}

/// Measures two metricas of two axes that are kicked in turn, as when each page view counts in both.
fn in_turn(server: &mut Server) -> RunResult {
    let kicks = TWO_AXES.kicks(KICKS);
    let [requests, commands] = medians(|| {
        server.clear().expect("a server");
        let (staste, guests, _) = open(&server.address(), TWO_AXES.axes, false).expect("a handle");
        let mut visits = staste.metrica("visits");
        for axis in TWO_AXES.axes {
            visits = visits.axis(axis, Axis::stored());
        }
        let both = [guests, visits.build().expect("a metrica")];
        let kick_both = || -> staste::Result<()> {
            for kicks in kicks.chunks(LOAD / 2) {
                for kick in kicks {
                    for metrica in &both {
                        metrica.kick(TWO_AXES.axes.iter().copied().zip(kick.iter().map(String::as_str)))?;
                    }
                }
                staste.flush()?;
            }
            Ok(())
        };
        kick_both().expect("kicks");
        let work = server.work(kick_both).expect("kicks");
        let count = (both.len() * kicks.len()) as f64;
        [work.scripts / count, work.commands / count]
    });
    let what = format!("2 metricas in turn, 2 axes, {} kicks/s", LOAD * 4);
    println!("{what:<44} {requests:>14.5} {:>14} {requests:>8.5}  <= 0.01", 1);
    row("  time in commands", commands, None, "us", "");
    Ok(())
}

/// Measures several writers at once, each with its own handle and connection.
fn concurrent_writers(server: &mut Server, writers: usize) -> RunResult {
    let (ours, theirs) = (TWO_AXES.kicks(KICKS), TWO_AXES.kicks(PEER_KICKS));
    let [ours, theirs, busy] = medians(|| {
        server.clear().expect("a server");
        let address = server.address();
        let handles: Vec<_> =
            (0..writers).map(|_| open(&address, TWO_AXES.axes, false).expect("a handle")).collect();
        let begun = Instant::now();
        let all_at_once = || -> staste::Result<()> {
            std::thread::scope(|scope| {
                for handle in &handles {
                    scope.spawn(|| kick_all(handle, TWO_AXES.axes, &ours, LOAD).expect("kicks"));
                }
            });
            Ok(())
        };
        let cpu = server.work(all_at_once).expect("kicks").cpu;
        let elapsed = begun.elapsed().as_secs_f64();
        let our_rate = (writers * ours.len()) as f64 / elapsed;
        server.clear().expect("a server");
        let peers: Vec<_> =
            (0..writers).map(|_| peer(server, TWO_AXES.axes, false).expect("a connection")).collect();
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for mut original in peers {
                let theirs = &theirs;
                scope.spawn(move || {
                    theirs.iter().try_for_each(|kick| original.kick(kick, NOW)).expect("kicks");
                });
            }
        });
        [our_rate, (writers * theirs.len()) as f64 / begun.elapsed().as_secs_f64(), cpu / elapsed / 1e4]
    });
    row(&format!("kicks/s, 2 axes, {writers} writers"), ours, Some(theirs), "/s", "");
    row("  load of the server's thread", busy, None, "%", "");
    Ok(())
}

/// Measures the worst case: on an axis of visitors, no kicks merge.
fn every_point_new(server: &mut Server) -> RunResult {
    let axes: &'static [&'static str] = &["page", "visitor"];
    let kicks: Vec<Vec<String>> =
        (0..KICKS * 2).map(|kick| vec![(kick % 100).to_string(), (kick / 100).to_string()]).collect();
    let [ours, cpu] = medians(|| {
        server.clear().expect("a server");
        let handle = open(&server.address(), axes, false).expect("a handle");
        let begun = Instant::now();
        let work = server.work(|| kick_all(&handle, axes, &kicks, LOAD)).expect("kicks");
        [kicks.len() as f64 / begun.elapsed().as_secs_f64(), work.cpu / kicks.len() as f64]
    });
    row("kicks/s, 2 axes, every point new", ours, None, "/s", "");
    row("  processor time of the server", cpu, None, "us", "");
    Ok(())
}

/// Measures queries with no pending kicks, compared with the cheapest request to the server.
fn reads(server: &mut Server) -> RunResult {
    server.clear()?;
    let axes: &'static [&'static str] = &["gender", "age"];
    let handle = open(&server.address(), axes, false)?;
    let (staste, guests, clock) = &handle;
    for minute in (0..60 * 24 * 2_i64).rev() {
        clock.set(NOW - minute * 60);
        for guest in 0..10_i64 {
            let gender = if guest % 2 == 0 { "boy" } else { "girl" };
            guests.kick(staste::choices! { gender: gender, age: (guest * 31 + minute * 7) % 100 })?;
        }
    }
    staste.flush()?;
    let girls = guests.filter([("gender", "girl")])?;
    let hour = guests.timespan(Timespan::hour(2023, 11, 14, 21)?);
    let mut connection = server.connect()?;
    cmd("HSET").arg("one").arg("field").arg(1).query::<()>(&mut connection)?;
    const QUERIES: u32 = 500;
    let [total, iterate, series, get] = medians(|| {
        [
            time(QUERIES, || {
                let _ = black_box(girls.total().expect("a result"));
            }),
            time(QUERIES, || drop(black_box(girls.iterate("age").expect("a result")))),
            time(QUERIES, || drop(black_box(hour.series(Scale::Minute).expect("a result")))),
            time(QUERIES, || {
                let _: i64 =
                    black_box(cmd("HGET").arg("one").arg("field").query(&mut connection).expect("one"));
            }),
        ]
    });
    let us = |nanos: f64| nanos / 1e3;
    row("total() with a filter; peer of these: HGET", us(total), Some(us(get)), "us", "");
    row("iterate over 100 choices", us(iterate), Some(us(get)), "us", "");
    row("series of 60 minutes", us(series), Some(us(get)), "us", "");
    Ok(())
}

/// Measures how much the memory of the server grows for each cell.
fn memory(
    server: &mut Server,
    what: &str,
    axes: &'static [&'static str],
    averaged: bool,
    kicks: &[(i64, Vec<String>)],
) -> RunResult {
    server.clear()?;
    let empty = server.memory()?;
    let handle = open(&server.address(), axes, averaged)?;
    for kicks in kicks.chunks(LOAD) {
        for (at, choices) in kicks {
            handle.2.set(*at);
            handle.1.kick(axes.iter().copied().zip(choices.iter().map(String::as_str)))?;
        }
        handle.0.flush()?;
    }
    let cells: u64 = handle.0.size("guests")?.scales.iter().map(|(_, cells)| cells).sum();
    drop(handle);
    let ours = server.memory()? - empty;
    server.clear()?;
    let empty = server.memory()?;
    let mut original = peer(server, axes, averaged)?;
    for (at, choices) in kicks {
        original.kick(choices, *at)?;
    }
    drop(original);
    let theirs = server.memory()? - empty;
    let what = format!("{what}, {}{cells} cells", if averaged { "averaged, " } else { "" });
    row(&what, ours / cells as f64, Some(theirs / cells as f64), "B", "");
    Ok(())
}
