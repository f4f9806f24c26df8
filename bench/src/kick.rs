//! A kick, compared with a counter of the `prometheus` crate, which is cheap enough to call anywhere.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use prometheus::{IntCounterVec, Opts};
use staste::{Axis, MemoryStore, Metrica, Staste};

use crate::table::{heading, medians, nanos, row, time};

const KICKS: u32 = 2_000_000;
const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

pub fn run() -> Result<(), Box<dyn Error>> {
    let staste = Staste::new(MemoryStore::new());
    let guests = staste
        .metrica("guests")
        .axis("gender", Axis::declared(["boy", "girl"]))
        .axis("age", Axis::stored())
        .build()?;
    let counter = IntCounterVec::new(Opts::new("guests", "guests"), &["gender", "age"])?;
    let ages: Vec<String> = (0..100).map(|age| age.to_string()).collect();
    heading("kick, 2 axes, 100 points; peer: prometheus with_label_values().inc()");
    one_thread(&guests, &counter, &ages)?;
    for threads in [2, 4] {
        many_threads(&guests, &counter, &ages, threads);
    }
    by_axes(&staste)
}

fn one_thread(guests: &Metrica, counter: &IntCounterVec, ages: &[String]) -> Result<(), Box<dyn Error>> {
    let bound = guests.bind([("gender", "girl"), ("age", "18")])?;
    let direct = counter.with_label_values(&["girl", "18"]);
    let [kick, integer, inc, bound, direct] = medians(|| {
        let mut ages = ages.iter().cycle();
        let mut next = || ages.next().map_or("", String::as_str);
        let mut age = 0_u32;
        [
            time(KICKS, || guests.kick([("gender", "girl"), ("age", next())]).expect("a good kick")),
            time(KICKS, || {
                age = (age + 1) % 100;
                guests.kick(staste::choices! { gender: "girl", age: age }).expect("a good kick");
            }),
            time(KICKS, || counter.with_label_values(&["girl", next()]).inc()),
            time(KICKS, || bound.kick().expect("a good kick")),
            time(KICKS, || black_box(&direct).inc()),
        ]
    });
    row("kick by name, one thread", kick, Some(inc), "ns", "<= 1.5 x");
    row("the same, age given as an integer", integer, Some(inc), "ns", "");
    row("bound handle, value 1", bound, Some(direct), "ns", "<= 10 ns");
    Ok(())
}

fn many_threads(guests: &Metrica, counter: &IntCounterVec, ages: &[String], threads: u32) {
    let together = |call: &(dyn Fn(&str) + Sync)| {
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    for age in ages.iter().cycle().take(KICKS as usize / 4) {
                        call(age);
                    }
                });
            }
        });
        nanos(begun) / f64::from(KICKS / 4)
    };
    let [kick, inc] = medians(|| {
        [
            together(&|age| guests.kick([("gender", "girl"), ("age", age)]).expect("a good kick")),
            together(&|age| counter.with_label_values(&["girl", age]).inc()),
        ]
    });
    row(&format!("kick by name, {threads} threads, each"), kick, Some(inc), "ns", "< 1 x");
}

fn by_axes(staste: &Staste) -> Result<(), Box<dyn Error>> {
    let mut costs = Vec::new();
    for axes in 0..=NAMES.len() {
        let mut builder = staste.metrica(&format!("axes{axes}"));
        for name in NAMES.iter().take(axes) {
            builder = builder.axis(name, Axis::stored());
        }
        let metrica = builder.build()?;
        let choices: Vec<(&str, &str)> = NAMES.iter().take(axes).map(|name| (*name, "choice")).collect();
        let [cost] =
            medians(|| [time(KICKS, || metrica.kick(choices.iter().copied()).expect("a good kick"))]);
        costs.push(cost);
    }
    row("kick, 5 axes; peer: kick, 0 axes", costs[5], Some(costs[0]), "ns", "<= 3 x");
    Ok(())
}
