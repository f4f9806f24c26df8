//! Rounds of timings, taken in turn so that drift of the machine hits all alike, and their table.

use std::time::Instant;

/// How many rounds each figure is the median of.
pub const ROUNDS: usize = 9;

/// Times `count` calls in nanoseconds a call.
pub fn time(count: u32, mut call: impl FnMut()) -> f64 {
    let begun = Instant::now();
    for _ in 0..count {
        call();
    }
    nanos(begun) / f64::from(count)
}

/// Nanoseconds since an instant.
pub fn nanos(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1e9
}

/// The median of each column over all rounds; a round measures every column once.
pub fn medians<const N: usize>(mut round: impl FnMut() -> [f64; N]) -> [f64; N] {
    let rounds: Vec<[f64; N]> = (0..ROUNDS).map(|_| round()).collect();
    std::array::from_fn(|column| {
        let mut figures: Vec<f64> = rounds.iter().map(|round| round[column]).collect();
        figures.sort_by(f64::total_cmp);
        figures[ROUNDS / 2]
    })
}

/// Prints the heading of a section.
pub fn heading(title: &str) {
    println!("\n{title}\n{:<44} {:>14} {:>14} {:>8}  goal", "", "staste", "peer", "ratio");
}

/// Prints one row: figures in a unit, and the goal in words.
pub fn row(what: &str, ours: f64, peer: Option<f64>, unit: &str, goal: &str) {
    let shown = |figure: f64| match figure {
        figure if figure >= 1e6 => format!("{:.2} M{unit}", figure / 1e6),
        figure if figure >= 1e4 => format!("{:.0} k{unit}", figure / 1e3),
        figure => format!("{figure:.1} {unit}"),
    };
    let (peer, ratio) = match peer {
        Some(peer) => (shown(peer), format!("{:.2}", ours / peer)),
        None => ("-".to_owned(), "-".to_owned()),
    };
    println!("{what:<44} {:>14} {peer:>14} {ratio:>8}  {goal}", shown(ours));
}
