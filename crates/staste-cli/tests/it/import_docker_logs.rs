//! `import` of the logs of Docker's driver json-file.

use crate::support::fixtures::gzip;
use crate::support::program::Program;

fn record(log: &str) -> String {
    let log = serde_json::to_string(log).unwrap();
    format!("{{\"log\":{log},\"stream\":\"stdout\",\"time\":\"2023-11-14T10:00:00.123456789Z\"}}\n")
}

fn line(path: &str) -> String {
    format!("203.0.113.1 - - [14/Nov/2023:10:00:00 +0000] \"GET {path} HTTP/1.1\" 200 5 \"-\" \"x\"\n")
}

#[test]
fn lines_of_a_container_are_read_as_if_they_were_the_file() {
    let staste = Program::new();
    staste.write("c1-json.log", record(&line("/a")) + &record(&line("/b")));
    let run = staste.run("import c1-json.log --metrica v --axis page=path");
    assert!(run.code == Some(0) && run.err.contains("c1-json.log: recognized as a log of Docker"), "{run:?}");
    assert_eq!((staste.total("v"), staste.total("v --filter page=/b")), (2, 1));
    // What `docker logs` prints are the same rows.
    staste.write("plain.log", line("/a") + &line("/b") + &line("/c"));
    let summary = staste.json("import plain.log --metrica v --axis page=path");
    assert_eq!((&summary["imported_before"], &summary["counted"]), (&2.into(), &1.into()));
    staste.write("d.log.gz", gzip((record("what,n\n") + &record("tea,3\n")).as_bytes()));
    staste.ok("import d.log.gz --metrica w --axis what --value n --input-format csv");
    assert_eq!(staste.total("w --total"), 3);
    staste.ok("import c1-json.log --metrica x --axis stream --date time --input-format ndjson");
    assert_eq!(staste.total("x --filter stream=stdout --since 2023-11-14T10:00 --until 2023-11-14T10:01"), 2);
}

#[test]
fn json_in_a_container_is_recognized() {
    let staste = Program::new();
    let caddy = "{\"ts\":1699956000.5,\"request\":{\"remote_ip\":\"203.0.113.1\",\"proto\":\"HTTP/2.0\",\"method\":\"GET\",\"uri\":\"/a?b\"},\"status\":200}\n";
    staste.write("c-json.log", record(caddy));
    let run = staste.run("import c-json.log --metrica v --axis page=path --axis status");
    assert!(run.err.contains("a log of Docker") && run.err.contains("a log of caddy"), "{run:?}");
    assert_eq!(staste.total("v --filter page=/a --filter status=200"), 1);
}

#[test]
fn split_line_is_put_together_and_unfinished_one_waits() {
    let staste = Program::new();
    let path = format!("/{}", "long/".repeat(8_000));
    let long = line(&path);
    let (start, end) = long.split_at(16_384);
    let log = record(start) + &record(end) + "garbage\n";
    staste.write("c-json.log", log.clone() + &record(line("/b").trim_end()));
    let import = "import c-json.log --metrica v --axis status";
    let run = staste.run(import);
    assert!(run.code == Some(3) && run.err.contains("c-json.log:2: not an access log line"), "{run:?}");
    assert!(
        run.out.contains("  1  counted\n") && run.out.contains("the last line has no newline yet"),
        "{run:?}"
    );
    staste.write("c-json.log", log + &record(line("/b").trim_end()) + &record("\n"));
    let summary = staste.json(import);
    assert_eq!((&summary["counted"], &summary["imported_before"]), (&1.into(), &1.into()));
}
