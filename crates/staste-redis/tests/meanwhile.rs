//! What others do between two requests of one verb.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::*;
use staste_core::store::{Batch, Forget, Writer};
use staste_core::{Axis, Choice, Definition, Kind, Scale};

fn of(writer: u128, sequence: u64, definition: &Arc<Definition>, ages: &[&str]) -> Batch {
    Batch { writer: Writer(writer), ..batch(sequence, vec![part(definition, &kicks(ages))]) }
}

#[test]
fn a_point_that_others_add_meanwhile_is_counted_to_the_cap() {
    for nth in 1..=4 {
        let server = Server::start(&[]);
        let direct = server.fresh();
        let other = store(&direct);
        let mut asked = define("guests", &[("age", Axis::stored())], Kind::Averaged);
        asked.points = 4;
        let definition = remember(other.as_ref(), &asked);
        let left = Arc::new(AtomicUsize::new(0));
        let (o, d) = (Arc::clone(&other), Arc::clone(&definition));
        let line = hooked(server.socket(), &left, move || {
            o.apply(&of(8, 1, &d, &["x", "y"])).unwrap();
        });
        let store = store(&line);
        // Three points are there: all, 1 and 2.
        store.apply(&of(7, 1, &definition, &["1", "2"])).unwrap();
        left.store(nth, Ordering::SeqCst);
        store.apply(&of(7, 2, &definition, &["3", "4"])).unwrap();
        let connection = beside(&direct);
        let points: u64 = ask(&connection, &["HLEN", "staste:{guests}:ever"]);
        assert!(points <= 5, "{points} at {nth}"); // 4 and *other*
        assert_eq!(
            total(other.as_ref(), &definition, Scale::Ever, &[Choice::All]),
            if left.load(Ordering::SeqCst) == 0 { 6 } else { 4 }
        );
    }
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
        store.apply(&of(7, 1, &definition, &["7", "8"])).unwrap();
        left.store(nth, Ordering::SeqCst);
        let filter = vec![(0, value("7"))];
        let forget =
            Forget::Kicks { definition: Arc::clone(&definition), filter, span: None, into_other: false };
        assert_eq!(store.forget(&forget).unwrap().total, 1);
        let connection = beside(&direct);
        let there: u64 = ask(&connection, &["EXISTS", &hour, &format!("{hour}:n")]);
        // Either the bucket went before it was changed, or nothing made it go.
        assert_eq!(there == 0, left.load(Ordering::SeqCst) == 0, "{nth}");
    }
}
