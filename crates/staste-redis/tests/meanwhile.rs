//! What others do between two requests of one verb.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::*;
use staste_core::store::{Batch, Forget, KickSelection, Part, Writer};
use staste_core::{Axis, Choice, MetricaKind, Scale};

fn of(writer: u128, sequence: u64, part: Part) -> Batch {
    Batch { writer: Writer(writer), ..batch(sequence, vec![part]) }
}

#[test]
fn points_that_others_add_meanwhile_count_to_the_cap() {
    let at = |age: &str, door: &str| (NOW, vec![value(age), value(door)], 1);
    let mut was_met = 0;
    for nth in 1..=4 {
        let server = Server::start(&[]);
        let direct = server.fresh();
        let other = store(&direct);
        let axes = [("age", Axis::stored()), ("door", Axis::stored())];
        let mut asked = define("guests", &axes, MetricaKind::Averaged);
        // With ALL on either axis and both, two points are seven cells; there is room for one more.
        asked.points = 8;
        let definition = remember(other.as_ref(), &asked);
        let left = Arc::new(AtomicUsize::new(0));
        let (others, known) = (Arc::clone(&other), Arc::clone(&definition));
        let line = hooked(server.socket(), &left, move || {
            // No choice is new, so that nothing but the count of writes tells of it.
            others.apply(&of(8, 1, part(&known, &[at("2", "1")]))).unwrap();
        });
        let store = store(&line);
        store.apply(&of(7, 1, part(&definition, &[at("1", "1"), at("2", "2")]))).unwrap();
        left.store(nth, Ordering::SeqCst);
        store.apply(&of(7, 2, part(&definition, &[at("1", "2"), at("3", "1")]))).unwrap();
        let happened = u64::from(left.load(Ordering::SeqCst) == 0);
        was_met += happened;
        let points = cells(other.as_ref(), &definition, Scale::Ever);
        let own = points.keys().filter(|(_, point)| !point.contains(&Choice::Other)).count();
        assert!(own <= 8, "{own} points at {nth}: {points:?}");
        let all = total(other.as_ref(), &definition, Scale::Ever, &[Choice::All, Choice::All]);
        assert_eq!(all, 4 + i128::from(happened), "{nth}");
    }
    // To look at the points and to write are two requests at least.
    assert!(was_met >= 2, "{was_met}");
}

#[test]
fn a_bucket_that_expires_while_kicks_are_forgotten_does_not_come_back() {
    let hour = format!("staste:{{guests}}:hour:{}", NOW - NOW % 3600);
    for nth in 1..=3 {
        let server = Server::start(&[]);
        let direct = server.fresh();
        let left = Arc::new(AtomicUsize::new(0));
        let (address, key) = (direct.clone(), hour.clone());
        let line = hooked(server.socket(), &left, move || {
            tell(&beside(&address), &["DEL", &key, &format!("{key}:n")]);
        });
        let store = store(&line);
        let definition = guests(store.as_ref());
        store.apply(&of(7, 1, part(&definition, &kicks(["7", "8"])))).unwrap();
        left.store(nth, Ordering::SeqCst);
        let filter = vec![(0, value("7"))];
        let forget = Forget::Kicks(KickSelection {
            definition: Arc::clone(&definition),
            filter,
            span: None,
            into_other: false,
        });
        assert_eq!(store.forget(&forget).unwrap().amount.total(), 1);
        let connection = beside(&direct);
        let there: u64 = ask(&connection, &["EXISTS", &hour, &format!("{hour}:n")]);
        // Either the bucket went before it was changed, or nothing made it go.
        assert_eq!(there == 0, left.load(Ordering::SeqCst) == 0, "{nth}");
    }
}
