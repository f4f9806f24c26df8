//! The number of reads of a page: one for each chart, whatever was counted.

use std::sync::Arc;

use http::Request;
use staste_core::{Axis, Clock, MemoryStore, Moment, Staste};
use staste_testkit::{CallCounts, CountingStore, Operation};
use staste_web::{Web, WebOptions};

use crate::site::NOW;

#[test]
fn chart_makes_one_read() {
    let counts = CallCounts::default();
    let store = CountingStore::new(counts.clone(), Arc::new(MemoryStore::new()));
    let staste = Staste::with(
        Arc::new(store),
        Clock::fixed(NOW),
        staste_core::RecorderOptions::default().flush_every(None),
    );
    let guests =
        staste.metrica("guests").axis("gender", Axis::stored()).axis("age", Axis::stored()).averaged();
    let guests = guests.build().unwrap();
    for hour in 0..24 * 20 {
        for age in 0..10 {
            let choices = [("gender", ["boy", "girl"][age % 2].to_owned()), ("age", age.to_string())];
            guests
                .kick_with(
                    choices.iter().map(|(axis, text)| (*axis, text)),
                    1,
                    Moment::Instant(NOW - hour * 3600),
                )
                .unwrap();
        }
    }
    staste.flush().unwrap();
    let web = Web::new(staste, WebOptions::default());
    for (address, reads) in [
        ("/m/guests/pie.svg?axis=gender", 1),
        ("/m/guests/top.json?axis=age", 1),
        ("/m/guests/timeline.csv?last=7d", 1),
        ("/m/guests/hours", 1),
        ("/m/guests/latest", 1),
        ("/m/guests/pivot.json?pivot=gender,age", 1),
        // The lines and their total.
        ("/m/guests/timeserie.svg?axis=gender", 2),
        // The chart over time, the sums of now and before, two axes, and hours.
        ("/m/guests", 6),
        // The pivot, and the previous timespan.
        ("/m/guests?pivot=gender,age&compare=before", 8),
        // The first data, by years, months and days.
        ("/m/guests/timeline.csv?last=ever", 4),
        // The sparkline, and two times to compare with.
        ("/", 3),
    ] {
        // The first read of a metrica also reads its definition.
        web.answer(&Request::get(address).body(()).unwrap());
        counts.reset();
        let answer = web.answer(&Request::get(address).body(()).unwrap());
        assert_eq!(answer.status(), 200, "{address}");
        assert_eq!(counts.of(Operation::Read), reads, "{address}");
        // The definition is read by its name once, and not by the reads of charts.
        assert_eq!(counts.of(Operation::Define), 1, "{address}");
    }
}
