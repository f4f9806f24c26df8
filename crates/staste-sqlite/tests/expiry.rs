//! What goes by itself, a little at a time: buckets below the watermarks, old marks, expired claims.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::sync::Arc;

use common::*;
use staste_core::store::{Batch, Claim, Select, Store, Writer};
use staste_core::{Axis, Choice, Definition, MetricaKind, Scale};

const DAY: i64 = 86_400;
/// Cells deleted after a batch beside as many as it bumped.
const AT_LEAST: i64 = 2_000;
const CELLS: &str = "SELECT count(*) FROM \"staste:cells:1\" c JOIN \"staste:buckets\" b ON c.bucket = b.id";

/// A batch of one kick now that keeps minutes from `from` on.
fn keeping(definition: &Arc<Definition>, sequence: u64, from: i64) -> Batch {
    let mut part = part(definition, &kicks(["now"]));
    part.watermarks.0[0] = from;
    batch(sequence, vec![part])
}

#[test]
fn old_buckets_are_not_read_and_go_a_little_at_a_time() {
    let folder = Folder::new();
    let store = folder.store();
    let definition = guests(&store);
    let old: Vec<TestKick> = (0..5_000).map(|age| (NOW - DAY, vec![value(&age.to_string())], 1)).collect();
    apply(&store, 1, &definition, &old);
    let minutes = || folder.number(&format!("{CELLS} WHERE b.scale = 0"));
    let others = || folder.number(&format!("{CELLS} WHERE b.scale > 0"));
    assert_eq!((minutes(), others()), (5_001, 5 * 5_001));

    let from = NOW - NOW % 60;
    let bumped = 2 * 6;
    let mut left = 5_001;
    for sequence in 2.. {
        store.apply(&keeping(&definition, sequence, from)).unwrap();
        // Whatever is still there, it is read as no longer kept.
        let answer = store.read(&question(&definition, Scale::Minute, vec![Select::Any])).unwrap();
        assert_eq!(answer.watermarks.of(Scale::Minute), from);
        assert!(answer.groups.iter().all(|group| group.start == from) && answer.groups.len() == 2);
        assert_eq!(folder.number("SELECT count(*) FROM guests WHERE scale = 'minute'"), 2);
        left -= AT_LEAST + bumped;
        if left <= 0 {
            break;
        }
        assert_eq!(minutes(), left + 2);
    }
    assert_eq!(minutes(), 2);
    assert_eq!(folder.number("SELECT count(*) FROM \"staste:buckets\" WHERE scale = 0"), 1);
    assert_eq!(total(&store, &definition, Scale::Day, &[value("17")]), 1);
}

#[test]
fn a_batch_of_two_metricas_deletes_no_more() {
    let folder = Folder::new();
    let store = folder.store();
    let names = ["guests", "visits"];
    let definitions = names.map(|name| {
        store_definition(&store, &new_definition(name, &[("age", Axis::stored())], MetricaKind::Averaged))
    });
    let old: Vec<TestKick> = (0..1_500).map(|age| (NOW - DAY, vec![value(&age.to_string())], 1)).collect();
    store.apply(&batch(1, definitions.each_ref().map(|definition| part(definition, &old)).into())).unwrap();
    let mut parts = definitions.each_ref().map(|definition| part(definition, &kicks(["now"])));
    parts.iter_mut().for_each(|part| part.watermarks.0[0] = NOW - NOW % 60);
    store.apply(&batch(2, parts.into())).unwrap();
    let minutes = |name: &str| store.size(name).unwrap().scales[0].1;
    assert_eq!(names.map(minutes), [2, 1_501 + 2 - (2_000 + 2 * 2 * 6 - 1_501)]);
}

#[test]
fn many_small_buckets_go_too() {
    let folder = Folder::new();
    let store = folder.store();
    let definition = guests(&store);
    let old: Vec<TestKick> =
        (0..400).map(|minute| (NOW - DAY + 60 * minute, vec![value("old")], 1)).collect();
    apply(&store, 1, &definition, &old);
    store.apply(&keeping(&definition, 2, NOW - NOW % 60)).unwrap();
    assert_eq!(folder.number("SELECT count(*) FROM \"staste:buckets\" WHERE scale = 0"), 1);
    assert_eq!(total(&store, &definition, Scale::Minute, &[value("old")]), 0);
    assert_eq!(total(&store, &definition, Scale::Hour, &[value("old")]), 400);
}

#[test]
fn marks_that_are_old() {
    let folder = Folder::new();
    let definition = guests(&folder.store());
    let of = |writer: u128, now| {
        let parts = vec![part(&definition, &kicks(["7"]))];
        Batch { writer: Writer(writer), now, ..batch(1, parts) }
    };
    let marks = || folder.number("SELECT count(*) FROM \"staste:marks\"");
    let apply = |batch: &Batch| folder.store().apply(batch).unwrap().duplicate;
    assert!(!apply(&of(1, NOW)) && !apply(&of(2, NOW + DAY)));
    assert_eq!(marks(), 2);
    // A store sweeps with its first batch. What is older than seven days then goes when it still is after
    // half as long again.
    let later = NOW + 7 * DAY + 1;
    folder.store().set_clock(later).unwrap();
    assert!(!apply(&of(3, later)));
    assert!(apply(&of(1, later)) && apply(&of(2, later)));
    folder.store().set_clock(later + 7 * DAY / 2).unwrap();
    assert!(!apply(&of(4, later + 7 * DAY / 2)));
    assert_eq!(marks(), 4);
    assert!(!apply(&of(5, later + 7 * DAY / 2 + 1)));
    assert_eq!(marks(), 4);
    assert!(!apply(&of(1, later + 7 * DAY / 2 + 1)), "its mark is gone");
}

#[test]
fn a_clock_ahead_takes_no_marks() {
    let folder = Folder::new();
    let definition = guests(&folder.store());
    let of = |writer: u128, now| {
        let parts = vec![part(&definition, &kicks(["7"]))];
        Batch { writer: Writer(writer), now, ..batch(1, parts) }
    };
    let apply = |batch: &Batch| folder.store().apply(batch).unwrap().duplicate;
    assert!(!apply(&of(1, NOW)));
    assert!(!apply(&of(2, NOW + 8 * DAY)));
    assert!(!apply(&of(3, NOW + 9 * DAY)));
    assert!(apply(&of(1, NOW + 1)), "it is in doubt no longer");
}

#[test]
fn claims_that_expired() {
    let folder = Folder::new();
    let store = folder.store();
    let definition = guests(&store);
    let claiming = |sequence, now, keys: &[&str], expires| {
        let claims = keys.iter().map(|key| Claim { key: (*key).to_owned(), value: b"v".to_vec(), expires });
        let parts = vec![part(&definition, &kicks(["7"]))];
        Batch { claims: claims.collect(), now, ..batch(sequence, parts) }
    };
    let keys: Vec<String> = (0..100).map(|number| format!("claim/{number:03}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    store.apply(&claiming(1, NOW, &keys, Some(NOW + DAY))).unwrap();
    store.apply(&claiming(2, NOW, &["for ever"], None)).unwrap();
    assert!(store.apply(&claiming(3, NOW + DAY - 1, &["claim/007"], None)).unwrap().duplicate);
    // From that second on it may be claimed again, swept or not.
    assert!(!store.apply(&claiming(3, NOW + DAY, &["claim/007"], None)).unwrap().duplicate);
    let claims = || store.records("").unwrap().into_iter().filter(|(key, _)| key != "clock").count();
    assert_eq!(claims(), 101);

    let left = |sequence| {
        let store = folder.store();
        store.apply(&claiming(sequence, NOW + DAY, &[], None)).unwrap();
        store.records("claim/").unwrap().len()
    };
    assert_eq!(left(4), 100 - 64);
    assert_eq!(left(5), 1);
    assert_eq!(store.records("for ever").unwrap().len(), 1);
    assert_eq!(total(&store, &definition, Scale::Ever, &[Choice::All]), 5);
}
