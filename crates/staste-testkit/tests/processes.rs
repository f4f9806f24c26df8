//! Several processes on one SQLite file: all at full speed, or killed at any moment.
#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use staste::{Choice, Metrica, Staste};

/// Number of events in a block, as in the kicker.
const BLOCK: i128 = 1_000;

fn kicker(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_kicker"))
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the kicker starts")
}

fn open(path: &Path) -> (Staste, Metrica) {
    let staste = staste::open(&format!("sqlite:{}", path.display())).unwrap();
    let events = staste.metrica("events");
    let events =
        events.axis("writer", staste::Axis::stored()).axis("block", staste::Axis::stored()).averaged();
    (staste.clone(), events.build().unwrap())
}

fn verify(events: &Metrica) {
    let verified = events.verify(&mut |_| ()).unwrap();
    assert_eq!(verified.faults, Vec::<String>::new());
    assert!(verified.sums > 0);
}

#[test]
fn concurrent_kickers_importer_and_reader_count_every_kick() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("events.db");
    let path_text = path.to_str().unwrap();
    let (_staste, events) = open(&path);
    let mut children = [
        kicker(&["kick", path_text, "one", "60000"]),
        kicker(&["kick", path_text, "two", "60000"]),
        kicker(&["import", path_text, "30000"]),
    ];
    // Reads until every child has ended. The total never decreases.
    let (mut last, mut reads) = (0, 0);
    while children.iter_mut().any(|child| child.try_wait().unwrap().is_none()) {
        let total = events.total().unwrap().as_integer().unwrap();
        assert!(total >= last, "{total} after {last}");
        (last, reads) = (total, reads + 1);
    }
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    assert!(reads > 0);
    let by_writer: Vec<(Choice, i128)> = events.values().iterate_counts("writer").unwrap();
    for (writer, expected) in [("one", 60_000), ("two", 60_000), ("importer", 30_000)] {
        assert!(by_writer.contains(&(Choice::value(writer), expected)), "{by_writer:?}");
    }
    assert_eq!(events.total().unwrap(), 150_000);
    verify(&events);
}

#[test]
fn killed_process_loses_only_uncommitted_kicks() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("events.db");
    let path_text = path.to_str().unwrap();
    let (_staste, events) = open(&path);
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    for round in 0..50 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let writer = format!("writer-{round}");
        let mut child = kicker(&["endless", path_text, &writer]);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Kill it after a random number of reports, at whatever point it is.
        let committed = lines.map_while(Result::ok).nth(usize::try_from(random >> 60).unwrap()).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();

        let committed: i128 = committed.parse().unwrap();
        let own = events.filter([("writer", writer.as_str())]).unwrap();
        let count = own.count().unwrap();
        assert!(count >= committed, "round {round}: {count} counted of {committed} committed");
        // No earlier kick is missing: every block before the last is full.
        let blocks = own.iterate_counts("block").unwrap();
        let full = blocks.iter().filter(|(_, count)| *count == BLOCK).count();
        let partial: Vec<i128> =
            blocks.iter().map(|(_, count)| *count).filter(|count| *count % BLOCK != 0).collect();
        assert_eq!(i128::try_from(full).unwrap(), count / BLOCK, "round {round}: {blocks:?}");
        assert!(partial.len() <= 1, "round {round}: {blocks:?}");
        for (block, count) in &blocks {
            let block: i128 = block.as_text().unwrap().parse().unwrap();
            assert_eq!(*count == BLOCK, block < i128::try_from(full).unwrap(), "round {round}: {blocks:?}");
        }
    }
    verify(&events);
}
