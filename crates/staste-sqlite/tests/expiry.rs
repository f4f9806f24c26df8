//! The gradual deletion of expired buckets, old marks and expired claims.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::sync::Arc;

use common::*;
use staste_core::store::{Batch, Claim, Select, Store, Writer};
use staste_core::{Axis, Choice, Definition, MetricaKind, Scale};

const DAY: i64 = 86_400;
/// Number of cells deleted after a batch, in addition to as many as it added to.
const MIN_DELETED_CELLS: i64 = 2_000;
const CELLS: &str = "SELECT count(*) FROM \"staste:cells:1\" c JOIN \"staste:buckets\" b ON c.bucket = b.id";

/// Returns a batch of one kick at [`NOW`] that expires minutes before `from`.
fn batch_keeping_minutes_from(definition: &Arc<Definition>, sequence: u64, from: i64) -> Batch {
    let mut part = part(definition, &kicks(["now"]));
    part.watermarks.0[0] = from;
    batch(sequence, vec![part])
}

#[test]
fn expired_buckets_are_not_read_and_deleted_gradually() {
    let folder = Folder::new();
    let store = folder.store();
    let definition = guests(&store);
    let old: Vec<TestKick> = (0..5_000).map(|age| (NOW - DAY, vec![value(&age.to_string())], 1)).collect();
    apply(&store, 1, &definition, &old);
    let minutes = || folder.number(&format!("{CELLS} WHERE b.scale = 0"));
    let others = || folder.number(&format!("{CELLS} WHERE b.scale > 0"));
    assert_eq!((minutes(), others()), (5_001, 5 * 5_001));

    let from = NOW - NOW % 60;
    let batch_cells = 2 * 6;
    let mut left = 5_001;
    for sequence in 2.. {
        store.apply(&batch_keeping_minutes_from(&definition, sequence, from)).unwrap();
        // Expired cells that are still stored are not read.
        let answer = store.read(&question(&definition, Scale::Minute, vec![Select::Any])).unwrap();
        assert_eq!(answer.watermarks.of(Scale::Minute), from);
        assert!(answer.groups.iter().all(|group| group.start == from) && answer.groups.len() == 2);
        assert_eq!(folder.number("SELECT count(*) FROM guests WHERE scale = 'minute'"), 2);
        left -= MIN_DELETED_CELLS + batch_cells;
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
fn batch_of_two_metricas_deletes_no_more_cells() {
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
fn many_small_expired_buckets_are_deleted() {
    let folder = Folder::new();
    let store = folder.store();
    let definition = guests(&store);
    let old: Vec<TestKick> =
        (0..400).map(|minute| (NOW - DAY + 60 * minute, vec![value("old")], 1)).collect();
    apply(&store, 1, &definition, &old);
    store.apply(&batch_keeping_minutes_from(&definition, 2, NOW - NOW % 60)).unwrap();
    assert_eq!(folder.number("SELECT count(*) FROM \"staste:buckets\" WHERE scale = 0"), 1);
    assert_eq!(total(&store, &definition, Scale::Minute, &[value("old")]), 0);
    assert_eq!(total(&store, &definition, Scale::Hour, &[value("old")]), 400);
}

#[test]
fn old_mark_is_deleted_by_the_second_sweep() {
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
    // A store sweeps with its first batch. A mark that is older than seven days then is deleted by a sweep after half
    // that time again.
    let later = NOW + 7 * DAY + 1;
    folder.store().set_clock(later).unwrap();
    assert!(!apply(&of(3, later)));
    assert!(apply(&of(1, later)) && apply(&of(2, later)));
    folder.store().set_clock(later + 7 * DAY / 2).unwrap();
    assert!(!apply(&of(4, later + 7 * DAY / 2)));
    assert_eq!(marks(), 4);
    assert!(!apply(&of(5, later + 7 * DAY / 2 + 1)));
    assert_eq!(marks(), 4);
    assert!(!apply(&of(1, later + 7 * DAY / 2 + 1)), "its mark is deleted");
}

#[test]
fn clock_ahead_deletes_no_marks() {
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
    assert!(apply(&of(1, NOW + 1)), "its mark is kept");
}

#[test]
fn expired_claims_are_free_and_deleted_gradually() {
    let folder = Folder::new();
    let store = folder.store();
    let definition = guests(&store);
    let claiming = |sequence, now, keys: &[&str], expires| {
        let claims = keys.iter().map(|key| Claim::new(*key, b"v").expiring(expires));
        let parts = vec![part(&definition, &kicks(["7"]))];
        Batch { claims: claims.collect(), now, ..batch(sequence, parts) }
    };
    let keys: Vec<String> = (0..100).map(|number| format!("claim/{number:03}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    store.apply(&claiming(1, NOW, &keys, Some(NOW + DAY))).unwrap();
    store.apply(&claiming(2, NOW, &["for ever"], None)).unwrap();
    assert!(store.apply(&claiming(3, NOW + DAY - 1, &["claim/007"], None)).unwrap().duplicate);
    // From that second on, the key can be claimed again, whether it was swept or not.
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
