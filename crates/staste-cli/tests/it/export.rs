//! `export` of points and series, and the file it writes.

use crate::support::fixtures::delays_and_visits;
use crate::support::program::Program;

#[test]
fn exported_points_contain_each_event_once() {
    let staste = delays_and_visits();
    let csv = staste.ok("export delays");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    assert_eq!(
        reader.headers().unwrap().iter().collect::<Vec<_>>().join(","),
        "scale,start,end,carrier,carrier:variant,origin,origin:variant,total,count"
    );
    let sums = reader.records().map(|record| {
        let record = record.unwrap();
        assert_eq!(&record[0], "day", "hours of 2013 are no longer kept");
        (record[7].parse::<i64>().unwrap(), record[8].parse::<i64>().unwrap())
    });
    assert_eq!(sums.fold((0, 0), |sum, row| (sum.0 + row.0, sum.1 + row.1)), (6, 3));
    let lines = staste.ok("export visits --format ndjson");
    let rows: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.iter().map(|row| row["total"].as_i64().unwrap()).sum::<i64>(), 8);
    assert!(rows.iter().all(|row| row["scale"] == "minute"), "the finest that is kept");
    let ended = rows
        .iter()
        .find(|row| row["choices"]["page"]["choice"] == serde_json::json!(["blog", "2013"]))
        .unwrap();
    assert_eq!(ended["total"], 1, "only what ended there");
    assert_eq!(rows.iter().filter(|row| row["choices"]["visitor"]["variant"] == "unset").count(), 1);
    let filtered = staste.ok("export visits --filter page=blog --filter visitor=ann --scale ever");
    assert_eq!(filtered.lines().count(), 3);
    let run = staste.run("export delays --scale month --year 2013 --output out.csv");
    assert_eq!((run.code, run.err.as_str()), (Some(0), "wrote 3 rows to out.csv\n"), "{run:?}");
    let error = staste.fails(2, "export visits --output out.csv");
    assert!(error.contains("out.csv exists already") && error.contains("--force"), "{error}");
    let quiet = staste.run("-q export delays --scale month --year 2013 --output out.csv --force");
    assert_eq!((quiet.code, quiet.err.as_str()), (Some(0), ""), "{quiet:?}");
    staste.fails(2, "export delays --since 2013-01-01T05:00 --output part.csv");
    assert!(!staste.path("part.csv").exists(), "what failed leaves nothing");
    let year = staste.ok("export delays --scale month --year 2013 -o /dev/stdout")
        + &std::fs::read_to_string(staste.path("out.csv")).unwrap();
    assert_eq!(year.lines().count(), 2 * (1 + 3));
    staste.fails(2, "export delays --scale week");
    staste.fails(2, "export delays --since 2013-01-01T05:00");
    staste.fails(1, "export delays --output nowhere/out.csv");
}

#[test]
fn export_of_plain_metrica_can_be_imported() {
    let staste = delays_and_visits();
    staste.ok("export visits --scale day --filter visitor=ann --output v.csv");
    staste.ok(
        "import v.csv --metrica again --path-axis page --axis visitor --value total --plain --date start",
    );
    assert_eq!(staste.total("again"), 2);
    assert_eq!(staste.total("again --filter page=blog/2013/a"), 1);
}

#[test]
fn exported_series_equals_the_query() {
    let staste = delays_and_visits();
    let series = staste.ok("export delays --series --scale month --year 2013 --by carrier");
    assert_eq!(series, staste.ok("query delays --scale month --year 2013 --by carrier --format csv"));
    assert_eq!(
        staste.ok("export delays --series --scale month --year 2013 --format ndjson").lines().count(),
        12
    );
}

#[test]
fn export_never_overwrites_the_store_or_leaves_an_incomplete_file() {
    let staste = Program::new();
    staste.ok("define guests --axis age");
    staste.ok("kick guests age=1");
    for name in ["staste.db", "./staste.db"] {
        let error = staste.fails(2, &format!("export guests --output {name} --force"));
        assert!(error.contains("is the store itself"), "{error}");
    }
    staste.ok("export guests --output e.csv");
    let whole = std::fs::read(staste.path("e.csv")).unwrap();
    assert!(staste.fails(2, "export guests --output e.csv").contains("exists already"));
    staste.fails(2, "export guests --scale week --output e.csv --force");
    assert_eq!(std::fs::read(staste.path("e.csv")).unwrap(), whole);
    assert_eq!(staste.total("guests"), 1);
    let left = std::fs::read_dir(staste.path(".")).unwrap().flatten();
    assert!(!left.map(|entry| entry.file_name()).any(|name| name.to_string_lossy().contains("export")));
}
