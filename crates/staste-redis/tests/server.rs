//! What is particular to a server: refusals, lost replies, forgotten scripts, memory that ends.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use common::*;
use redis::Commands as _;
use staste_core::store::{Batch, Claim, Store, Writer};
use staste_core::{Axis, Choice, Clock, Keep, MetricaKind, RecorderOptions, Scale, Staste};
use staste_redis::RedisStore;
use staste_testkit::verify;

fn grand_total(store: &dyn Store) -> i128 {
    let definition = store.definitions(Some("guests")).unwrap().remove(0);
    total(store, &definition, Scale::Ever, &[Choice::All])
}

fn one(store: &dyn Store, sequence: u64) -> Batch {
    let definition = store.definitions(Some("guests")).unwrap().remove(0);
    batch(sequence, vec![part(&definition, &kicks(["7"]))])
}

/// How often the server ran a script.
fn scripts(connection: &mut redis::Connection) -> u64 {
    let info: String = redis::cmd("INFO").arg("commandstats").query(connection).unwrap();
    let lines = info.lines().filter(|line| line.starts_with("cmdstat_eval"));
    lines.map(|line| line.split(['=', ',']).nth(1).unwrap().parse::<u64>().unwrap()).sum()
}

#[test]
fn a_server_that_is_not_there() {
    let store = RedisStore::parse("unix:/nowhere/redis.sock").unwrap();
    let error = store.definitions(None).unwrap_err();
    assert!(error.is_unavailable() && !error.is_in_doubt(), "{error:?}");
    assert!(error.to_string().contains("unix:/nowhere/redis.sock cannot be reached"), "{error}");
}

#[test]
fn a_server_too_old_is_named() {
    let address = fake(|words| match words[0].as_str() {
        "INFO" => information("# Server\r\nredis_version:5.0.14\r\nredis_mode:standalone"),
        "CLIENT" => "-ERR Unknown subcommand or wrong number of arguments for 'SETINFO'\r\n".to_owned(),
        _ => "+OK\r\n".to_owned(),
    });
    let error = store(&address).definitions(None).unwrap_err();
    assert!(error.is_unavailable() && !error.is_in_doubt(), "{error:?}");
    assert!(error.to_string().contains("runs Redis 5.0.14, which is too old; version 6 or newer"), "{error}");
}

#[test]
fn a_server_that_still_reads_its_data_is_waited_for() {
    let is_loading = Arc::new(AtomicBool::new(true));
    let loading = Arc::clone(&is_loading);
    let address = fake(move |words| match words[0].as_str() {
        "INFO" => information("redis_version:7.0.15\r\nloading:1"),
        "CLIENT" => "+OK\r\n".to_owned(),
        _ if loading.load(Ordering::SeqCst) => {
            "-LOADING Redis is loading the dataset in memory\r\n".to_owned()
        }
        _ => "*0\r\n".to_owned(),
    });
    let store = store(&address);
    let error = store.definitions(None).unwrap_err();
    assert!(error.is_unavailable() && !error.is_in_doubt(), "{error:?}");
    assert!(error.to_string().contains("cannot reply yet (LOADING)"), "{error}");
    is_loading.store(false, Ordering::SeqCst);
    assert!(store.definitions(None).unwrap().is_empty());
}

#[test]
fn a_server_that_may_not_be_asked_about_itself_counts() {
    let server = Server::start(&[]);
    let address = server.fresh();
    let connection = beside(&address);
    let rights = ["ACL", "SETUSER", "counter", "on", ">s3cret", "~staste:*", "+@all", "-@dangerous"];
    tell(&connection, &rights);
    let store = store(&format!("{address}&user=counter&pass=s3cret"));
    guests(store.as_ref());
    store.apply(&one(store.as_ref(), 1)).unwrap();
    assert_eq!(grand_total(store.as_ref()), 1);
    let warnings = store.warnings().unwrap();
    assert!(warnings.len() == 1 && warnings[0].contains("does not say whether it evicts"), "{warnings:?}");
    let elsewhere = common::store(&format!("{address}&user=counter&pass=s3cret&prefix=other"));
    let error = elsewhere.definitions(None).unwrap_err();
    assert!(error.is_unavailable() && error.to_string().contains("may not do this"), "{error}");
}

#[test]
fn a_server_that_went_back_is_learnt_anew() {
    let address = Server::shared().fresh();
    let store = store(&address);
    let definition = guests(store.as_ref());
    store.apply(&one(store.as_ref(), 1)).unwrap();
    let connection = beside(&address);
    let keys: Vec<String> = ask(&connection, &["KEYS", "*"]);
    let dump = |key: &String| -> Vec<u8> { ask(&connection, &["DUMP", key]) };
    let kept: Vec<Vec<u8>> = keys.iter().map(dump).collect();
    store.apply(&batch(2, vec![part(&definition, &kicks(["8", "9"]))])).unwrap();
    assert_eq!(grand_total(store.as_ref()), 3);
    for (key, kept) in keys.iter().zip(&kept) {
        let mut restore = redis::cmd("RESTORE");
        restore.arg(key).arg(0).arg(kept).arg("REPLACE");
        restore.exec(&mut connection.lock().unwrap()).unwrap();
    }
    // Its choices 8 and 9 are gone, and the store, which knew them, finds out.
    let applied = store.apply(&batch(3, vec![part(&definition, &kicks(["9", "7"]))])).unwrap();
    assert_eq!(applied.mark, Some(1));
    assert_eq!(total(store.as_ref(), &definition, Scale::Ever, &[value("9")]), 1);
    assert_eq!(total(store.as_ref(), &definition, Scale::Ever, &[value("7")]), 2);
    assert_eq!(grand_total(store.as_ref()), 3);
}

#[test]
fn a_wrong_password_is_named_and_not_shown() {
    let server = Server::start(&["--requirepass", "right"]);
    let address = server.fresh();
    for (suffix, fits) in [("&pass=s3cret", false), ("", false), ("&pass=right", true)] {
        let store = RedisStore::parse(&format!("{address}{suffix}")).unwrap();
        match store.definitions(None) {
            Ok(_) => assert!(fits),
            Err(error) => {
                assert!(!fits && error.is_unavailable(), "{error:?}");
                assert!(error.to_string().contains("refused user and password"), "{error}");
                assert!(!format!("{error:?} {store:?}").contains("s3cret"));
            }
        }
    }
}

#[test]
fn scripts_the_server_forgot_are_given_again() {
    let address = Server::shared().fresh();
    let store = store(&address);
    guests(store.as_ref());
    for sequence in 1..3 {
        let applied = store.apply(&one(store.as_ref(), sequence)).unwrap();
        assert_eq!((applied.duplicate, applied.mark), (false, Some(sequence - 1)));
        let flushed: String =
            redis::cmd("SCRIPT").arg("FLUSH").query(&mut beside(&address).lock().unwrap()).unwrap();
        assert_eq!(flushed, "OK");
    }
    assert_eq!(grand_total(store.as_ref()), 2);
}

#[test]
fn a_replica_is_read_and_not_written() {
    let server = Server::start(&[]);
    let address = server.fresh();
    let store = store(&address);
    guests(store.as_ref());
    store.apply(&one(store.as_ref(), 1)).unwrap();
    let replica = Server::start(&["--replica-serve-stale-data", "yes"]);
    let there = replica.fresh();
    // It is made the replica of nobody that answers, with data of its own.
    let its = common::store(&there);
    guests(its.as_ref());
    let connection = beside(&there);
    let _: () =
        redis::cmd("REPLICAOF").arg("127.0.0.1").arg(1).query(&mut connection.lock().unwrap()).unwrap();
    let error = its.apply(&one(its.as_ref(), 1)).unwrap_err();
    assert!(error.is_unavailable() && !error.is_in_doubt(), "{error:?}");
    assert!(error.to_string().contains("replica"), "{error}");
    assert_eq!(grand_total(its.as_ref()), 0);
}

#[test]
fn out_of_memory_nothing_is_written_and_later_all_is() {
    let server = Server::start(&["--maxmemory-policy", "noeviction"]);
    let address = server.fresh();
    let store = store(&address);
    let definition = guests(store.as_ref());
    store.apply(&one(store.as_ref(), 1)).unwrap();
    let connection = beside(&address);
    let limit = |bytes: &str| {
        let mut connection = connection.lock().unwrap();
        let _: () =
            redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg(bytes).query(&mut connection).unwrap();
    };
    limit("1");
    let claimed = Batch {
        claims: vec![Claim { key: "import/guests/1".into(), value: Vec::new(), expires: None }],
        ..batch(2, vec![part(&definition, &kicks((0..50).map(|age| age.to_string())))])
    };
    let error = store.apply(&claimed).unwrap_err();
    assert!(error.is_unavailable() && !error.is_in_doubt(), "{error:?}");
    assert!(error.to_string().contains("out of memory"), "{error}");
    assert!(store.define(&define("more", &[], MetricaKind::Plain)).unwrap_err().is_unavailable());
    assert_eq!(grand_total(store.as_ref()), 1);
    assert_eq!(store.choices(&definition, 0).unwrap(), [value("7")]);
    assert!(store.records("").unwrap().is_empty());
    limit("0");
    assert!(!store.apply(&claimed).unwrap().duplicate);
    assert_eq!(grand_total(store.as_ref()), 51);
}

#[test]
fn a_lost_reply_is_in_doubt_and_counts_once() {
    let server = Server::start(&[]);
    let proxy = Proxy::to(server.socket());
    let store = RedisStore::parse(&proxy.address()).unwrap();
    guests(&store);
    let mut expected = 0;
    for (sequence, cut, was_done) in [(1, Cut::Reply, true), (2, Cut::Request, false), (3, Cut::Reply, true)]
    {
        // The connection knows the Metrica, so that the next request is the batch.
        store.apply(&Batch { writer: Writer(1), ..one(&store, sequence) }).unwrap();
        let batch = one(&store, sequence);
        proxy.cut(cut);
        let error = store.apply(&batch).unwrap_err();
        assert!(proxy.has_cut() && error.is_in_doubt(), "{cut:?} {error:?}");
        assert_eq!(store.apply(&batch).unwrap().duplicate, was_done, "{cut:?}");
        assert!(store.apply(&batch).unwrap().duplicate);
        expected += 2;
        assert_eq!(grand_total(&store), expected);
    }
}

#[test]
fn a_question_is_asked_again_on_another_connection() {
    let server = Server::start(&[]);
    let proxy = Proxy::to(server.socket());
    let store = RedisStore::parse(&proxy.address()).unwrap();
    let definition = guests(&store);
    store.apply(&one(&store, 1)).unwrap();
    for cut in [Cut::Request, Cut::Reply] {
        proxy.cut(cut);
        assert_eq!(total(&store, &definition, Scale::Ever, &[Choice::All]), 1);
        assert!(proxy.has_cut());
    }
}

#[test]
fn everything_through_a_bad_line_is_counted_once() {
    let server = Server::start(&[]);
    let proxy = Proxy::to(server.socket());
    let address = proxy.address();
    let staste =
        Staste::with(store(&address), Clock::fixed(NOW), RecorderOptions::default().flush_every(None));
    let metrica = staste.metrica("guests").axis("age", Axis::stored()).averaged().build().unwrap();
    metrica.define().unwrap();
    let mut dice = Dice::new(5);
    for number in 0..200_u32 {
        metrica.kick([("age", number % 17)]).unwrap();
        proxy.cut(dice.pick(&[Cut::Nothing, Cut::Request, Cut::Reply]));
        let _ = staste.flush();
    }
    proxy.cut(Cut::Nothing);
    staste.flush().unwrap();
    assert_eq!(metrica.total().unwrap(), 200);
    verify(&metrica);
}

#[test]
fn many_writers_at_once() {
    let address = Server::shared().fresh();
    let stores: Vec<Staste> = (0..6)
        .map(|_| {
            Staste::with(store(&address), Clock::fixed(NOW), RecorderOptions::default().flush_every(None))
        })
        .collect();
    std::thread::scope(|scope| {
        for (writer, staste) in stores.iter().enumerate() {
            scope.spawn(move || {
                let builder = staste.metrica("guests").axis("age", Axis::stored().cap(40)).averaged();
                let metrica = builder.axis("page", Axis::path()).points(300).build().unwrap();
                for number in 0..40 {
                    let (age, page) = ((number * 7 + writer).to_string(), (number * writer % 13).to_string());
                    metrica.kick([("age", &age), ("page", &page)]).unwrap();
                    staste.flush().unwrap();
                }
            });
        }
    });
    let metrica = stores[0].known("guests").unwrap();
    assert_eq!(metrica.total().unwrap(), 240);
    verify(&metrica);
    let staste = Staste::with(store(&address), Clock::fixed(NOW), RecorderOptions::default());
    verify(&staste.known("guests").unwrap());
}

#[test]
fn a_batch_is_one_request_and_a_question_too() {
    let server = Server::start(&[]);
    let address = server.fresh();
    let store = store(&address);
    let definition = guests(store.as_ref());
    store.apply(&one(store.as_ref(), 1)).unwrap();
    // The server has the scripts now.
    assert_eq!(grand_total(store.as_ref()), 1);
    let connection = beside(&address);
    let mut connection = connection.lock().unwrap();
    let before = scripts(&mut connection);
    for sequence in 2..12 {
        let part = part(&definition, &kicks([sequence.to_string()]));
        store.apply(&batch(sequence, vec![part])).unwrap();
    }
    assert_eq!(scripts(&mut connection) - before, 10);
    for age in ["2", "3", "nobody"] {
        total(store.as_ref(), &definition, Scale::Ever, &[value(age)]);
    }
    assert_eq!(scripts(&mut connection) - before, 13);
}

#[test]
fn metricas_kicked_in_turn_are_a_request_each() {
    let server = Server::start(&[]);
    let address = server.fresh();
    let staste =
        Staste::with(store(&address), Clock::fixed(NOW), RecorderOptions::default().flush_every(None));
    let metricas = ["guests", "visits", "orders"]
        .map(|name| staste.metrica(name).axis("age", Axis::stored()).build().unwrap());
    let kick_all = || {
        for age in 0..50 {
            metricas.iter().for_each(|metrica| metrica.kick([("age", age)]).unwrap());
        }
        staste.flush().unwrap();
    };
    kick_all();
    let connection = beside(&address);
    let before = scripts(&mut connection.lock().unwrap());
    kick_all();
    assert_eq!(scripts(&mut connection.lock().unwrap()) - before, 3);
    for metrica in &metricas {
        assert_eq!(metrica.total().unwrap(), 100);
        // Choices are in the order in which they came, as ever.
        assert_eq!(
            metrica.choices("age").unwrap(),
            (0..50).map(|age: u32| value(&age.to_string())).collect::<Vec<_>>()
        );
    }
}

#[test]
fn buckets_expire_when_no_clock_finds_them_retained() {
    let address = Server::shared().fresh();
    let store = store(&address);
    let definition = guests(store.as_ref());
    store.apply(&one(store.as_ref(), 1)).unwrap();
    let connection = beside(&address);
    let mut connection = connection.lock().unwrap();
    let minute = format!("staste:{{guests}}:minute:{}", NOW - NOW % 60);
    let mut life = |key: &str| -> i64 { connection.ttl(key).unwrap() };
    // Eight days after the minute's end, and one for clocks that differ.
    let expected = 9 * 86_400 + 60 - NOW % 60;
    for key in [minute.clone(), format!("{minute}:n")] {
        assert!((expected - 5..=expected).contains(&life(&key)), "{}", life(&key));
    }
    assert_eq!(life("staste:{guests}:ever"), -1);
    // A longer retention must not find that buckets went by the shorter one.
    let mut longer = (*definition).clone();
    longer.retention = longer.retention.keep(Scale::Minute, Keep::days(30)).unwrap();
    longer.version += 1;
    assert!(store.define(&longer).unwrap());
    assert_eq!(life(&minute), -1);
    assert!(life(&format!("staste:{{guests}}:hour:{}", NOW - NOW % 3600)) > 0);
}

#[test]
fn a_forgotten_metrica_leaves_its_marks_only() {
    let address = Server::shared().fresh();
    let store = store(&address);
    guests(store.as_ref());
    let claims = ["import/guests/1", "import/guests/2", "key/1"];
    let claim = |key: &str, expires| Claim { key: key.into(), value: b"x:y".to_vec(), expires };
    let claims =
        vec![claim(claims[0], None), claim(claims[1], Some(NOW + 9)), claim(claims[2], Some(NOW + 9))];
    store.apply(&Batch { claims, ..one(store.as_ref(), 1) }).unwrap();
    store.put_record("token", Some(b"\0\xff")).unwrap();
    let keys: Vec<String> = store.records("").unwrap().into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["import/guests/1", "import/guests/2", "key/1", "token"]);
    let forgotten = store.forget(&staste_core::store::Forget::Metrica("guests".into())).unwrap();
    assert_eq!((forgotten.amount.total(), forgotten.amount.count(), forgotten.cells), (1, 1, 12));
    let mut left: Vec<String> = beside(&address).lock().unwrap().keys("*").unwrap();
    left.sort();
    let mark = format!("staste:{{guests}}:mark:{:032x}", 7);
    let expected = [
        "staste:names",
        "staste:records",
        "staste:{guests}:claims",
        "staste:{guests}:expiring",
        mark.as_str(),
    ];
    assert_eq!(left, expected);
    let records = [("key/1".to_owned(), b"x:y".to_vec()), ("token".to_owned(), b"\0\xff".to_vec())];
    assert_eq!(store.records("").unwrap(), records);
    store.put_record("key/1", None).unwrap();
    assert_eq!(store.records("").unwrap(), records[1..]);
    assert!(store.definitions(None).unwrap().is_empty());
}

#[test]
fn stores_with_other_prefixes_do_not_meet() {
    let address = Server::shared().fresh();
    let stores = ["a", "b"].map(|prefix| store(&format!("{address}&prefix={prefix}")));
    guests(stores[0].as_ref());
    assert!(stores[1].definitions(None).unwrap().is_empty());
    guests(stores[1].as_ref());
    stores[0].apply(&one(stores[0].as_ref(), 1)).unwrap();
    assert_eq!((grand_total(stores[0].as_ref()), grand_total(stores[1].as_ref())), (1, 0));
}

#[test]
fn keys_of_somebody_else_are_damage_and_not_changed() {
    let address = Server::shared().fresh();
    let store = store(&address);
    let definition = guests(store.as_ref());
    store.apply(&one(store.as_ref(), 1)).unwrap();
    let connection = beside(&address);
    let mut connection = connection.lock().unwrap();
    // The last of the buckets that a batch bumps, so that the others have to be taken back.
    let _: () = connection.set("staste:{guests}:ever:n", "mine").unwrap();
    let before: Vec<Cells> =
        Scale::KEPT[..5].iter().map(|scale| cells(store.as_ref(), &definition, *scale)).collect();
    let error = store.apply(&batch(2, vec![part(&definition, &kicks(["7", "8", "9"]))])).unwrap_err();
    assert!(error.is_damaged() && error.to_string().contains("values of another type"), "{error:?}");
    let after: Vec<Cells> =
        Scale::KEPT[..5].iter().map(|scale| cells(store.as_ref(), &definition, *scale)).collect();
    assert_eq!(before, after);
    let points: u64 = connection.hlen(format!("staste:{{guests}}:minute:{}", NOW - NOW % 60)).unwrap();
    assert_eq!(points, 2);
}

#[test]
fn settings_that_lose_counts_are_warned_of() {
    let server = Server::start(&["--maxmemory-policy", "allkeys-lru"]);
    let warnings = RedisStore::parse(&server.fresh()).unwrap().warnings().unwrap();
    assert!(warnings.iter().any(|warning| warning.contains("allkeys-lru")), "{warnings:?}");
    assert!(warnings.iter().any(|warning| warning.contains("appendonly")), "{warnings:?}");
    let server = Server::start(&["--appendonly", "yes"]);
    assert_eq!(RedisStore::parse(&server.fresh()).unwrap().warnings().unwrap(), [""; 0]);
}

#[test]
fn server_that_evicts_is_read_and_not_written_unless_allowed() {
    let server = Server::start(&["--maxmemory", "1gb"]);
    let address = server.fresh();
    let connection = beside(&address);
    let policy = |policy: &str| tell(&connection, &["CONFIG", "SET", "maxmemory-policy", policy]);
    // Who may not call INFO finds out by CONFIG.
    let rights = ["ACL", "SETUSER", "no-info", "on", ">s3cret", "~*", "+@all", "-info"];
    tell(&connection, &rights);
    let before = store(&address);
    let definition = guests(before.as_ref());
    before.apply(&one(before.as_ref(), 1)).unwrap();
    for evicting in ["allkeys-lru", "volatile-ttl"] {
        policy(evicting);
        for user in ["", "&user=no-info&pass=s3cret"] {
            let store = store(&format!("{address}{user}"));
            assert_eq!(grand_total(store.as_ref()), 1);
            let batch = one(store.as_ref(), 2);
            let new = define("more", &[], MetricaKind::Plain);
            let failures = [
                store.apply(&batch).map(drop).unwrap_err(),
                store.define(&new).map(drop).unwrap_err(),
                store.put_record("token", Some(b"x")).unwrap_err(),
            ];
            for error in failures {
                assert!(error.is_unavailable() && !error.is_in_doubt(), "{error:?}");
                let text = error.to_string();
                assert!(text.contains(evicting) && text.contains("add evicting=allow"), "{text}");
            }
            assert_eq!(total(store.as_ref(), &definition, Scale::Ever, &[Choice::All]), 1);
        }
    }
    // Kicks wait for the setting to be mended, on the same connection.
    let waiting = store(&address);
    let batch = one(waiting.as_ref(), 2);
    assert!(waiting.apply(&batch).is_err());
    policy("noeviction");
    assert!(!waiting.apply(&batch).unwrap().duplicate);
    policy("allkeys-lru");
    let allowed = store(&format!("{address}&evicting=allow"));
    allowed.apply(&one(allowed.as_ref(), 3)).unwrap();
    // Without a limit nothing is evicted.
    tell(&connection, &["CONFIG", "SET", "maxmemory", "0"]);
    let unlimited = store(&address);
    unlimited.apply(&one(unlimited.as_ref(), 4)).unwrap();
    assert_eq!(grand_total(unlimited.as_ref()), 4);
}

#[test]
fn policy_of_memory_is_read_once_per_connection() {
    let server = Server::start(&[]);
    let address = server.fresh();
    let store = store(&address);
    guests(store.as_ref());
    let connection = beside(&address);
    tell(&connection, &["CONFIG", "RESETSTAT"]);
    for sequence in 1..20 {
        store.apply(&one(store.as_ref(), sequence)).unwrap();
    }
    let statistics: String = ask(&connection, &["INFO", "commandstats"]);
    assert!(!statistics.contains("cmdstat_config|get"), "{statistics}");
    // A connection that was idle for a second asks whether the server is still the same.
    let asked =
        statistics.lines().find_map(|line| line.strip_prefix("cmdstat_info:calls=")?.split(',').next());
    assert!(asked.map_or(0, |calls| calls.parse().unwrap()) < 10, "{statistics}");
}

#[test]
fn a_restarted_server_is_found_again() {
    let server = Server::start(&["--appendonly", "yes"]);
    let address = server.fresh();
    let store: Arc<dyn Store> = common::store(&address);
    guests(store.as_ref());
    store.apply(&one(store.as_ref(), 1)).unwrap();
    let connection = beside(&address);
    // Every connection is closed, as by a restart.
    let _: () = redis::cmd("CLIENT")
        .arg(&["KILL", "TYPE", "normal", "SKIPME", "yes"])
        .query(&mut connection.lock().unwrap())
        .unwrap();
    let batch = one(store.as_ref(), 2);
    match store.apply(&batch) {
        Ok(applied) => assert!(!applied.duplicate),
        Err(error) => {
            assert!(error.is_in_doubt(), "{error:?}");
            store.apply(&batch).unwrap();
        }
    }
    assert_eq!(grand_total(store.as_ref()), 2);
}

#[test]
fn kicks_are_forgotten_beside_a_busy_writer() {
    let address = Server::shared().fresh();
    let store = store(&address);
    let definition = guests(store.as_ref());
    let done = AtomicBool::new(false);
    let (kicked, forgotten) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let store = common::store(&address);
            let mut sequence = 0;
            while !done.load(Ordering::Relaxed) {
                sequence += 1;
                let ages = [(sequence % 50).to_string(), "gone".to_owned()];
                store.apply(&batch(sequence, vec![part(&definition, &kicks(ages))])).unwrap();
            }
            sequence
        });
        let forgotten: Vec<_> = (0..5)
            .map(|_| {
                store.forget(&staste_core::store::Forget::Kicks(staste_core::store::KickSelection {
                    definition: Arc::clone(&definition),
                    filter: vec![(0, value("gone"))],
                    span: None,
                    into_other: false,
                }))
            })
            .collect();
        done.store(true, Ordering::Relaxed);
        (i128::from(writer.join().unwrap()) * 2, forgotten)
    });
    let forgotten: i128 = forgotten.into_iter().map(|forgotten| forgotten.unwrap().amount.total()).sum();
    assert_eq!(grand_total(store.as_ref()), kicked - forgotten);
    let staste = Staste::with(store, Clock::fixed(NOW), RecorderOptions::default());
    verify(&staste.known("guests").unwrap());
}
