//! Distributions: a kick compared with histograms of other libraries, and what bins cost in a file, by the combinations of
//! axes that have them.

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;

use prometheus::{HistogramOpts, HistogramVec};
use sketches_ddsketch::{Config, DDSketch};
use staste::store::Store;
use staste::{
    Axis, Clock, Combinations, MemoryStore, Metrica, MetricaBuilder, Moment, RecorderOptions, Scale, SqliteStore, Staste,
    Timespan,
};

use crate::table::{heading, medians, row, time};

const KICKS: u32 = 1_000_000;
/// 2023-11-30 23:59:00 UTC, at the end of a month.
const NOW: i64 = 1_701_388_740;
const DAY: i64 = 86_400;
const QUERIES: u32 = 50;

pub fn run() -> Result<(), Box<dyn Error>> {
    kick()?;
    for (requests, days) in [(20_000, 30), (200_000, 2)] {
        combinations(requests, days)?;
    }
    Ok(())
}

fn responses(staste: &Staste, name: &str) -> MetricaBuilder {
    staste
        .metrica(name)
        .axis("view", Axis::stored())
        .axis("method", Axis::stored())
        .axis("status", Axis::declared(["1xx", "2xx", "3xx", "4xx", "5xx"]))
        .axis("exception", Axis::stored())
        .multiplier(10_000)
}

fn kick() -> Result<(), Box<dyn Error>> {
    heading("a response time by view and status, 100 views; peers: the number of an averaged Metrica, and other histograms");
    let staste = Staste::new(MemoryStore::new());
    let averaged = responses(&staste, "averaged").averaged().build()?;
    let distribution = responses(&staste, "distribution").distribution().build()?;
    let bound = distribution.bind([("view", "/1"), ("status", "2xx")])?;
    let bound_averaged = averaged.bind([("view", "/1"), ("status", "2xx")])?;
    let histogram = HistogramVec::new(HistogramOpts::new("responses", "responses"), &["view", "status"])?;
    let direct = histogram.with_label_values(&["/1", "2xx"]);
    let mut hdr = hdrhistogram::Histogram::<u64>::new_with_bounds(1, 600_000, 2)?;
    let mut sketch = DDSketch::new(Config::new(0.011, 2048, 1e-4));
    let views: Vec<String> = (0..100).map(|view| format!("/view/{view}")).collect();
    let mut random = Random(1);
    let seconds: Vec<f64> = (0..4096).map(|_| random.seconds(0.02)).collect();
    let mut next = 0_usize;
    let mut at = || {
        next += 1;
        (views[next % 100].as_str(), seconds[next % 4096])
    };
    let [averaged, distribution, observe, bound, bound_averaged, direct, hdr, sketch] = medians(|| {
        [
            time(KICKS, || {
                let (view, seconds) = at();
                averaged.kick_with([("view", view), ("status", "2xx")], seconds, Moment::Now).expect("a good kick");
            }),
            time(KICKS, || {
                let (view, seconds) = at();
                distribution.kick_with([("view", view), ("status", "2xx")], seconds, Moment::Now).expect("a good kick");
            }),
            time(KICKS, || {
                let (view, seconds) = at();
                histogram.with_label_values(&[view, "2xx"]).observe(seconds);
            }),
            time(KICKS, || bound.kick_with(at().1, Moment::Now).expect("a good kick")),
            time(KICKS, || bound_averaged.kick_with(at().1, Moment::Now).expect("a good kick")),
            time(KICKS, || direct.observe(at().1)),
            time(KICKS, || {
                #[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "positive and small")]
                let units = (at().1 * 10_000.0) as u64;
                hdr.record(units.max(1)).expect("within the bounds");
            }),
            time(KICKS, || sketch.add(at().1)),
        ]
    });
    row("kick by name; peer: averaged kick", distribution, Some(averaged), "ns", "<= 1.5 x");
    row("the same; peer: prometheus observe", distribution, Some(observe), "ns", "");
    row("bound point; peer: averaged", bound, Some(bound_averaged), "ns", "");
    row("the same; peer: prometheus observe, bound", bound, Some(direct), "ns", "");
    row("the same; peer: hdrhistogram, one thread", bound, Some(hdr), "ns", "");
    row("the same; peer: sketches-ddsketch, one thread", bound, Some(sketch), "ns", "");
    black_box((hdr, sketch));
    Ok(())
}

/// A linear congruential generator, of which only the high bits are random enough.
struct Random(u64);

impl Random {
    fn below(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(1);
        (self.0 >> 33) % below
    }

    fn uniform(&mut self) -> f64 {
        f64::from(u32::try_from(self.below(1 << 30)).expect("30 bits")) / f64::from(1_u32 << 30)
    }

    /// A response time that is log-normally distributed around a median, with a sixth of the values twenty times as slow.
    fn seconds(&mut self, median: f64) -> f64 {
        let sum: f64 = (0..12).map(|_| self.uniform()).sum();
        let slow = if self.below(6) == 0 { 20.0 } else { 1.0 };
        median * slow * ((sum - 6.0) * 0.5).exp()
    }
}

/// Counts requests of 200 views, 5 methods, 5 classes of status and a few exceptions. With fewer than 32 bins for each
/// doubling of a value, values are rounded first, so that they are in as few bins as coarser ones would be.
fn count(metrica: &Metrica, per_day: i64, days: i64, octave_bins: f64) -> Result<u64, Box<dyn Error>> {
    let mut random = Random(7);
    let mut bulk = metrica.bulk()?;
    for request in 0..per_day * days {
        // A few views have most requests.
        let view = random.below(200) * random.below(200) / 200;
        let method = match random.below(100) {
            0..80 => "GET",
            80..95 => "POST",
            95..97 => "PUT",
            97..99 => "DELETE",
            _ => "HEAD",
        };
        let status = match random.below(100) {
            0..90 => "2xx",
            90..94 => "3xx",
            94..99 => "4xx",
            _ => "5xx",
        };
        #[expect(clippy::cast_precision_loss, reason = "below 200")]
        let seconds = random.seconds(0.002 + view as f64 / 4_000.0);
        let seconds = match octave_bins {
            32.0 => seconds,
            bins => ((seconds.log2() * bins).floor() / bins).exp2(),
        };
        let mut choices = vec![("view", format!("/view/{view}")), ("method", method.to_owned()), ("status", status.to_owned())];
        if status == "5xx" {
            choices.push(("exception", ["ValueError", "KeyError", "TimeoutError"][random.below(3) as usize].to_owned()));
        }
        let at = NOW - days * DAY + 60 + request * DAY / per_day;
        bulk.kick(choices.iter().map(|(axis, choice)| (*axis, choice.as_str())), seconds.into(), Moment::Instant(at))?;
        if bulk.is_full() {
            bulk.commit(Vec::new())?;
        }
    }
    bulk.commit(Vec::new())?;
    Ok(u64::try_from(per_day * days)?)
}

/// Measures files with bins at different combinations of axes.
fn combinations(per_day: i64, days: i64) -> Result<(), Box<dyn Error>> {
    println!("\nthe Metrica of requests on SQLite: {days} days of {per_day} requests, by the combinations that have bins");
    println!(
        "{:<12} {:>9} {:>9} {:>9} {:>9} {:>11} {:>11}  slowest p95 of 16 filters: month, 7 days, today; p95 of a view in a month",
        "bins", "kB/day", "B/cell", "cells/kick", "kick us", "minutes", "hours"
    );
    let kinds = [
        ("none", None, 32.0),
        ("every", Some(Combinations::Every), 32.0),
        ("pairs", Some(Combinations::Pairs), 32.0),
        ("first apart", Some(Combinations::FirstApart), 32.0),
        ("8 an octave", Some(Combinations::FirstApart), 8.0),
        ("4 an octave", Some(Combinations::FirstApart), 4.0),
    ];
    for (name, combinations, octave_bins) in kinds {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("requests.db");
        let store: Arc<dyn Store> = Arc::new(SqliteStore::at(&path));
        let options = || RecorderOptions::default().flush_every(None);
        let staste = Staste::with(Arc::clone(&store), Clock::fixed(NOW), options());
        if let Some(combinations) = combinations {
            let definition = responses(&staste, "requests").distribution().build()?.definition()?;
            let mut definition = (*definition).clone();
            definition.bins.as_mut().expect("a distribution has bins").combinations = combinations;
            store.define(&definition)?;
        } else {
            responses(&staste, "requests").averaged().build()?.define()?;
        }
        let requests = responses(&Staste::with(Arc::clone(&store), Clock::fixed(NOW), options()), "requests").build()?;
        let begun = std::time::Instant::now();
        let kicks = count(&requests, per_day, days, octave_bins)?;
        let elapsed = begun.elapsed();
        let size = store.size("requests")?;
        let cells = |scale: Scale| size.scales[scale.kept_index().expect("a kept scale")].1;
        let all: u64 = size.scales.iter().map(|(_, cells)| cells).sum();
        drop(staste);
        let bytes = std::fs::metadata(&path)?.len();
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let (bytes, all, kicks) = (bytes as f64, all as f64, kicks as f64);
        print!(
            "{name:<12} {:>9.0} {:>9.1} {:>9.1} {:>9.1} {:>11} {:>11}  ",
            bytes / 1000.0 / f64::from(u32::try_from(days)?),
            bytes / all,
            all / kicks,
            elapsed.as_secs_f64() * 1e6 / kicks,
            cells(Scale::Minute),
            cells(Scale::Hour),
        );
        if combinations.is_some() {
            slowest(&requests)?;
        }
        println!();
    }
    Ok(())
}

fn slowest(requests: &Metrica) -> Result<(), Box<dyn Error>> {
    let spans = [Timespan::month(2023, 11)?, Timespan::last(7, Scale::Day)?, Timespan::last(1, Scale::Day)?];
    let conditions = [("view", "/view/20"), ("method", "POST"), ("status", "5xx"), ("exception", "KeyError")];
    for span in spans {
        let mut slowest = (0.0, String::new());
        for subset in 0..16 {
            let chosen = conditions.iter().enumerate().filter(|(bit, _)| subset & 1 << bit != 0).map(|(_, it)| *it);
            let chosen: Vec<(&str, &str)> = chosen.collect();
            let view = requests.filter(chosen.iter().copied())?.timespan(span);
            let [nanos] = medians(|| [time(QUERIES / 10, || _ = black_box(view.percentile(95.0).expect("a result")))]);
            if nanos > slowest.0 {
                slowest = (nanos, chosen.iter().map(|(axis, _)| *axis).collect::<Vec<_>>().join("+"));
            }
        }
        print!("{:.2} ms ({}), ", slowest.0 / 1e6, slowest.1);
    }
    let month = requests.filter([("view", "/view/20")])?.timespan(spans[0]);
    let [nanos] = medians(|| [time(QUERIES, || _ = black_box(month.percentile(95.0).expect("a result")))]);
    print!("{:.0} us", nanos / 1e3);
    Ok(())
}
