//! Random batches, queries, deletions and changes of the definition give the same results as on the Store in memory.

use std::sync::Arc;

use staste_core::store::{Batch, Forget, KickSelection, Question, Select, Span, Store, Writer};
use staste_core::{
    Axis, Choice, Combinations, DEFAULT_POINT_LIMIT, Definition, MemoryStore, MetricaKind, Scale, Watermarks,
};

use crate::rng::Rng;
use crate::store_fixtures::{
    Cells, TestKick, batch, cells, new_definition, part, question, read_groups, store_definition, value,
    without_mark,
};
use crate::store_location::Factory;
use crate::test_env::NOW;

claims! { differential:
    same_as_memory_store_with_declared_and_stored_axes,
    same_as_memory_store_with_plain_metrica_and_caps,
    same_as_memory_store_with_leading_path_axis,
    same_as_memory_store_without_axes,
    same_as_memory_store_with_pairs_of_six_axes,
    same_as_memory_store_with_few_points,
    same_as_memory_store_with_bins,
}

/// Number of steps of a history. All cells are compared at its end.
const STEPS: u64 = 30;
const TEXTS: [&str; 11] =
    ["", "a", "b", "__all__", "(other)", "x/y", "é\0\u{1F600}", "c", "a:b\u{1b}", "True", "true"];

fn choice(rng: &mut Rng, axis: usize, definition: &Definition) -> Choice {
    let text = |rng: &mut Rng| rng.choose(&TEXTS);
    match definition.stored_axes[axis].kind.name() {
        _ if rng.below(8) == 0 => Choice::Unset,
        "declared" => value(rng.choose(&["boy", "girl"])),
        "path" => {
            let depth = 1 + rng.below(3);
            Choice::path((0..depth).map(|_| rng.choose(&["p", "q", "r"])))
        }
        _ if rng.below(12) == 0 => Choice::Other,
        _ => value(text(rng)),
    }
}

fn events(rng: &mut Rng, definition: &Definition, number: usize) -> Vec<TestKick> {
    let times = [0, 30, 61, 3_600, 7_300, 86_400, 40 * 86_400, 400 * 86_400];
    let mut events = Vec::new();
    for _ in 0..number {
        let point = (0..definition.stored_axes.len()).map(|axis| choice(rng, axis, definition)).collect();
        let value = rng.between(-2, 7);
        events.push((NOW - rng.choose(&times), point, value));
    }
    events
}

/// Checks that two Stores have the same cells, without the counts of a plain Metrica.
fn assert_same_cells(
    one: &dyn Store,
    other: &dyn Store,
    definition: &Arc<Definition>,
    unset_has_cells: bool,
    what: &str,
) {
    for scale in Scale::KEPT {
        let strip = |mut cells: Cells| -> Cells {
            if !definition.is_averaged() {
                cells.retain(|_, (total, _)| *total != 0);
                cells.values_mut().for_each(|(_, count)| *count = 0);
            }
            cells
        };
        let (one, other) = (strip(cells(one, definition, scale)), strip(cells(other, definition, scale)));
        assert_eq!(one, other, "{what} {scale}");
    }
    // Only with counts is a cell of total 0 always stored.
    if definition.is_averaged() && unset_has_cells {
        let points = |store: &dyn Store| store.size(&definition.name).unwrap().points;
        assert_eq!(points(one), points(other), "{what} points");
    }
}

fn select(rng: &mut Rng, definition: &Definition, scan: bool) -> Vec<Select> {
    let axes = 0..definition.stored_axes.len();
    axes.map(|axis| match rng.below(6) {
        0 | 1 => {
            if scan {
                Select::Sum
            } else {
                Select::All
            }
        }
        2 => Select::Is(choice(rng, axis, definition)),
        3 => Select::Each(Choice::All),
        4 => match choice(rng, axis, definition) {
            path @ Choice::Path(_) => Select::Each(path),
            _ => Select::Each(Choice::All),
        },
        _ => Select::Any,
    })
    .collect()
}

fn assert_same_results(rng: &mut Rng, one: &dyn Store, other: &dyn Store, definition: &Arc<Definition>) {
    let scan = definition.combinations == Combinations::Pairs && rng.below(2) == 0;
    let scale = rng.choose(&Scale::KEPT);
    let question = Question {
        scan,
        spans: vec![
            Span { scale, from: i64::MIN, to: NOW - 3_000 },
            Span { scale, from: NOW - 3_000, to: i64::MAX },
        ],
        cuts: if rng.below(2) == 0 { vec![i64::MIN] } else { Vec::new() },
        ..question(definition, scale, select(rng, definition, scan))
    };
    let mut counted = [read_groups(one, &question), read_groups(other, &question)];
    if !definition.is_averaged() {
        counted.iter_mut().for_each(|cells| {
            cells.values_mut().for_each(|(_, count)| *count = 0);
            cells.retain(|_, (total, _)| *total != 0);
        });
    }
    let [one_cells, other_cells] = counted;
    assert_eq!(one_cells, other_cells, "{question:?}");
    let mut known = [one.read(&question).unwrap().known, other.read(&question).unwrap().known];
    known.iter_mut().flatten().for_each(|choices| choices.sort());
    assert_eq!(known[0], known[1]);
}

fn forget(rng: &mut Rng, definition: &Arc<Definition>) -> Forget {
    let mut filter: Vec<(usize, Vec<Choice>)> = Vec::new();
    for axis in 0..definition.stored_axes.len() {
        if rng.below(definition.stored_axes.len() as u64) == 0 {
            let choices = (0..rng.between(1, 3)).map(|_| match choice(rng, axis, definition) {
                // Choose a path with many paths below it more often.
                Choice::Path(_) if rng.below(2) == 0 => Choice::path(["p"]),
                choice => choice,
            });
            filter.push((axis, choices.collect()));
        }
    }
    let calendar = definition.calendar();
    let scale = rng.choose(&[Scale::Minute, Scale::Hour, Scale::Day, Scale::Month]);
    let bucket = calendar.bucket(scale, NOW - 7_300 * rng.between(0, 3));
    let span = (rng.below(2) == 0)
        .then(|| (bucket.start, bucket.end, vec![Span { scale, from: bucket.start, to: bucket.end }]));
    let into_other =
        span.is_none() && filter.len() == 1 && definition.stored_axes[filter[0].0].kind.name() != "declared";
    Forget::Kicks(KickSelection {
        definition: Arc::clone(definition),
        filter,
        span,
        into_other: into_other && rng.below(2) == 0,
        unused_choices: false,
    })
}

/// The start of a history.
#[derive(Clone, Debug)]
pub struct HistoryStart {
    /// The first definition.
    pub definition: Definition,
    /// The watermarks of every batch.
    pub watermarks: Watermarks,
    /// False if the Store derives *unset* and therefore has no points for it.
    pub unset_has_cells: bool,
}

/// Runs a random history on two Stores of one location and on a Store in memory, and compares their cells and results.
pub fn compare_with_memory_store(factory: Factory<'_>, seed: u64, start: &HistoryStart) {
    let axes = start.definition.stored_axes.len();
    let location = factory();
    // Two Stores on one location are like two processes.
    let mut stores = [location.open(), location.open()];
    let can_widen = stores[0].capabilities().new_axes;
    let memory = MemoryStore::new();
    let mut rng = Rng::new(seed);
    let mut definition = store_definition(&memory, &start.definition);
    assert!(stores[0].define(&definition).unwrap());
    for sequence in 1..=STEPS {
        let turn = rng.below(2) as usize;
        let operation = rng.below(8);
        match operation {
            0 => {
                let forget = forget(&mut rng, &definition);
                let (own, others) = (stores[turn].forget(&forget).unwrap(), memory.forget(&forget).unwrap());
                assert_eq!(own.amount.total(), others.amount.total(), "{forget:?}");
            }
            1 => {
                let mut changed = (*definition).clone();
                if can_widen && changed.stored_axes.len() < axes + 2 {
                    let name = ["first", "second"][changed.stored_axes.len() - axes];
                    let added = new_definition("added", &[(name, Axis::stored())], MetricaKind::Plain);
                    changed.stored_axes.extend(added.stored_axes);
                } else {
                    changed.stored_axes.iter_mut().for_each(|axis| axis.cap = axis.cap.saturating_add(1));
                }
                changed.version += 1;
                assert!(stores[turn].define(&changed).unwrap() && memory.define(&changed).unwrap());
                definition = Arc::new(changed);
            }
            2 => stores[turn] = location.open(),
            _ => {
                let number = 1 + rng.below(16) as usize;
                let mut part = part(&definition, &events(&mut rng, &definition, number));
                part.watermarks = start.watermarks;
                if rng.below(8) == 0 {
                    let calendar = definition.calendar();
                    let later = calendar.bucket(Scale::Minute, NOW - 3_700).start;
                    part.watermarks.0[0] = part.watermarks.0[0].max(later);
                }
                let batch = Batch { writer: Writer(u128::from(seed)), ..batch(sequence, vec![part]) };
                let (own, others) = (stores[turn].apply(&batch).unwrap(), memory.apply(&batch).unwrap());
                assert_eq!(without_mark(own), without_mark(others));
            }
        }
        // Reading every cell is slow, so only after operations that change stored cells.
        if operation < 2 || sequence == STEPS {
            let what = format!("seed {seed} step {sequence}");
            let unset = start.unset_has_cells;
            assert_same_cells(stores[1 - turn].as_ref(), &memory, &definition, unset, &what);
        }
        for _ in 0..2 {
            assert_same_results(&mut rng, stores[turn].as_ref(), &memory, &definition);
        }
    }
}

fn run(factory: Factory<'_>, seed: u64, axes: &[(&str, Axis)], kind: MetricaKind, points: u64) {
    let mut definition = new_definition("guests", axes, kind);
    definition.points = points;
    let start = HistoryStart { definition, watermarks: Watermarks::default(), unset_has_cells: true };
    compare_with_memory_store(factory, seed, &start);
}

fn run_all(factory: Factory<'_>, seeds: std::ops::Range<u64>, axes: &[(&str, Axis)], kind: MetricaKind) {
    seeds.for_each(|seed| run(factory, seed, axes, kind, DEFAULT_POINT_LIMIT));
}

/// Distributions give the same results, whatever combinations have bins.
fn same_as_memory_store_with_bins(factory: Factory<'_>) {
    let axes = [("gender", gender()), ("page", Axis::path()), ("age", Axis::stored())];
    for (seed, combinations) in
        (91..).zip([Combinations::Every, Combinations::Pairs, Combinations::FirstApart])
    {
        let mut definition = new_definition("guests", &axes, MetricaKind::Distribution);
        definition.bins.as_mut().unwrap().combinations = combinations;
        let start = HistoryStart { definition, watermarks: Watermarks::default(), unset_has_cells: true };
        compare_with_memory_store(factory, seed, &start);
    }
}

fn gender() -> Axis {
    Axis::declared(["boy", "girl"])
}

/// A declared and a stored axis give the same results.
fn same_as_memory_store_with_declared_and_stored_axes(factory: Factory<'_>) {
    run_all(factory, 1..6, &[("gender", gender()), ("age", Axis::stored())], MetricaKind::Averaged);
}

/// A plain Metrica gives the same results when the caps are reached.
fn same_as_memory_store_with_plain_metrica_and_caps(factory: Factory<'_>) {
    run_all(
        factory,
        21..26,
        &[("age", Axis::stored().cap(3)), ("page", Axis::path().cap(2))],
        MetricaKind::Plain,
    );
}

/// A path axis before other axes gives the same results.
fn same_as_memory_store_with_leading_path_axis(factory: Factory<'_>) {
    let axes = [("page", Axis::path()), ("gender", gender()), ("age", Axis::stored())];
    run_all(factory, 41..45, &axes, MetricaKind::Averaged);
}

/// A Metrica without axes gives the same results.
fn same_as_memory_store_without_axes(factory: Factory<'_>) {
    run_all(factory, 61..62, &[], MetricaKind::Averaged);
}

/// Six axes, of which pairs have cells, give the same results.
fn same_as_memory_store_with_pairs_of_six_axes(factory: Factory<'_>) {
    let axes = [
        ("page", Axis::path()),
        ("b", Axis::stored()),
        ("c", gender()),
        ("d", Axis::stored()),
        ("e", Axis::path()),
        ("f", Axis::stored()),
    ];
    run_all(factory, 71..73, &axes, MetricaKind::Averaged);
}

/// A limit of points at which most kicks fold gives the same results.
fn same_as_memory_store_with_few_points(factory: Factory<'_>) {
    for seed in 81..86 {
        run(factory, seed, &[("age", Axis::stored()), ("page", Axis::path())], MetricaKind::Averaged, 40);
    }
}
