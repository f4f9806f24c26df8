//! Which layout a Metrica gets, and how its definition has to agree with existing data.

use staste_core::store::Store as _;
use staste_core::{
    Axis, Choice, Clock, Keep, Metrica, MetricaKind, RecorderOptions, Result, Scale, Staste, Timespan,
};
use staste_redis::RedisStore;
use staste_testkit::verify;

use crate::common::{Server, connect, execute, store};
use crate::fixture::restore;
use crate::original::originals_keys;

/// 2010-02-10.
const NOW: i64 = 1_265_760_000;

fn open(address: &str) -> Staste {
    Staste::with(store(address), Clock::fixed(NOW), RecorderOptions::default().flush_every(None))
}

fn guests(staste: &Staste) -> Metrica {
    let builder = staste.metrica("guest_visits_gender_age").axis("gender", Axis::declared(["boy", "girl"]));
    builder.axis("age", Axis::stored()).build().unwrap()
}

fn conflict<T: std::fmt::Debug>(outcome: Result<T>, words: &[&str]) {
    let error = outcome.unwrap_err();
    assert!(error.is_conflict(), "{error:?}");
    words.iter().for_each(|word| assert!(error.to_string().contains(word), "{error}"));
}

#[test]
fn existing_keys_select_the_layout() {
    let address = Server::shared().fresh();
    let connection = connect(&address);
    restore(&connection);
    let before = originals_keys(&connection);
    let staste = open(&address);
    let old = guests(&staste);
    old.kick([("gender", "boy"), ("age", "19")]).unwrap();
    assert_eq!(old.total().unwrap(), 38);
    assert_eq!(old.filter([("gender", "boy")]).unwrap().total().unwrap(), 30);
    let new = staste.metrica("new").build().unwrap();
    new.kick([] as [(&str, &str); 0]).unwrap();
    assert_eq!(new.total().unwrap(), 1);
    let keys = originals_keys(&connection);
    assert!(keys.len() > before.len());
    assert!(!keys.keys().any(|key| key.starts_with("staste:new:")), "{keys:?}");
}

#[test]
fn own_layout_does_not_touch_legacy_data() {
    let address = Server::shared().fresh();
    let connection = connect(&address);
    restore(&connection);
    let before = originals_keys(&connection);
    let own = guests(&open(&format!("{address}&layout=own")));
    own.kick([("gender", "boy"), ("age", "19")]).unwrap();
    assert_eq!(own.total().unwrap(), 1);
    verify(&own);
    assert_eq!(originals_keys(&connection), before);
    // It keeps its layout, whatever keys exist.
    assert_eq!(guests(&open(&address)).total().unwrap(), 1);
    let seed = guests(&open(&format!("{address}&layout=legacy")));
    conflict(seed.total(), &["the own layout", "layout=legacy", "leave that out"]);
}

#[test]
fn defined_metrica_keeps_its_layout() {
    let address = Server::shared().fresh();
    let seed = guests(&open(&format!("{address}&layout=legacy")));
    seed.kick([("gender", "boy")]).unwrap();
    assert_eq!(seed.total().unwrap(), 1);
    let own = guests(&open(&format!("{address}&layout=own")));
    conflict(own.total(), &["the legacy layout", "layout=own"]);
    own.kick([("gender", "boy")]).unwrap();
    conflict(own.staste().flush(), &["the legacy layout"]);
    let auto = guests(&open(&address));
    auto.kick([("gender", "girl")]).unwrap();
    assert_eq!(auto.total().unwrap(), 2);
    verify(&auto);
}

#[test]
fn axes_in_another_order_are_refused() {
    let address = Server::shared().fresh();
    restore(&connect(&address));
    let staste = open(&address);
    let boys = || Axis::declared(["boy", "girl"]);
    let axes: [&[(&str, Axis)]; 5] = [
        &[("age", Axis::stored()), ("gender", boys())],
        &[("gender", boys())],
        &[("gender", boys()), ("age", Axis::stored()), ("door", Axis::stored())],
        &[("gender", boys()), ("years_old", Axis::stored())],
        &[("gender", Axis::declared(["man", "woman"])), ("age", Axis::stored())],
    ];
    for axes in axes {
        let builder = staste.metrica("guest_visits_gender_age");
        let builder = axes.iter().fold(builder, |builder, (name, axis)| builder.axis(name, axis.clone()));
        conflict(
            builder.build().unwrap().define(),
            &["it has a field", "the original's order", "layout=own"],
        );
    }
    let places = staste.metrica("places").axis("label", Axis::path()).axis("action", Axis::stored());
    conflict(places.axis("id_", Axis::stored()).build().unwrap().define(), &["it has a field"]);
    conflict(
        staste.metrica("some_averaged_metrica").averaged().build().unwrap().define(),
        &["it has a field"],
    );
    // None of these definitions was stored, and the right one is.
    assert!(staste.store().definitions(None).unwrap().is_empty());
    assert_eq!(guests(&staste).define().unwrap().stored_axes[0].name, "gender");
    // Once it is defined, axes can be given in any order.
    let builder =
        staste.metrica("guest_visits_gender_age").axis("age", Axis::stored()).axis("gender", boys());
    let again = builder.build().unwrap();
    assert_eq!(again.filter([("age", "17"), ("gender", "boy")]).unwrap().total().unwrap(), 11);
}

#[test]
fn another_kind_is_refused() {
    let address = Server::shared().fresh();
    restore(&connect(&address));
    let staste = open(&address);
    let c = Axis::declared(["a", "b"]);
    let plain = staste.metrica("some_averaged_metrica").axis("c", c.clone()).build().unwrap();
    conflict(plain.define(), &["averaged by the original", "define it averaged", "multiplier"]);
    let averaged = staste.metrica("guest_visits_gender_age").axis("gender", Axis::declared(["boy", "girl"]));
    let averaged = averaged.axis("age", Axis::stored()).averaged().build().unwrap();
    conflict(averaged.define(), &["plain by the original", "define it plain"]);
    let right =
        staste.metrica("some_averaged_metrica").axis("c", c).averaged().multiplier(100).build().unwrap();
    assert_eq!(right.count().unwrap(), 5);
    assert_eq!(right.total().unwrap().to_string(), "22.66");
}

#[test]
fn another_retention_is_refused() {
    let address = Server::shared().fresh();
    let staste = open(&format!("{address}&layout=legacy"));
    let definition = staste.metrica("guests").build().unwrap().define().unwrap();
    let kept = Scale::KEPT.map(|scale| definition.retention.of(scale).to_string());
    assert_eq!(kept, ["1d", "14d", "185d", "1095d", "forever", "forever"]);
    let longer = staste.metrica("guests").keep(Scale::Minute, Keep::days(9)).build().unwrap();
    conflict(longer.define(), &["minutes are kept for 1 day", "layout=own"]);
    let first = staste.metrica("first").keep(Scale::Minute, Keep::days(9)).build().unwrap();
    conflict(first.define(), &["minutes are kept for 1 day"]);
    staste.metrica("same").keep(Scale::Minute, Keep::days(1)).build().unwrap().define().unwrap();
    // Buckets that may have expired are not read as zero.
    let guests = staste.metrica("guests").build().unwrap();
    guests.kick([] as [(&str, &str); 0]).unwrap();
    assert_eq!(guests.total().unwrap(), 1);
    let month = guests.timespan(Timespan::month(2007, 2).unwrap());
    assert!(month.total().unwrap_err().is_not_retained());
    assert_eq!(guests.timespan(Timespan::month(2007, 3).unwrap()).total().unwrap(), 0);
}

#[test]
fn more_than_eight_axes_are_refused() {
    let staste = open(&format!("{}&layout=legacy", Server::shared().fresh()));
    let with = |name: &str, axes: usize| {
        let builder = staste.metrica(name);
        (0..axes)
            .fold(builder, |builder, axis| builder.axis(&format!("a{axis}"), Axis::stored()))
            .build()
            .unwrap()
    };
    let six = with("six", 6);
    let all: Vec<(String, &str)> = (0..6).map(|axis| (format!("a{axis}"), "x")).collect();
    six.kick(all.clone()).unwrap();
    assert_eq!(six.filter(all[..4].to_vec()).unwrap().total().unwrap(), 1);
    verify(&six);
    let error = with("nine", 9).define().unwrap_err();
    assert!(error.is_unsupported() && error.to_string().contains("at most 8 axes"), "{error}");
}

#[test]
fn legacy_layout_in_a_cluster_is_refused() {
    let error = RedisStore::parse("redis-cluster://localhost?layout=legacy").unwrap_err();
    assert!(error.is_invalid_input() && error.to_string().contains("one server"), "{error}");
    let shown = RedisStore::parse("redis://localhost?layout=own&all=%2A").unwrap().address();
    assert_eq!(shown, "redis://localhost:6379/0?layout=own&all=*");
}

#[test]
fn forgetting_deletes_keys_and_members() {
    let address = Server::shared().fresh();
    let connection = connect(&address);
    restore(&connection);
    let staste = open(&address);
    let c = Axis::declared(["a", "b"]);
    let metrica =
        staste.metrica("some_averaged_metrica").axis("c", c).averaged().multiplier(100).build().unwrap();
    metrica.define().unwrap();
    // Counts whose totals have expired.
    execute(&connection, &["DEL", "staste:some_averaged_metrica:year:2010:month:2:day:7:hour:0:minute:0"]);
    let size = staste.size(metrica.name()).unwrap();
    assert_eq!(size.points, 3);
    assert!(size.bytes.unwrap() > 0);
    assert_eq!(size.scales.map(|(buckets, _)| buckets), [3, 4, 3, 1, 1, 1]);
    let forgotten = metrica.filter([("c", "a")]).unwrap().forget().unwrap();
    assert_eq!((forgotten.amount.total(), forgotten.amount.count()), (1966, 3));
    assert_eq!((metrica.count().unwrap(), metrica.total().unwrap().to_string()), (2, "3".to_owned()));
    let day = metrica.timespan(Timespan::day(2010, 2, 7).unwrap());
    assert_eq!(day.forget().unwrap().amount.count(), 1);
    assert_eq!(metrica.count().unwrap(), 1);
    let forgotten = staste.forget(metrica.name()).unwrap();
    assert_eq!(forgotten.amount.count(), 1);
    let left = originals_keys(&connection);
    assert!(!left.keys().any(|key| key.contains("some_averaged")), "{left:?}");
    let paths = staste.metrica("places").axis("action", Axis::stored()).axis("label", Axis::path());
    let paths = paths.axis("id_", Axis::stored()).build().unwrap();
    assert_eq!(paths.filter([("label", Choice::path(["exp"]))]).unwrap().forget().unwrap().amount.total(), 2);
    let left = originals_keys(&connection);
    let of_exp: Vec<&String> = left.keys().filter(|key| key.contains("label:exp")).collect();
    assert!(of_exp.is_empty(), "{of_exp:?}");
    assert_eq!(paths.total().unwrap(), 3);
    staste.forget("places").unwrap();
    let left = originals_keys(&connection);
    assert!(!left.keys().any(|key| key.contains(":places:")), "{left:?}");
    assert!(left.keys().any(|key| key.contains(":three_axes:")));
}

#[test]
fn kicks_are_forgotten_while_the_original_counts() {
    let address = Server::shared().fresh();
    let connection = connect(&address);
    // Of a request that times out nobody knows what it has forgotten.
    let staste = open(&format!("{address}&layout=legacy&timeout=600"));
    let metrica =
        staste.metrica("guests").axis("age", Axis::stored()).kind(MetricaKind::Averaged).build().unwrap();
    metrica.define().unwrap();
    let done = std::sync::atomic::AtomicBool::new(false);
    let axes = [("age", crate::original::Kept::Stored)];
    let (kicked, forgotten) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let original = crate::original::Original {
                connection: &connection,
                metrica: "guests",
                axes: &axes,
                averaged: true,
                all: "__all__",
                choices: "__choices__",
            };
            let date = staste_core::Zone::utc().civil(NOW).unwrap();
            let mut kicked = 0_i64;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                kicked += 1;
                let age = ["gone", "stays"][usize::from(kicked % 2 == 0)];
                original.kick(&[Some(vec![age.to_owned()])], 1, date);
                // It does other things between two kicks.
                for _ in 0..60 {
                    execute(&connection, &["PING"]);
                }
            }
            kicked
        });
        let view = metrica.filter([("age", "gone")]).unwrap();
        let (mut forgotten, mut times) = (0, 0);
        while times < 10 {
            match view.forget() {
                Ok(taken) => {
                    times += i32::from(taken.amount.count() > 0);
                    forgotten += taken.amount.count();
                }
                Err(error) => assert!(error.is_unavailable(), "{error}"),
            }
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        (i128::from(writer.join().unwrap()), forgotten)
    });
    assert_eq!(metrica.count().unwrap(), kicked - forgotten);
    verify(&metrica);
}
