//! Timings in rounds, and the table of their medians. Each round measures everything once, so that all are affected
//! alike if the speed of the machine changes.

use std::time::Instant;

/// Number of rounds; each number in the table is their median.
pub const ROUNDS: usize = 9;

/// Runs `count` calls and returns the nanoseconds per call.
pub fn time(count: u32, mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..count {
        call();
    }
    nanos(start) / f64::from(count)
}

/// Returns the nanoseconds since an instant.
pub fn nanos(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e9
}

/// Returns the median of each column over all rounds. A round measures every column once.
pub fn medians<const N: usize>(mut round: impl FnMut() -> [f64; N]) -> [f64; N] {
    let rounds: Vec<[f64; N]> = (0..ROUNDS).map(|_| round()).collect();
    std::array::from_fn(|column| {
        let mut numbers: Vec<f64> = rounds.iter().map(|round| round[column]).collect();
        numbers.sort_by(f64::total_cmp);
        numbers[ROUNDS / 2]
    })
}

/// Prints the heading of a section.
pub fn heading(title: &str) {
    println!("\n{title}\n{:<44} {:>14} {:>14} {:>8}  goal", "", "staste", "peer", "ratio");
}

/// Prints one row: two numbers with their unit and ratio, and the goal in words.
pub fn row(what: &str, ours: f64, peer: Option<f64>, unit: &str, goal: &str) {
    let format = |number: f64| match number {
        number if number >= 1e6 => format!("{:.2} M{unit}", number / 1e6),
        number if number >= 1e4 => format!("{:.0} k{unit}", number / 1e3),
        number => format!("{number:.1} {unit}"),
    };
    let (peer, ratio) = match peer {
        Some(peer) => (format(peer), format!("{:.2}", ours / peer)),
        None => ("-".to_owned(), "-".to_owned()),
    };
    println!("{what:<44} {:>14} {peer:>14} {ratio:>8}  {goal}", format(ours));
}
