//! Forgetting: what goes from the tables, and that what stays is as if only it had been kicked.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::sync::Arc;

use common::*;
use staste_core::store::{Forget, KickSelection, Span, Store};
use staste_core::{Axis, Choice, Combinations, Definition, MetricaKind, Scale};
use staste_sqlite::SqliteStore;

type Filter = Vec<(usize, Choice)>;

fn kicks_of(definition: &Arc<Definition>, filter: Filter, span: Option<(i64, i64, Vec<Span>)>) -> Forget {
    Forget::Kicks(KickSelection { definition: Arc::clone(definition), filter, span, into_other: false })
}

/// Six axes, of which one is a path; more than five keep pairs only.
fn six_axes() -> Definition {
    let axes = ["page", "b", "c", "d", "e", "f"]
        .map(|name| (name, if name == "page" { Axis::path() } else { Axis::stored() }));
    let definition = new_definition("visits", &axes, MetricaKind::Averaged);
    assert_eq!(definition.combinations, Combinations::Pairs);
    definition
}

/// Kicks at every combination of two choices an axis, over two days.
fn everywhere() -> Vec<TestKick> {
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

fn check(filter: Filter, span: Option<(i64, i64, Vec<Span>)>, stays: impl Fn(&TestKick) -> bool) {
    let (folder, fresh) = (Folder::new(), Folder::new());
    let (store, fresh) = (folder.store(), fresh.store());
    let definition = store_definition(&store, &six_axes());
    store_definition(&fresh, &six_axes());
    let events = everywhere();
    let stay: Vec<TestKick> = events.iter().filter(|event| stays(event)).cloned().collect();
    assert!(!stay.is_empty() && stay.len() < events.len());
    apply(&store, 1, &definition, &events);
    apply(&fresh, 1, &definition, &stay);
    let forgotten = store.forget(&kicks_of(&definition, filter, span)).unwrap();
    assert_eq!(forgotten.amount.count(), (events.len() - stay.len()) as i128);
    assert_eq!(all_cells(&store, &definition), all_cells(&fresh, &definition));
    assert_eq!(store.size("visits").unwrap().scales, fresh.size("visits").unwrap().scales);
    assert_eq!(store.size("visits").unwrap().points, fresh.size("visits").unwrap().points);
}

#[test]
fn pairs_by_one_axis() {
    check(vec![(3, value("x"))], None, |(_, point, _)| point[3] != value("x"));
}

#[test]
fn pairs_by_three_axes() {
    let filter: Filter = [1, 3, 5].map(|axis| (axis, value("y"))).into();
    check(filter, None, |(_, point, _)| [1, 3, 5].iter().any(|axis| point[*axis] != value("y")));
}

#[test]
fn pairs_by_a_path_within_a_day() {
    let day = NOW - NOW % 86_400;
    let spans = vec![Span { scale: Scale::Day, from: day, to: day + 86_400 }];
    let deep = Choice::path(["p", "q"]);
    check(vec![(0, deep.clone())], Some((day, day + 86_400, spans)), |(at, point, _)| {
        *at < day || point[0] != deep
    });
}

#[test]
fn a_metrica_leaves_no_row_and_its_pages_are_used_again() {
    let folder = Folder::new();
    let store = folder.store();
    let stay =
        store_definition(&store, &new_definition("stay", &[("age", Axis::stored())], MetricaKind::Plain));
    apply(&store, 1, &stay, &kicks(["7"]));
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
    // The claim of another Metrica, and the clock.
    for (table, rows) in [("metricas", 1), ("choices", 1), ("buckets", 6), ("records", 2)] {
        assert_eq!(folder.number(&format!("SELECT count(*) FROM \"staste:{table}\"")), rows, "{table}");
    }
    assert_eq!(total(&store, &stay, Scale::Ever, &[Choice::All]), 1);
    // Defined and counted again, the file is no larger.
    fill(3);
    assert!(folder.number("PRAGMA page_count") <= size + 1);
    assert!(store.check().unwrap().is_empty());
}

#[test]
fn a_choice_leaves_no_row_and_empty_buckets_go() {
    let folder = Folder::new();
    let store = folder.store();
    let definition = guests(&store);
    let events =
        [(NOW - 3 * 86_400, vec![value("7")], 1), (NOW, vec![value("7")], 1), (NOW, vec![value("8")], 1)];
    apply(&store, 1, &definition, &events);
    assert_eq!(store.forget(&kicks_of(&definition, vec![(0, value("7"))], None)).unwrap().amount.count(), 2);
    assert_eq!(folder.number("SELECT count(*) FROM \"staste:choices\""), 1);
    assert_eq!(folder.number("SELECT count(*) FROM \"staste:buckets\""), 6);
    assert_eq!(folder.number("SELECT count(*) FROM \"staste:cells:1\""), 12);
    assert_eq!(store.size("guests").unwrap().points, 2);
}

#[test]
fn all_kicks_leave_the_choices_and_no_number_of_a_bucket_is_given_again() {
    let folder = Folder::new();
    let store = folder.store();
    let definition = guests(&store);
    apply(&store, 1, &definition, &kicks(["7", "8"]));
    let last = folder.number("SELECT max(id) FROM \"staste:buckets\"");
    let forgotten = store.forget(&kicks_of(&definition, Vec::new(), None)).unwrap();
    assert_eq!((forgotten.amount.count(), forgotten.cells), (2, 6 * 3));
    assert_eq!(folder.number("SELECT count(*) FROM \"staste:buckets\""), 0);
    assert_eq!(store.choices(&definition, 0).unwrap(), [value("7"), value("8")]);
    assert_eq!(store.size("guests").unwrap().points, 0);
    apply(&store, 2, &definition, &kicks(["8"]));
    assert!(folder.number("SELECT min(id) FROM \"staste:buckets\"") > last);
    assert_eq!(total(&store, &definition, Scale::Ever, &[Choice::All]), 1);
}
