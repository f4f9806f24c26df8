//! Forgetting deletes rows, and leaves the cells of the remaining kicks.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::sync::Arc;

use common::*;
use staste_core::store::{Forget, KickSelection, Span, Store};
use staste_core::{Axis, Choice, Combinations, Definition, MetricaKind, Scale};
use staste_sqlite::SqliteStore;

type Filter = Vec<(usize, Vec<Choice>)>;

fn forget_kicks(definition: &Arc<Definition>, filter: Filter, span: Option<(i64, i64, Vec<Span>)>) -> Forget {
    Forget::Kicks(KickSelection {
        definition: Arc::clone(definition),
        filter,
        span,
        into_other: false,
        unused_choices: false,
    })
}

/// Returns a definition with six axes, one of them a path. With more than five axes, only pairs have cells.
fn six_axes() -> Definition {
    let axes = ["page", "b", "c", "d", "e", "f"]
        .map(|name| (name, if name == "page" { Axis::path() } else { Axis::stored() }));
    let definition = new_definition("visits", &axes, MetricaKind::Averaged);
    assert_eq!(definition.combinations, Combinations::Pairs);
    definition
}

/// Returns kicks at every combination of two choices for each axis, on two days.
fn kicks_at_every_point() -> Vec<TestKick> {
    (0..64_u32)
        .map(|bits| {
            let bit = |axis: u32| bits >> axis & 1 == 1;
            let page = if bit(0) { Choice::path(["p", "q"]) } else { Choice::path(["p"]) };
            let rest = (1..6).map(|axis| value(if bit(axis) { "x" } else { "y" }));
            let at = if bit(2) { NOW } else { NOW - 86_400 };
            (at, std::iter::once(page).chain(rest).collect(), i64::from(bits))
        })
        .collect()
}

fn all_cells(store: &SqliteStore, definition: &Arc<Definition>) -> Vec<Cells> {
    Scale::KEPT.into_iter().map(|scale| cells(store, definition, scale)).collect()
}

/// Forgets kicks, and compares the store with one in which only the other kicks were applied.
fn check(filter: Filter, span: Option<(i64, i64, Vec<Span>)>, is_kept: impl Fn(&TestKick) -> bool) {
    let (folder, fresh) = (Folder::new(), Folder::new());
    let (store, fresh) = (folder.store(), fresh.store());
    let definition = store_definition(&store, &six_axes());
    store_definition(&fresh, &six_axes());
    let all = kicks_at_every_point();
    let kept: Vec<TestKick> = all.iter().filter(|kick| is_kept(kick)).cloned().collect();
    assert!(!kept.is_empty() && kept.len() < all.len());
    apply(&store, 1, &definition, &all);
    apply(&fresh, 1, &definition, &kept);
    let forgotten = store.forget(&forget_kicks(&definition, filter, span)).unwrap();
    assert_eq!(forgotten.amount.count(), (all.len() - kept.len()) as i128);
    assert_eq!(all_cells(&store, &definition), all_cells(&fresh, &definition));
    assert_eq!(store.size("visits").unwrap().scales, fresh.size("visits").unwrap().scales);
    assert_eq!(store.size("visits").unwrap().points, fresh.size("visits").unwrap().points);
}

#[test]
fn forget_by_one_axis_keeps_the_cells_of_other_kicks() {
    check(vec![(3, vec![value("x")])], None, |(_, point, _)| point[3] != value("x"));
}

#[test]
fn forget_by_three_axes_keeps_the_cells_of_other_kicks() {
    let filter: Filter = [1, 3, 5].map(|axis| (axis, vec![value("y")])).into();
    check(filter, None, |(_, point, _)| [1, 3, 5].iter().any(|axis| point[*axis] != value("y")));
}

#[test]
fn forget_by_a_path_within_a_day_keeps_the_cells_of_other_kicks() {
    let day = NOW - NOW % 86_400;
    let spans = vec![Span { scale: Scale::Day, from: day, to: day + 86_400 }];
    let deep = Choice::path(["p", "q"]);
    check(vec![(0, vec![deep.clone()])], Some((day, day + 86_400, spans)), |(at, point, _)| {
        *at < day || point[0] != deep
    });
}

#[test]
fn forgotten_metrica_leaves_no_rows_and_its_pages_are_reused() {
    let folder = Folder::new();
    let store = folder.store();
    let kept =
        store_definition(&store, &new_definition("kept", &[("age", Axis::stored())], MetricaKind::Plain));
    apply(&store, 1, &kept, &kicks(["7"]));
    let pages = || folder.number("PRAGMA page_count") - folder.number("PRAGMA freelist_count");
    let before = pages();
    let fill = |sequence| {
        let definition = guests(&store);
        apply(&store, sequence, &definition, &kicks((0..3_000).map(|age| age.to_string())));
    };
    fill(2);
    let (filled, size) = (pages(), folder.number("PRAGMA page_count"));
    assert!(filled > before + 50);
    store.put_record("import/guests/1", Some(b"claim")).unwrap();
    store.put_record("import/guests2/1", Some(b"claim")).unwrap();
    let forgotten = store.forget(&Forget::Metrica("guests".to_owned())).unwrap();
    assert_eq!(
        (forgotten.amount.total(), forgotten.amount.count(), forgotten.cells),
        (3_000, 3_000, 6 * 3_001)
    );
    assert!(pages() <= before + 1, "{} {before}", pages());
    // The records are the claim of another Metrica, and the clock.
    for (table, rows) in [("metricas", 1), ("choices", 1), ("buckets", 6), ("records", 2)] {
        assert_eq!(folder.number(&format!("SELECT count(*) FROM \"staste:{table}\"")), rows, "{table}");
    }
    assert_eq!(total(&store, &kept, Scale::Ever, &[Choice::All]), 1);
    // Counting the same again does not enlarge the file.
    fill(3);
    assert!(folder.number("PRAGMA page_count") <= size + 1);
    assert!(store.check().unwrap().is_empty());
}

#[test]
fn forgotten_choice_leaves_no_rows_and_no_empty_buckets() {
    let folder = Folder::new();
    let store = folder.store();
    let definition = guests(&store);
    let events =
        [(NOW - 3 * 86_400, vec![value("7")], 1), (NOW, vec![value("7")], 1), (NOW, vec![value("8")], 1)];
    apply(&store, 1, &definition, &events);
    assert_eq!(
        store.forget(&forget_kicks(&definition, vec![(0, vec![value("7")])], None)).unwrap().amount.count(),
        2
    );
    assert_eq!(folder.number("SELECT count(*) FROM \"staste:choices\""), 1);
    assert_eq!(folder.number("SELECT count(*) FROM \"staste:buckets\""), 6);
    assert_eq!(folder.number("SELECT count(*) FROM \"staste:cells:1\""), 12);
    assert_eq!(store.size("guests").unwrap().points, 2);
}

#[test]
fn forgetting_all_kicks_keeps_choices_and_reuses_no_bucket_id() {
    let folder = Folder::new();
    let store = folder.store();
    let definition = guests(&store);
    apply(&store, 1, &definition, &kicks(["7", "8"]));
    let last = folder.number("SELECT max(id) FROM \"staste:buckets\"");
    let forgotten = store.forget(&forget_kicks(&definition, Vec::new(), None)).unwrap();
    assert_eq!((forgotten.amount.count(), forgotten.cells), (2, 6 * 3));
    assert_eq!(folder.number("SELECT count(*) FROM \"staste:buckets\""), 0);
    assert_eq!(store.choices(&definition, 0).unwrap(), [value("7"), value("8")]);
    assert_eq!(store.size("guests").unwrap().points, 0);
    apply(&store, 2, &definition, &kicks(["8"]));
    assert!(folder.number("SELECT min(id) FROM \"staste:buckets\"") > last);
    assert_eq!(total(&store, &definition, Scale::Ever, &[Choice::All]), 1);
}
