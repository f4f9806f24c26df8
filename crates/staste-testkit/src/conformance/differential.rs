//! Random batches, questions, forgetting and changes of the definition, beside the Store in memory.

use std::sync::Arc;

use staste_core::store::{Batch, Forget, KickSelection, Question, Select, Span, Store, Writer};
use staste_core::{
    Axis, Choice, Combinations, DEFAULT_POINT_LIMIT, Definition, MemoryStore, MetricaKind, Scale, Watermarks,
};

use crate::batches::{Cells, Event, answer, batch, cells, define, part, question, remember, unmarked, value};
use crate::{Dice, Factory, NOW};

/// How long a history is; cells are compared at its end.
const STEPS: u64 = 30;
const TEXTS: [&str; 11] =
    ["", "a", "b", "__all__", "(other)", "x/y", "é\0\u{1F600}", "c", "a:b\u{1b}", "True", "true"];

fn choice(dice: &mut Dice, axis: usize, definition: &Definition) -> Choice {
    let text = |dice: &mut Dice| dice.pick(&TEXTS);
    match definition.axes[axis].kind.name() {
        _ if dice.below(8) == 0 => Choice::Unset,
        "declared" => value(dice.pick(&["boy", "girl"])),
        "path" => {
            let depth = 1 + dice.below(3);
            Choice::path((0..depth).map(|_| dice.pick(&["p", "q", "r"])))
        }
        _ if dice.below(12) == 0 => Choice::Other,
        _ => value(text(dice)),
    }
}

fn events(dice: &mut Dice, definition: &Definition, number: usize) -> Vec<Event> {
    let times = [0, 30, 61, 3_600, 7_300, 86_400, 40 * 86_400, 400 * 86_400];
    let mut events = Vec::new();
    for _ in 0..number {
        let point = (0..definition.axes.len()).map(|axis| choice(dice, axis, definition)).collect();
        let value = dice.between(-2, 7);
        events.push((NOW - dice.pick(&times), point, value));
    }
    events
}

/// The cells of a Store, with the count left out where it is not kept.
fn same_cells(
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
    // Where kicks are counted, a cell of zero is a cell.
    if definition.is_averaged() && unset_has_cells {
        let points = |store: &dyn Store| store.size(&definition.name).unwrap().points;
        assert_eq!(points(one), points(other), "{what} points");
    }
}

fn select(dice: &mut Dice, definition: &Definition, scan: bool) -> Vec<Select> {
    let axes = 0..definition.axes.len();
    axes.map(|axis| match dice.below(6) {
        0 | 1 => {
            if scan {
                Select::Sum
            } else {
                Select::All
            }
        }
        2 => Select::Is(choice(dice, axis, definition)),
        3 => Select::Each(Choice::All),
        4 => match choice(dice, axis, definition) {
            path @ Choice::Path(_) => Select::Each(path),
            _ => Select::Each(Choice::All),
        },
        _ => Select::Any,
    })
    .collect()
}

fn same_answers(dice: &mut Dice, one: &dyn Store, other: &dyn Store, definition: &Arc<Definition>) {
    let scan = definition.combinations == Combinations::Pairs && dice.below(2) == 0;
    let scale = dice.pick(&Scale::KEPT);
    let question = Question {
        scan,
        spans: vec![
            Span { scale, from: i64::MIN, to: NOW - 3_000 },
            Span { scale, from: NOW - 3_000, to: i64::MAX },
        ],
        cuts: if dice.below(2) == 0 { vec![i64::MIN] } else { Vec::new() },
        ..question(definition, scale, select(dice, definition, scan))
    };
    let mut counted = [answer(one, &question), answer(other, &question)];
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

fn forget(dice: &mut Dice, definition: &Arc<Definition>) -> Forget {
    let mut filter: Vec<(usize, Choice)> = Vec::new();
    for axis in 0..definition.axes.len() {
        if dice.below(definition.axes.len() as u64) == 0 {
            // A path with much below it more often than chance has it.
            let choice = match choice(dice, axis, definition) {
                Choice::Path(_) if dice.below(2) == 0 => Choice::path(["p"]),
                choice => choice,
            };
            filter.push((axis, choice));
        }
    }
    let calendar = definition.calendar();
    let scale = dice.pick(&[Scale::Minute, Scale::Hour, Scale::Day, Scale::Month]);
    let bucket = calendar.bucket(scale, NOW - 7_300 * dice.between(0, 3));
    let span = (dice.below(2) == 0)
        .then(|| (bucket.start, bucket.end, vec![Span { scale, from: bucket.start, to: bucket.end }]));
    let into_other =
        span.is_none() && filter.len() == 1 && definition.axes[filter[0].0].kind.name() != "declared";
    Forget::Kicks(KickSelection {
        definition: Arc::clone(definition),
        filter,
        span,
        into_other: into_other && dice.below(2) == 0,
    })
}

/// What a history begins with.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// The Metrica, as it is defined.
    pub definition: Definition,
    /// What every batch finds retained.
    pub watermarks: Watermarks,
    /// False where *unset* is derived, so that it makes no points.
    pub unset_has_cells: bool,
}

/// Plays a random history on two handles of a place and in memory, and compares what they hold and answer.
pub fn history_beside_memory(places: Factory<'_>, seed: u64, beginning: &Beginning) {
    let (axes, kind) = (beginning.definition.axes.len(), beginning.definition.kind);
    let place = places();
    // Two handles on one place stand for two processes.
    let mut stores = [place.open(), place.open()];
    let can_widen = stores[0].capabilities().new_axes;
    let memory = MemoryStore::new();
    let mut dice = Dice::new(seed);
    let mut definition = remember(&memory, &beginning.definition);
    assert!(stores[0].define(&definition).unwrap());
    for sequence in 1..=STEPS {
        let turn = dice.below(2) as usize;
        let verb = dice.below(8);
        match verb {
            0 => {
                let forget = forget(&mut dice, &definition);
                let (own, others) = (stores[turn].forget(&forget).unwrap(), memory.forget(&forget).unwrap());
                assert_eq!(own.amount.total(), others.amount.total(), "{forget:?}");
            }
            1 => {
                let mut changed = (*definition).clone();
                if can_widen && changed.axes.len() < axes + 2 {
                    let name = ["first", "second"][changed.axes.len() - axes];
                    changed.axes.extend(define("added", &[(name, Axis::stored())], kind).axes);
                } else {
                    changed.axes.iter_mut().for_each(|axis| axis.cap += 1);
                }
                changed.version += 1;
                assert!(stores[turn].define(&changed).unwrap() && memory.define(&changed).unwrap());
                definition = Arc::new(changed);
            }
            2 => stores[turn] = place.open(),
            _ => {
                let number = 1 + dice.below(16) as usize;
                let mut part = part(&definition, &events(&mut dice, &definition, number));
                part.watermarks = beginning.watermarks;
                if dice.below(8) == 0 {
                    let calendar = definition.calendar();
                    let later = calendar.bucket(Scale::Minute, NOW - 3_700).start;
                    part.watermarks.0[0] = part.watermarks.0[0].max(later);
                }
                let batch = Batch { writer: Writer(u128::from(seed)), ..batch(sequence, vec![part]) };
                let (own, others) = (stores[turn].apply(&batch).unwrap(), memory.apply(&batch).unwrap());
                assert_eq!(unmarked(own), unmarked(others));
            }
        }
        // Reading every cell costs more than all else: only after what changes cells in place.
        if verb < 2 || sequence == STEPS {
            let what = format!("seed {seed} step {sequence}");
            let unset = beginning.unset_has_cells;
            same_cells(stores[1 - turn].as_ref(), &memory, &definition, unset, &what);
        }
        for _ in 0..2 {
            same_answers(&mut dice, stores[turn].as_ref(), &memory, &definition);
        }
    }
}

fn run(factory: Factory<'_>, seed: u64, axes: &[(&str, Axis)], kind: MetricaKind, points: u64) {
    let mut definition = define("guests", axes, kind);
    definition.points = points;
    let beginning = Beginning { definition, watermarks: Watermarks::default(), unset_has_cells: true };
    history_beside_memory(factory, seed, &beginning);
}

fn run_all(factory: Factory<'_>, seeds: std::ops::Range<u64>, axes: &[(&str, Axis)], kind: MetricaKind) {
    seeds.for_each(|seed| run(factory, seed, axes, kind, DEFAULT_POINT_LIMIT));
}

fn gender() -> Axis {
    Axis::declared(["boy", "girl"])
}

/// A declared and a stored axis.
pub fn beside_memory_declared_and_stored(factory: Factory<'_>) {
    run_all(factory, 1..6, &[("gender", gender()), ("age", Axis::stored())], MetricaKind::Averaged);
}

/// Totals only, with caps that are reached.
pub fn beside_memory_plain_with_caps(factory: Factory<'_>) {
    run_all(
        factory,
        21..26,
        &[("age", Axis::stored().cap(3)), ("page", Axis::path().cap(2))],
        MetricaKind::Plain,
    );
}

/// A path before other axes.
pub fn beside_memory_paths_first(factory: Factory<'_>) {
    let axes = [("page", Axis::path()), ("gender", gender()), ("age", Axis::stored())];
    run_all(factory, 41..45, &axes, MetricaKind::Averaged);
}

/// Nothing but totals and counts.
pub fn beside_memory_no_axes(factory: Factory<'_>) {
    run_all(factory, 61..62, &[], MetricaKind::Averaged);
}

/// Six axes, of which pairs have cells.
pub fn beside_memory_six_axes_in_pairs(factory: Factory<'_>) {
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

/// So few points that most kicks fold.
pub fn beside_memory_few_points(factory: Factory<'_>) {
    for seed in 81..86 {
        run(factory, seed, &[("age", Axis::stored()), ("page", Axis::path())], MetricaKind::Averaged, 40);
    }
}
